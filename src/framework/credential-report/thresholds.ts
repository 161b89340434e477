/** The numbers that the rules compare with; ages are in whole days of 24 hours. */
export interface Thresholds {
  /** A credential unused for this many days or more is a finding. CIS "unused for 45 days or more". */
  unusedDays: number;
  /** An active key older than this is a finding; one of exactly this age is not. CIS "rotated every 90 days or less". */
  rotationDays: number;
  /** Two active keys are a rotation under way, so a note, until the newer one is older than this. */
  overlapDays: number;
  /** The root user counts as recently used up to this many days after. CIS names no number. */
  rootUsedDays: number;
  /** Fewest characters of a password. CIS: 14. */
  passwordLength: number;
  /** Fewest former passwords that are refused. CIS: 24. */
  passwordReuse: number;
}

export const defaultThresholds: Readonly<Thresholds> = Object.freeze({
  unusedDays: 45,
  rotationDays: 90,
  overlapDays: 7,
  rootUsedDays: 30,
  passwordLength: 14,
  passwordReuse: 24,
});
