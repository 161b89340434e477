import { afterAll, beforeAll, expect, test } from 'vitest';
import { pixel } from './pixel.ts';
import { refusal, type SmallWorkspace, smallWorkspace } from './small-workspace.ts';

let workspace: SmallWorkspace;
let client: SmallWorkspace['client'];

beforeAll(async () => {
  workspace = await smallWorkspace();
  ({ client } = workspace);
});
afterAll(() => workspace.close());

const idOf = (uploaded: { files: { files?: { id?: string | undefined }[] }[] }): string =>
  uploaded.files[0]?.files?.[0]?.id ?? '';
const newest = () => {
  const message = workspace.slack.state.messages.at(-1);
  if (message === undefined) throw new Error('Nothing was said.');
  return message;
};
const picture = (file: string) => [{ type: 'image' as const, slack_file: { id: file }, alt_text: 'a pixel' }];

test('several files are one message in a channel, with a comment, and come back byte for byte', async () => {
  await client.filesUploadV2({
    channel_id: 'C0AUDIT',
    initial_comment: 'The report',
    file_uploads: [
      { file: Buffer.from('user,age\nana,7\n'), filename: 'report ö.csv', title: 'Report' },
      { file: pixel, filename: 'chart.png', alt_text: 'One pixel' },
    ],
  });
  const message = newest();
  expect(message).toMatchObject({ channel: 'C0AUDIT', text: 'The report', blocks: [] });
  expect(message.files).toMatchObject([
    { name: 'report ö.csv', title: 'Report', mimetype: 'text/csv', size: 15 },
    { name: 'chart.png', title: 'chart.png', mimetype: 'image/png', altText: 'One pixel', size: pixel.length },
  ]);
  const [csv, png] = await Promise.all(message.files.map((file) => fetch(`${workspace.slack.url}${file.url}`)));
  expect(await csv?.text()).toBe('user,age\nana,7\n');
  expect(csv?.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''report%20%C3%B6.csv");
  expect(csv?.headers.get('x-content-type-options')).toBe('nosniff');
  expect(await png?.bytes()).toEqual(new Uint8Array(pixel));
  expect(png?.headers.get('content-disposition')).toMatch(/^inline;/);
});

test('a page that is uploaded is downloaded, never shown in the name of the sandbox', async () => {
  await client.filesUploadV2({ channel_id: 'C0AUDIT', content: '<script>x</script>', filename: 'evil.html' });
  const page = await fetch(`${workspace.slack.url}${newest().files[0]?.url}`);
  expect(page.headers.get('content-type')).toBe('application/octet-stream');
  expect(page.headers.get('content-disposition')).toMatch(/^attachment;/);
});

test('a file in a thread is a reply, and blocks may stand beside it', async () => {
  const { ts = '' } = await client.chat.postMessage({ channel: 'C0SEC', text: 'Evidence follows' });
  const blocks = [{ type: 'section' as const, text: { type: 'mrkdwn' as const, text: '*Evidence*' } }];
  await client.filesUploadV2({ channel_id: 'C0SEC', thread_ts: ts, content: '{}', filename: 'evidence.json', blocks });
  const { messages } = await client.conversations.replies({ channel: 'C0SEC', ts });
  expect(messages).toMatchObject([
    { text: 'Evidence follows', reply_count: 1 },
    { thread_ts: ts, files: [{ name: 'evidence.json' }], blocks: [{ type: 'section' }] },
  ]);
});

test('a person gets a file in the conversation that is opened with them', async () => {
  const { channel } = await client.conversations.open({ users: 'U0BEN' });
  await client.filesUploadV2({ channel_id: channel?.id ?? '', content: 'x', filename: 'for-ben.txt' });
  expect(newest()).toMatchObject({ channel: channel?.id, files: [{ name: 'for-ben.txt' }] });
  expect(await refusal(client.filesUploadV2({ channel_id: 'U0BEN', content: 'x', filename: 'x.txt' }))).toBe(
    'channel_not_found',
  );
});

test('a picture stands in a message only when Slack has looked at its file', async () => {
  const id = idOf(await client.filesUploadV2({ file: pixel, filename: 'chart.png' }));
  const post = () => refusal(client.chat.postMessage({ channel: 'C0PROD', text: 'x', blocks: picture(id) }));
  expect((await client.files.info({ file: id })).file?.mimetype).toBe('');
  expect(await post()).toBe('invalid_blocks');
  workspace.pass(1000);
  expect((await client.files.info({ file: id })).file?.mimetype).toBe('image/png');
  expect(await post()).toBe('accepted');
  expect(await refusal(client.chat.postMessage({ channel: 'C0PROD', text: 'x', blocks: picture('F0NOWHERE') }))).toBe(
    'invalid_blocks',
  );
});

test('what is wrong with an upload is refused by the name that Slack gives it', async () => {
  const { upload_url: url = '', file_id: id = '' } = await client.files.getUploadURLExternal({
    filename: 'a.txt',
    length: 3,
  });
  const send = async (body: string) => (await fetch(url, { method: 'POST', body })).status;
  const complete = (more: object) =>
    refusal(client.apiCall('files.completeUploadExternal', { files: [{ id, title: 'A' }], ...more }));
  expect(await complete({})).toBe('file_not_found');
  expect(await send('four')).toBe(400);
  expect(await complete({})).toBe('file_not_found');
  expect(await send('abc')).toBe(200);
  expect(await send('abc')).toBe(404);
  expect(await refusal(client.files.info({ file: id }))).toBe('file_not_found');
  expect(await complete({ channel_id: 'C0PRIVATE' })).toBe('not_in_channel');
  expect(await complete({ channel_id: 'C0NOWHERE' })).toBe('channel_not_found');
  expect(await complete({ channel_id: 'C0SEC', thread_ts: '1.000000' })).toBe('thread_not_found');
  expect(await complete({ thread_ts: '1.000000' })).toBe('invalid_arguments');
  expect(await complete({ channel_id: 'C0SEC', blocks: [{ type: 'bogus' }] })).toBe('invalid_blocks');
  expect(await complete({ files: [{ id: 'F0NOWHERE' }] })).toBe('file_not_found');
  expect(await complete({ files: [] })).toBe('invalid_arguments');
  expect(await refusal(client.files.getUploadURLExternal({ filename: 'a.txt', length: 0 }))).toBe('missing_argument');
  expect(
    await refusal(
      client.apiCall('files.getUploadURLExternal', { filename: 'a', length: 1, alt_txt: 'x'.repeat(1001) }),
    ),
  ).toBe('alt_txt_too_large');
  expect(await refusal(client.files.getUploadURLExternal({ filename: 'a.txt', length: 1e9 }))).toBe(
    'file_upload_size_restricted',
  );
  expect((await fetch(`${workspace.slack.url}/page/files/${id}`)).status).toBe(404);
  expect(await complete({ channel_id: 'C0SEC' })).toBe('accepted');
  expect((await client.files.info({ file: id })).file).toMatchObject({ id, title: 'A', size: 3, channels: ['C0SEC'] });
});
