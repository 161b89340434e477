import { describe, expect, vi } from 'vitest';
import { storm } from '../../sandbox/scenario.ts';
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
    await ana.choose(message, 'Silence alerts like this…');
    const form = await ana.expectModal(/Silence alerts like this/);
    await form.submit({ reason: { value: '' } });
    await form.expectError(/\S/);
    await form.submit({ reason: { value: 'Known, a fix is coming' } });
    await ana.type('/audit silence');
    await ana.expectEphemeral(/Known, a fix is coming/);

    await ana.press(message, 'Resolve');
    await alerts.expectUpdate(message, /Resolved/);
    await evening.world.moveClock(2 * hourMs);
    evening.alarm('noisy');
    evening.alarm('other');
    await alerts.expectMessage(/other/);
    expect(about(evening, 'C0ALERTS', 'noisy').filter(({ ts }) => ts !== message.ts)).toEqual([]);

    await evening.world.moveClock(3 * hourMs);
    await alerts.expectMessage(/The silence for .*noisy.* is over\. It held back 1 alert\./);
    await ana.type('/audit alerts');
    await ana.expectEphemeral(/noisy/);
  });

  test('is for those who may respond', async ({ evening }) => {
    const dana = evening.person('dana');
    evening.alarm('not-yours');
    const message = await evening.channel('C0ALERTS').expectMessage(/not-yours/);
    await dana.choose(message, 'Silence alerts like this…');
    await dana.expectEphemeral(/Guests/);
  });
});

test('an alert of a storm that somebody acts on has a message of its own', async ({ evening }) => {
  const [ana, alerts] = [evening.person('ana'), evening.channel('C0ALERTS')];
  // What came before is of another minute.
  await evening.world.moveClock(hourMs);
  for (const message of storm(25, evening.world.now())) evening.publish(message);
  const stormy = await alerts.expectMessage(/alerts of one kind/);
  // The first ten came before it was a storm.
  await alerts.expectUpdate(stormy, /15 alerts of one kind/);
  const before = alerts.messages().length;
  await ana.press(stormy, 'Open list');
  const list = await ana.expectEphemeral(/cpu-high-web-/);
  const held = [...JSON.stringify(list.blocks).matchAll(/cpu-high-web-\d{3}/g)].map(([name]) => name);
  expect(new Set(held).size).toBeGreaterThan(1);
  await ana.press(list, 'Open');
  await ana.press(await ana.expectEphemeral(/OK → ALARM/), 'Acknowledge');
  await vi.waitFor(
    () =>
      expect(
        alerts.messages().filter(({ text }) => /Acknowledged/.test(text) && /cpu-high-web-/.test(text)),
      ).toHaveLength(1),
    { timeout: 20_000 },
  );
  expect(alerts.messages().length).toBeGreaterThan(before);
});
