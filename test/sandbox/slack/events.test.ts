import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { payloadOf, type SmallWorkspace, secrets, smallWorkspace } from './small-workspace.ts';

let workspace: SmallWorkspace;
let slack: SmallWorkspace['slack'];

beforeEach(async () => {
  workspace = await smallWorkspace();
  ({ slack } = workspace);
});
afterEach(() => workspace.close());

/** The retry headers of each delivery so far. */
const retries = () =>
  workspace.received.map(({ headers }) => [headers['x-slack-retry-num'], headers['x-slack-retry-reason']]);

test('an event that the app does not take is sent again at once, after a minute and after five', async () => {
  workspace.answer((response) => void response.writeHead(500).end());
  await expect(slack.interactions.openHome('U0ANA')).rejects.toThrow(/dispatch_failed/);
  expect(retries()).toEqual([
    [undefined, undefined],
    ['1', 'http_error'],
  ]);
  workspace.pass(59_000);
  expect(workspace.received).toHaveLength(2);
  workspace.pass(1000);
  await expect.poll(retries).toHaveLength(3);
  workspace.pass(299_000);
  expect(workspace.received).toHaveLength(3);
  workspace.pass(1000);
  await expect
    .poll(() => retries().slice(2))
    .toEqual([
      ['2', 'http_error'],
      ['3', 'http_error'],
    ]);
  workspace.pass(3_600_000);
  const ids = workspace.received.map((each) => payloadOf(each)['event_id']);
  expect(new Set(ids).size).toBe(1);
  expect(ids).toHaveLength(4);
});

test('an event that is taken at the second attempt is not sent a third time', async () => {
  workspace.answer((response) => void response.writeHead(workspace.received.length === 1 ? 503 : 200).end());
  await slack.interactions.openHome('U0ANA');
  workspace.pass(3_600_000);
  expect(retries()).toHaveLength(2);
});

test('an app can ask not to be sent an event again', async () => {
  workspace.answer((response) => void response.writeHead(403, { 'x-slack-no-retry': '1' }).end());
  await expect(slack.interactions.openHome('U0ANA')).rejects.toThrow(/403/);
  expect(retries()).toHaveLength(1);
});

test('a message shortcut tells the app of the message', async () => {
  const { ts = '' } = await workspace.client.chat.postMessage({ channel: 'C0SEC', text: 'Root login' });
  await slack.interactions.shortcut('U0BEN', 'C0SEC', ts, 'note');
  expect(workspace.told()).toMatchObject({
    type: 'message_action',
    callback_id: 'note',
    message_ts: ts,
    channel: { id: 'C0SEC', name: 'security' },
    user: { id: 'U0BEN' },
    message: { text: 'Root login', ts },
  });
  await expect(slack.interactions.shortcut('U0BEN', 'C0SEC', ts, 'unknown')).rejects.toThrow(/no such shortcut/);
  await expect(slack.interactions.shortcut('U0BEN', 'C0SEC', '1.000000', 'note')).rejects.toThrow(/gone/);
});

test('a response URL replaces and deletes its message, and expires after half an hour', async () => {
  const { state } = slack;
  const press = async (ts: string) => {
    await slack.interactions.press('U0ANA', { type: 'message', channel: 'C0SEC', ts }, { action_id: 'a' }, {});
    const url = String(workspace.told()['response_url']);
    return async (body: object) => (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).status;
  };
  const shown = await workspace.client.chat.postEphemeral({ channel: 'C0SEC', user: 'U0ANA', text: 'Sure?' });
  const ts = shown.message_ts ?? '';
  const respond = await press(ts);
  expect(await respond({ replace_original: true, text: 'Done' })).toBe(200);
  expect(state.message('C0SEC', ts)).toMatchObject({ text: 'Done', ephemeralFor: 'U0ANA', edited: false });
  expect(await respond({ replace_original: true, blocks: [{ type: 'bogus' }] })).toBe(400);
  expect(await respond({ delete_original: true })).toBe(200);
  expect(state.message('C0SEC', ts)).toBeUndefined();
  expect(await respond({ text: 'To all', response_type: 'in_channel' })).toBe(200);
  expect(state.messages.at(-1)).toMatchObject({ text: 'To all', channel: 'C0SEC' });
  expect(state.messages.at(-1)?.ephemeralFor).toBeUndefined();

  const late = await press(state.messages.at(-1)?.ts ?? '');
  workspace.pass(30 * 60_000 + 1);
  expect(await late({ text: 'Too late' })).toBe(404);
});

test('closing a modal is told to the app that asked to be told', async () => {
  await slack.interactions.say('U0ANA', 'C0SEC', '/audit');
  const { trigger_id } = workspace.told();
  const { view } = await workspace.client.views.open({
    trigger_id: String(trigger_id),
    view: {
      type: 'modal',
      callback_id: 'why',
      notify_on_close: true,
      title: { type: 'plain_text', text: 'Why?' },
      blocks: [{ type: 'divider' }],
    },
  });
  await slack.interactions.close('U0ANA', view?.id ?? '');
  expect(workspace.told()).toMatchObject({
    type: 'view_closed',
    view: { callback_id: 'why' },
    is_cleared: false,
  });
});

const Envelope = z.looseObject({ type: z.string(), envelope_id: z.string().default('') });

/** A bare Socket Mode client: keeps what comes and acknowledges as told. */
async function socketClient(ack: (envelope: z.infer<typeof Envelope>) => object | undefined) {
  const { url = '' } = await workspace.clientOf(secrets.appToken).apps.connections.open();
  const socket = new WebSocket(url);
  const got: z.infer<typeof Envelope>[] = [];
  socket.on('message', (data) => {
    const envelope = Envelope.parse(JSON.parse(String(data)));
    got.push(envelope);
    const payload = envelope.envelope_id === '' ? undefined : ack(envelope);
    if (payload !== undefined) socket.send(JSON.stringify({ envelope_id: envelope.envelope_id, payload }));
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await expect.poll(() => got.map(({ type }) => type)[0]).toMatch(/hello|disconnect/);
  return { url, got, closed };
}

test('a socket is greeted, and requests come down it in place of HTTP', async () => {
  const { got } = await socketClient(() => ({ text: 'Here you are' }));
  expect(got[0]).toMatchObject({ type: 'hello', num_connections: 1, connection_info: { app_id: 'A0TRAIL' } });
  await slack.interactions.say('U0ANA', 'C0SEC', '/audit');
  expect(got[1]).toMatchObject({
    type: 'slash_commands',
    accepts_response_payload: true,
    payload: { command: '/audit', user_id: 'U0ANA' },
  });
  expect(slack.state.messages.at(-1)).toMatchObject({ text: 'Here you are', ephemeralFor: 'U0ANA' });
  await slack.interactions.openHome('U0ANA');
  expect(got[2]).toMatchObject({ type: 'events_api', accepts_response_payload: false, retry_attempt: 0 });
  expect(workspace.received).toEqual([]);
});

test('an event that is not acknowledged within three seconds comes again', async () => {
  const { got } = await socketClient(({ retry_attempt: attempt }) => (attempt === 1 ? {} : undefined));
  await slack.interactions.openHome('U0ANA');
  expect(got.slice(1)).toMatchObject([{ retry_attempt: 0 }, { retry_attempt: 1, retry_reason: 'timeout' }]);
});

test('an address serves once, ten connections are the most, and Slack may ask for new ones', async () => {
  const first = await socketClient(() => ({}));
  const again = new WebSocket(first.url);
  await expect(new Promise((_resolve, reject) => again.once('error', reject))).rejects.toThrow(/403/);
  for (let more = 1; more < 10; more++) await socketClient(() => ({}));
  const eleventh = await socketClient(() => ({}));
  expect(eleventh.got[0]).toMatchObject({ type: 'disconnect', reason: 'too_many_websockets' });
  await eleventh.closed;
  slack.socket.refresh();
  await first.closed;
  expect(first.got.at(-1)).toMatchObject({ type: 'disconnect', reason: 'refresh_requested' });
  expect(slack.socket.connected).toBe(false);
});
