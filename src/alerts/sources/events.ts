import { parseArn } from '../../aws-names/arn.ts';
import { serviceLink } from '../../aws-names/console-links.ts';
import { isRecord, type Json } from '../../words/json.ts';
import { asSentence, resourceNamed, shape, signalOf, text } from '../shape.ts';
import type { Source } from '../source.ts';

/** An SQS or SNS message attribute: `{stringValue}`, `{StringValue}` or `{Value}`, or the value alone. */
const attributesOf = (json: Json | undefined): Json => {
  for (const key of ['messageAttributes', 'MessageAttributes', 'attributes']) {
    const found = json?.[key];
    if (isRecord(found))
      return Object.fromEntries(
        Object.entries(found).map(([name, value]) => [
          name,
          isRecord(value) ? (value['stringValue'] ?? value['StringValue'] ?? value['Value']) : value,
        ]),
      );
  }
  return json ?? {};
};

/** Source: EventBridge user guide, "Using dead-letter queues": the attributes by which a dead letter says why it died; Scheduler writes the same with its own names. */
const Letter = shape({
  ERROR_CODE: text,
  ERROR_MESSAGE: text,
  EXHAUSTED_RETRY_CONDITION: text,
  RETRY_ATTEMPTS: text,
  RULE_ARN: text,
  TARGET_ARN: text,
  SCHEDULE_ARN: text,
  'X-Amz-Scheduler-Attempt': text,
});

/** Events that EventBridge or Scheduler could not deliver, from their dead-letter queue. */
export const events: Source = {
  name: 'events',
  matches: ({ json }) => {
    const attributes = attributesOf(json);
    return (
      attributes['ERROR_CODE'] !== undefined &&
      (attributes['RULE_ARN'] ?? attributes['SCHEDULE_ARN'] ?? attributes['TARGET_ARN']) !== undefined
    );
  },
  read: (payload) => {
    const letter = Letter.parse(attributesOf(payload.json));
    const scheduled = letter.SCHEDULE_ARN !== undefined;
    const arn = letter.SCHEDULE_ARN ?? letter.RULE_ARN ?? letter.TARGET_ARN;
    const resource = resourceNamed(
      arn,
      letter.SCHEDULE_ARN !== undefined ? 'schedule' : letter.RULE_ARN !== undefined ? 'EventBridge rule' : undefined,
    );
    const target = resourceNamed(letter.TARGET_ARN);
    return signalOf(payload, {
      source: 'events',
      kind: 'undelivered event',
      dedupKey: ['events', 'undelivered', arn ?? '', letter.TARGET_ARN ?? '', letter.ERROR_CODE ?? ''].join(':'),
      // Alerts travel this way: a rule that cannot deliver is a hole in the watch.
      severity: 'high',
      title: `${scheduled ? 'Schedule' : 'EventBridge rule'} ${resource?.name ?? 'unknown'} could not deliver`,
      sentence: asSentence(
        `EventBridge gave up on delivering an event of ${scheduled ? 'the schedule' : 'the rule'} ${resource?.name ?? 'unknown'}${target === undefined || target.arn === arn ? '' : ` to ${target.name}`}: ${letter.ERROR_MESSAGE ?? letter.ERROR_CODE ?? 'no reason given'}`,
      ),
      accounts: [parseArn(arn ?? '')?.account],
      regions: [parseArn(arn ?? '')?.region],
      times: [],
      resource,
      links: (where) => [serviceLink(where, 'events')],
      fields: [
        ['Error', letter.ERROR_CODE],
        ['Target', letter.TARGET_ARN],
        ['Gave up because of', letter.EXHAUSTED_RETRY_CONDITION],
        ['Tries', letter.RETRY_ATTEMPTS ?? letter['X-Amz-Scheduler-Attempt']],
      ],
    });
  },
};
