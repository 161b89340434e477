import { z } from 'zod';
import { AwsTrouble } from './aws.ts';

/** What an error of the SDK carries. */
const SdkError = z.looseObject({
  name: z.string(),
  message: z.string().default(''),
  Code: z.string().optional(),
  code: z.string().optional(),
});

const kinds: readonly [AwsTrouble['kind'], RegExp][] = [
  [
    'throttled',
    /^(?:Throttling|ThrottlingException|ThrottledException|TooManyRequests\w*|RequestLimitExceeded|SlowDown|LimitExceededException|ReportGenerationLimitExceeded\w*|RequestThrottled\w*)$/,
  ],
  ['expired', /^(?:ExpiredToken\w*|RequestExpired)$/],
  ['clock', /^(?:RequestTimeTooSkewed|SignatureDoesNotMatch|InvalidSignatureException)$/],
  [
    'denied',
    /^(?:AccessDenied\w*|UnauthorizedOperation|AuthorizationError\w*|UnauthorizedException|NotAuthorized|InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|AuthFailure|OptInRequired|InvalidAccessException)$/,
  ],
  ['absent', /^(?:ResourceNotFound\w*|NoSuch\w+|NotFoundException|AWSOrganizationsNotInUseException)$/],
  ['invalid', /^(?:Validation\w*|Invalid\w+|MalformedQueryException)$/],
  [
    'unreachable',
    /^(?:TimeoutError|NetworkingError|ECONN\w+|ENOTFOUND|EAI_AGAIN|EPIPE|CredentialsProviderError|AbortError)$/,
  ],
];

/** The names by which an error of the SDK goes; none of what is no such error. */
export function errorNames(error: unknown): string[] {
  const parsed = SdkError.safeParse(error);
  if (!parsed.success) return error instanceof AwsTrouble ? errorNames(error.cause) : [];
  return [parsed.data.name, parsed.data.Code, parsed.data.code].filter((name) => name !== undefined);
}

/** Why AWS did not answer: an error of the SDK in one sentence that says what to do. `doing` ends "could not …". */
export function troubleOf(error: unknown, doing: string): AwsTrouble {
  if (error instanceof AwsTrouble) return error;
  const parsed = SdkError.safeParse(error);
  const names = errorNames(error);
  const [kind = 'other'] = kinds.find(([, pattern]) => names.some((name) => pattern.test(name))) ?? [];
  const said = parsed.success ? parsed.data.message.split('\n', 1).join('').slice(0, 300) : String(error);
  if (names.includes('CredentialsProviderError'))
    return new AwsTrouble(
      kind,
      `Trailwatch has no AWS credentials, so it could not ${doing} (${said}): give it a role, a profile or keys.`,
      error,
    );
  if (/^Region is missing/.test(said))
    return new AwsTrouble(
      'invalid',
      `Trailwatch does not know in which AWS region it lives, so it could not ${doing}: set AWS_REGION, or a region in the AWS profile.`,
      error,
    );
  // The SDK could not read what came: a proxy, a captive portal or a wrong endpoint, not AWS.
  if (isNoAnswerOfAws(error, said)) return notAws(doing, error);
  return new AwsTrouble(kind, sentences[kind](doing, said), error);
}

export const notAws = (doing: string, error?: unknown): AwsTrouble =>
  new AwsTrouble(
    'unreachable',
    `What answered when Trailwatch tried to ${doing} was not AWS: check for a proxy on the way, and AWS_ENDPOINT_URL.`,
    error,
  );

const isNoAnswerOfAws = (error: unknown, said: string): boolean =>
  error instanceof SyntaxError ||
  /is not valid JSON|Unexpected token|Deserialization error|not parse|Unclosed tag|Unexpected end of|char '.' is not expected|invalid XML/i.test(
    said,
  );

/**
 * What AWS did not allow, without our own role and what is said already: "sts:AssumeRole is denied". The error keeps the whole.
 * Source: IAM user guide, "Troubleshoot access denied error messages".
 */
const refused = (said: string): string =>
  said.replace(/^User: \S+ is not authorized to perform: (\S+)(?: on resource: \S+)?/, '$1 is denied');

const sentences: Record<AwsTrouble['kind'], (doing: string, said: string) => string> = {
  denied: (doing, said) => `AWS did not allow Trailwatch to ${doing}: ${refused(said) || 'access denied'}`,
  throttled: (doing) => `AWS took no more requests when Trailwatch tried to ${doing}: try again in a minute.`,
  expired: (doing) => `The session had expired when Trailwatch tried to ${doing}: check the credentials it runs with.`,
  clock: (doing) =>
    `AWS refused the signature when Trailwatch tried to ${doing}: check this machine's clock and its credentials.`,
  absent: (doing, said) => `AWS knows nothing of it: Trailwatch could not ${doing}. ${said}`.trim(),
  invalid: (doing, said) => `AWS refused the request to ${doing}: ${said}`,
  unreachable: (doing, said) =>
    `AWS could not be reached when Trailwatch tried to ${doing} (${said || 'no answer'}): check the network and AWS_REGION.`,
  stopped: (doing, said) => `Trailwatch stopped before it was through when it tried to ${doing}. ${said}`.trim(),
  other: (doing, said) => `Trailwatch could not ${doing}: ${said || 'AWS gave no reason'}`,
};
