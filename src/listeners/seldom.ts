import { Kept } from '../words/kept.ts';

const everyMs = 60_000;
const kinds = 200;

/**
 * For log lines that strangers can cause: of each kind one a minute. Returns how many were held back since the last that was
 * written; undefined: hold this one back too.
 */
export const seldom = (now: () => Date): ((kind: string) => number | undefined) => {
  const last = new Kept<{ at: number; heldBack: number }>(kinds);
  return (kind) => {
    const at = now().getTime();
    const previous = last.get(kind);
    if (previous !== undefined && at - previous.at < everyMs) {
      previous.heldBack += 1;
      return undefined;
    }
    last.set(kind, { at, heldBack: 0 });
    return previous?.heldBack ?? 0;
  };
};
