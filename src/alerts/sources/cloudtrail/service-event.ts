import { shortName } from '../../../aws-names/arn.ts';
import type { CloudTrailRecord } from '../../../cloudtrail/record.ts';
import { asText, isRecord, type Json, textAt } from '../../../words/json.ts';
import { oneLine, spaced } from '../../../words/text.ts';
import type { Severity } from '../../severity.ts';
import { isEmail } from '../../shape.ts';
import type { Actor } from '../../signal.ts';
import { outcomeOf } from '../outcome.ts';

/**
 * What a service did or found by itself (`AwsServiceEvent`): its facts are in `serviceEventDetails`. Source: CloudTrail
 * user guide, "Non-API events"; Identity Center user guide, "Understanding sign-in events".
 */
export const isServiceEvent = ({ eventType }: CloudTrailRecord): boolean => eventType === 'AwsServiceEvent';

/** The steps by which a person signs in through Identity Center. */
const signIn = /^(?:UserAuthentication|CredentialChallenge|CredentialVerification)$/;
export const isIdentityCenterSignIn = (record: CloudTrailRecord): boolean =>
  isServiceEvent(record) && signIn.test(record.eventName ?? '');

/** Whether the event says of itself that it failed: `{"CredentialVerification": "Failure"}`. */
export const serviceEventFailed = (record: CloudTrailRecord): boolean =>
  isServiceEvent(record) &&
  factsOfEvent(record.serviceEventDetails).some(
    ([key, value]) =>
      [record.eventName, 'status', 'state', 'result', 'outcome'].includes(key) && outcomeOf(asText(value)) === 'failed',
  );

/** What the details name, themselves and in the records in them: `{createAccountStatus: {state: 'FAILED'}}`. */
const factsOfEvent = (details: Json): [name: string, value: unknown][] =>
  Object.entries(details).flatMap(([key, value]): [string, unknown][] =>
    isRecord(value) ? Object.entries(value) : [[key, value]],
  );

/** The person who signs in: the identity names only the account. */
export function personOf({ additionalEventData, userIdentity }: CloudTrailRecord): Actor | undefined {
  const name = textAt(additionalEventData, 'UserName') ?? textAt(additionalEventData, 'userName');
  if (name === undefined || /^HIDDEN/.test(name)) return undefined;
  return {
    type: 'federated',
    name,
    ...(userIdentity.accountId === undefined ? {} : { account: userIdentity.accountId }),
    ...(isEmail(name) ? { human: name } : {}),
  };
}

/** The facts of a service event, as "name value", without ids that say nothing. At most 8. */
export function detailsOf(record: CloudTrailRecord): [name: string, value: string][] {
  return factsOfEvent(isServiceEvent(record) ? { ...record.additionalEventData, ...record.serviceEventDetails } : {})
    .flatMap(([key, value]): [string, string][] => {
      const text = typeof value === 'boolean' ? String(value) : asText(value);
      return text === undefined || text === '' || /(?:Arn|ARN|^created|Uuid)$/.test(key)
        ? []
        : [[spaced(key), oneLine(text.startsWith('arn:') ? shortName(text) : text, 120)]];
    })
    .slice(0, 8);
}

/** What a service event is about, where its details bear a name: the quota, the secret. */
export const nameInDetails = ({ serviceEventDetails }: CloudTrailRecord): string | undefined =>
  Object.entries(serviceEventDetails)
    .filter(([key]) => /Name$/.test(key) && !/^(?:service|user)Name$/.test(key))
    .map(([, value]) => asText(value))
    .find((value) => value !== undefined);

/** A quota that fills up is medium; what failed by itself low; the rest is as any call. */
export function serviceEventSeverity(record: CloudTrailRecord): Severity {
  if (serviceEventFailed(record)) return 'low';
  const name = spaced(record.eventName ?? '');
  if (/\b(?:breach\w*|exceed\w*|exhaust\w*|compromis\w*|leaked)\b/.test(name)) return 'medium';
  return /\b(?:fail\w*|abandoned|denied)\b/.test(name) ? 'low' : 'info';
}
