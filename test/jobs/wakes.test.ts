import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Loops, Wakes } from '../../src/jobs/wakes.ts';

const start = new Date('2026-03-01T12:00:00Z');
const inMs = (ms: number): Date => new Date(start.getTime() + ms);

beforeEach(() => void vi.useFakeTimers({ now: start }));
afterEach(() => void vi.useRealTimers());

const loops = () => {
  const loop = () => vi.fn(async () => {});
  return {
    intake: loop(),
    deliver: vi.fn(async (_target: string) => {}),
    escalate: loop(),
    triage: loop(),
    digests: loop(),
    investigations: loop(),
  } satisfies Loops;
};

/** A loop that runs until it is let go. */
function gate() {
  const open: (() => void)[] = [];
  return {
    loop: vi.fn(() => new Promise<void>((resolve) => open.push(resolve))),
    letGo: async () => {
      open.shift()?.();
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

const wakes = (write: (line: string) => void = () => {}) =>
  new Wakes({ now: () => new Date(), log: pino({ level: 'warn' }, { write }) });

describe('wakes', () => {
  test('however many come while a loop runs, it runs once more', async () => {
    const { loop, letGo } = gate();
    const woken = wakes();
    woken.startLoops({ ...loops(), escalate: loop });
    for (let time = 0; time < 1000; time++) woken.escalate();
    expect(loop).toHaveBeenCalledTimes(1);
    await letGo();
    expect(loop).toHaveBeenCalledTimes(2);
    await letGo();
    expect(loop).toHaveBeenCalledTimes(2);
    woken.escalate();
    expect(loop).toHaveBeenCalledTimes(3);
  });

  test('each target has a loop of its own', async () => {
    const all = loops();
    const woken = wakes();
    woken.startLoops(all);
    woken.after({ targets: ['C0SEC', 'pagerduty:our security', 'C0SEC'], dueAt: inMs(1000) });
    await vi.advanceTimersByTimeAsync(0);
    expect(all.deliver.mock.calls).toEqual([['C0SEC'], ['pagerduty:our security'], ['C0SEC']]);
    expect(all.escalate).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1000);
    expect(all.escalate).toHaveBeenCalledTimes(1);
  });

  test('of several times the earliest counts, and a wake now takes its place', async () => {
    const all = loops();
    const woken = wakes();
    woken.startLoops(all);
    for (const ms of [5000, 2000, 9000]) woken.escalate(inMs(ms));
    await vi.advanceTimersByTimeAsync(1999);
    expect(all.escalate).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(all.escalate).toHaveBeenCalledTimes(1);
    woken.escalate(inMs(4000));
    woken.escalate();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(all.escalate).toHaveBeenCalledTimes(2);
  });

  test('a time that a sleeping machine slept through is caught up', async () => {
    const all = loops();
    const woken = wakes();
    woken.startLoops(all);
    woken.digests(inMs(60_000));
    vi.setSystemTime(inMs(3_600_000));
    woken.catchUp();
    expect(all.digests).toHaveBeenCalledTimes(1);
  });

  test('a loop that fails is said, and runs at the next wake', async () => {
    const lines: string[] = [];
    const escalate = vi.fn(async () => {});
    escalate.mockRejectedValueOnce(new Error('the database is away'));
    const woken = wakes((line) => lines.push(line));
    woken.startLoops({ ...loops(), escalate });
    woken.escalate();
    await vi.advanceTimersByTimeAsync(0);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ loop: 'escalate', err: { message: 'the database is away' } });
    woken.escalate();
    expect(escalate).toHaveBeenCalledTimes(2);
  });

  test('what is woken before the loops are there runs when they are', () => {
    const all = loops();
    const woken = wakes();
    woken.triage();
    woken.triage();
    woken.startLoops(all);
    expect(all.triage).toHaveBeenCalledTimes(1);
  });

  test('a process without loops rings for those that have them, and waits for no answer', async () => {
    const rung: string[] = [];
    const woken = wakes();
    woken.startRinging((bell) => {
      rung.push(bell);
      return new Promise(() => {});
    });
    woken.deliver('C0SEC');
    woken.deliver('C0SEC');
    // Those find the time out for themselves.
    woken.escalate(inMs(60_000));
    expect(rung).toEqual(['deliver C0SEC', 'escalate']);
  });

  test('a bell that this version does not know is left to one that does', async () => {
    const lines: string[] = [];
    const woken = wakes((line) => lines.push(line));
    woken.startLoops(loops());
    woken.hear('newer');
    await vi.advanceTimersByTimeAsync(0);
    expect(lines).toEqual([]);
  });

  test('at the end what is under way is waited for, and nothing begins', async () => {
    const { loop, letGo } = gate();
    const all = loops();
    const woken = wakes();
    woken.startLoops({ ...all, escalate: loop });
    woken.escalate();
    woken.escalate();
    woken.triage();
    woken.digests(inMs(1000));
    let closed = false;
    const closing = woken.close().then(() => {
      closed = true;
    });
    await vi.advanceTimersByTimeAsync(5000);
    expect(closed).toBe(false);
    await letGo();
    await closing;
    woken.triage();
    expect(loop).toHaveBeenCalledTimes(1);
    expect(all.triage).toHaveBeenCalledTimes(1);
    expect(all.digests).not.toHaveBeenCalled();
  });
});
