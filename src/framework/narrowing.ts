import { at, isRecord, parseJson } from '../words/json.ts';

/** A CloudTrail record, or as much of one as a test needs. */
type CloudTrailRecord = Readonly<Record<string, unknown>>;

/** A value that a pattern asks for, or leaves out, in a field of the record: `userIdentity.userName`, `admin`. */
export interface Narrowing {
  field: string;
  value: string;
}

/**
 * Fields that tell who calls, from where, and what with. A pattern that asks about them beside the call itself may leave
 * somebody out, which samples of the call alone do not show.
 */
const whoAndWhere =
  /^(?:userIdentity\.(?!type$|invokedBy$).+|sourceIPAddress|userAgent|vpcEndpointId|awsRegion|recipientAccountId|requestParameters\..+)$/;

/** Stands for whatever a `*` may stand for, and for a field that must not be there. */
const anything = 'x';

/**
 * What a metric filter asks about who and where. A regular expression names no value.
 * Source: CloudWatch Logs user guide, "Filter pattern syntax".
 */
export function narrowingOfFilter(pattern: string): Narrowing[] {
  const terms = pattern.matchAll(
    /\$\.([\w.]+)\s*(?:!?=\s*(?:"([^"]*)"|%[^%]*%|([^\s"()&|{}]+))|(?:NOT\s+EXISTS|IS\s+NULL))/gi,
  );
  return [...terms].flatMap(([, field = '', quoted, bare = anything]) => about(field, quoted ?? bare));
}

/**
 * What a rule's pattern asks about who and where, inside of `detail`. The account and region of a rule's own bus are no
 * narrowing. Source: EventBridge user guide, "Comparison operators".
 */
export function narrowingOfRule(pattern: string): Narrowing[] {
  return inside(parseJson(pattern), [])
    .flatMap(({ path: [top, ...path], value }) => (top === 'detail' ? about(path.join('.'), value) : []))
    .filter(({ field }) => !/^(?:awsRegion|recipientAccountId|userIdentity\.accountId)$/.test(field));
}

const about = (field: string, value: string): Narrowing[] =>
  whoAndWhere.test(field) ? [{ field, value: value.replaceAll('*', anything) }] : [];

/** Every value of a pattern with where it stands; `$or` is a way in, no field. */
function inside(pattern: unknown, path: readonly string[]): { path: readonly string[]; value: string }[] {
  if (Array.isArray(pattern))
    return pattern.flatMap((one) => (path.at(-1) === '$or' ? inside(one, path.slice(0, -1)) : valuesOf(one, path)));
  if (!isRecord(pattern)) return [];
  return Object.entries(pattern).flatMap(([name, below]) => inside(below, [...path, name]));
}

function valuesOf(matcher: unknown, path: readonly string[]): { path: readonly string[]; value: string }[] {
  if (typeof matcher === 'string') return [{ path, value: matcher }];
  if (Array.isArray(matcher)) return matcher.flatMap((one) => valuesOf(one, path));
  if (!isRecord(matcher)) return [];
  return Object.entries(matcher).flatMap(([operator, operand]: [string, unknown]) =>
    operator === 'exists'
      ? [{ path, value: anything }]
      : valuesOf(operand, path).map((one) => ({ path, value: madeBy(operator, one.value) })),
  );
}

/** A value that meets an operator. */
function madeBy(operator: string, operand: string): string {
  switch (operator) {
    case 'prefix':
      return `${operand}${anything}`;
    case 'suffix':
      return `${anything}${operand}`;
    case 'cidr':
      return operand.replace(/\/\d+$/, '');
    default:
      return operand;
  }
}

/** Somebody or somewhere that no pattern names. */
const others: Readonly<Record<string, string>> = {
  sourceIPAddress: '198.51.100.77',
  awsRegion: 'ap-southeast-2',
  recipientAccountId: '444455556666',
  'userIdentity.accountId': '444455556666',
};

/** A record once with each value that a pattern names, and once with another in each of those fields; with what differs. */
export function variantsOf(
  record: CloudTrailRecord,
  narrowings: readonly Narrowing[],
): { what: string; field: string; value: string; record: CloudTrailRecord }[] {
  const told = narrowings.flatMap(({ field, value }) => [
    { field, value },
    { field, value: others[field] ?? 'somebody-else' },
  ]);
  const once = [...new Map(told.map((one) => [JSON.stringify(one), one])).values()];
  return once.map(({ field, value }) => ({
    what: `${field} ${value}`,
    field,
    value,
    record: withField(record, field.split('.'), value),
  }));
}

function withField(record: object, [name = '', ...rest]: readonly string[], value: string): CloudTrailRecord {
  const below = at(record, name);
  return { ...record, [name]: rest.length === 0 ? value : withField(isRecord(below) ? below : {}, rest, value) };
}
