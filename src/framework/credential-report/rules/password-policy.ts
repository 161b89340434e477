import { capitalized } from '../../../words/text.ts';
import { type CredentialRule, wholeAccount } from './rule.ts';

const fix = 'In the IAM console under "Account settings", edit the password policy.';

/** What AWS asks for where an account has no policy of its own. Source: IAM User Guide, "Default password policy". */
const defaultMinimumLength = 8;

export const passwordLength: CredentialRule = {
  id: 'password-length',
  brief: 'short passwords allowed',
  title: 'The password policy asks for long passwords',
  severity: 'medium',
  why: 'Short passwords are guessed.',
  fix,
  columns: [],
  check: (facts, { passwordLength }) => {
    if (!facts.passwordPolicy.known) return { unknown: facts.passwordPolicy.reason };
    const length = facts.passwordPolicy.value?.minimumLength ?? defaultMinimumLength;
    if (length >= passwordLength) return [];
    const why = facts.passwordPolicy.value === null ? 'There is no password policy: passwords' : 'Passwords';
    const sentence = `${why} need ${length} characters, not ${passwordLength}.`;
    return [{ ...wholeAccount(facts), slot: '', sentence, since: null }];
  },
};

export const passwordReuse: CredentialRule = {
  id: 'password-reuse',
  brief: 'old passwords allowed again',
  title: 'The password policy refuses former passwords',
  severity: 'low',
  why: 'A former password may be known to others.',
  fix,
  columns: [],
  check: (facts, { passwordReuse }) => {
    if (!facts.passwordPolicy.known) return { unknown: facts.passwordPolicy.reason };
    const refused = facts.passwordPolicy.value?.reusePrevention ?? 0;
    if (refused >= passwordReuse) return [];
    const why = facts.passwordPolicy.value === null ? 'There is no password policy: ' : '';
    const sentence = `${why}${refused === 0 ? 'no former password is' : `the last ${refused} passwords are`} refused; it should be the last ${passwordReuse}.`;
    return [{ ...wholeAccount(facts), slot: '', sentence: capitalized(sentence), since: null }];
  },
};
