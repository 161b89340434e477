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

  await ana.type('/audit stats');
  const text = readable((await ana.expectEphemeral(/Alerts of the last 30 days/)).blocks);
  expect(text).toMatch(/\*2 times\* an alert asked for somebody, 3 signals/);
  expect(text).toMatch(/\*Acknowledged\*: 1 of 2 · 1 alert: too few for a median.*\*Over\*: 1 of 2/s);
  expect(text).toMatch(/<@U0(ANA|BEN)>: \d+ h on call.*/);

  await ana.type('/audit stats --last 24h by person');
  const byPerson = await ana.expectEphemeral(/Alerts of the last 1 day/);
  expect(JSON.stringify(byPerson.blocks)).toMatch(/By person.*@ana/);
  await ana.press(byPerson, 'Send me the CSV');
  const files = filesOf(evening, await ana.expectDirectMessage(/Numbers of alerts/));
  const [groups = '', list = '', load = ''] = [...files.values()];
  expect([...files.keys()].map((name) => name.replace(/-\d{4}.*/, ''))).toEqual(['alerts-by-person', 'alerts', 'load']);
  expect(groups).toMatch(/^"Ana[^"]*\(U0ANA\)",1,1,,,1,1,/m);
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
