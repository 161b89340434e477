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
  /** A password without MFA that was changed longer ago is a finding; null: its age is not looked at. PCI DSS 8.3.9: 90 days. */
  passwordAgeDays: z.number().nullable().default(null),
  /** A user inactive for this many days or more is a finding; null: not looked at as such. PCI DSS 8.2.6: 90 days. */
  inactiveUserDays: z.number().nullable().default(null),
});

export type Thresholds = z.infer<typeof Thresholds>;

export const defaultThresholds: Readonly<Thresholds> = Object.freeze({
  unusedDays: 45,
  rotationDays: 90,
  overlapDays: 7,
  rootUsedDays: 30,
  passwordLength: 14,
  passwordReuse: 24,
  passwordAgeDays: null,
  inactiveUserDays: null,
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
  { name: 'passwordAgeDays', rules: ['password-age'], words: dayCount, cis: null, laxer: 'higher' },
  { name: 'inactiveUserDays', rules: ['inactive-user'], words: dayCount, cis: null, laxer: 'higher' },
];

/** The limit that a rule compares with; undefined for a rule without one. */
export const limitOf = (rule: RuleId): Limit | undefined => limits.find(({ rules }) => rules.includes(rule));

/** The limits that let more pass than CIS does, each with the rule of CIS that is softened and the number there. */
export const laxerThanCis = (thresholds: Thresholds): { rule: RuleId; is: string; cis: string }[] =>
  limits.flatMap(({ name, rules: [rule], words, cis, laxer }) => {
    const is = thresholds[name];
    return cis === null || rule === undefined || is === null || !(laxer === 'higher' ? is > cis : is < cis)
      ? []
      : [{ rule, is: words(is), cis: words(cis) }];
  });

/** Whether a rule is not asked for: it has a limit, and none is set. */
export const isOff = (rule: RuleId, thresholds: Thresholds): boolean => {
  const limit = limitOf(rule);
  return limit !== undefined && thresholds[limit.name] === null;
};

/** "the limit was changed from 45 days to 90 days", of the limit that a rule compares with. */
export function limitChanged(rule: RuleId, before: Thresholds, now: Thresholds): string | null {
  const limit = limitOf(rule);
  if (limit === undefined) return null;
  const [was, is] = [before[limit.name], now[limit.name]];
  if (was === is) return null;
  if (was === null || is === null)
    return is === null ? 'the limit was taken away' : `the limit was set to ${limit.words(is)}`;
  return `the limit was ${is > was ? 'raised' : 'lowered'} from ${limit.words(was)} to ${limit.words(is)}`;
}
