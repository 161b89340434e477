import { at, isRecord, type Json, parseJson, textAt } from '../words/json.ts';

/** What Security Lake hands on of CloudTrail has an operation of a service, whatever its class; a sign-in may have neither. */
export const isOcsfCall = (value: Json): boolean =>
  isSignIn(value) ||
  (value['class_uid'] !== undefined &&
    textAt(value, 'api', 'operation') !== undefined &&
    textAt(value, 'api', 'service', 'name') !== undefined);

const isSignIn = (value: Json): boolean =>
  value['class_uid'] === 3002 && isRecord(value['cloud']) && at(value, 'api', 'operation') === undefined;

/**
 * An API call in OCSF (API Activity 6003, Authentication 3002, Account Change 3001 …) as the CloudTrail record it was made of.
 * Source: Security Lake user guide, "CloudTrail", and the mapping in aws-samples' OCSF repository.
 */
export function recordOfOcsf(value: Json): Json {
  const user = isRecord(at(value, 'actor', 'user')) ? at(value, 'actor', 'user') : value['user'];
  const session = at(value, 'actor', 'session');
  const [uid, alternate] = [textAt(user, 'uid'), textAt(user, 'uid_alt')];
  const arn = [uid, alternate].find((one) => one?.startsWith('arn:'));
  const resources = Array.isArray(value['resources']) ? value['resources'] : [];
  return {
    eventVersion: 'ocsf',
    eventTime: value['time_dt'] ?? value['time'],
    eventSource: isSignIn(value) ? 'signin.amazonaws.com' : at(value, 'api', 'service', 'name'),
    eventName: isSignIn(value) ? 'ConsoleLogin' : at(value, 'api', 'operation'),
    eventID: at(value, 'metadata', 'uid') ?? at(value, 'api', 'request', 'uid'),
    awsRegion: at(value, 'cloud', 'region'),
    recipientAccountId: at(value, 'cloud', 'account', 'uid') ?? at(value, 'cloud', 'account_uid'),
    sourceIPAddress: at(value, 'src_endpoint', 'ip') ?? at(value, 'src_endpoint', 'domain'),
    userAgent: at(value, 'http_request', 'user_agent'),
    errorCode: at(value, 'api', 'response', 'error') ?? (value['status_id'] === 2 ? 'Failure' : undefined),
    errorMessage: at(value, 'api', 'response', 'error_message') ?? value['status_detail'],
    requestParameters: parsed(at(value, 'unmapped', 'requestParameters') ?? at(value, 'api', 'request', 'data')),
    responseElements: parsed(at(value, 'unmapped', 'responseElements') ?? at(value, 'api', 'response', 'data')),
    ...(value['is_mfa'] === undefined
      ? {}
      : { additionalEventData: { MFAUsed: value['is_mfa'] === true ? 'Yes' : 'No' } }),
    resources: resources.filter(isRecord).map((one) => ({ ARN: one['uid'] })),
    userIdentity: {
      type: textAt(user, 'type'),
      arn,
      principalId: [uid, alternate].find((one) => one !== undefined && one !== arn),
      accountId: at(user, 'account', 'uid') ?? at(user, 'account_uid'),
      userName: textAt(user, 'name'),
      accessKeyId: textAt(user, 'credential_uid') ?? textAt(session, 'credential_uid'),
      invokedBy: at(value, 'actor', 'invoked_by'),
      sessionContext: {
        attributes: { mfaAuthenticated: at(session, 'is_mfa') ?? at(session, 'mfa') },
        sessionIssuer: { arn: textAt(session, 'issuer') },
      },
    },
  };
}

const parsed = (value: unknown): unknown => (typeof value === 'string' ? parseJson(value) : value);
