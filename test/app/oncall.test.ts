import ICAL from 'ical.js';
import { expect } from 'vitest';
import type { StoredMessage } from '../../sandbox/slack/state.ts';
import { openDatabase } from '../../src/store/database.ts';
import { test } from './world.ts';

test('who is on call is shown, taken over, covered by who is first, and given back', async ({ evening }) => {
  // The calendar of the sandbox's one schedule: whoever has the week, the other takes over.
  const [ana, ben] = [evening.person('ana'), evening.person('ben')];
  const alerts = evening.channel('C0PROD');
  await ana.type('/audit oncall');
  const shown = await ana.expectEphemeral(/security.*<@U0(ANA|BEN)> until/s);
  const [holder, other] = /security.*?: <@U0ANA>/s.test(JSON.stringify(shown)) ? [ana, ben] : [ben, ana];

  await other.type('/audit oncall');
  await other.press(await other.expectEphemeral(/security/), 'Take over now');
  await alerts.expectMessage(new RegExp(`<@${other.id}> is on call for .*security`));
  await other.expectEphemeral(/You are on call for security until/);
  await other.type('/audit oncall take security');
  await other.expectEphemeral(/You are on call already/);

  await holder.type('/audit oncall override security @ben --from 2020-01-01T00:00Z --for 2h');
  await holder.expectEphemeral(/over already|may only|cannot|not allowed|only/i);
  await holder.type('/audit oncall override security @me --for 0m');
  await holder.expectEphemeral(/The end must be after the beginning/);
  await holder.type('/audit oncall at 2h');
  await holder.expectEphemeral(
    /If an alert began to fire.*\*primary\*\s+1\. .*<@U0(?:ANA|BEN)>\s+2\. .*<!subteam\^S0SECLEADS>.*\*alarms\*/s,
  );
  // By the clock of whoever asks; a time that the clock skips is said to be skipped.
  await ana.type('/audit oncall at 2027-03-28 02:30');
  await ana.expectEphemeral(
    /began to fire.*The clock went on over 02:30 on 28 Mar 2027 \(Europe\/Prague\): 03:00 is meant/s,
  );
  await ana.type('/audit oncall override security @me --from 2027-03-28 04:00 --until 2027-03-28 05:00');
  await ana.expectEphemeral(/on call for security from <!date\^1806199200\^.* until <!date\^1806202800\^/);
  await holder.type('/audit oncall at 2h --alert 999');
  await holder.expectEphemeral(/There is no alert #999/);
  await holder.type('/audit oncall at yesterday');
  await holder.expectEphemeral(/"yesterday" is no time to come/);
  await holder.type('/audit oncall secrity');
  await holder.expectEphemeral(/no schedule "secrity"; did you mean "security"/i);

  await other.type('/audit oncall cover security');
  const wanted = await alerts.expectMessage(/asks for cover/);
  await other.press(wanted, 'I take it');
  await other.expectEphemeral(/it is your own shift/);
  // Twice at once: who is first has it, and the second is told.
  await Promise.all([holder.press(wanted, 'I take it'), holder.press(wanted, 'I take it')]);
  await holder.expectEphemeral(/The shift is yours/);
  await holder.expectEphemeral(/was first and has this shift already/);
  await alerts.expectUpdate(wanted, new RegExp(`asked for cover .*<@${holder.id}> takes it`));
  await alerts.expectMessage(new RegExp(`<@${holder.id}> is on call for .* in place of <@${other.id}>`));
  expect(alerts.messages().filter(({ text }) => text.includes(`in place of <@${other.id}>`))).toHaveLength(1);
  await evening.person('ana').type('/audit oncall security');
  const weeks = await ana.expectEphemeral(/stands in from/);
  await ana.press(weeks, 'Picture');
  await ana.expectEphemeral(/The picture is in your direct messages/);

  // In App Home the same by forms: two presses each.
  const home = await ana.openHome(/On call now.*security/s);
  await home.press('Stand in…');
  const form = await ana.expectModal(/Who stands in\?/);
  const seconds = (ahead: number) => Math.floor(evening.world.now().getTime() / 1000) + ahead;
  await form.submit({ until: { selected_date_time: seconds(-60) } });
  await ana.expectModal(/The end must be after the beginning/);
  await (await ana.openHome(/On call now/)).press('Stand in…');
  const again = await ana.expectModal(/Who stands in\?/);
  await again.submit({
    user: { selected_user: 'U0CHRIS' },
    from: { selected_date_time: seconds(3600) },
    until: { selected_date_time: seconds(7200) },
  });
  await alerts.expectMessage(/<@U0CHRIS> is on call for \*security\*.*by <@U0ANA>/);
  await (await ana.openHome(/On call now/)).press('Swap…');
  const swap = await ana.expectModal(/With whom\?/);
  await swap.submit({ user: { selected_user: 'U0BEN' } });
  const offered = await ben.expectDirectMessage(/would like to swap shifts of \*security\*/);
  await ben.press(offered, 'Keep mine');
  await ana.expectDirectMessage(/<@U0BEN> keeps their shift of \*security\*/);
  const direct = evening.channel(evening.world.slack.state.dm('U0BEN').id);
  await direct.expectUpdate(offered, /You keep your shift of \*security\*/);
  await ana.type('/audit oncall swap security @ben');
  await ana.expectEphemeral(/Asked <@U0BEN>: your shift of security from .* for theirs from/);
  const second = await ben.expectDirectMessage(/would like to swap shifts of \*security\*/);
  await ben.press(second, 'Swap');
  await ben.expectEphemeral(/Swapped/);
  const swapped = await direct.expectUpdate(second, /You swapped shifts of \*security\* with <@U0ANA>/);
  expect(JSON.stringify(swapped.blocks)).not.toContain('"button"');
}, 60_000);

test('nobody stands in, or takes an alert over, who could not act on it', async ({ evening }) => {
  const ana = evening.person('ana');
  const left = evening.world.slack.state.user('U0CHRIS');
  if (left === undefined) throw new Error('Chris is not here.');
  left.isDeactivated = true;
  const cannot = /Guests, bots, and people who have left or are of another workspace cannot act on alerts/;
  // Who has left, a guest, somebody whom Slack does not know.
  for (const whom of ['U0CHRIS', 'U0DANA', 'U0GONE']) {
    await ana.type(`/audit oncall override security <@${whom}> --for 2h`);
    await ana.expectEphemeral(cannot);
    evening.world.slack.state.messages.splice(0);
  }
  await (await ana.openHome(/On call now/)).press('Stand in…');
  const form = await ana.expectModal(/Who stands in\?/);
  await form.submit({ user: { selected_user: 'U0GONE' } });
  await form.expectError(cannot);
  await ana.type('/audit oncall security');
  expect(JSON.stringify(await ana.expectEphemeral(/On call: security/))).not.toMatch(/stands in from/);
}, 60_000);

test('an alert in the hands of somebody who has left fires again when they are to be asked', async ({ evening }) => {
  const steps = [{ notify: ['user:U0CHRIS'], afterMs: 300_000 }];
  const escalation = new Map([['alarms', { steps, repeat: 0, ackTimeoutMs: { medium: 3_600_000 } }]]);
  Object.assign(evening.world.config, { escalation });
  await evening.restart();
  const alerts = evening.channel('C0ALERTS');
  evening.alarm('in-no-hands');
  const message = await alerts.expectMessage(/in-no-hands/);
  await evening.person('ben').press(message, 'Acknowledge');
  await alerts.expectUpdate(message, /Acknowledged by/);
  const ben = evening.world.slack.state.user('U0BEN');
  if (ben === undefined) throw new Error('Ben is not here.');
  ben.isDeactivated = true;
  await evening.world.moveClock(3_600_000);
  await alerts.expectReply(message, /Not reached.*U0BEN.*has left/s);
  await alerts.expectReply(message, /Firing again.*no sign of life/s);
  // A policy that is not there any more has called nobody.
  Object.assign(evening.world.config, { escalation: new Map() });
  await evening.restart();
  await evening.world.moveClock(300_000);
  await alerts.expectReply(message, /policy is not in the configuration any more, so the default channel is called/);
}, 60_000);

test('a calendar reads shifts at a secret address, as long as it is not revoked and its owner may see alerts', async ({
  evening,
}) => {
  const [ana, ben] = [evening.person('ana'), evening.person('ben')];
  const addressIn = (message: StoredMessage): string =>
    /http\S+?\/oncall\/\d+-[0-9a-f]{64}\.ics/.exec(JSON.stringify(message.blocks))?.[0] ?? 'none';
  /** Asks the app itself; the page of the sandbox stands at the public address. */
  const get = (address: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${evening.app.port}${new URL(address).pathname}`, { headers });
  await ana.type('/audit oncall feed security');
  const shown = await ana.expectEphemeral(/Subscribe to the shifts of \*security\*/);
  const address = addressIn(shown);
  const read = await get(address);
  expect([read.status, read.headers.get('content-type'), read.headers.get('cache-control')]).toEqual([
    200,
    'text/calendar; charset=utf-8',
    'private, max-age=900',
  ]);
  const calendar = await read.text();
  const events = ICAL.Component.fromString(calendar)
    .getAllSubcomponents('vevent')
    .map((event) => new ICAL.Event(event));
  expect(events.length).toBeGreaterThan(20);
  expect(new Set(events.map(({ summary }) => summary))).toEqual(new Set(['@ana: security', '@ben: security']));
  expect((await fetch(address)).status).toBe(200);
  const again = await get(address, { 'if-none-match': read.headers.get('etag') ?? '' });
  expect([again.status, await again.text()]).toEqual([304, '']);

  // Nobody can tell it again.
  await ana.type('/audit oncall feed security');
  const known = await ana.expectEphemeral(/You have an address for the shifts of \*security\* since/);
  const secret = address.slice(-68, -4);

  // One's own shifts alone: an override is among them.
  await ben.type('/audit oncall feed');
  const own = addressIn(await ben.expectEphemeral(/Subscribe to your own shifts/));
  const before = await (await get(own)).text();
  await ben.type('/audit oncall override security @me --for 2h');
  await ben.expectEphemeral(/on call for security from/);
  const after = await (await get(own)).text();
  const uids = (text: string) => [...text.matchAll(/^UID:.*$/gm)].map(([uid]) => uid);
  expect(after).toContain('SUMMARY:On call: security');
  // In the middle of a shift of one's own it parts that one.
  expect(uids(after).filter((uid) => !uids(before).includes(uid)).length).toBeLessThanOrEqual(2);

  const otherSecret = (await get(address.replace(secret, secret.split('').reverse().join('')))).status;
  const otherNumber = (await get(address.replace(/\/(\d+)-/, '/999-'))).status;
  expect([otherSecret, otherNumber, (await get(`${address}x`)).status]).toEqual([404, 404, 404]);

  await ana.press(known, 'New address');
  const replaced = addressIn(await ana.expectEphemeral(/Subscribe to the shifts/));
  expect([(await get(address)).status, (await get(replaced)).status]).toEqual([404, 200]);
  await ana.press(shown, 'Revoke');
  await ana.expectEphemeral(/leads nowhere any more/);
  expect((await get(replaced)).status).toBe(404);

  const gone = evening.world.slack.state.user('U0BEN');
  if (gone === undefined) throw new Error('Ben is not here.');
  gone.isDeactivated = true;
  await evening.world.moveClock(61_000);
  expect((await get(own)).status).toBe(404);
  await evening.restart(async () => {
    const database = await openDatabase({ databaseUrl: evening.databaseUrl, dataDir: evening.dataDir });
    const feeds = await database.db.selectFrom('calendar_feed').selectAll().execute();
    const record = await database.db.selectFrom('audit_log').selectAll().execute();
    await database.close();
    expect(feeds.map(({ owner, schedule }) => [owner, schedule])).toEqual([['U0BEN', null]]);
    expect(record.map(({ action }) => action).filter((action) => action.endsWith('-feed'))).toEqual([
      'make-feed',
      'make-feed',
      'make-feed',
      'revoke-feed',
    ]);
    expect(JSON.stringify([feeds, record])).not.toContain(own.slice(-68, -4));
  });
}, 60_000);

test('a test calls somebody by all their ways and says what came of each', async ({ evening }) => {
  const [ana, ben] = [evening.person('ana'), evening.person('ben')];
  await ana.type('/audit oncall test');
  await ana.expectEphemeral(/direct message: sent, and Slack rings.*no other way/s);
  const test = await ana.expectDirectMessage(/This is a test/);
  await ana.press(test, 'It rang');
  await ana.expectEphemeral(/it reached you/);
  const quiet = evening.world.slack.state.user('U0BEN');
  if (quiet === undefined) throw new Error('Ben is not here.');
  quiet.quietUntil = new Date(evening.world.now().getTime() + 3_600_000);
  await ana.type('/audit oncall test @ben');
  await ana.expectEphemeral(/direct message: sent, but Slack will not ring until/);
  await ben.type('/audit oncall test @ana');
  await ben.expectEphemeral(/Only <@U0ANA> can change how Trailwatch works/);
  await ben.type('/audit oncall test somebody');
  await ben.expectEphemeral(/"somebody" is nobody: mention a person with @/);
  await ben.type('/audit oncall test @nobody');
  await ben.expectEphemeral(/Slack does not say who "@nobody" is: choose the person from the list/);
}, 60_000);

test('who has an alert offers it to another, and keeps it until they take it over', async ({ evening }) => {
  const [ana, ben] = [evening.person('ana'), evening.person('ben')];
  const alerts = evening.channel('C0ALERTS');
  evening.alarm('handed-over');
  const message = await alerts.expectMessage(/handed-over/);
  const offer = async () => {
    await ana.choose(message, 'Assign…');
    const form = await ana.expectModal(/To whom\?.*How\?/s);
    await form.submit({ to: { selected_user: 'U0BEN' }, how: { selected_option: { value: 'ask' } } });
    return form;
  };
  await (await offer()).expectError(/Only who has this alert/);
  await ana.press(message, 'Acknowledge');
  await alerts.expectUpdate(message, /Acknowledged by <@U0ANA>/i);
  await offer();
  await alerts.expectReply(message, /Offered.*by/s);
  const asked = await ben.expectDirectMessage(/asks you to take this alert over/);
  await ben.press(asked, 'Not now');
  await ana.expectDirectMessage(/did not take this alert over: it is still yours/);
  await offer();
  const again = await ben.expectDirectMessage(/asks you to take this alert over/);
  await ben.press(again, 'Take it over');
  await alerts.expectUpdate(message, /acknowledged by <@U0BEN>/i);
  await alerts.expectReply(message, /Taken over/);
}, 60_000);

test('many calls are one direct message, and one press acknowledges all of them', async ({ evening }) => {
  const alerts = evening.channel('C0ALERTS');
  for (let number = 0; number < 7; number++) evening.alarm(`full-${number}`);
  for (let number = 0; number < 7; number++) await alerts.expectMessage(new RegExp(`full-${number}`));
  await evening.world.moveClock(16 * 60_000);
  const people = [evening.person('ana'), evening.person('ben')];
  const [person, called] = await Promise.any(
    people.map(async (each) => [each, await each.expectDirectMessage(/You are called for 7 alerts.*2 more/s)] as const),
  );
  await person.press(called, 'Acknowledge all 7');
  await person.expectEphemeral(/7 alerts were acknowledged/);
  for (let number = 0; number < 7; number++)
    await alerts.expectMessage(new RegExp(`full-${number}.*acknowledged by`, 'is'));
}, 60_000);

test('a list is narrowed by its options, and all that pass are acknowledged, assigned or silenced by one press', async ({
  evening,
}) => {
  const ana = evening.person('ana');
  const alerts = evening.channel('C0ALERTS');
  for (const name of ['disk-full-a', 'disk-full-b', 'cpu-high']) {
    evening.alarm(name);
    await alerts.expectMessage(new RegExp(name));
  }
  await ana.type('/audit alerts --text DISK-full --source cloudwatch --since 1h');
  const list = await ana.expectEphemeral(/2 open alerts: source cloudwatch, with "DISK-full", seen since/);
  await ana.press(list, 'Acknowledge all');
  await ana.expectEphemeral(/2 alerts were acknowledged/);
  await ana.press(list, 'Assign all 2…');
  const form = await ana.expectModal(/Assign 2 alerts/);
  await form.submit({ to: { type: 'users_select', selected_user: evening.person('ben').id } });
  await ana.expectDirectMessage(/2 alerts were assigned to/);
  // One message for both, not one each.
  await evening.person('ben').expectDirectMessage(/assigned 2 alerts to you/);
  await evening.person('ben').type('/audit alerts --mine');
  await evening.person('ben').expectEphemeral(/2 open alerts: that are yours/);
  await ana.press(list, 'Silence…');
  const silence = await ana.expectModal(/In the last 24 hours this would have hidden \*2\*/);
  await silence.submit({ reason: { type: 'plain_text_input', value: 'disks are being changed' } });
  await alerts.expectMessage(/DISK-full.*disks are being changed|disks are being changed.*DISK-full/s);
  await ana.type('/audit alerts firing');
  await ana.expectEphemeral(/1 firing alert.*cpu-high/s);
  await ana.type('/audit alerts --acount prod');
  await ana.expectEphemeral(/no --acount; did you mean "--account"/);
}, 60_000);
