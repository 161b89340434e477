import { isInstanceId, parseArn, shortName } from '../../aws-names/arn.ts';
import type { EventRow } from '../../cloudtrail/row.ts';
import type { Summary } from '../../cloudtrail/tally.ts';
import { isAddress, isPrivateAddress } from '../../words/networks.ts';

/** What a lookup was about, and what it found: enough to say where else the same caller, address or bucket is seen. */
interface Looked {
  subjects: readonly { kind: string; value: string; arn: string | null }[];
  summary: Pick<Summary, 'telling'>;
  rows: readonly EventRow[];
  /** ISO 8601, UTC. */
  from: string;
  to: string;
}

/** A question to something else than CloudTrail, as it would be typed. */
interface Elsewhere {
  label: string;
  line: string;
}

/** More is not looked through. */
const mostElsewhere = 8;

/**
 * Questions about the same address, instance, bucket or caller to what CloudTrail does not hold: flow logs, DNS queries,
 * requests to buckets, findings, permissions, and what comes next. What was asked about comes first, then the most telling
 * event. The same for the same answer; at most eight.
 */
export function elsewhereOf({ subjects, summary, rows, from, to }: Looked): Elsewhere[] {
  const span = `--since ${from} --until ${to}`;
  const asked = (kind: string): string[] =>
    subjects.flatMap((each) => (each.kind === kind ? [each.arn ?? each.value] : []));
  const seen = summary.telling.slice(0, 1).concat(rows.slice(0, 1));
  const addresses = first([...asked('ip'), ...seen.flatMap((row) => row.from ?? [])].filter(isNetwork));
  const instances = first(
    [...asked('user'), ...asked('resource'), ...seen.flatMap((row) => sessionOf(row) ?? [])]
      .filter(isInstance)
      .map(shortName),
  );
  const buckets = first(
    [...asked('resource').filter((name) => isBucket(name, rows)), ...seen.flatMap(bucketOf)].map(bucketName),
  );
  // What was asked about is what one waits for; else the key of the call that stands out.
  const watched = [
    ...subjects.flatMap(({ kind, value, arn }) =>
      isCaller(kind) && value !== 'root' ? [{ kind, value: arn ?? value }] : [],
    ),
    ...seen.flatMap(({ key }) => (key === null ? [] : [{ kind: 'key', value: key }])),
  ].slice(0, 1);
  const callers = first(
    [...asked('user'), ...asked('role'), ...seen.flatMap((row) => identityOf(row))].filter(isIdentity),
  );
  const who = asked('ip').find((address) => isAddress(address));
  const questions = [
    ...addresses.flatMap((address) => [
      { label: `Traffic of ${address}`, line: `flows ${address} ${span}` },
      // The Resolver and DNS Firewall know addresses of networks of one's own alone.
      ...(isPrivateAddress(address) ? [{ label: `DNS of ${address}`, line: `dns ${address} ${span}` }] : []),
    ]),
    ...instances.flatMap((instance) => [
      { label: `Traffic of ${instance}`, line: `flows ${instance} ${span}` },
      { label: `DNS of ${instance}`, line: `dns ${instance} ${span}` },
    ]),
    ...buckets.map((bucket) => ({
      label: `Requests to ${bucket}`,
      line: `s3 ${bucket}${who === undefined ? '' : ` --who ${who}`} ${span}`,
    })),
    ...callers.flatMap((caller) => [
      { label: `What ${shortName(caller)} may do`, line: `access "${caller}"` },
      { label: `Findings on ${shortName(caller)}`, line: `findings "${shortName(caller)}"` },
      // With its finding groups; it begins none.
      ...(caller.startsWith('arn:')
        ? [{ label: `Detective on ${shortName(caller)}`, line: `investigate show ${caller}` }]
        : []),
    ]),
    ...watched.map(({ kind, value }) => ({
      label: `Tell me when ${shortName(value)} calls`,
      line: `watch ${kind} ${value}`,
    })),
  ];
  return questions.filter(({ line }) => !/[\n`]/.test(line) && line.length < 1500).slice(0, mostElsewhere);
}

/** Who or what can be watched: `/audit watch`. */
const isCaller = (kind: string): boolean => ['key', 'ip', 'role', 'user'].includes(kind);

const first = (values: readonly string[]): string[] => values.slice(0, 1);

const isNetwork = (address: string): boolean => isAddress(address.split('/')[0] ?? '');

const isInstance = (name: string): boolean => isInstanceId(shortName(name));

const sessionOf = ({ arn }: EventRow): string | undefined => /:assumed-role\/[^/]+\/(.+)$/.exec(arn ?? '')?.[1];

const bucketName = (name: string): string => (parseArn(name)?.resource ?? name).split('/')[0] ?? name;

/** A bucket by its ARN, or a name under which S3 was called. */
const isBucket = (name: string, rows: readonly EventRow[]): boolean => {
  const arn = parseArn(name);
  return arn === undefined
    ? isBucketName(name) && rows.some((row) => row.service === 's3.amazonaws.com' && row.on === name)
    : arn.service === 's3' && arn.account === '' && isBucketName(bucketName(name));
};

const isBucketName = (name: string): boolean => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name);

const bucketOf = ({ service, on }: EventRow): string[] =>
  service === 's3.amazonaws.com' && on !== null && isBucketName(on) ? [on] : [];

/** The user or role whose permissions a caller has: of a session its role's. */
function identityOf({ arn }: EventRow): string[] {
  const { partition, account, resource = '' } = parseArn(arn ?? '') ?? {};
  const [, role] = /^assumed-role\/([^/]+)\//.exec(resource) ?? [];
  if (arn !== null && resource.startsWith('user/')) return [arn];
  return role === undefined ? [] : [`arn:${partition}:iam::${account}:role/${role}`];
}

/** What can be asked for its permissions: an ARN, or a name that is no session's, account's or service's. */
const isIdentity = (caller: string): boolean =>
  caller.startsWith('arn:')
    ? /:(?:user|role)\//.test(caller)
    : /^[\w+=,.@-]{1,128}$/.test(caller) && !isInstance(caller) && !/^\d{12}$|\.amazonaws\.com|^root$/.test(caller);
