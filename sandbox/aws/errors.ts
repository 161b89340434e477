import { AwsError } from './service.ts';

/** The refusals that every service shares; each wire has its own names for them. */
export type Refusal =
  | 'missingToken'
  | 'unknownKey'
  | 'badSignature'
  | 'skewed'
  | 'expired'
  | 'denied'
  | 'throttled'
  | 'unknownOperation'
  | 'malformed'
  | 'invalid'
  | 'internal';

export type Dialect = 'json' | 'rest-json' | 'query' | 'ec2' | 's3';

type Codes = Readonly<Record<Refusal, readonly [code: string, status: number]>>;

const json: Codes = {
  missingToken: ['MissingAuthenticationTokenException', 400],
  unknownKey: ['UnrecognizedClientException', 400],
  badSignature: ['InvalidSignatureException', 400],
  skewed: ['InvalidSignatureException', 400],
  expired: ['ExpiredTokenException', 400],
  denied: ['AccessDeniedException', 400],
  throttled: ['ThrottlingException', 400],
  unknownOperation: ['UnknownOperationException', 400],
  malformed: ['SerializationException', 400],
  invalid: ['ValidationException', 400],
  internal: ['InternalFailure', 500],
};

/**
 * Codes and statuses by wire. Sources: "Common Errors" in the API references of CloudTrail (JSON), GuardDuty (REST-JSON),
 * IAM (Query), EC2 ("Error codes for the Amazon EC2 API") and S3 ("Error responses").
 */
const codes: Readonly<Record<Dialect, Codes>> = {
  json,
  'rest-json': {
    ...json,
    missingToken: ['MissingAuthenticationTokenException', 403],
    unknownKey: ['UnrecognizedClientException', 403],
    badSignature: ['InvalidSignatureException', 403],
    skewed: ['InvalidSignatureException', 403],
    expired: ['ExpiredTokenException', 403],
    denied: ['AccessDeniedException', 403],
    throttled: ['TooManyRequestsException', 429],
    unknownOperation: ['UnknownOperationException', 404],
  },
  query: {
    missingToken: ['MissingAuthenticationToken', 403],
    unknownKey: ['InvalidClientTokenId', 403],
    badSignature: ['SignatureDoesNotMatch', 403],
    skewed: ['SignatureDoesNotMatch', 403],
    expired: ['ExpiredToken', 403],
    denied: ['AccessDenied', 403],
    throttled: ['Throttling', 400],
    unknownOperation: ['InvalidAction', 400],
    malformed: ['MalformedInput', 400],
    invalid: ['ValidationError', 400],
    internal: ['InternalFailure', 500],
  },
  ec2: {
    missingToken: ['AuthFailure', 401],
    unknownKey: ['AuthFailure', 401],
    badSignature: ['SignatureDoesNotMatch', 403],
    skewed: ['RequestExpired', 400],
    expired: ['RequestExpired', 400],
    denied: ['UnauthorizedOperation', 403],
    throttled: ['RequestLimitExceeded', 503],
    unknownOperation: ['InvalidAction', 400],
    malformed: ['InvalidRequest', 400],
    invalid: ['InvalidParameterValue', 400],
    internal: ['InternalError', 500],
  },
  s3: {
    missingToken: ['AccessDenied', 403],
    unknownKey: ['InvalidAccessKeyId', 403],
    badSignature: ['SignatureDoesNotMatch', 403],
    skewed: ['RequestTimeTooSkewed', 403],
    expired: ['ExpiredToken', 400],
    denied: ['AccessDenied', 403],
    throttled: ['SlowDown', 503],
    unknownOperation: ['MethodNotAllowed', 405],
    malformed: ['MalformedXML', 400],
    invalid: ['InvalidArgument', 400],
    internal: ['InternalError', 500],
  },
};

/** A refusal in the words of the wire. */
export function refusal(dialect: Dialect, kind: Refusal, message: string): AwsError {
  const [code, status] = codes[dialect][kind];
  return new AwsError(code, message, status);
}

/** Whether a code is one that any operation on this wire may answer. */
export const isCommon = (dialect: Dialect, code: string): boolean =>
  Object.values(codes[dialect]).some(([common]) => common === code);
