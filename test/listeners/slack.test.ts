import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import { Channel } from '../../sandbox/slack/people.ts';
import { openWorld, type World } from '../../sandbox/world.ts';
import type { App } from '../../src/app.ts';
import { commands } from '../../src/commands/table.ts';
import { buttons } from '../../src/listeners/actions.ts';
import { forms } from '../../src/listeners/forms.ts';
import { postedAnchors } from '../../src/slack/audit-anchors.ts';
import { slackClient } from '../../src/slack/client.ts';
import { sandboxConfig, slackPatienceMs } from '../app/world.ts';
import { mrkdwnIn } from '../slack/views/check.ts';
import { prepareDataDir } from '../store/fresh-store.ts';
import { altered, hostileValues } from './altered.ts';

/** What somebody can send to POST /slack/events who knows the signing secret, and who does not. */
let world: World;
let app: App;
const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-slack-'));
/** The response URLs that the app answered at, by their paths, and what it said there first. */
const answered: string[] = [];
const said = new Map<string, string>();
const responses = createServer(async (request, response) => {
  const path = request.url ?? '';
  answered.push(path);
  const body = await text(request);
  if (!said.has(path)) said.set(path, body);
  response.statusCode = path.startsWith('/spent') ? 404 : 200;
  response.end('{"ok":true}');
});
let responseUrl = '';
/** What the app wrote into its log. */
const lines: string[] = [];

beforeAll(async () => {
  await prepareDataDir(dataDir);
  await new Promise<void>((listening) => responses.listen(0, '127.0.0.1', listening));
  const address = responses.address();
  if (typeof address === 'object' && address !== null) responseUrl = `http://localhost:${address.port}`;
  const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
  const configFile = sandboxConfig({ auditLog: { anchors: { channel: 'C0AUDIT' } } });
  world = await openWorld({ port: 0, log, configFile, slackPatienceMs });
  addPeople();
  app = await world.startApp({ dataDir });
  await world.sns.idle();
});

afterAll(async () => {
  await world.close();
  responses.closeAllConnections();
  responses.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** People of whom the sandbox has none by itself. */
function addPeople(): void {
  const { state } = world.slack;
  const person = (id: string, more: object) => ({
    id,
    name: id.slice(2).toLowerCase(),
    realName: id,
    timeZone: 'UTC',
    isBot: false,
    isGuest: false,
    ...more,
  });
  state.users.push(
    person('U0EVE', {}),
    person('U0GUEST', { isGuest: true }),
    person('U0STRANGER', { isStranger: true }),
    person('U0GONE', { isDeactivated: true }),
    person('U0BOT', { isBot: true }),
  );
  const onCall = state.usergroups.find(({ id }) => id === 'S0ONCALL');
  onCall?.users.push('U0GUEST', 'U0STRANGER', 'U0GONE', 'U0BOT');
}

/** `/audit help` as Slack sends it, with a name of its own to be answered at. */
const helpCommand = (name: string) =>
  new URLSearchParams({
    command: '/audit',
    text: 'help',
    user_id: 'U0ANA',
    user_name: 'ana',
    team_id: 'T0TRAIL',
    channel_id: 'C0ALERTS',
    channel_name: 'alerts',
    response_url: `${responseUrl}/${name}`,
    trigger_id: `trigger-${name}`,
  }).toString();

const secret = () => (world.environment.slack?.mode === 'http' ? world.environment.slack.signingSecret : '');
const seconds = (ahead = 0) => String(Math.floor(world.now().getTime() / 1000) + ahead);

async function post(
  body: string,
  { timestamp = seconds(), key = secret(), type = 'application/x-www-form-urlencoded' } = {},
) {
  const signature = `v0=${createHmac('sha256', key).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  const response = await fetch(`http://127.0.0.1:${app.port}/slack/events`, {
    method: 'POST',
    headers: {
      'content-type': type,
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature,
    },
    body,
  });
  return { status: response.status, text: await response.text() };
}

/** Sends a command that is answered, after which any other one that was sent before has been answered too, or never will be. */
async function oneMore(name: string): Promise<void> {
  expect(await post(helpCommand(name))).toEqual({ status: 200, text: '' });
  await expect.poll(() => answered, { timeout: 30_000 }).toContain(`/${name}`);
}

test('the same signed request again does nothing', async () => {
  const body = helpCommand('first');
  const timestamp = seconds();
  expect(await post(body, { timestamp })).toEqual({ status: 200, text: '' });
  expect(await post(body, { timestamp })).toEqual({ status: 200, text: '' });
  await oneMore('second');
  expect(answered.filter((path) => path === '/first')).toHaveLength(1);
});

test('the address is Slack’s to verify: the challenge comes back', async () => {
  // Source: docs.slack.dev/reference/events/url_verification
  const asked = JSON.stringify({
    token: 'Jhj5dZrVaK7ZwHHjRyZWjbDl',
    challenge: '3eZbrw1aBm2rZgRN',
    type: 'url_verification',
  });
  const { status, text } = await post(asked, { type: 'application/json' });
  expect([status, JSON.parse(text)]).toEqual([200, { challenge: '3eZbrw1aBm2rZgRN' }]);
  expect((await post(asked, { type: 'application/json', key: 'no secret of ours' })).status).toBe(401);
});

test('a request from the future does nothing, though its signature is right', async () => {
  expect(await post(helpCommand('future'), { timestamp: seconds(600) })).toEqual({ status: 200, text: '' });
  await oneMore('present');
  expect(answered).not.toContain('/future');
});

test.each([
  ['signed with another secret', { key: 'another-secret' }],
  ['ten minutes old', { timestamp: String(Math.floor(Date.now() / 1000) - 600) }],
])('a request %s is refused', async (_name, how) => {
  expect(await post(helpCommand('refused'), how)).toEqual({ status: 401, text: '' });
});

test.each(['null', '5', '"text"', '[]', 'true'])(
  'a signed body that is %s is refused, and the app lives on',
  async (json) => {
    expect(await post(`payload=${json}`)).toEqual({ status: 400, text: '' });
    const signed = { 'x-slack-request-timestamp': seconds(), 'content-type': 'application/json' };
    const mac = createHmac('sha256', secret())
      .update(`v0:${signed['x-slack-request-timestamp']}:${json}`)
      .digest('hex');
    const sent = { method: 'POST', headers: { ...signed, 'x-slack-signature': `v0=${mac}` }, body: json };
    expect((await fetch(`http://127.0.0.1:${app.port}/slack/events`, sent)).status).toBe(400);
    expect((await fetch(`http://127.0.0.1:${app.port}/healthz`)).status).toBe(200);
  },
);

test('answers go to Slack alone, wherever a signed request wants them', async () => {
  for (const url of [
    responseUrl.replace('localhost', 'localhost.example.com'),
    responseUrl.replace('//', '//somebody@'),
    'https://hooks.slack.com/services/T0/B0/x',
    'https://hooks.slack.com.example.com/commands',
  ])
    expect(
      await post(helpCommand('elsewhere').replace(encodeURIComponent(responseUrl), encodeURIComponent(url))),
    ).toEqual({ status: 400, text: '' });
  await oneMore('not-elsewhere');
  expect(answered).not.toContain('/elsewhere');
});

test('requests that are not signed are one line of the log a minute', async () => {
  for (let at = 0; at < 30; at += 1) expect((await post(helpCommand(`${at}`), { key: 'another' })).status).toBe(401);
  expect(lines.filter((line) => line.includes('signature mismatch'))).toHaveLength(1);
});

test('a body of more than a mebibyte is refused', async () => {
  expect((await post(`${helpCommand('long')}&text=${'x'.repeat(1024 * 1024)}`)).status).toBe(413);
});

/** A press on Acknowledge of the only alert, as Slack sends it, with a name of its own to be answered at. */
const acknowledge = (name: string, user: string) =>
  new URLSearchParams({
    payload: JSON.stringify({
      type: 'block_actions',
      user: { id: user, team_id: 'T0TRAIL' },
      team: { id: 'T0TRAIL' },
      channel: { id: 'C0ALERTS' },
      container: { type: 'message', channel_id: 'C0ALERTS' },
      trigger_id: `trigger-${name}`,
      response_url: `${responseUrl}/${name}`,
      actions: [{ type: 'button', action_id: 'alert:acknowledge', block_id: 'alert:1:1', value: '1', action_ts: '1' }],
    }),
  }).toString();

const acknowledged = async (): Promise<string | undefined> =>
  /^trailwatch_acts_total\{kind="acknowledge"\} (\d+)$/m.exec(
    await (await fetch(`http://127.0.0.1:${app.port}/metrics`)).text(),
  )?.[1];

test('a press is carried out before it is acknowledged: a process that is killed in between loses none', async () => {
  world.sns.publish(world.topicArn, { message: JSON.stringify(alarm('pressed', 'ALARM', world.now())) });
  await new Channel(world.slack, 'C0ALERTS').expectMessage(/pressed/);
  expect(await acknowledged()).toBeUndefined();
  expect(await post(acknowledge('pressed', 'U0ANA'))).toEqual({ status: 200, text: '' });
  expect(await acknowledged()).toBe('1');
});

test('a press that takes longer is acknowledged within the three seconds of Slack, and goes on', async () => {
  world.slack.fault({ method: 'users.info', kind: 'hang', times: 1 });
  const began = performance.now();
  expect(await post(acknowledge('slow', 'U0BEN'))).toEqual({ status: 200, text: '' });
  // Not at once: the work comes first, for two seconds.
  expect(performance.now() - began).toBeGreaterThan(1900);
  expect(answered).not.toContain('/slow');
  await expect.poll(() => answered, { timeout: 20_000 }).toContain('/slow');
}, 30_000);

test('nobody is refused because Slack is asked too often for a moment', async () => {
  world.slack.fault({ method: 'users.info', kind: '429', times: 1 });
  world.slack.fault({ method: 'users.info', kind: '500', times: 1 });
  await post(acknowledge('hurried', 'U0CHRIS'));
  await expect.poll(() => said.get('/hurried'), { timeout: 20_000 }).toMatch(/already/);
}, 30_000);

describe('a refusal is told where one pressed', () => {
  const pressedIn = (name: string, place: object) => {
    const press = JSON.parse(new URLSearchParams(acknowledge(name, 'U0GUEST')).get('payload') ?? '{}');
    return post(new URLSearchParams({ payload: JSON.stringify({ ...press, ...place }) }).toString());
  };
  const threadOf = (name: string): unknown => JSON.parse(said.get(`/${name}`) ?? '{}').thread_ts;

  test('in the thread of a reply and of what only they see; beside a message that has replies', async () => {
    await pressedIn('reply', { message: { ts: '2.2', thread_ts: '1.1' } });
    await pressedIn('copy', {
      container: { type: 'message', channel_id: 'C0ALERTS', is_ephemeral: true, thread_ts: '1.1' },
    });
    await pressedIn('root', { message: { ts: '1.1', thread_ts: '1.1' } });
    expect(said.get('/reply')).toMatch(/Guests/);
    expect([threadOf('reply'), threadOf('copy'), threadOf('root')]).toEqual(['1.1', '1.1', undefined]);
  });

  test('what failed on the way is not said to be undone', async () => {
    const press = JSON.parse(new URLSearchParams(acknowledge('spent-feed', 'U0CHRIS')).get('payload') ?? '{}');
    Object.assign(press.actions[0], { action_id: 'oncall:feed-new', value: '{"schedule":null}' });
    await post(new URLSearchParams({ payload: JSON.stringify(press) }).toString());
    const direct = new Channel(world.slack, world.slack.state.dm('U0CHRIS').id);
    await direct.expectMessage(/cannot say whether this was done/);
  });

  test('directly where Slack does not take the answer', async () => {
    await pressedIn('spent', {});
    const direct = new Channel(world.slack, world.slack.state.dm('U0GUEST').id);
    await direct.expectMessage(/Guests/);
  });
});

/** Headers of a request that nobody signed as it came; `right` is the true signature of the body at the true time. */
const forged: Readonly<Record<string, (right: string, at: string) => Record<string, string>>> = {
  'no headers at all': () => ({}),
  'no signature': (_right, at) => ({ 'x-slack-request-timestamp': at }),
  'no time': (right) => ({ 'x-slack-signature': right }),
  ...Object.fromEntries(
    Object.entries({
      'an empty signature': () => '',
      'a version alone': () => 'v0=',
      'no version': (right: string) => right.slice(3),
      'another version': (right: string) => right.replace('v0', 'v1'),
      'in capitals': (right: string) => right.toUpperCase(),
      'one digit less': (right: string) => right.slice(0, -1),
      'one digit more': (right: string) => `${right}0`,
      'another last digit': (right: string) => right.slice(0, -1) + (right.endsWith('0') ? '1' : '0'),
      'two of them': (right: string) => `${right}, ${right}`,
      zeros: () => `v0=${'0'.repeat(64)}`,
      'no hexadecimal': () => `v0=${'z'.repeat(64)}`,
      'a very long one': () => `v0=${'a'.repeat(10_000)}`,
    }).map(([name, change]) => [
      `signature: ${name}`,
      (right: string, at: string) => ({ 'x-slack-signature': change(right), 'x-slack-request-timestamp': at }),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries({
      'an empty one': () => '',
      'no number': () => 'now',
      'in milliseconds': (at: string) => `${at}000`,
      'with a fraction': (at: string) => `${at}.5`,
      negative: (at: string) => `-${at}`,
      'not finite': () => 'Infinity',
      'one second later': (at: string) => String(Number(at) + 1),
      'two of them': (at: string) => `${at}, ${at}`,
    }).map(([name, change]) => [
      `time: ${name}`,
      (right: string, at: string) => ({ 'x-slack-signature': right, 'x-slack-request-timestamp': change(at) }),
    ]),
  ),
};

test.each(Object.entries(forged))('a request with %s is refused', async (name, headersOf) => {
  const body = helpCommand(`forged-${encodeURIComponent(name)}`);
  const at = seconds();
  const right = `v0=${createHmac('sha256', secret()).update(`v0:${at}:${body}`).digest('hex')}`;
  const { status } = await fetch(`http://127.0.0.1:${app.port}/slack/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headersOf(right, at) },
    body,
  });
  expect(status).toBe(401);
  expect([...said.keys()].filter((path) => path.includes('forged-'))).toEqual([]);
});

/** Who there is, and what each may do as the sandbox's configuration says it. */
type May = 'see' | 'respond' | 'audit' | 'investigate' | 'administer' | 'nobody';
const people: Readonly<Record<string, { id: string; team?: string | null; may: readonly May[] }>> = {
  'an administrator on call': { id: 'U0ANA', may: ['see', 'respond', 'audit', 'investigate', 'administer'] },
  'somebody on call': { id: 'U0BEN', may: ['see', 'respond', 'audit', 'investigate'] },
  'another responder': { id: 'U0CHRIS', may: ['see', 'respond'] },
  'a full member': { id: 'U0EVE', may: ['see'] },
  'a guest': { id: 'U0DANA', may: [] },
  'a guest in a listed group': { id: 'U0GUEST', may: [] },
  'a person of another workspace': { id: 'U0EVE', team: 'T0OTHER', may: [] },
  'a person of another workspace in a listed group': { id: 'U0STRANGER', may: [] },
  'a deactivated person in a listed group': { id: 'U0GONE', may: [] },
  'a bot in a listed group': { id: 'U0BOT', may: [] },
  'somebody whom Slack does not know': { id: 'U0NOBODY', may: [] },
  'an administrator of no workspace': { id: 'U0ANA', team: null, may: [] },
};

/** A shift that is over, offered by somebody. */
const shiftOf = (asker: string): string => {
  const span = { from: '2020-01-01T00:00:00Z', until: '2020-01-02T00:00:00Z' };
  return JSON.stringify({ schedule: 'security', ...span, asker, other: 'U0BEN', theirs: span });
};

/** An alert of which there is none, offered to whoever presses. */
const offer = JSON.stringify({ alert: 999, from: 'U0BEN', until: '2099-01-01T00:00:00Z' });

/** What each button needs, and a value that it would have. */
const needs: Readonly<Record<string, May | [May, value: string]>> = {
  'alert:acknowledge': 'respond',
  'alert:unacknowledge': 'respond',
  'alert:resolve': 'respond',
  'alert:reopen': 'respond',
  'alert:wake': 'respond',
  'alert:hold': 'respond',
  'alert:expected': 'respond',
  'alert:snooze': 'respond',
  'alert:escalate': 'respond',
  'alert:assign': 'respond',
  'alert:silence': 'respond',
  'alert:details': 'respond',
  'ask:yes': 'nobody',
  'ask:no': 'nobody',
  'bundle:acknowledge-all': 'respond',
  'alert:offer-accept': ['respond', offer],
  'alert:offer-decline': ['respond', offer],
  'alert:open': 'see',
  'alert:triage': 'investigate',
  'link:open': 'see',
  'alerts:severity': ['see', 'high'],
  'alerts:state': ['see', 'firing'],
  'alerts:next': ['see', '2'],
  'alerts:previous': ['see', '1'],
  'alerts:acknowledge-all': ['respond', 'alerts-bulk:1:info:snoozed:'],
  'alerts:resolve-all': ['respond', 'alerts-bulk:1:info:snoozed:'],
  'alerts:assign-all': ['respond', 'alerts-bulk:1:info:snoozed:'],
  'alerts:silence': ['respond', 'alerts-bulk:1:info:snoozed:'],
  'stats:files': ['see', JSON.stringify({ from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z', by: 'source' })],
  'oncall:reach': 'respond',
  'oncall:reach-try': 'respond',
  'oncall:reach-heard': 'respond',
  'oncall:take': ['respond', '{"schedule":"security"}'],
  'oncall:cover': ['see', '{"schedule":"security"}'],
  'oncall:override': ['respond', '{"schedule":"security"}'],
  'oncall:picture': ['see', '{"schedule":"security"}'],
  'oncall:swap': ['see', '{"schedule":"security"}'],
  'oncall:cover-take': ['respond', shiftOf('U0ANA')],
  'oncall:swap-take': ['respond', shiftOf('U0ANA')],
  'oncall:swap-refuse': ['see', shiftOf('U0ANA')],
  'oncall:feed-new': ['see', '{"schedule":null}'],
  'oncall:feed-revoke': ['see', '{"schedule":null}'],
  // Who made it or stands in may; there is none of this number.
  'oncall:end': ['see', '999'],
  'storm:open-list': 'see',
  'storm:acknowledge-all': 'respond',
  'storm:resolve-all': 'respond',
  'silence:preview': 'see',
  'silence:end': 'respond',
  'watch:end': 'investigate',
  'digest:item': ['investigate', 'assign:1:1:0'],
  'digest:list': ['audit', '1:1'],
  'digest:turn': ['audit', '1:2'],
  'digest:turn-back': ['audit', '1:1'],
  'digest:review': ['audit', '1:1'],
  'digest:again': 'investigate',
  'digest:create-report': 'administer',
  // Whoever it was given to may; there is none of this number.
  'digest:task-done': ['see', '999'],
  'digest:approve': 'administer',
  'digest:refuse': 'administer',
  'incident:acknowledge': 'respond',
  'incident:unacknowledge': 'respond',
  'incident:escalate': 'respond',
  'incident:resolve': 'respond',
  'incident:split': 'respond',
  'incident:list': 'see',
  'incident:open': 'see',
  'incident:export': 'see',
  'question:line': ['investigate', 'lookup --bogus'],
  'question:heat-map': 'investigate',
  'question:go': 'investigate',
  'question:cancel': 'investigate',
  'question:update': 'investigate',
  'question:share': 'investigate',
  'question:files': 'investigate',
  'question:again': 'investigate',
  'question:add-to-case': 'investigate',
  'case:export': 'investigate',
  'question:table-share': 'investigate',
  'question:framework-share': 'investigate',
  'question:table-files': 'investigate',
  'question:pivot': ['investigate', '0'],
  'question:pivot-more': ['investigate', '0'],
};

/** What each command needs, and a line that costs nothing. */
const typed: Readonly<Record<string, [May, line: string]>> = {
  lookup: ['investigate', 'lookup nonsense x'],
  who: ['investigate', 'who'],
  watch: ['investigate', 'watch'],
  unwatch: ['investigate', 'unwatch 1'],
  case: ['investigate', 'case'],
  investigate: ['investigate', 'investigate'],
  sessions: ['investigate', 'sessions --bogus'],
  access: ['investigate', 'access'],
  accounts: ['investigate', 'accounts --bogus'],
  findings: ['investigate', 'findings --bogus'],
  history: ['investigate', 'history'],
  alerts: ['see', 'alerts'],
  show: ['see', 'show 999999'],
  ack: ['respond', 'ack 999999'],
  resolve: ['respond', 'resolve 999999'],
  incident: ['see', 'incident'],
  silence: ['see', 'silence'],
  oncall: ['see', 'oncall'],
  report: ['audit', 'report history nonsense'],
  evidence: ['investigate', 'evidence nonsense'],
  framework: ['investigate', 'framework nonsense'],
  flows: ['investigate', 'flows --bogus'],
  dns: ['investigate', 'dns --bogus'],
  s3: ['investigate', 's3 --bogus'],
  stats: ['see', 'stats --bogus'],
  status: ['see', 'status'],
  help: ['see', 'help'],
};

const refusal =
  /Guests cannot do this|put to somebody else|People of other workspaces cannot|account is deactivated|Only .{1,200} can (?:see|act|look|ask|read|change)|Nobody can |Slack did not say just now/;

describe('every button, command and form asks for its right', () => {
  const user = ({ id, team = 'T0TRAIL' }: { id: string; team?: string | null }) =>
    team === null ? { id } : { id, team_id: team };

  test('the tables name every one of them', () => {
    expect(Object.keys(needs).sort()).toEqual(Object.keys(buttons).sort());
    expect(Object.keys(typed).sort()).toEqual(commands.map(({ name }) => name).sort());
    for (const { name, right } of commands) expect([name, right]).toEqual([name, typed[name]?.[0]]);
  });

  test.each(Object.entries(people))('%s', async (who, person) => {
    const expected: Record<string, boolean> = {};
    const came: Record<string, boolean> = {};
    for (const [button, need] of Object.entries(needs)) {
      const [right, value] = typeof need === 'string' ? [need, '1'] : need;
      const name = encodeURIComponent(`${who} ${button}`);
      const press = {
        type: 'block_actions',
        user: user(person),
        team: { id: 'T0TRAIL' },
        channel: { id: 'C0ALERTS' },
        container: { type: 'message', channel_id: 'C0ALERTS' },
        trigger_id: name,
        response_url: `${responseUrl}/${name}`,
        actions: [{ type: 'button', action_id: button, block_id: blockOf(button), value, action_ts: '1' }],
      };
      await post(new URLSearchParams({ payload: JSON.stringify(press) }).toString());
      expected[button] = person.may.includes(right);
      // A press is answered before it is acknowledged.
      came[button] = !refusal.test(said.get(`/${name}`) ?? '');
    }
    for (const [command, [right, line]] of Object.entries(typed)) {
      const name = encodeURIComponent(`${who} /audit ${command}`);
      await post(
        new URLSearchParams({
          command: '/audit',
          text: line,
          user_id: person.id,
          // A command names the workspace of the one who typed it.
          team_id: person.team ?? 'T0NONE',
          ...(person.team === undefined ? { team_id: 'T0TRAIL' } : {}),
          channel_id: 'C0ALERTS',
          response_url: `${responseUrl}/${name}`,
          trigger_id: name,
        }).toString(),
      );
      await expect.poll(() => said.get(`/${name}`), { timeout: 30_000, interval: 20 }).toBeDefined();
      expected[line] = person.may.includes(right);
      came[line] = !refusal.test(said.get(`/${name}`) ?? '');
    }
    for (const form of Object.keys(forms)) {
      const submission = {
        type: 'view_submission',
        user: user(person),
        team: { id: 'T0TRAIL' },
        trigger_id: `${who} ${form}`,
        view: {
          type: 'modal',
          id: 'V1',
          callback_id: form,
          private_metadata: '{"id":1,"version":1}',
          title: { type: 'plain_text', text: 'A form' },
          state: { values: {} },
        },
      };
      const { text: answer } = await post(new URLSearchParams({ payload: JSON.stringify(submission) }).toString());
      // An empty form is refused at its questions to those who may fill it in.
      if (!person.may.includes('see')) expected[form] = false;
      if (!person.may.includes('see')) came[form] = !refusal.test(answer);
    }
    expect(Object.keys(came).filter((each) => came[each] !== expected[each])).toEqual([]);
  });

  const blockOf = (button: string): string =>
    button.startsWith('question:')
      ? 'question:main:1'
      : button.startsWith('alerts:')
        ? 'alerts-filter:1:any:open:'
        : 'alert:1:1';

  test('help lists what a person may use, and says how many more commands there are', () => {
    const help = (who: string) => said.get(`/${encodeURIComponent(`${who} /audit help`)}`);
    expect(help('a full member')).toContain('/audit alerts');
    expect(help('a full member')).not.toContain('/audit lookup');
    expect(help('a full member')).toMatch(/\d+ more commands you may not use/);
    expect(help('an administrator on call')).toContain('/audit lookup');
    expect(help('an administrator on call')).not.toContain('may not use');
  });

  test('the Home tab of a guest shows nothing but why', async () => {
    await world.slack.interactions.openHome('U0DANA');
    const home = () =>
      JSON.stringify(
        [...world.slack.state.views.values()].find((view) => view.kind === 'home' && view.user === 'U0DANA')?.view,
      );
    await expect.poll(home).toContain('Guests cannot do this');
    expect(home()).not.toContain('On call');
  });

  test('alerts of a private channel are seen by its members alone', async () => {
    const { state } = world.slack;
    const ask = async (id: string, text: string, name: string): Promise<string> => {
      await post(
        new URLSearchParams({
          ...Object.fromEntries(new URLSearchParams(helpCommand(name))),
          text,
          user_id: id,
        }).toString(),
      );
      await expect.poll(() => said.get(`/${name}`), { timeout: 30_000 }).toBeDefined();
      return said.get(`/${name}`) ?? '';
    };
    const open = async (id: string, name: string): Promise<string> => {
      const press = JSON.parse(new URLSearchParams(acknowledge(name, id)).get('payload') ?? '{}');
      press.actions[0].action_id = 'alert:open';
      await post(new URLSearchParams({ payload: JSON.stringify(press) }).toString());
      return said.get(`/${name}`) ?? '';
    };
    // The first one was resolved by the forms above.
    world.sns.publish(world.topicArn, { message: JSON.stringify(alarm('pressed-no-more', 'ALARM', world.now())) });
    await new Channel(world.slack, 'C0ALERTS').expectMessage(/pressed-no-more/);
    expect(await ask('U0EVE', 'alerts', 'public-list')).toContain('pressed');
    expect(await open('U0EVE', 'public-open')).toContain('pressed');
    state.membersOfPrivate.set('C0ALERTS', ['U0BEN', 'U0CHRIS']);
    await world.moveClock(2 * 60_000);
    const list = await ask('U0EVE', 'alerts', 'private-list');
    expect(list).not.toContain('pressed');
    expect(list).toContain('private channels that you are not in are left out');
    expect(await open('U0EVE', 'private-open')).toMatch(/private channel that you are not in/);
    expect(await ask('U0BEN', 'alerts', 'member-list')).toContain('pressed');
    expect(await open('U0CHRIS', 'member-open')).toContain('pressed');
  });
});

describe('a signed request that was altered', () => {
  let serial = 0;
  const send = (body: Record<string, string>) => {
    serial += 1;
    return post(new URLSearchParams({ ...body, n: String(serial) }).toString());
  };
  const interact = (payload: unknown) => send({ payload: JSON.stringify(payload) });
  const acts = async (): Promise<string[]> =>
    (await (await fetch(`http://127.0.0.1:${app.port}/metrics`)).text()).match(/^trailwatch_acts_total.*$/gm) ?? [];
  /** What went wrong by our fault: here Slack refuses much, since no such view is open. */
  const errorsFrom = (from: number) =>
    lines
      .slice(from)
      .map((line) => JSON.parse(line))
      .filter(({ level, err }) => level >= 50 && !/^WebAPI/.test(err?.type))
      .map(({ msg, err }) => `${msg} ${err?.stack}`);

  const person = { id: 'U0EVE', team_id: 'T0TRAIL' };
  const team = { id: 'T0TRAIL' };
  const view = {
    type: 'modal',
    id: 'V1',
    hash: '1.1',
    title: { type: 'plain_text', text: 'Note' },
    callback_id: 'modal:note',
    private_metadata: '{"id":1,"version":1}',
    state: { values: { text: { answer: { type: 'plain_text_input', value: 'seen' } } } },
  };
  const press = (action: object, more: object = {}) => ({
    type: 'block_actions',
    user: person,
    team,
    channel: { id: 'C0ALERTS' },
    container: { type: 'message', channel_id: 'C0ALERTS', is_ephemeral: false },
    message: { ts: '1.1', thread_ts: '1.1' },
    trigger_id: 'altered',
    response_url: `${responseUrl}/altered`,
    actions: [{ action_ts: '1', block_id: 'alert:1:1', ...action }],
    ...more,
  });
  const resolve = { type: 'button', action_id: 'alert:resolve', value: '1' };
  const requests: Readonly<Record<string, unknown>> = {
    'a press': press(resolve),
    'a choice': press({
      type: 'overflow',
      action_id: 'alert:more',
      selected_option: { text: { type: 'plain_text', text: 'Resolve' }, value: 'alert:resolve' },
    }),
    'a press in a view': { ...press(resolve), response_url: undefined, message: undefined, view },
    'a press in the Home tab': {
      ...press(resolve),
      response_url: undefined,
      message: undefined,
      view: { ...view, type: 'home', title: null, callback_id: '' },
    },
    'a form': { type: 'view_submission', user: person, team, trigger_id: 'altered', view },
    'an event': {
      type: 'event_callback',
      team_id: 'T0TRAIL',
      event: { type: 'app_home_opened', user: 'U0EVE', tab: 'home', channel: 'D1', view: null },
      authorizations: [{ enterprise_id: null, team_id: 'T0TRAIL', user_id: 'U0BOT', is_bot: true }],
    },
    'a closed view': { type: 'view_closed', user: person, team, view },
    'a shortcut': { type: 'message_action', user: person, team, callback_id: 'x', message: { ts: '1.1' } },
  };

  test.each(Object.entries(requests))(
    '%s, a field at a time: no error of ours, and nothing is done',
    async (_name, request) => {
      const [before, from] = [await acts(), lines.length];
      const came: string[] = [];
      for (const [name, payload] of altered(request)) {
        const { status } = await interact(payload);
        if (status !== 200 && status !== 400) came.push(`${name}: ${status}`);
        // The rest would wait three seconds each, too.
        if (came.length > 3) break;
      }
      expect(came).toEqual([]);
      expect(errorsFrom(from)).toEqual([]);
      expect(await acts()).toEqual(before);
    },
  );

  const administrator = { id: 'U0ANA', team_id: 'T0TRAIL' };
  /** Questions of our forms: a form that has none of a name does not look at it. */
  const asked =
    'to user instead how reason until text for duration from sure kind source account region resource actor alerts quiet follows note outcome gaps comment value since'.split(
      ' ',
    );
  const answersOf = (value: string) => ({
    'a text': { value },
    'a person': { selected_user: value },
    'a choice': { selected_option: { value } },
    'some choices': { selected_options: [{ value }, { value: '1' }] },
    'a time': { selected_date_time: Number(value) || 1e300 },
  });

  /** So that each thing is tried with each value, and each value in each place. */
  const turn = <T>(choices: readonly T[], at: number): T => {
    const choice = choices[at % choices.length];
    if (choice === undefined) throw new Error('There is nothing to choose from.');
    return choice;
  };

  test.each(Object.keys(buttons).map((button, at) => [button, at] as const))(
    '%s with values of others: a sentence, and no error of ours',
    async (button, shift) => {
      const from = lines.length;
      const came = await Promise.all(
        hostileValues.map(async (value, at) => {
          const name = `${encodeURIComponent(button)}-${at}`;
          const blocks = [
            value,
            'question:main:1',
            `alert:${value}:1`,
            `question:main:${value}`,
            `incident:${value}:1`,
          ];
          const pressed = turn(
            [
              { type: 'button', value },
              { type: 'static_select', selected_option: { value } },
            ],
            at,
          );
          const block_id = turn([...blocks, `alerts-filter:1:any:open:${value}`], at + shift);
          const request = press({ action_id: button, block_id, ...pressed }, { user: administrator });
          const { status } = await interact({ ...request, response_url: `${responseUrl}/${name}` });
          expect([name, said.get(`/${name}`) ?? '']).not.toEqual([name, expect.stringContaining('<!channel>')]);
          return status;
        }),
      );
      expect(came.filter((status) => status !== 200 && status !== 400)).toEqual([]);
      expect(came).toContain(200);
      expect(errorsFrom(from)).toEqual([]);
    },
  );

  test.each(commands.map(({ name }, at) => [name, at] as const))(
    '/audit %s with values of others: a sentence, and no error of ours',
    async (command, shift) => {
      const from = lines.length;
      const name = `typed-${command}`;
      const text = `${command} ${turn(hostileValues, shift)}`;
      const { status } = await send({ ...Object.fromEntries(new URLSearchParams(helpCommand(name))), text });
      expect([200, 400]).toContain(status);
      if (status === 200)
        await expect.poll(() => said.get(`/${name}`), { timeout: 45_000, interval: 10 }).toBeDefined();
      // Rich text repeats what was typed and takes no markup.
      expect(mrkdwnIn(JSON.parse(said.get(`/${name}`) ?? 'null')).join('\n')).not.toContain('<!channel>');
      expect(errorsFrom(from)).toEqual([]);
    },
  );

  test.each(Object.keys(forms).map((form, at) => [form, at] as const))(
    '%s filled in with values of others: no error of ours',
    async (form, shift) => {
      const from = lines.length;
      const subjects = ['{"id":1,"version":1}', 'null', '{"channel":"C0ALERTS","responseUrl":"x"}', ...hostileValues];
      const came = await Promise.all(
        hostileValues.map(async (value, at) => {
          const answer = turn(Object.values(answersOf(value)), at + shift);
          const filled = {
            ...view,
            callback_id: form,
            private_metadata: turn(subjects, at < 12 ? at % 3 : at),
            state: { values: Object.fromEntries(asked.map((question) => [question, { answer }])) },
          };
          const { status, text } = await interact({ type: 'view_submission', user: administrator, team, view: filled });
          // What is wrong with an answer is shown as plain text.
          if (!text.includes('"errors"')) expect(text).not.toContain('<!channel>');
          return status;
        }),
      );
      expect(came.filter((status) => status !== 200 && status !== 400)).toEqual([]);
      expect(came).toContain(200);
      expect(errorsFrom(from)).toEqual([]);
    },
  );
});

test('the head of the audit log is posted once a day, for audit-log verify to find', async () => {
  const { slack } = world.environment;
  if (slack === null) throw new Error('This world has a Slack.');
  const posted = () => postedAnchors(slackClient(slack.botToken, slack.apiUrl), 'C0AUDIT');
  await world.moveClock(2 * 60_000);
  await new Channel(world.slack, 'C0AUDIT').expectMessage(/Audit log on .* acts, head/);
  expect(await posted()).toEqual([{ seq: expect.any(Number), hash: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
  // Somebody else's message that looks like one is none.
  for (const message of world.slack.state.messages) if (message.channel === 'C0AUDIT') message.user = 'U0ANA';
  expect(await posted()).toEqual([]);
});
