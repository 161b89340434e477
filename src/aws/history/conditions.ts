import { AwsTrouble } from '../aws.ts';

/** What of a CloudTrail record a history source can look for, by its place in the record. */
const fields = [
  'awsRegion',
  'eventID',
  'eventName',
  'eventSource',
  'recipientAccountId',
  'sourceIPAddress',
  'userIdentity.accessKeyId',
  'userIdentity.arn',
  'userIdentity.principalId',
  'userIdentity.userName',
  'userIdentity.sessionContext.sessionIssuer.userName',
] as const;

export type RecordField = (typeof fields)[number];

/**
 * One thing that a record must say: in one of the fields one of the values, or (`anywhere`) one of the values somewhere
 * in the record. `ends`: the field ends with it. What a source finds is looked at once more here, so it may find more.
 */
export type Condition =
  | { fields: readonly RecordField[]; is: 'equal' | 'ends'; values: readonly string[] }
  | { anywhere: string };

/** Events are delivered up to 15 minutes after they happened. Source: CloudTrail user guide, "How CloudTrail works". */
export const lateMs = 15 * 60_000;

export interface HistorySearch {
  from: Date;
  to: Date;
  /** All must hold. */
  conditions: readonly Condition[];
}

/** Characters that names in AWS are made of: nothing that could end a string in a query, or mean something in a pattern. */
const plain = /^[\w+=,.@:/$ ()[\]-]{1,1000}$/;

/**
 * A value that may stand in a query. Slack text is hostile: what is not plainly a name is refused, not escaped.
 * @throws AwsTrouble
 */
export function token(value: string): string {
  if (plain.test(value)) return value;
  throw new AwsTrouble(
    'invalid',
    'This cannot be searched for past 90 days: only letters, digits and +=,.@:/$()[]_- may stand in a query to the history.',
  );
}
