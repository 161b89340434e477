import { parseArn } from '../../aws-names/arn.ts';
import type { Signal } from '../signal.ts';

/** SNS says that it sends us no more of a topic: from now on alerts of it are lost, and somebody must know. */
export function subscriptionLost(topicArn: string, time: string): Signal {
  const arn = parseArn(topicArn);
  const name = arn?.resource ?? topicArn;
  return {
    source: 'sns',
    kind: 'subscription removed',
    dedupKey: `sns:subscription-removed:${topicArn}`,
    severity: 'high',
    state: 'firing',
    title: `The subscription to the topic ${name} was removed`,
    sentence: `Somebody unsubscribed Trailwatch from ${name}: alerts of this topic no longer arrive until it is subscribed again.`,
    ...(arn === undefined ? {} : { account: arn.account, region: arn.region }),
    partition: arn?.partition ?? 'aws',
    resource: { arn: topicArn, name, type: 'SNS topic' },
    time,
    links: [],
    fields: [],
    raw: { topicArn, time },
  };
}
