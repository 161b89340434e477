import { type Answer, type Asking, all, ask, type Place } from './asks.ts';
import { getKeyPolicy } from './calls/kms.ts';
import {
  getSubscriptionAttributes,
  getTopicAttributes,
  listSubscriptionsByTopic,
  type Subscription,
} from './calls/sns.ts';
import { rulingOf } from './policies.ts';
import { fail, type Ignorance, type Judged, type Proof, pass, type Spot, unknown } from './verdict.ts';

/** How one part of the way from an event to somebody who hears of it stands. */
export type Link =
  | { is: 'pass'; proof: Proof; reason: string }
  | { is: 'fail'; reason: string }
  | { is: 'unknown'; why: Ignorance; reason: string };

export const holds = (reason: string, proof: Proof = 'configured'): Link => ({ is: 'pass', proof, reason });
export const breaks = (reason: string): Link => ({ is: 'fail', reason });
export const unsure = (why: Ignorance, reason: string): Link => ({ is: 'unknown', why, reason });
export const unsureFrom = ({ why, sentence }: Extract<Answer<unknown>, { is: 'unknown' }>): Link =>
  unsure(why, sentence);

/** A link as a verdict. */
export function judgedLink(spot: Spot, link: Link, more: { inheritedFrom?: string; cause?: string } = {}): Judged {
  if (link.is === 'unknown') return unknown(spot, link.why, link.reason);
  if (link.is === 'fail') return fail(spot, link.reason, more);
  return pass(spot, link.reason, { ...more, proof: link.proof });
}

const rank = (link: Link): number =>
  link.is === 'pass' ? (link.proof === 'proven' ? 0 : 1) : link.is === 'unknown' ? 2 : 3;

/** Of several ways of which one suffices. */
export const bestOf = (links: readonly Link[]): Link | undefined => links.toSorted((a, b) => rank(a) - rank(b))[0];

/** Of several parts that are all needed. */
export const worstOf = (links: readonly Link[]): Link | undefined => links.toSorted((a, b) => rank(b) - rank(a))[0];

/** What an ARN says of where its resource is: `arn:aws:sns:eu-west-1:111122223333:alerts`. */
export function placeOfArn(arn: string): (Place & { service: string; rest: string }) | null {
  const [, , service, region, account, ...rest] = arn.split(':');
  if (service === undefined || region === undefined || account === undefined || rest.length === 0) return null;
  return { service, region, account, rest: rest.join(':') };
}

/** Everything that decides whether a topic reaches somebody. */
export interface TopicFacts {
  arn: string;
  attributes: Answer<Readonly<Record<string, string>>>;
  /** The policy of its customer key; null: it has none. */
  key: Answer<string> | null;
  /** Confirmed or not, with the filter of those that are. */
  subscriptions: Answer<readonly { subscription: Subscription; filter: Answer<string | null> }[]>;
}

/** Asks a topic in its own account and region. */
export function* topicFacts(arn: string, at: Date): Asking<TopicFacts> {
  const place = placeOfArn(arn);
  if (place === null) {
    const none: Answer<never> = { is: 'absent', error: 'NotFound', message: `${arn} is no topic.`, at };
    return { arn, attributes: none, key: null, subscriptions: none };
  }
  const attributes = yield* ask(getTopicAttributes, place, { TopicArn: arn });
  const listed = yield* ask(listSubscriptionsByTopic, place, { TopicArn: arn });
  const keyId = attributes.is === 'value' ? attributes.value.Attributes['KmsMasterKeyId'] : undefined;
  return {
    arn,
    attributes: attributes.is === 'value' ? { ...attributes, value: attributes.value.Attributes } : attributes,
    key: keyId === undefined || keyId === '' || isManagedKey(keyId) ? null : yield* keyPolicy(keyId, place),
    subscriptions:
      listed.is === 'value'
        ? { ...listed, value: yield* all(listed.value.Subscriptions.map((one) => withFilter(one, place, at))) }
        : listed,
  };
}

/** Keys of AWS, whose policy lets no other service in. */
const isManagedKey = (keyId: string): boolean => keyId.startsWith('alias/aws/') || keyId.includes(':alias/aws/');

function* keyPolicy(keyId: string, topic: Place): Asking<Answer<string>> {
  const place = placeOfArn(keyId) ?? topic;
  const answer = yield* ask(getKeyPolicy, place, { KeyId: keyId, PolicyName: 'default' });
  return answer.is === 'value' ? { ...answer, value: answer.value.Policy ?? '' } : answer;
}

function* withFilter(
  subscription: Subscription,
  place: Place,
  at: Date,
): Asking<{ subscription: Subscription; filter: Answer<string | null> }> {
  if (!isConfirmed(subscription)) return { subscription, filter: { is: 'value', value: null, at } };
  const answer = yield* ask(getSubscriptionAttributes, place, { SubscriptionArn: subscription.SubscriptionArn });
  const filter: Answer<string | null> =
    answer.is === 'value' ? { ...answer, value: answer.value.Attributes['FilterPolicy'] ?? null } : answer;
  return { subscription, filter };
}

/** `PendingConfirmation` and `Deleted` are words where an ARN should be. */
const isConfirmed = ({ SubscriptionArn }: Subscription): boolean => SubscriptionArn.startsWith('arn:');

/** Who publishes to a topic. */
export interface Publisher {
  /** `cloudwatch.amazonaws.com`. */
  service: string;
  /** The alarm or the rule, and its account. */
  arn: string;
  account: string;
  organization: string | null;
}

const contextOf = ({ arn, account, organization }: Publisher): Readonly<Record<string, string>> => ({
  'aws:sourcearn': arn,
  'aws:sourceaccount': account,
  'aws:securetransport': 'true',
  ...(organization !== null && { 'aws:sourceorgid': organization }),
});

/** Whether what a service publishes to a topic reaches a confirmed subscriber: policy, key, subscription, filter. */
export function topicLink(facts: TopicFacts, publisher: Publisher): Link {
  return accepts(facts, publisher) ?? unlocks(facts, publisher) ?? receives(facts);
}

/** Null: the topic is there and takes what the service sends. */
function accepts({ arn, attributes }: TopicFacts, publisher: Publisher): Link | null {
  if (attributes.is === 'absent') return breaks(`The topic ${arn} does not exist.`);
  if (attributes.is === 'unknown')
    return unsure(attributes.why === 'denied' ? 'not readable' : attributes.why, attributes.sentence);
  // What the default policy says of the topic's owner holds for alarms of its account, not for rules of EventBridge.
  const owner = placeOfArn(arn)?.account;
  const mayOwn = publisher.service === 'cloudwatch.amazonaws.com' && publisher.account === owner;
  const context = { ...contextOf(publisher), 'aws:sourceowner': mayOwn ? (owner ?? '') : '' };
  const access = { principal: publisher.service, action: 'sns:Publish', resource: arn, context };
  const ruling = rulingOf(attributes.value['Policy'] ?? '{}', access);
  if (ruling === 'allowed') return null;
  if (ruling === 'unclear')
    return unsure(
      'not readable',
      `It cannot be judged whether the policy of ${arn} lets ${publisher.service} publish.`,
    );
  return breaks(`The policy of the topic ${arn} does not let ${publisher.service} publish.`);
}

/** Null: the topic has no key, or one that the service may use. */
function unlocks({ arn, attributes, key }: TopicFacts, publisher: Publisher): Link | null {
  const keyId = attributes.is === 'value' ? (attributes.value['KmsMasterKeyId'] ?? '') : '';
  if (isManagedKey(keyId))
    return breaks(`The topic ${arn} is encrypted with ${keyId}, which ${publisher.service} cannot use.`);
  if (key === null) return null;
  if (key.is === 'absent') return breaks(`The key ${keyId} of the topic ${arn} does not exist.`);
  if (key.is === 'unknown') return unsure('not readable', key.sentence);
  const actions = ['kms:GenerateDataKey', 'kms:Decrypt'];
  const rulings = actions.map((action) =>
    rulingOf(key.value, { principal: publisher.service, action, resource: keyId, context: contextOf(publisher) }),
  );
  if (rulings.every((ruling) => ruling === 'allowed')) return null;
  if (rulings.some((ruling) => ruling === 'unclear'))
    return unsure(
      'not readable',
      `It cannot be judged whether the policy of the key ${keyId} lets ${publisher.service} in.`,
    );
  return breaks(`The policy of the key ${keyId} does not let ${publisher.service} use it.`);
}

function receives({ arn, subscriptions }: TopicFacts): Link {
  if (subscriptions.is === 'absent') return breaks(`The topic ${arn} does not exist.`);
  if (subscriptions.is === 'unknown') return unsure('not readable', subscriptions.sentence);
  const confirmed = subscriptions.value.filter(({ subscription }) => isConfirmed(subscription));
  if (confirmed.length === 0)
    return breaks(
      subscriptions.value.length === 0
        ? `Nobody is subscribed to the topic ${arn}.`
        : `No subscription of the topic ${arn} is confirmed: ${subscriptions.value.length} wait.`,
    );
  const open = confirmed.find(({ filter }) => filter.is === 'value' && isOpen(filter.value));
  if (open !== undefined)
    return holds(`${arn} reaches ${open.subscription.Protocol} ${open.subscription.Endpoint}.`, 'proven');
  const unread = confirmed.find(({ filter }) => filter.is === 'unknown')?.filter;
  if (unread?.is === 'unknown') return unsure('not readable', unread.sentence);
  return breaks(`Every confirmed subscription of the topic ${arn} has a filter policy, which may drop what is sent.`);
}

const isOpen = (filter: string | null): boolean => filter === null || filter === '' || filter === '{}';
