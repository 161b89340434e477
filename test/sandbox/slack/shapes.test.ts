import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { methods } from '../../../sandbox/slack/methods.ts';
import { dataJson, hasData } from '../../data.ts';
import { strangers } from './shapes.ts';
import { type SmallWorkspace, secrets, smallWorkspace } from './small-workspace.ts';

const folder = 'slack/java-sdk-json-logs/json-logs/samples';
const Answer = z.looseObject({ ok: z.boolean(), error: z.string().optional() });

let workspace: SmallWorkspace;
let slack: SmallWorkspace['slack'];
/** Answers of the Web API by method. */
const answers = new Map<string, z.infer<typeof Answer>[]>();

async function call(method: string, args: Record<string, unknown> = {}, token = secrets.botToken) {
  const response = await fetch(`${slack.url}/api/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(args),
  });
  const answer = Answer.parse(await response.json());
  if (!answer.ok) throw new Error(`${method}: ${answer.error}`);
  answers.set(method, [...(answers.get(method) ?? []), answer]);
  return answer;
}

const plain = (text: string) => ({ type: 'plain_text', text });
const modal = {
  type: 'modal',
  callback_id: 'm',
  title: plain('Title'),
  submit: plain('Go'),
  blocks: [{ type: 'divider' }],
};
const home = { type: 'home', blocks: [{ type: 'divider' }] };
const button = { type: 'button', action_id: 'go', text: plain('Go'), value: '1' };
const rich = {
  text: 'Root login',
  blocks: [{ type: 'actions', block_id: 'b', elements: [button] }],
  attachments: [{ color: '#e01e5a', blocks: [{ type: 'divider' }] }],
  metadata: { event_type: 'alert', event_payload: { id: 7 } },
};
const trigger = async (): Promise<string> => {
  await slack.interactions.say('U0ANA', 'C0SEC', '/audit');
  return String(workspace.told()['trigger_id']);
};
/** A message with everything that a message can have. */
let ts: string;

beforeAll(async () => {
  workspace = await smallWorkspace();
  ({ slack } = workspace);

  await call('apps.connections.open', {}, secrets.appToken);
  await call('auth.test');
  ts = String((await call('chat.postMessage', { channel: 'C0SEC', ...rich }))['ts']);
  const { ts: reply } = await call('chat.postMessage', { channel: 'C0SEC', thread_ts: ts, text: 'A reply' });
  await call('chat.update', { channel: 'C0SEC', ts, ...rich });
  await call('chat.postEphemeral', { channel: 'C0SEC', user: 'U0ANA', text: 'Only you' });
  await call('chat.getPermalink', { channel: 'C0SEC', message_ts: ts });
  await call('reactions.add', { channel: 'C0SEC', timestamp: ts, name: 'eyes' });

  const { upload_url: url, file_id: id } = await call('files.getUploadURLExternal', {
    filename: 'a.txt',
    length: 1,
    alt_text: 'A letter',
  });
  await fetch(String(url), { method: 'POST', body: 'x' });
  await call('files.completeUploadExternal', { files: [{ id, title: 'A' }], channel_id: 'C0SEC', thread_ts: ts });
  workspace.pass(1000);
  await call('files.info', { file: id });

  const { channel: dm } = await call('conversations.open', { users: 'U0ANA', return_im: true });
  await call('conversations.open', { users: 'U0BEN' });
  await call('conversations.history', { channel: 'C0SEC', include_all_metadata: true });
  await call('conversations.replies', { channel: 'C0SEC', ts, include_all_metadata: true });
  await call('conversations.info', { channel: 'C0SEC', include_num_members: true });
  await call('conversations.setTopic', { channel: 'C0SEC', topic: 'On call for security: @ana' });
  await call('conversations.info', { channel: z.object({ id: z.string() }).parse(dm).id });
  await call('conversations.list', { types: 'public_channel,im' });
  await call('conversations.members', { channel: 'C0SEC' });
  await call('conversations.join', { channel: 'C0PRIVATE' });
  await call('chat.delete', { channel: 'C0SEC', ts: reply });

  await call('usergroups.list', { include_users: true, include_count: true });
  await call('usergroups.users.list', { usergroup: 'S0ONCALL' });
  await call('usergroups.users.update', { usergroup: 'S0ONCALL', users: 'U0ANA,U0BEN' });
  await call('users.info', { user: 'U0ANA', include_locale: true });
  await call('users.list');
  await call('dnd.info', { user: 'U0ANA' });
  await call('users.lookupByEmail', { email: 'ana@example.com' });

  const { view } = await call('views.open', { trigger_id: await trigger(), view: modal });
  await call('views.push', { trigger_id: await trigger(), view: modal });
  await call('views.update', { view_id: z.object({ id: z.string() }).parse(view).id, view: modal });
  await call('views.publish', { user_id: 'U0ANA', view: home });
});
afterAll(() => workspace.close());

test('every method is tried', () => {
  expect([...answers.keys()].sort()).toEqual(Object.keys(methods).sort());
});

describe.skipIf(!hasData(folder))('every key is one that Slack was seen to send, with its type', () => {
  const sample = (path: string) => Sample.parse(dataJson(`${folder}/${path}.json`));
  const Sample = z.record(z.string(), z.unknown());

  /** A message with what any sample tells of it; who reacted is told by Slack's reference alone. */
  const message = (): Record<string, unknown> => {
    const posted = Sample.parse(sample('api/chat.postMessage')['message']);
    const pressed = Sample.parse(sample('app-backend/interactive-components/BlockActionPayload')['message']);
    return { ...posted, ...pressed, reactions: [{ name: '', count: 1, users: [''] }] };
  };

  /** Methods and fields that the samples lack, from those of their kind. */
  function sampleOf(method: string): unknown {
    const { channels, response_metadata } = sample('api/conversations.list');
    const [channel] = z.array(z.unknown()).parse(channels);
    const page = { ok: true, messages: [message()], has_more: false, response_metadata };
    switch (method) {
      case 'conversations.history':
      case 'conversations.replies':
        return page;
      case 'conversations.open':
        return { ok: true, channel };
      case 'conversations.info':
        // The samples are of channels; a direct message has what the list tells of it.
        return {
          ok: true,
          channel: { ...Sample.parse(sample('api/conversations.info')['channel']), ...Sample.parse(channel) },
        };
      case 'chat.update': {
        // The sample is of a message without attachments.
        const { attachments } = message();
        const updated = sample('api/chat.update');
        return { ...updated, message: { ...Sample.parse(updated['message']), attachments } };
      }
      case 'dnd.info': {
        const event = Sample.parse(sample('events/DndUpdatedPayload')['event']);
        return { ok: true, ...Sample.parse(event['dnd_status']) };
      }
      default:
        return sample(`api/${method}`);
    }
  }

  test.each(Object.keys(methods))('%s', (method) => {
    expect((answers.get(method) ?? []).flatMap((answer) => strangers(answer, sampleOf(method)))).toEqual([]);
  });

  const user = 'U0ANA';
  const action = { ...button, block_id: 'b' };
  const payload = (name: string) => {
    const known = sample(`app-backend/${name}`);
    return strangers(workspace.told(), known['message'] === undefined ? known : { ...known, message: message() });
  };

  test('a slash command', async () => {
    await slack.interactions.say(user, 'C0SEC', '/audit alerts');
    // Everything in a form is text.
    expect(payload('slash-commands/SlashCommandPayload')).toEqual(['is_enterprise_install: string, not boolean']);
  });

  test('a press in a message, in a thread and in what only one sees', async () => {
    const messages = slack.state.messages.filter(({ channel }) => channel === 'C0SEC');
    expect(messages.some(({ threadTs }) => threadTs !== undefined)).toBe(true);
    expect(messages.some(({ ephemeralFor }) => ephemeralFor !== undefined)).toBe(true);
    for (const message of messages) {
      await slack.interactions.press(user, { type: 'message', channel: 'C0SEC', ts: message.ts }, action, {});
      expect(payload('interactive-components/BlockActionPayload')).toEqual([]);
    }
  });

  test('a press in a view, its submission and its closing', async () => {
    const asks = {
      ...modal,
      notify_on_close: true,
      blocks: [
        { type: 'input', block_id: 'why', label: plain('Why?'), element: { type: 'plain_text_input', action_id: 'a' } },
        { type: 'actions', block_id: 'b', elements: [button] },
      ],
    };
    const open = async () => {
      const { view } = await call('views.open', { trigger_id: await trigger(), view: asks });
      return z.object({ id: z.string() }).parse(view).id;
    };
    const viewId = await open();
    await slack.interactions.press(user, { type: 'view', viewId }, action, {});
    expect(payload('interactive-components/BlockActionPayload')).toEqual([]);
    await slack.interactions.submit(user, viewId, { why: { a: { value: 'Because' } } });
    // response_urls is told by Slack's reference, not by the sample.
    expect(payload('views/ViewSubmissionPayload')).toEqual(['response_urls: unknown']);
    expect(workspace.told()).toMatchObject({
      view: { state: { values: { why: { a: { type: 'plain_text_input', value: 'Because' } } } } },
    });
    await slack.interactions.close(user, await open());
    expect(payload('views/ViewClosedPayload')).toEqual([]);
  });

  test('a message shortcut', async () => {
    await slack.interactions.shortcut(user, 'C0SEC', ts, 'note');
    expect(payload('interactive-components/MessageShortcutPayload')).toEqual([]);
  });

  test('an event', async () => {
    await slack.interactions.openHome(user);
    expect(strangers(workspace.told(), sample('events/AppHomeOpenedPayload'))).toEqual([]);
  });
});
