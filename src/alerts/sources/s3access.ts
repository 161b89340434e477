import { parseArn } from '../../aws-names/arn.ts';
import { s3BucketLink } from '../../aws-names/console-links.ts';
import type { Json } from '../../words/json.ts';
import type { Severity } from '../severity.ts';
import { actorNamed, number, shape, signalOf, text } from '../shape.ts';
import type { Actor, Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';

/** Source: S3 user guide, "Amazon S3 server access log format", in order. */
const columns = [
  'bucketowner',
  'bucket',
  'time',
  'remoteip',
  'requester',
  'requestid',
  'operation',
  'key',
  'requesturi',
  'httpstatus',
  'errorcode',
  'bytessent',
  'objectsize',
  'totaltime',
  'turnaroundtime',
  'referrer',
  'useragent',
  'versionid',
  'hostid',
  'signatureversion',
  'ciphersuite',
  'authenticationtype',
  'hostheader',
  'tlsversion',
  'accesspointarn',
  'aclrequired',
  'sourceregion',
];
const known = new Set(columns);

/** `bucketOwner`, `bucket_owner` and `tlsVersion` as the format's own lower-case names. */
const plainKey = (key: string): string => key.toLowerCase().replace(/[^a-z]/g, '');

const linePattern =
  /^[0-9a-f]{32,64} \S+ \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] \S+ \S+ \S+ [A-Z]+\.[A-Z_.]+ /;

/** One record of an S3 server access log, as JSON or as its line. */
export const s3access: Source = {
  name: 's3access',
  matches: ({ json, text: line }) => {
    if (json === undefined) return linePattern.test(line);
    if (typeof json['bucket'] !== 'string' && typeof json['Bucket'] !== 'string') return false;
    // Log collectors add fields of their own with a prefix.
    return Object.keys(json).every((key) => key.startsWith('p_') || known.has(plainKey(key)));
  },
  read: (payload) => accessSignal(payload),
};

const Access = shape({
  bucket: text,
  bucketowner: text,
  time: text,
  remoteip: text,
  requester: text,
  operation: text,
  key: text,
  requesturi: text,
  httpstatus: number,
  errorcode: text,
  bytessent: number,
  useragent: text,
  ciphersuite: text,
  tlsversion: text,
  authenticationtype: text,
  sourceregion: text,
});

function accessOf({ json, text: line }: Payload): ReturnType<typeof Access.parse> {
  const record: Json =
    json === undefined
      ? Object.fromEntries(
          [...line.slice(0, 8_000).matchAll(/"([^"]*)"|\[([^\]]*)\]|(\S+)/g)]
            .slice(0, columns.length)
            .map((match, index) => [columns[index] ?? '', match[1] ?? match[2] ?? match[3]]),
        )
      : Object.fromEntries(Object.entries(json).map(([key, value]) => [plainKey(key), value]));
  return Access.parse(
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, value === '-' ? undefined : value])),
  );
}

/** "06/Feb/2019:00:00:38 +0000" as JavaScript reads it. */
const logTime = (time: string | undefined): string | undefined =>
  time?.replace(/^(\d\d)\/(\w{3})\/(\d{4}):/, '$1 $2 $3 ').replace(/(\.\d{3})\d+$/, '$1');

type Access = ReturnType<typeof Access.parse>;

const isAnonymous = ({ requester }: Access): boolean => requester === undefined || requester === 'Anonymous';

/** Refusals count; a missing bucket header check, a retry or an error of S3's own does not. */
const isRefused = ({ httpstatus, errorcode, operation }: Access): boolean =>
  (httpstatus === 403 || errorcode === 'AccessDenied') &&
  operation !== 'REST.HEAD.BUCKET' &&
  errorcode !== 'SignatureDoesNotMatch';

/** A whole record (it names how the request was signed) without a word of TLS came over plain HTTP. */
const isPlaintext = ({ authenticationtype, tlsversion, ciphersuite }: Access): boolean =>
  authenticationtype !== undefined && tlsversion === undefined && ciphersuite === undefined;

/** docs/severity.md, "S3 server access log". */
function severityOf(access: Access): Severity {
  const done = access.httpstatus === undefined ? access.errorcode === undefined : access.httpstatus < 400;
  const writes = /\.(?:PUT|POST|DELETE|COPY)\./.test(access.operation ?? '');
  if (isAnonymous(access) && done) return writes ? 'high' : 'medium';
  return isRefused(access) || isPlaintext(access) ? 'low' : 'info';
}

function accessSignal(payload: Payload): Signal {
  const access = accessOf(payload);
  const bucket = access.bucket ?? 'unknown bucket';
  const refused = isRefused(access);
  const actor = actorOf(access);
  const call = access.operation ?? access.requesturi?.split(' ')[0];
  const outcome = refused
    ? 'and was refused'
    : (access.httpstatus ?? 200) >= 400
      ? `and got error ${access.errorcode ?? access.httpstatus}`
      : '';
  return signalOf(payload, {
    source: 's3access',
    kind: refused ? 'refused access' : isAnonymous(access) ? 'anonymous access' : 'access',
    dedupKey: ['s3access', bucket, actor.name, call ?? '', access.errorcode ?? '', access.remoteip ?? ''].join(':'),
    severity: severityOf(access),
    title: `${refused ? 'Refused' : isAnonymous(access) ? 'Anonymous' : 'Recorded'} access to S3 bucket ${bucket}`,
    sentence: `${actor.type === 'anonymous' ? 'Somebody without credentials' : actor.name} ${call === undefined ? 'reached' : `called ${call} on`} ${access.key === undefined ? `the bucket ${bucket}` : `${bucket}/${access.key}`}${outcome === '' ? '' : ` ${outcome}`}.`,
    accounts: [actor.account],
    regions: [access.sourceregion],
    times: [logTime(access.time)],
    resource: { name: bucket, type: 'S3 bucket' },
    actor,
    sourceIp: access.remoteip,
    links: (where) => [s3BucketLink(where, bucket)],
    fields: [
      ['Operation', access.operation],
      ['Key', access.key],
      ['Status', [access.httpstatus, access.errorcode].filter((part) => part !== undefined).join(' ')],
      ['Request', access.requesturi],
      ['Bytes sent', access.bytessent],
      ['User agent', access.useragent],
      ['TLS', isPlaintext(access) ? 'none: the request was not encrypted' : access.tlsversion],
    ],
  });
}

function actorOf(access: Access): Actor {
  const { requester } = access;
  if (requester === undefined || isAnonymous(access)) return { type: 'anonymous', name: 'anonymous' };
  if (parseArn(requester) !== undefined) return actorNamed(requester);
  return {
    type: /^[0-9a-f]{40,64}$/.test(requester)
      ? 'account'
      : /^svc:|amazonaws\.com$/.test(requester)
        ? 'service'
        : 'unknown',
    name: requester,
  };
}
