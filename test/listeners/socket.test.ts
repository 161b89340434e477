import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SlackSocket } from '../../src/listeners/socket.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** Bolt's client where Slack names an address and then nothing comes back; the first goodbye is not answered either. */
function silentClient() {
  const events = new EventEmitter();
  const begun: PromiseWithResolvers<unknown>[] = [];
  let goodbyes = 0;
  return {
    begun,
    events,
    goodbyes: () => goodbyes,
    client: {
      start: () => {
        const start = Promise.withResolvers<unknown>();
        begun.push(start);
        events.emit('authenticated');
        return start.promise;
      },
      disconnect: () => {
        goodbyes += 1;
        return goodbyes % 2 === 1 ? new Promise(() => {}) : Promise.resolve();
      },
      on: (event: string, listener: () => void) => events.on(event, listener),
      off: (event: string, listener: () => void) => events.off(event, listener),
    },
  };
}

test('a socket that is never greeted is given up after ten seconds and closed', async () => {
  const { client, goodbyes, events } = silentClient();
  const start = expect(new SlackSocket(client, { warn: () => {} }).start()).rejects.toThrow(/no greeting within 10 s/);
  await vi.advanceTimersByTimeAsync(9_900);
  expect(goodbyes()).toBe(0);
  await vi.advanceTimersByTimeAsync(1_200);
  await start;
  expect(goodbyes()).toBe(2);
  expect(events.listenerCount('authenticated')).toBe(0);
});

test('a socket that is lost, and whose successor is swallowed, is given up too', async () => {
  const { client, begun, events } = silentClient();
  const socket = new SlackSocket(client, { warn: () => {} });
  const start = socket.start();
  begun[0]?.resolve({});
  await start;
  expect(socket.trouble).toBeUndefined();
  events.emit('disconnected');
  // The pauses between attempts are the platform's own timers.
  while (begun.length < 2) await new Promise((resolve) => setImmediate(resolve));
  expect(socket.trouble).toBe('the socket to Slack is lost');
  await vi.advanceTimersByTimeAsync(11_200);
  expect(socket.trouble).toMatch(/no greeting within 10 s/);
  void socket.stop();
});
