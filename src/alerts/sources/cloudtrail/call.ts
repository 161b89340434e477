import { isRecord } from '../../json.ts';
import type { Severity } from '../../severity.ts';
import { type CloudTrailRecord, reads, serviceOf, valuesOf } from './record.ts';

/** One reason to look at an API call. Rules read the call, never the names of one customer's things. */
export interface Rule {
  severity: Severity;
  /** In plain words, after "because": "logging was stopped or changed". */
  reason: string;
  holds: (record: CloudTrailRecord) => boolean;
  /** Counts although the call was refused. */
  even?: 'failed';
  /**
   * Only where it is a surprise: done by hand (tools that build infrastructure do it all day), or by a person (programs
   * with a role of their own do it all day as well).
   */
  by?: 'hand' | 'person';
}

/** A call of one of these services (short names, separated by spaces) with a name like this. */
export const call =
  (services: string, names: RegExp) =>
  (record: CloudTrailRecord): boolean =>
    // The name first: it rules out nearly all, and this is asked a hundred times a record.
    names.test(record.eventName ?? '') && services.split(' ').includes(serviceOf(record));

/** Any call that changes something but takes nothing back. */
export const gives = (record: CloudTrailRecord): boolean =>
  !reads(record) && !/^(?:Remove|Revoke|Delete|Detach|Disassociate|Reject|Retire|Deny)/.test(record.eventName ?? '');

/** Works out something of a record once, however many rules ask. */
export function once<Out>(of: (record: CloudTrailRecord) => Out): (record: CloudTrailRecord) => Out {
  const known = new WeakMap<CloudTrailRecord, { out: Out }>();
  return (record) => {
    const kept = known.get(record);
    if (kept !== undefined) return kept.out;
    const out = of(record);
    known.set(record, { out });
    return out;
  };
}

/** The parameters as one text, for looking for a value anywhere in them. At most 20,000 characters. */
export const parametersText = once((record) => JSON.stringify(record.requestParameters).slice(0, 20_000));

/** Every text in a value; what lies deeper than any of AWS's parameters is left out. */
export function textsIn(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return [value];
  if (depth > 12 || typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((inner) => textsIn(inner, depth + 1));
}

/** Every text among the parameters. */
export const parameterTexts = once((record) => textsIn(record.requestParameters));

/** Every value among the parameters by its name in lower case, however deep it lies. At most 2,000. */
const parameters = once((record) => {
  const found = new Map<string, unknown[]>();
  let left = 2000;
  const walk = (value: unknown, depth: number): void => {
    if (depth > 12 || left <= 0 || typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      left -= 1;
      if (!Array.isArray(value)) {
        const key = name.toLowerCase();
        const same = found.get(key);
        if (same === undefined) found.set(key, [inner]);
        else same.push(inner);
      }
      walk(inner, depth + 1);
    }
  };
  walk(record.requestParameters, 0);
  return found;
});

/** The values of a parameter, however deep it lies; names compare without regard to case. */
export const parameter = (record: CloudTrailRecord, name: string): unknown[] =>
  parameters(record).get(name.toLowerCase()) ?? [];

export const isTrue = (value: unknown) => value === true || value === 'true';
export const isFalse = (value: unknown) => value === false || value === 'false';

/** The account that the call was made in. */
export const accountOf = (record: CloudTrailRecord): string =>
  record.recipientAccountId ?? record.userIdentity.accountId ?? '';

/** Whether a text names an account, by id or in an ARN, that is not the call's own. */
export function isForeign(record: CloudTrailRecord, text: string): boolean {
  // An organization bears the account of its owner, but is the own one as a rule.
  const account = /^(?:arn:aws[\w-]*:(?!organizations:)[\w-]+:[\w-]*:)?(\d{12})(?::|$)/.exec(text)?.[1];
  const own = accountOf(record);
  return account !== undefined && own !== '' && account !== own;
}

/** Only those of the own organization, whatever else the call says. */
const toOrganization = (record: CloudTrailRecord): boolean =>
  'principalOrgID' in record.requestParameters ||
  /PrincipalOrg/i.test(textsIn(record.requestParameters['condition']).join());

/** Whom the parameters that name others give something to: account ids, ARNs, `*`, `all`. Policies are read elsewhere. */
export const given = once((record): string[] =>
  gives(record) && !toOrganization(record)
    ? [
        record.requestParameters['principal'],
        record.requestParameters['principals'],
        ...['launchPermission', 'createVolumePermission'].flatMap((permission) =>
          valuesOf(record.requestParameters[permission], 'add'),
        ),
        ...[
          'valuesToAdd',
          'accountIdsToAdd',
          'aWSAccountId',
          'aWSAccountIds',
          'granteePrincipal',
          'addAllowedPrincipals',
          'peerOwnerId',
          'transferAccountId',
          'accountWithRestoreAccess',
        ].flatMap((name) => parameter(record, name)),
      ].flatMap((value) => textsIn(value))
    : [],
);

export const isEverybody = (text: string): boolean => text === '*' || text.toLowerCase() === 'all';

/** An address on the internet: not private, not a service's name. */
export const isPublicAddress = (address: string | undefined): boolean =>
  address !== undefined &&
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(address) &&
  !/^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(address);

/** The session of a machine's role: EC2 names it after the machine. */
export const byMachine = ({ userIdentity }: CloudTrailRecord): boolean =>
  userIdentity.type === 'AssumedRole' &&
  /(?::|\/)i-[0-9a-f]{8,17}$/.test(userIdentity.arn ?? userIdentity.principalId ?? '');

/** The parameter of this name that is a text. */
export const textOf = (record: CloudTrailRecord, name: string): string | undefined =>
  parameter(record, name).find((value) => typeof value === 'string');

/** The records in a list, or the one that stands where a list could. */
export const records = (value: unknown) => (Array.isArray(value) ? value : [value]).filter(isRecord);
