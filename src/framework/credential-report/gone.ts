import { type AccountFacts, type Credential, type CredentialRow, credentialOf, lastUseOf } from './facts.ts';
import type { Finding } from './finding.ts';
import { date, days, daysBetween, plusDays } from './rules/rule.ts';

/** What became of a finding that was open and is not found any more, and how, as the end of a sentence. */
export interface Outcome {
  /** `used-again`: a credential in nobody's use is in use; that is no remedy, and may be an intruder. */
  kind: 'fixed' | 'used-again';
  how: string;
}

const fixed = (how: string): Outcome => ({ kind: 'fixed', how });

/**
 * Why a finding is gone whose principal was looked at and is the same as before, and whose limits did not move.
 * @param row the principal's row now; undefined where the finding is not about a row
 */
export function whatBecame(finding: Finding, row: CredentialRow | undefined, facts: AccountFacts): Outcome {
  switch (finding.rule) {
    case 'unused-credential':
    case 'setup-key':
      return row === undefined ? noLonger : ofDormant(finding, row, facts);
    case 'key-rotation':
    case 'root-access-key': {
      const credential = row && credentialOf(row, finding.slot);
      return fixed((credential && credentialEnd(finding, credential)) ?? noLonger.how);
    }
    case 'password-age':
      return fixed(
        row?.passwordEnabled !== true
          ? 'the password was taken away'
          : row.mfaActive === true
            ? 'MFA was added'
            : 'the password was changed',
      );
    case 'inactive-user': {
      const used = row && lastUseOf(row);
      const off = row === undefined || (row.passwordEnabled !== true && !row.keys.some((key) => key.active));
      const since = finding.since === null ? null : plusDays(new Date(finding.since), -(finding.limit?.value ?? 0));
      if (used == null || (off && (since === null || used <= since)))
        return fixed('its password and keys were taken away');
      return {
        kind: 'used-again',
        how: `active again on ${date(used)}, after having been inactive since ${since === null ? 'an unknown day' : date(since)}${off ? '; its password and keys were taken away' : ''}`,
      };
    }
    case 'two-active-keys':
      return fixed((row && keyEnd(row)) ?? 'a rotation is under way');
    case 'console-mfa':
    case 'root-mfa':
      return fixed(row?.mfaActive === true ? 'MFA was added' : 'the password was taken away');
    case 'root-hardware-mfa':
      return fixed(
        row?.mfaActive === true && row.passwordEnabled !== false
          ? 'the virtual MFA device was replaced'
          : 'the password was taken away',
      );
    case 'root-used':
      return fixed(finding.since === null ? 'not used since' : `not used since ${finding.since.slice(0, 10)}`);
    case 'password-length':
    case 'password-reuse':
      return fixed('the password policy was changed');
    case 'server-certificate-expired':
      return fixed('the certificate was deleted');
    case 'service-api-key':
    case 'service-credential-age':
      return fixed(serviceEnd(finding, facts));
    default:
      return noLonger;
  }
}

const noLonger = fixed('not found any more');

/**
 * A credential that lay unused: used again, switched off or replaced. What was used and switched off afterwards was used:
 * whoever looks on Monday has to hear of it all the same.
 */
function ofDormant(finding: Finding, row: CredentialRow, facts: AccountFacts): Outcome {
  const credential = credentialOf(row, finding.slot);
  if (credential === undefined) return noLonger;
  const end = credentialEnd(finding, credential);
  const { lastUsedAt, enabled } = credential;
  const usedBefore = finding.credential?.usedAt ?? null;
  // A key with a new date is another one, whose use is its own. A password is set anew by whoever takes an account over, too.
  const replaced = end !== null && enabled === true && finding.slot !== 'password';
  if (!replaced && lastUsedAt !== null && (usedBefore === null || lastUsedAt > new Date(usedBefore)))
    return {
      kind: 'used-again',
      how: `${usedAgain(finding, row, lastUsedAt, facts)}${end === null || enabled === true ? '' : `; ${end}`}`,
    };
  if (end !== null) return fixed(end);
  return finding.rule === 'setup-key' && row.passwordEnabled === false
    ? fixed('the password was taken away')
    : noLonger;
}

function usedAgain({ credential, slot, since }: Finding, row: CredentialRow, at: Date, { generatedAt }: AccountFacts) {
  const before = credential?.usedAt ?? null;
  const from = before ?? credential?.setAt ?? since;
  const idle = from === null ? '' : ` after ${days(Math.max(0, daysBetween(new Date(from), at)))}`;
  const story =
    before === null
      ? `never used${from === null ? '' : ` since ${from.slice(0, 10)}`}`
      : `last used on ${before.slice(0, 10)}`;
  const key = row.keys.find((each) => slot === `key ${each.slot}`);
  const where = [key?.lastUsedRegion, key?.lastUsedService].filter((part) => part != null).join(', ');
  const ago = days(Math.max(0, daysBetween(at, generatedAt)));
  return `used again${idle}: ${story}, then on ${date(at)}, ${ago} before the report${where === '' ? '' : ` (${where})`}`;
}

/** How a credential came to an end or was replaced; null: it is as it was. */
function credentialEnd({ slot, credential: before }: Finding, { enabled, setAt }: Credential): string | null {
  if (enabled !== true) {
    if (slot === 'password') return 'the password was taken away';
    // A slot without a key has no date; a key that is switched off keeps its own.
    return setAt === null ? 'the key was deleted' : 'the key was switched off';
  }
  const setBefore = before?.setAt ?? null;
  if (setAt === null || setBefore === null || setAt <= new Date(setBefore)) return null;
  return slot === 'password' ? `the password was changed on ${date(setAt)}` : `the key was rotated on ${date(setAt)}`;
}

function keyEnd({ keys }: CredentialRow): string | null {
  const off = keys.find(({ active }) => active !== true);
  if (off === undefined) return null;
  return `key ${off.slot} was ${off.rotatedAt === null ? 'deleted' : 'switched off'}`;
}

function serviceEnd({ slot }: Finding, { serviceSpecific }: AccountFacts): string {
  const now = serviceSpecific.known ? serviceSpecific.value.find(({ id }) => id === slot) : undefined;
  if (now === undefined) return 'the credential was deleted';
  return now.status === 'Inactive' ? 'the credential was switched off' : 'the credential has expired';
}
