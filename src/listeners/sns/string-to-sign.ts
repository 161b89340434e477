import type { MessageType } from './message.ts';

/** The fields of an envelope that SNS signs. */
export interface SignedFields {
  Type: MessageType;
  Message: string;
  MessageId: string;
  Subject?: string | undefined;
  SubscribeURL?: string | undefined;
  Timestamp: string;
  Token?: string | undefined;
  TopicArn: string;
}

/**
 * The text under the signature: name and value of each field, a line each, names in byte order, absent ones left out.
 * Built from the strings as they came: a value that is parsed and printed again (a date, say) may not come out the same.
 * Source: SNS developer guide, "Verifying the signatures of Amazon SNS messages".
 */
export const stringToSign = (fields: SignedFields): string => {
  const names =
    fields.Type === 'Notification'
      ? (['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const)
      : (['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'] as const);
  return names
    .filter((name) => fields[name] !== undefined)
    .map((name) => `${name}\n${fields[name]}\n`)
    .join('');
};
