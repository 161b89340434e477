import { expect, vi } from 'vitest';
import { sandboxConfig, slackPatienceMs, testInTurn } from './world.ts';

const hour = (at: number): string => `${String((new Date(at).getUTCHours() + 24) % 24).padStart(2, '0')}:00`;
const hourMs = 3_600_000;
const halfADay = Date.now() + 12 * hourMs;
const test = testInTurn(
  sandboxConfig({
    schedules: {
      security: {
        timezone: 'UTC',
        rotation: 'monthly',
        handoff: '1 00:00',
        users: ['U0ANA', 'U0BEN'],
        channel: 'C0PROD',
        mirror: ['usergroup:S0ONCALLNOW', 'channel:C0SEC'],
      },
      // Nobody is on call but for two hours, half a day from now.
      nights: {
        timezone: 'UTC',
        rotation: 'daily',
        handoff: '00:00',
        users: ['U0BEN'],
        restrictions: { from: hour(halfADay), to: hour(halfADay + 2 * hourMs) },
        mayBeEmpty: true,
        channel: 'C0PROD',
        mirror: ['usergroup:S0SECLEADS'],
      },
    },
  }),
);
const patience = { timeout: slackPatienceMs };

test('a user group and a topic show who is on call: at the start, at each handoff, and after what others change', async ({
  evening,
}) => {
  const { state } = evening.world.slack;
  const members = (id: string) => state.usergroups.find((group) => group.id === id)?.users;
  const security = state.channel('C0SEC');
  if (security === undefined) throw new Error('There is no channel C0SEC.');
  const shows = (user: string, name: string, topic: string) =>
    vi.waitFor(() => {
      expect(members('S0ONCALLNOW')).toEqual([user]);
      expect(security.topic).toBe(topic.replace('NAME', name));
    }, patience);
  const isAna = await vi.waitFor(() => {
    expect(members('S0ONCALLNOW')).not.toEqual(['U0CHRIS']);
    return members('S0ONCALLNOW')?.[0] === 'U0ANA';
  }, patience);
  const [[holder, holderName], [other, otherName]] = isAna
    ? ([
        ['ana', '@ana'],
        ['ben', '@ben'],
      ] as const)
    : ([
        ['ben', '@ben'],
        ['ana', '@ana'],
      ] as const);
  const idOf = (name: string) => evening.person(name).id;
  await shows(idOf(holder), holderName, 'Critical and high | On call for security: NAME');

  await evening.person(other).type('/audit oncall take security');
  await evening.person(other).expectEphemeral(/You are on call/);
  await evening.world.moveClock(61_000);
  await shows(idOf(other), otherName, 'Critical and high | On call for security: NAME');

  // Others edit both; what is theirs stays.
  const group = state.usergroups.find(({ id }) => id === 'S0ONCALLNOW');
  if (group !== undefined) group.users = ['U0CHRIS', 'U0ANA'];
  security.topic = 'Critical &amp; <https://wiki.example.com/sec|wiki> | On call for security: me | ask in #help';
  await evening.world.moveClock(11 * 60_000);
  await shows(
    idOf(other),
    otherName,
    'Critical & https://wiki.example.com/sec | On call for security: NAME | ask in #help',
  );
}, 60_000);

test('hours without anybody leave a group as it is', async ({ evening }) => {
  const { state } = evening.world.slack;
  const members = () => state.usergroups.find(({ id }) => id === 'S0SECLEADS')?.users;
  expect(members()).toEqual(['U0CHRIS']);
  await evening.world.moveClock(12.5 * hourMs);
  await vi.waitFor(() => expect(members()).toEqual(['U0BEN']), patience);
  await evening.world.moveClock(4 * hourMs);
  await evening.world.moveClock(61_000);
  expect(members()).toEqual(['U0BEN']);
}, 60_000);

test('where Slack refuses, the channel hears once which setting it is, and it is tried again', async ({ evening }) => {
  const { state } = evening.world.slack;
  const prod = evening.channel('C0PROD');
  const group = state.usergroups.find(({ id }) => id === 'S0ONCALLNOW');
  if (group === undefined) throw new Error('There is no such group.');
  state.groupsAreAdmins = true;
  group.users = ['U0CHRIS'];
  for (let times = 0; times < 3; times++) await evening.world.moveClock(11 * 60_000);
  const setting =
    /The user group S0ONCALLNOW does not show who is on call.*Workspace settings > Permissions > User Groups/;
  await prod.expectMessage(/does not show who is on call.*Permissions (?:>|&gt;) User Groups/s);
  expect(prod.messages().filter(({ text }) => setting.test(text.replaceAll('&gt;', '>')))).toHaveLength(1);
  expect(group.users).toEqual(['U0CHRIS']);
  state.groupsAreAdmins = false;
  await evening.world.moveClock(11 * 60_000);
  await vi.waitFor(() => expect(group.users).not.toEqual(['U0CHRIS']), patience);
  // A probe at the start finds it out before the first handoff does.
  state.groupsAreAdmins = true;
  await evening.world.moveClock(24 * hourMs);
  await evening.restart();
  await vi.waitFor(
    () => expect(prod.messages().filter(({ text }) => setting.test(text.replaceAll('&gt;', '>')))).toHaveLength(2),
    patience,
  );
}, 60_000);
