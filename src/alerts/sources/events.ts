import { parseArn } from '../../aws-names/arn.ts';
import { serviceLink } from '../../aws-names/console-links.ts';
import { isRecord, type Json, textAt } from '../../words/json.ts';
import { asSentence, resourceNamed, shape, signalOf, text } from '../shape.ts';
import type { Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';

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

/** Source: Lambda developer guide, "Capturing records of asynchronous invocations": what a dead letter of a function bears. */
const isOfFunction = (attributes: Json): boolean =>
  attributes['ErrorMessage'] !== undefined && attributes['RequestID'] !== undefined;

/** A letter of a function carries what the function was given: told by itself only where it is an alert of its own. */
export const letterOfFunction = ({ json }: Payload): boolean => isOfFunction(attributesOf(json));

const FunctionLetter = shape({ RequestID: text, ErrorCode: text, ErrorMessage: text });

function functionSignal(payload: Payload): Signal {
  const letter = FunctionLetter.parse(attributesOf(payload.json));
  const queue = parseArn(textAt(payload.json, 'eventSourceARN') ?? payload.topicArn ?? '');
  const name = queue?.resource ?? 'a dead-letter queue';
  return signalOf(payload, {
    source: 'lambda',
    kind: 'failed invocation',
    dedupKey: ['lambda', 'dead letter', queue?.account, queue?.region, name, letter.ErrorMessage].join(':'),
    severity: 'medium',
    title: `A function failed for good: its event is in ${name}`,
    sentence: asSentence(
      `Lambda gave up on an event and put it into ${name}: ${letter.ErrorMessage ?? 'no reason given'}`,
    ),
    accounts: [queue?.account],
    regions: [queue?.region],
    times: [],
    resource: resourceNamed(textAt(payload.json, 'eventSourceARN') ?? payload.topicArn),
    links: (where) => [serviceLink(where, 'lambda')],
    fields: [
      ['Error', letter.ErrorMessage],
      ['Code', letter.ErrorCode],
      ['Request', letter.RequestID],
    ],
  });
}

/** Events that EventBridge, Scheduler or a function could not get done, from their dead-letter queue. */
export const events: Source = {
  name: 'events',
  matches: ({ json }) => {
    const attributes = attributesOf(json);
    return (
      isOfFunction(attributes) ||
      (attributes['ERROR_CODE'] !== undefined &&
        (attributes['RULE_ARN'] ?? attributes['SCHEDULE_ARN'] ?? attributes['TARGET_ARN']) !== undefined)
    );
  },
  read: (payload) => {
    if (letterOfFunction(payload)) return functionSignal(payload);
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
