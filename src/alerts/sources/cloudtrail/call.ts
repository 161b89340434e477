import { isInstanceId } from '../../../aws-names/arn.ts';
import { type CloudTrailRecord, reads, serviceOf, valuesOf } from '../../../cloudtrail/record.ts';
import { isRecord } from '../../../words/json.ts';
import { isAddress, isPrivateAddress } from '../../../words/networks.ts';
import type { Severity } from '../../severity.ts';

/**
 * Whose calls a rule is about, each leaving out more: not those of AWS services that act by a role they were given
 * (AWS Backup copies and deletes all night); nor of tools that build infrastructure (`hand`); nor of programs with a role
 * that say what they are, functions and controllers (`no program`); nor of any other program with a role (`person`).
 */
export type By = 'no service' | 'hand' | 'no program' | 'person';

/** One reason to look at an API call. Rules read the call, never the names of one customer's things. */
export interface CallRule {
  severity: Severity;
  /** What the call did, in plain words; the values that decided stand where the braces are: "deleted a trail", "gave {}". */
  reason: string;
  /** The calls that it is about, by service and name alone (see `call`). Any call where it is missing. */
  calls?: (record: CloudTrailRecord) => boolean;
  /** What else must be so; for a reason with braces the values that decided, none where it is not so. */
  holds?: (record: CloudTrailRecord) => boolean | readonly string[];
  /** Counts although the call was refused. */
  even?: 'failed';
  /** Only where it is a surprise, by who makes the call; anybody's where this is missing. */
  by?: By;
}

/** A call of one of these services (short names, separated by spaces) with a name like this. */
export const call =
  (services: string, names: RegExp) =>
  (record: CloudTrailRecord): boolean =>
    // The name first: it rules out nearly all, and this is asked two hundred times a record.
    names.test(record.eventName ?? '') && services.split(' ').includes(serviceOf(record));

/** What a rule asks of a record; found values count as yes. */
type Test = (record: CloudTrailRecord) => boolean | readonly string[];

/** Whether one of some tests holds, and the values of all that do. */
export const anyOf =
  (...tests: readonly Test[]): Test =>
  (record) => {
    const found: string[] = [];
    for (const test of tests) {
      const held = test(record);
      if (held === true) return true;
      if (held !== false) found.push(...held);
    }
    return found;
  };

/** A test that is only asked of these calls. */
export const of =
  (calls: (record: CloudTrailRecord) => boolean, test: Test): Test =>
  (record) =>
    calls(record) && test(record);

/** Any call that changes something but takes nothing back. */
export const gives = (record: CloudTrailRecord): boolean =>
  !reads(record) && !/^(?:Remove|Revoke|Delete|Detach|Disassociate|Reject|Retire|Deny)/.test(record.eventName ?? '');

/** Works out something of a record once, however many rules ask. */
export function once<Out>(work: (record: CloudTrailRecord) => Out): (record: CloudTrailRecord) => Out {
  const known = new WeakMap<CloudTrailRecord, { out: Out }>();
  return (record) => {
    const kept = known.get(record);
    if (kept !== undefined) return kept.out;
    const out = work(record);
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
const accountOf = (record: CloudTrailRecord): string =>
  record.recipientAccountId ?? record.userIdentity.accountId ?? '';

/** The account that a text names, by id or in an ARN, where it is not the call's own. */
export function foreignAccount(record: CloudTrailRecord, text: string): string | undefined {
  // An organization bears the account of its owner, but is the own one as a rule.
  const account = /^(?:arn:aws[\w-]*:(?!organizations:)[\w-]+:[\w-]*:)?(\d{12})(?::|$)/.exec(text)?.[1];
  const own = accountOf(record);
  return account !== undefined && own !== '' && account !== own ? account : undefined;
}

/** The other accounts that some texts name, each once. */
export const foreignAccounts = (record: CloudTrailRecord, texts: readonly string[]): string[] => [
  ...new Set(texts.flatMap((text) => foreignAccount(record, text) ?? [])),
];

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
          'consumerIdentifier',
          'dataLakePrincipalIdentifier',
        ].flatMap((name) => parameter(record, name)),
      ].flatMap((value) => textsIn(value))
    : [],
);

export const isEverybody = (text: string): boolean => text === '*' || text.toLowerCase() === 'all';

/** An address on the internet: not private, not a service's name. */
export const isPublicAddress = (address: string | undefined): boolean =>
  address !== undefined && isAddress(address) && !isPrivateAddress(address);

/** Longer is no name of AWS's, and expressions take their time with long texts. */
const longestName = 100;

/** What a parameter was set to, "deletionProtection: false", where it is set to such a value; by its name or names like it. */
export const setting = (record: CloudTrailRecord, name: string | RegExp, test: (value: unknown) => boolean): string[] =>
  (typeof name === 'string'
    ? [name]
    : [...parameters(record).keys()].filter((each) => each.length <= longestName && name.test(each))
  ).flatMap((each) =>
    parameter(record, each).flatMap((value) => {
      // EC2 wraps a value: `{"value": false}`.
      const inner = isRecord(value) && 'value' in value ? value['value'] : value;
      return test(inner) ? [`${each}: ${typeof inner === 'object' ? 'nothing' : String(inner)}`] : [];
    }),
  );

const offWord = /^(?:false|disabled?|off|none|(?:user_)?paused|suspended|inactive|cancell?ed)$/i;
const onWord = /^(?:true|enabled?|on|all|active)$/i;

/** A value that says off: false, DISABLED, OFF, NONE. */
export const isOff = (value: unknown): boolean => value === false || (typeof value === 'string' && offWord.test(value));

const isOn = (value: unknown): boolean => value === true || (typeof value === 'string' && onWord.test(value));

/** The settings in a value that say off, "name: value", however deep. At most 12 deep. */
export function offIn(value: unknown, name = '', depth = 0): string[] {
  if (isOff(value)) return [`${name}: ${String(value)}`];
  if (depth > 12 || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => offIn(inner, Array.isArray(value) ? name : key, depth + 1));
}

/** Whether anything in a value says on. */
export const hasOn = (value: unknown, depth = 0): boolean =>
  isOn(value) ||
  (depth <= 12 &&
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).some((inner) => hasOn(inner, depth + 1)));

/** Nothing is in it: an empty list, record or text. */
export const isEmpty = (value: unknown): boolean =>
  value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** The machine whose role's session calls: EC2 names it after the machine. */
export function machineOf({ userIdentity: { type, arn, principalId } }: CloudTrailRecord): string | undefined {
  const session = (arn ?? principalId ?? '').split(/[:/]/).at(-1) ?? '';
  return type === 'AssumedRole' && isInstanceId(session) ? session : undefined;
}

export const byMachine = (record: CloudTrailRecord): boolean => machineOf(record) !== undefined;

/** The parameter of this name that is a text. */
export const textOf = (record: CloudTrailRecord, name: string): string | undefined =>
  parameter(record, name).find((value) => typeof value === 'string');

/** The records in a list, or the one that stands where a list could. */
export const records = (value: unknown) => (Array.isArray(value) ? value : [value]).filter(isRecord);
