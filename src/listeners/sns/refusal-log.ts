import { type RefusalCode, Refused } from './message.ts';
import type { Taking } from './take.ts';

const logEveryMs = 60_000;

/** Whatever was thrown, as a refusal: what we do not know is a fault of ours. */
export const refusalOf = (error: unknown): Refused =>
  error instanceof Refused ? error : new Refused(503, 'fault', 'The message could not be handled; try again.', error);

/** One line a minute for each code, so that a flood of forgeries cannot fill the log; the next line says how many it stands for. */
export const refusalLog = (log: Taking['log'], now: () => Date, what: string) => {
  const last = new Map<RefusalCode, { at: number; unlogged: number }>();
  return ({ status, code, reason, cause }: Refused): void => {
    const at = now().getTime();
    const previous = last.get(code);
    if (previous && at - previous.at < logEveryMs) {
      previous.unlogged += 1;
      return;
    }
    last.set(code, { at, unlogged: 0 });
    const line = { code, status, unlogged: previous?.unlogged ?? 0, ...(cause !== undefined && { err: cause }) };
    log[status === 503 ? 'error' : 'warn'](line, `${what} refused: ${reason}`);
  };
};
