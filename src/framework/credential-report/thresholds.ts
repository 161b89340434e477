import { z } from 'zod';
import type { RuleId } from './controls.ts';

/** The numbers that the rules compare with; ages are in whole days of 24 hours. Plain JSON; also the reader of what was stored. */
export const Thresholds = z.object({
  /** A credential unused for this many days or more is a finding. CIS "unused for 45 days or more". */
  unusedDays: z.number(),
  /** An active key older than this is a finding; one of exactly this age is not. CIS "rotated every 90 days or less". */
  rotationDays: z.number(),
  /** Two active keys are a rotation under way, so a note, until the newer one is older than this; 0: never, as CIS has it. */
  overlapDays: z.number(),
  /** The root user counts as recently used up to this many days after. CIS names no number. */
  rootUsedDays: z.number(),
  /** Fewest characters of a password. CIS: 14. */
  passwordLength: z.number(),
  /** Fewest former passwords that are refused. CIS: 24. */
  passwordReuse: z.number(),
});

export type Thresholds = z.infer<typeof Thresholds>;

export const defaultThresholds: Readonly<Thresholds> = Object.freeze({
  unusedDays: 45,
  rotationDays: 90,
  overlapDays: 7,
  rootUsedDays: 30,
  passwordLength: 14,
  passwordReuse: 24,
});

/** A limit with a name, the rules that compare with it, the number that CIS writes, and which way is laxer. */
interface Limit {
  name: keyof Thresholds;
  rules: readonly RuleId[];
  words: (value: number) => string;
  /** Null: CIS names none. */
  cis: number | null;
  laxer: 'higher' | 'lower';
}

const dayCount = (days: number): string => (days === 1 ? '1 day' : `${days} days`);

/** Sources: CIS AWS Foundations 3.0, 1.8, 1.9, 1.12, 1.13 and 1.14; their numbers in other versions are in controls.ts. */
const limits: readonly Limit[] = [
  { name: 'unusedDays', rules: ['unused-credential'], words: dayCount, cis: 45, laxer: 'higher' },
  {
    name: 'rotationDays',
    rules: ['key-rotation', 'service-api-key', 'service-credential-age'],
    words: dayCount,
    cis: 90,
    laxer: 'higher',
  },
  { name: 'overlapDays', rules: ['two-active-keys'], words: dayCount, cis: 0, laxer: 'higher' },
  { name: 'rootUsedDays', rules: ['root-used'], words: dayCount, cis: null, laxer: 'lower' },
  { name: 'passwordLength', rules: ['password-length'], words: (n) => `${n} characters`, cis: 14, laxer: 'lower' },
  { name: 'passwordReuse', rules: ['password-reuse'], words: (n) => `${n} passwords`, cis: 24, laxer: 'lower' },
];

/** The limit that a rule compares with; undefined for a rule without one. */
export const limitOf = (rule: RuleId): Limit | undefined => limits.find(({ rules }) => rules.includes(rule));

/** The limits that let more pass than CIS does, each with the rule of CIS that is softened and the number there. */
export const laxerThanCis = (thresholds: Thresholds): { rule: RuleId; is: string; cis: string }[] =>
  limits.flatMap(({ name, rules: [rule], words, cis, laxer }) =>
    cis === null || rule === undefined || !(laxer === 'higher' ? thresholds[name] > cis : thresholds[name] < cis)
      ? []
      : [{ rule, is: words(thresholds[name]), cis: words(cis) }],
  );

/** "the limit was changed from 45 days to 90 days", of the limit that a rule compares with. */
export function limitChanged(rule: RuleId, before: Thresholds, now: Thresholds): string | null {
  const limit = limitOf(rule);
  if (limit === undefined || before[limit.name] === now[limit.name]) return null;
  const way = now[limit.name] > before[limit.name] ? 'raised' : 'lowered';
  return `the limit was ${way} from ${limit.words(before[limit.name])} to ${limit.words(now[limit.name])}`;
}
