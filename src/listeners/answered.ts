import { setTimeout as sleep } from 'node:timers/promises';

/** Slack shows the person an error after three seconds without an acknowledgement. */
const ackAtLatestMs = 2000;

/**
 * Acknowledges a request of Slack once its work is done, so that whatever was acknowledged is committed: a process that is
 * killed before leaves an error on the screen, not a lost press. Work that takes longer goes on after the acknowledgement.
 * Returns what the work came to, and whether Slack heard nothing of it: the acknowledgement went out without it, or too late.
 * `work` never rejects.
 */
export async function acknowledgeAfter<T>(
  work: Promise<T>,
  ack: (result: T | undefined) => Promise<unknown>,
): Promise<{ result: T; late: boolean }> {
  const timer = new AbortController();
  const soon = await Promise.race([
    work.then((result) => ({ result })),
    sleep(ackAtLatestMs, null, { signal: timer.signal }),
  ]);
  timer.abort();
  // Bolt answers by itself what took three seconds until it came here, and says so in the log.
  const acknowledged = await ack(soon?.result).then(
    () => true,
    () => false,
  );
  return { result: await work, late: soon === null || !acknowledged };
}
