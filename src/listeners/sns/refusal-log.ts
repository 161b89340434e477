import { seldom } from '../seldom.ts';
import { Refused } from './message.ts';
import type { Taking } from './take.ts';

/** Whatever was thrown, as a refusal: what we do not know is a fault of ours. */
export const refusalOf = (error: unknown): Refused =>
  error instanceof Refused ? error : new Refused(503, 'fault', 'The message could not be handled; try again.', error);

/** One line a minute for each code, so that a flood of forgeries cannot fill the log; the next line says how many it stands for. */
export const refusalLog = (log: Taking['log'], now: () => Date, what: string) => {
  const writes = seldom(now);
  return ({ status, code, reason, cause }: Refused): void => {
    const unlogged = writes(code);
    if (unlogged === undefined) return;
    const line = { code, status, unlogged, ...(cause !== undefined && { err: cause }) };
    log[status === 503 ? 'error' : 'warn'](line, `${what} refused: ${reason}`);
  };
};
