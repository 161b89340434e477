import { expect, vi } from 'vitest';
import { leakedKey } from '../../sandbox/scenario.ts';
import { testInTurn } from './world.ts';

const test = testInTurn();
const minuteMs = 60_000;

/** All that a message shows, as text. */
const textOf = (message: { text: string; blocks?: unknown }): string =>
  `${message.text} ${JSON.stringify(message.blocks)}`;

test('a leaked key is one message, one call and one owner, however many alerts it makes', async ({ evening }) => {
  const [security, alerts] = [evening.channel('C0SEC'), evening.channel('C0ALERTS')];
  const ana = evening.person('ana');
  // The alarm at the end measures something and names nobody: it is no part of this.
  for (const { message } of leakedKey.slice(0, -1)) {
    evening.publish(message(evening.world.now()));
    await evening.world.sns.idle();
  }
  const shown = await security.expectMessage(/Incident 1, \d alerts/);
  const whole = await security.expectUpdate(shown, /Incident 1, 7 alerts/);
  for (const said of ['AKIAIOSFODNN7EXAMPLE', '198.51.100.23', 'not acknowledged', 'same access key', 'same address'])
    expect(textOf(whole)).toContain(said);
  // Every other message at the top of the two channels is one line that leads to it.
  const tops = [...security.messages(), ...alerts.messages()].filter(
    ({ threadTs, ts }) => threadTs === undefined && ts !== shown.ts,
  );
  await vi.waitFor(() => {
    for (const { ts } of tops) {
      const now = [...security.messages(), ...alerts.messages()].find((each) => each.ts === ts);
      expect(now && textOf(now)).toMatch(/in incident 1/);
    }
  });

  // One call at its time, of one person, and not one for each alert.
  await evening.world.moveClock(5 * minuteMs + 1000);
  await security.expectReply(shown, /level 1.*Called: @(ana|ben)/i);
  const calls = () =>
    security.messages().filter(({ threadTs, text }) => threadTs !== undefined && /calling level/i.test(text));
  expect(calls()).toHaveLength(1);

  // Whoever acknowledges one has all.
  await ana.press(whole, 'Acknowledge');
  const held = await security.expectUpdate(shown, /acknowledged by|👀/i);
  await vi.waitFor(() => expect(textOf(held)).toMatch(/👀 <@U0ANA> acknowledged/));
  await evening.world.moveClock(15 * minuteMs);
  expect(calls()).toHaveLength(1);
}, 120_000);

test('is split and joined by hand, and listed', async ({ evening }) => {
  const security = evening.channel('C0SEC');
  const ana = evening.person('ana');
  await ana.type('/audit incident');
  await ana.expectEphemeral(/1 incident/);
  await ana.type('/audit incident split 1 #7');
  await ana.expectEphemeral(/1 alert out, with a message of its own; 6 left/);
  const incident = await security.expectMessage(/Incident 1, 6 alerts/);
  evening.alarm('NetworkOut-payments-gateway');
  await evening.channel('C0ALERTS').expectMessage(/NetworkOut-payments-gateway/);
  await ana.type('/audit incident join 1 #7 #99');
  await ana.expectEphemeral(/There is no alert #99/);
  await ana.type('/audit incident join 1 #7');
  await ana.expectEphemeral(/1 alert in incident 1 now/);
  await security.expectUpdate(incident, /Incident 1, 7 alerts/);
  await ana.type('/audit incident 9');
  await ana.expectEphemeral(/There is no incident 9/);
  await ana.type('/audit incident splt 1');
  await ana.expectEphemeral(/did you mean/i);
  await evening.person('dana').type('/audit incident split 1 #7');
  await evening.person('dana').expectEphemeral(/Guests/);
}, 120_000);

test('is over when all of it is, and is exported as it was', async ({ evening }) => {
  const security = evening.channel('C0SEC');
  const ana = evening.person('ana');
  const incident = await security.expectMessage(/Incident 1, 7 alerts/);
  await ana.press(incident, 'Resolve');
  await (await ana.expectModal(/Resolve incident 1/)).submit({
    as: { selected_option: { value: 'real' } },
    text: { value: 'Key deleted' },
  });
  await security.expectUpdate(incident, /Resolved/);
  await security.expectReply(incident, /Resolved by <@U0ANA>: real.*Key deleted/s);
  await ana.type('/audit incident export 1');
  await ana.expectEphemeral(/direct messages/);
});

test('two become one when an alert belongs to both, and the younger one says where it went', async ({ evening }) => {
  const security = evening.channel('C0SEC');
  const ana = evening.person('ana');
  const [listing, , grant] = leakedKey.filter(({ message }) =>
    /"eventName"/.test(JSON.stringify(message(evening.world.now()))),
  );
  /** A call of the story, made by others. */
  const called = (scene: typeof listing, user: string, key: string, address: string) => {
    const said = JSON.stringify(scene?.message(evening.world.now()))
      .replaceAll('deploy-bot', user)
      .replaceAll('backup-admin', `${user}-admin`)
      .replaceAll('AKIAIOSFODNN7EXAMPLE', key)
      .replaceAll('198.51.100.23', address);
    evening.publish(JSON.parse(said));
  };
  called(listing, 'olga', 'AKIAOLGAOLGAOLGAOLGA', '203.0.113.50');
  called(grant, 'olga', 'AKIAOLGAOLGAOLGAOLGA', '203.0.113.50');
  const older = await security.expectMessage(/Incident 2, 2 alerts/);
  called(listing, 'pavel', 'AKIAPAVELPAVELPAVEL1', '203.0.113.60');
  called(grant, 'pavel', 'AKIAPAVELPAVELPAVEL1', '203.0.113.60');
  const younger = await security.expectMessage(/Incident 3, 2 alerts/);
  await ana.press(younger, 'Acknowledge');
  await security.expectUpdate(younger, /👀/);

  called(listing, 'zora', 'AKIAOLGAOLGAOLGAOLGA', '203.0.113.60');
  const whole = await security.expectUpdate(older, /Incident 2, 5 alerts/);
  expect(textOf(whole)).toMatch(/with incident 3: same address 203\.0\.113\.60 as #\d+/);
  expect(textOf(whole)).toMatch(/👀 <@U0ANA> acknowledged 2/);
  const gone = await security.expectUpdate(younger, /Incident 3 became part of/);
  expect(textOf(gone)).toContain(older.ts.replace('.', ''));
  await ana.type('/audit incident 3');
  await ana.expectEphemeral(/Incident 3 became part of incident 2: type \/audit incident 2/);
}, 120_000);
