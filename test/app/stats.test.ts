import { expect } from 'vitest';
import { readable } from '../../sandbox/slack/people.ts';
import type { StoredMessage } from '../../sandbox/slack/state.ts';
import { type Evening, testInTurn } from './world.ts';

const test = testInTurn();

/** The files of a message, by name. */
const filesOf = ({ world }: Evening, { files }: StoredMessage): Map<string, string> =>
  new Map(files.map(({ name, id }) => [name, Buffer.from(world.slack.state.files.get(id)?.bytes ?? '').toString()]));

test('stats count what asked for somebody, say so where it is too little for a median, and send it as CSV', async ({
  evening,
}) => {
  const [ana, alerts] = [evening.person('ana'), evening.channel('C0ALERTS')];
  evening.alarm('taken');
  const taken = await alerts.expectMessage(/taken/);
  await ana.press(taken, 'Acknowledge');
  await alerts.expectUpdate(taken, /Acknowledged by/i);
  evening.alarm('by-itself');
  const alone = await alerts.expectMessage(/by-itself/);
  evening.alarm('by-itself', 'OK');
  await alerts.expectUpdate(alone, /Resolved/);

  evening.alarm('by-hand');
  const byHand = await alerts.expectMessage(/by-hand/);
  await ana.press(byHand, 'Resolve');
  const form = await ana.expectModal(/What was it\?.*What was done\?/s);
  await form.submit({ as: { selected_option: { value: 'false alarm' } }, text: { value: 'The load test' } });
  await alerts.expectUpdate(byHand, /resolved by <@U0ANA> after .*: false alarm/);
  await alerts.expectReply(byHand, /Resolved by <@U0ANA>: false alarm.*The load test/s);

  await ana.type('/audit stats');
  const text = readable((await ana.expectEphemeral(/Alerts of the last 30 days/)).blocks);
  expect(text).toMatch(/\*3 times\* an alert asked for somebody, 4 signals/);
  expect(text).toMatch(
    /\*Acknowledged\*: 1 of 3 · 1 alert: too few for a median.*\*Over\*: 2 of 3.*\*Turned out to be\*: false alarm 1/s,
  );
  expect(text).toMatch(/<@U0(ANA|BEN)>: \d+ h on call.*/);

  await ana.type('/audit stats --last 24h by person');
  const byPerson = await ana.expectEphemeral(/Alerts of the last 1 day/);
  expect(JSON.stringify(byPerson.blocks)).toMatch(/By person.*@ana/);
  await ana.press(byPerson, 'Send me the CSV');
  const files = filesOf(evening, await ana.expectDirectMessage(/Numbers of alerts/));
  const [groups = '', list = '', load = ''] = [...files.values()];
  expect([...files.keys()].map((name) => name.replace(/-\d{4}.*/, ''))).toEqual(['alerts-by-person', 'alerts', 'load']);
  expect(groups).toMatch(/^"Ana[^"]*\(U0ANA\)",1,1,,,1,1,/m);
  expect(list).toMatch(/by-hand.*"false alarm"/);
  expect(list.match(/taken|by-itself/g)?.length).toBeGreaterThanOrEqual(2);
  expect(load).toMatch(/U0ANA|U0BEN/);

  await ana.type('/audit stats by colour');
  await ana.expectEphemeral(/"colour" is nothing to count by/);
  await ana.type('/audit stats --last 3');
  await ana.expectEphemeral(/"3" is no time from an hour to 400 days/);
}, 120_000);

test('all that is kept of an alert comes as Markdown and JSON, to whoever may see it', async ({ evening }) => {
  const [ana, sec] = [evening.person('ana'), evening.channel('C0ALERTS')];
  evening.alarm('post-mortem');
  const message = await sec.expectMessage(/post-mortem/);
  await ana.press(message, 'Acknowledge');
  await sec.expectUpdate(message, /Acknowledged by/i);
  const number = /#(\d+)/.exec(message.text)?.[1] ?? /#(\d+)/.exec(readable(message.blocks))?.[1];
  await ana.type(`/audit alerts export ${number}`);
  await ana.expectEphemeral(/All that is kept of alert #\d+ is in your direct messages/);
  const files = filesOf(evening, await ana.expectDirectMessage(/All that is kept of alert/));
  const [markdown = '', json = ''] = [files.get(`alert-${number}.md`), files.get(`alert-${number}.json`)];
  expect(markdown).toMatch(/# Alert \d+: .*post-mortem/);
  expect(markdown).toMatch(/Acknowledged by Ana.*U0ANA.*## On the record.*acknowledge by Ana.*[0-9a-f]{64}/s);
  expect(JSON.parse(json)).toMatchObject({
    alert: { id: Number(number), state: 'acknowledged' },
    timeline: [{ kind: 'opened' }, { kind: 'acknowledged', by: { id: 'U0ANA' } }],
    audit: [{ action: 'acknowledge' }],
  });

  await ana.type('/audit alerts export 999999');
  await ana.expectEphemeral(/There is no alert #999999/);
  await ana.type('/audit alerts export');
  await ana.expectEphemeral(/Say which alert/);
  // What was exported is on the record itself.
  await ana.type(`/audit alerts export ${number}`);
  await expect
    .poll(() =>
      ana
        .expectDirectMessage(/All that is kept of alert/)
        .then((again) => filesOf(evening, again).get(`alert-${number}.json`)),
    )
    .toMatch(/"action": "files"/);
}, 120_000);

test('alerts are shown, acknowledged and resolved by their numbers: one sentence for each', async ({ evening }) => {
  const [ana, ben, alerts] = [evening.person('ana'), evening.person('ben'), evening.channel('C0ALERTS')];
  const fire = async (name: string) => {
    evening.alarm(name);
    const message = await alerts.expectMessage(new RegExp(name));
    return { message, id: /#(\d+)/.exec(message.text)?.[1] ?? '' };
  };
  const [first, second, third] = [await fire('typed-one'), await fire('typed-two'), await fire('typed-three')];

  await ana.type(`/audit show ${first.id}`);
  const copy = await ana.expectEphemeral(/typed-one.*not acknowledged/s);
  await ana.type(`/audit show #${first.id},${second.id} 999999`);
  await ana.expectEphemeral(/typed-one.*typed-two.*There is no alert #999999/s);

  await ana.type(`/audit ack ${first.id} #${second.id} 999999`);
  await ana.expectEphemeral(/Acknowledged: #\d+ .*typed-one.*Acknowledged: #\d+ .*typed-two.*no alert #999999/s);
  await alerts.expectUpdate(first.message, /acknowledged by <@U0ANA>/i);
  await ben.type(`/audit ack ${first.id}`);
  await ben.expectEphemeral(/was already acknowledged by <@U0ANA>.*Nothing was changed/);

  // What a form that was opened from a copy does is seen on the copy.
  await ana.press(copy, 'Resolve');
  await (await ana.expectModal(/Resolve #/)).submit({ as: { selected_option: { value: 'test' } } });
  await expect
    .poll(() => readable(evening.world.slack.state.messages.find(({ ts }) => ts === copy.ts)?.blocks))
    .toMatch(/resolved by <@U0ANA> after .*: test/);
  await ben.type(`/audit resolve ${first.id}`);
  await ben.expectEphemeral(/was already resolved by <@U0ANA>/);

  await ben.type(`/audit resolve ${second.id} ${third.id} False-alarm: the scanner again`);
  await ben.expectEphemeral(/Resolved: #\d+ .*typed-two.*Resolved: #\d+ .*typed-three/s);
  await alerts.expectUpdate(third.message, /resolved by <@U0BEN> after .*: false alarm/);
  await alerts.expectReply(third.message, /false alarm.*the scanner again/s);

  for (const [line, said] of [
    ['ack', /Say which alerts by their numbers/],
    ['ack typed-one', /"typed-one" is no number of an alert/],
    [`ack ${first.id} please`, /"please" is no number of an alert\. Nothing was done/],
    ['ack incident 77', /There is no incident 77/],
    ['resolve storm 77', /There is no storm 77/],
    ['show 1 storm 2', /One incident or storm at a time/],
    ['acknowledge 1', /did you mean "\/audit ack"/],
  ] as const) {
    await ana.type(`/audit ${line}`);
    await ana.expectEphemeral(said);
  }
  const dana = evening.person('dana');
  for (const line of ['ack 1', 'resolve 1', 'show 1']) {
    await dana.type(`/audit ${line}`);
    await dana.expectEphemeral(/Guests cannot do this/);
  }
}, 120_000);
