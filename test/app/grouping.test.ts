import { describe, expect, vi } from 'vitest';
import { leakedKey, storm } from '../../sandbox/scenario.ts';
import { about, testInTurn } from './world.ts';

const test = testInTurn();

const hourMs = 3_600_000;

describe('an alert that comes again', () => {
  test('within the reopen window is the same message; later it is a new one', async ({ evening }) => {
    const alerts = evening.channel('C0ALERTS');
    evening.alarm('disk-full');
    const message = await alerts.expectMessage(/disk-full/);
    evening.alarm('disk-full', 'OK');
    await alerts.expectUpdate(message, /Resolved/);
    // Three changes in ten minutes would be flapping; an hour is how long an alert is opened again.
    await evening.world.moveClock(hourMs / 2);
    evening.alarm('disk-full');
    await alerts.expectReply(message, /again|reopen/i);
    evening.alarm('disk-full', 'OK');
    await alerts.expectUpdate(message, /Resolved/);
    await evening.world.moveClock(2 * hourMs);
    evening.alarm('disk-full');
    await vi.waitFor(() => expect(about(evening, 'C0ALERTS', 'disk-full')).toHaveLength(2), { timeout: 20_000 });
    await alerts.expectUpdate(message, /Resolved/);
  });

  test('and again within minutes is called flapping, and the thread grows no more', async ({ evening }) => {
    const alerts = evening.channel('C0ALERTS');
    evening.alarm('restless');
    const message = await alerts.expectMessage(/restless/);
    for (const state of ['OK', 'ALARM', 'OK', 'ALARM'] as const) {
      evening.alarm('restless', state);
      await evening.world.sns.idle();
    }
    await alerts.expectUpdate(message, /[Ff]lapping/);
    await alerts.expectReply(message, /[Ff]lapping/);
    const replies = () => alerts.messages().filter(({ threadTs }) => threadTs === message.ts).length;
    const before = replies();
    for (const state of ['OK', 'ALARM', 'OK', 'ALARM'] as const) {
      evening.alarm('restless', state);
      await evening.world.sns.idle();
    }
    // What comes after it is posted: everything before has been dealt with.
    evening.alarm('steady');
    await alerts.expectMessage(/steady/);
    expect(replies()).toBe(before);
    expect(about(evening, 'C0ALERTS', 'restless')).toHaveLength(1);
  });
});

describe('a silence from the menu of an alert', () => {
  test('is filled in, holds back what is like it, and its end is told with what it held back', async ({ evening }) => {
    const [ana, alerts] = [evening.person('ana'), evening.channel('C0ALERTS')];
    evening.alarm('noisy');
    const message = await alerts.expectMessage(/noisy/);
    await ana.choose(message, 'Expected or silence…');
    await (await ana.expectModal(/You expected this/)).press('Silence more than the same…');
    const form = await ana.expectModal(/Silence alerts like this/);
    await form.submit({ reason: { value: '' } });
    await form.expectError(/\S/);
    await form.submit({ reason: { value: 'Known, a fix is coming' } });
    await ana.type('/audit silence');
    await ana.expectEphemeral(/Known, a fix is coming/);
    await ana.type('/audit status');
    await ana.expectEphemeral(/Silences.*noisy.*\(0 held back\)/s);

    await ana.press(message, 'Resolve');
    await (await ana.expectModal(/Resolve/)).submit({});
    await alerts.expectUpdate(message, /Resolved/);
    await evening.world.moveClock(2 * hourMs);
    evening.alarm('noisy');
    evening.alarm('other');
    await alerts.expectMessage(/other/);
    expect(
      about(evening, 'C0ALERTS', 'noisy').filter(({ ts, text }) => ts !== message.ts && !text.startsWith('🔕')),
    ).toEqual([]);

    await evening.world.moveClock(3 * hourMs);
    await alerts.expectMessage(
      /The silence for .*noisy.* is over\. It held back 1 alert\. 1 alert still firing: posted now/,
    );
    await ana.type('/audit alerts');
    await ana.expectEphemeral(/noisy/);
  });

  test('is for those who may respond', async ({ evening }) => {
    const dana = evening.person('dana');
    evening.alarm('not-yours');
    const message = await evening.channel('C0ALERTS').expectMessage(/not-yours/);
    await dana.choose(message, 'Expected or silence…');
    await dana.expectEphemeral(/Guests/);
  });
});

/** A key is found in public: critical. */
const exposed = (at: Date): unknown => leakedKey[0]?.message(at);

describe('a maintenance window', () => {
  test('is planned, begins and ends by itself, is told each time, and holds nothing critical back', async ({
    evening,
  }) => {
    const [ana, alerts] = [evening.person('ana'), evening.channel('C0ALERTS')];
    await ana.type('/audit silence add --account 111122223333 --from 2h --for 3h');
    const form = await ana.expectModal(/Silence alerts/);
    await form.submit({ reason: { value: 'New disks' }, until: { selected_date_time: 1_000_000_000 } });
    await form.expectError(/would end before it begins/);
    await form.submit({ reason: { value: 'New disks' }, until: { selected_date_time: null } });
    await alerts.expectMessage(
      /plans to silence severity below critical, account 111122223333 from .* until .*: New disks/,
    );
    await ana.type('/audit silence');
    await ana.expectEphemeral(/1 planned/);
    evening.alarm('maintained-before');
    await alerts.expectMessage(/maintained-before/);

    await evening.world.moveClock(2.5 * hourMs);
    await alerts.expectMessage(/silenced .*account 111122223333 until .*: New disks/);
    evening.alarm('maintained-within');
    evening.publish(exposed(evening.world.now()));
    await evening.channel('C0SEC').expectMessage(/exposed/i);
    expect(about(evening, 'C0ALERTS', 'maintained-within')).toEqual([]);

    await evening.world.moveClock(4 * hourMs);
    await alerts.expectMessage(
      /The silence for .*account 111122223333 is over\. It held back 1 alert\. 1 alert still firing/,
    );
    await ana.type('/audit silence add --text tomorrow --from 1d --for 4h');
    await (await ana.expectModal(/Silence alerts/)).submit({ reason: { value: 'Again' } });
    await ana.type('/audit silence');
    await ana.press(await ana.expectEphemeral(/tomorrow/), 'Cancel');
    await alerts.expectMessage(/cancelled the planned silence for .*tomorrow/);
  });
});

test('an alert of a storm that somebody acts on has a message of its own', async ({ evening }) => {
  const [ana, alerts] = [evening.person('ana'), evening.channel('C0ALERTS')];
  // What came before is of another minute.
  await evening.world.moveClock(hourMs);
  for (const message of storm(25, evening.world.now())) evening.publish(message);
  const stormy = await alerts.expectMessage(/alerts in .*:/);
  // The first ten, which came before it was a storm, are in it, too.
  await alerts.expectUpdate(stormy, /25 alerts in 1 min:/);
  await ana.press(stormy, 'Open list');
  const list = await ana.expectEphemeral(/cpu-high-web-/);
  const held = [...JSON.stringify(list.blocks).matchAll(/cpu-high-web-\d{3}/g)].map(([name]) => name);
  expect(new Set(held).size).toBeGreaterThan(1);
  await ana.press(list, 'Open');
  await ana.press(await ana.expectEphemeral(/above the threshold/), 'Acknowledge');
  await vi.waitFor(
    () =>
      expect(
        alerts.messages().filter(({ text }) => /Acknowledged/.test(text) && /cpu-high-web-/.test(text)),
      ).toHaveLength(1),
    { timeout: 20_000 },
  );
  // Whoever is called for it is called for all of it: an acknowledgement of one alert would leave the others calling.
  await evening.world.moveClock(hourMs / 3);
  const told = await alerts.expectReply(stormy, /25 alerts in 1 min.*calling level 1 of 1\. Called: @(ana|ben)/s);
  const onCall = evening.person(JSON.stringify(told.blocks).includes('@ana') ? 'ana' : 'ben');
  const call = await onCall.expectDirectMessage(/25 alerts in 1 min: .*You are called/s);
  await onCall.press(call, 'Acknowledge all');
  await alerts.expectUpdate(stormy, /all acknowledged/);
  await onCall.expectDirectMessage(/25 alerts in 1 min: .*all acknowledged/s);
});
