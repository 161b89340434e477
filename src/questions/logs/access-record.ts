import { DateTime } from 'luxon';
import { asText, isRecord, type Json, parseJson, textAt } from '../../words/json.ts';

/** A request as S3 logged it. Source: S3 user guide, "Amazon S3 server access log format". */
export interface BucketRequest {
  at: Date;
  bucket: string;
  address: string;
  /** An ARN, a canonical id, `AROA…:session, account 999988887777`, `AmazonS3` for what S3 does itself; '' for whoever did not sign. */
  requester: string;
  /** `REST.GET.OBJECT`, `BATCH.DELETE.OBJECT`, `S3.EXPIRE.OBJECT` … */
  operation: string;
  /** Decoded; '' where the request is about the bucket. */
  key: string;
  /** HTTP status; null: not told. */
  status: number | null;
  /** `AccessDenied`; '' where it went well. */
  error: string;
  bytes: number;
  agent: string;
  /** `TLSv1.2`; '' where the request came without. */
  tls: string;
}

/**
 * A line of text: 26 or 27 fields, fewer in old ones, more in those to come. The two last quoted fields are found from
 * the end, because a user agent may hold quotes.
 */
const text =
  /^\S+ (?<bucket>\S+) \[(?<time>[^\]]+)\] (?<address>\S+) (?<requester>\S+) \S+ (?<operation>\S+) (?<key>\S+) (?:".*?"|-) (?<status>\d{3}|-) (?<error>\S+) (?<bytes>\d+|-) (?:\d+|-) (?:\d+|-) (?:\d+|-) (?:".*?"|-) (?<agent>".*"|-)(?: (?<rest>[^"]*))?$/;

/** Fields behind the user agent: version, host id, signature, cipher, authentication, host, TLS. */
const tlsField = 6;

const absent = (value: string | undefined): string => (value === undefined || value === '-' ? '' : value);

/** Reads a line as S3 writes it to a bucket, or the JSON that CloudWatch Logs delivers; undefined: it is neither. */
export function readAccess(line: string): BucketRequest | undefined {
  if (line.startsWith('{')) {
    const entry = parseJson(line);
    return isRecord(entry) ? ofJson(entry) : undefined;
  }
  const found = text.exec(line)?.groups;
  if (found === undefined) return undefined;
  const at = DateTime.fromFormat(found['time'] ?? '', 'dd/MMM/yyyy:HH:mm:ss ZZZ', { zone: 'utc', locale: 'en' });
  if (!at.isValid) return undefined;
  const status = absent(found['status']);
  return {
    at: at.toJSDate(),
    bucket: found['bucket'] ?? '',
    address: absent(found['address']),
    requester: absent(found['requester']),
    operation: absent(found['operation']),
    key: decoded(absent(found['key'])),
    status: status === '' ? null : Number(status),
    error: absent(found['error']),
    bytes: Number(absent(found['bytes']) || 0),
    agent: absent(found['agent']).replace(/^"|"$/g, '').replace(/^-$/, ''),
    tls: absent(found['rest']?.split(' ')[tlsField]),
  };
}

/** Source: S3 user guide, "Server access logs in CloudWatch Logs". */
function ofJson(entry: Json): BucketRequest | undefined {
  const of = (name: string): string => absent(asText(entry[name]));
  const at = new Date(of('request_time'));
  if (Number.isNaN(at.getTime()) || of('operation') === '') return undefined;
  const status = of('http_status');
  return {
    at,
    bucket: of('bucket_name'),
    address: of('remote_ip'),
    requester: of('requester'),
    operation: of('operation'),
    key: decoded(of('key_name')),
    status: status === '' ? null : Number(status),
    error: of('error_code'),
    bytes: Number(of('bytes_sent_size') || 0),
    agent: of('user_agent'),
    tls: of('tls_version'),
  };
}

/** Keys are URL-encoded, some characters twice; what is no encoding stays as it is. */
function decoded(key: string): string {
  let text = key;
  for (let turn = 0; turn < 2 && /%[\da-f]{2}/i.test(text); turn++)
    try {
      text = decodeURIComponent(text);
    } catch {
      return text;
    }
  return text;
}

export const isDelete = ({ operation }: Pick<BucketRequest, 'operation'>): boolean =>
  /DELETE|EXPIRE|^Delete/.test(operation);

/** Refused, failed, or not there. */
export const isError = ({ status, error }: Pick<BucketRequest, 'status' | 'error'>): boolean =>
  error !== '' || (status !== null && status >= 400);

/** Without TLS, or with a version that nobody should use any more. */
export const isWeak = ({ tls, operation }: Pick<BucketRequest, 'tls' | 'operation'>): boolean =>
  operation.startsWith('REST.') && (tls === '' || /^TLSv1(?:\.1)?$/i.test(tls));

/** Who made a call, '' for whoever did not sign; of another account's callers CloudTrail tells the principal's id alone. */
function callerOf(record: Json): string {
  const of = (name: string): string => textAt(record, 'userIdentity', name) ?? '';
  const named = of('arn') || of('invokedBy');
  if (named !== '' || of('accountId') === '' || of('accountId') === 'anonymous') return named;
  return [of('principalId'), `account ${of('accountId')}`].filter((part) => part !== '').join(', ');
}

/** The same of a data event of CloudTrail; undefined: the record is no request to a bucket. */
export function readDataEvent(record: Json): BucketRequest | undefined {
  const of = (...path: string[]): string => textAt(record, ...path) ?? '';
  const bucket = of('requestParameters', 'bucketName');
  const at = new Date(of('eventTime'));
  if (bucket === '' || Number.isNaN(at.getTime())) return undefined;
  return {
    at,
    bucket,
    address: of('sourceIPAddress'),
    requester: callerOf(record),
    operation: of('eventName'),
    key: of('requestParameters', 'key') || of('requestParameters', 'prefix'),
    status: null,
    error: of('errorCode'),
    bytes: Number(of('additionalEventData', 'bytesTransferredOut') || 0),
    agent: of('userAgent').replace(/^\[|\]$/g, ''),
    tls: of('tlsDetails', 'tlsVersion'),
  };
}
