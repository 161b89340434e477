import { isWord } from '../words/text.ts';
import { type Answer, type Asking, all, ask, type Place } from './asks.ts';
import {
  listEventBuses,
  listRules,
  listTargetsByRule,
  type Rule,
  type Target,
  testEventPattern,
} from './calls/events.ts';
import { getQueueAttributes } from './calls/sqs.ts';
import { bestOf, breaks, holds, type Link, placeOfArn, topicFacts, topicLink, unsure, unsureFrom } from './delivery.ts';
import type { Estate } from './estate.ts';
import { type Access, accountOf, rulingOf, statementsOf } from './policies.ts';

/** An event as EventBridge delivers it, made up for a test. */
export interface SampleEvent {
  source: string;
  'detail-type': string;
  detail: Readonly<Record<string, unknown>>;
  /** Left out: us-east-1 of an account that does not matter. */
  account?: string;
  region?: string;
}

/** The account and region that samples name where it does not matter which. */
const anywhere: Place = { account: '111122223333', region: 'us-east-1' };

/** The JSON that TestEventPattern wants; a sample names its account and region in its detail too. */
function eventText({ account = anywhere.account, region = anywhere.region, ...event }: SampleEvent): string {
  const fixed = {
    version: '0',
    id: '00000000-0000-4000-8000-000000000001',
    time: '2026-01-01T00:00:00Z',
    resources: [],
  };
  const detail = JSON.stringify(event.detail).replaceAll(anywhere.account, account).replaceAll(anywhere.region, region);
  return JSON.stringify({ ...fixed, account, region, ...event, detail: JSON.parse(detail) });
}

/** An API call as CloudTrail hands it to EventBridge. */
export const apiCallEvent = (service: string, eventName: string, more: object = {}): SampleEvent => ({
  source: `aws.${service}`,
  'detail-type': 'AWS API Call via CloudTrail',
  detail: {
    eventVersion: '1.11',
    userIdentity: {
      type: 'IAMUser',
      arn: `arn:aws:iam::${anywhere.account}:user/canary`,
      accountId: anywhere.account,
      userName: 'canary',
    },
    eventSource: `${service}.amazonaws.com`,
    eventName,
    awsRegion: anywhere.region,
    sourceIPAddress: '203.0.113.9',
    userAgent: 'canary',
    eventType: 'AwsApiCall',
    recipientAccountId: anywhere.account,
    readOnly: false,
    ...more,
  },
});

/** A rule of a bus with all that is needed to ask about it. */
export interface BusRule {
  rule: Rule;
  place: Place;
  bus: string;
}

/** The rules of a bus that may send something on: those that are on, have a pattern, and belong to no service. */
export function* rulesOf(place: Place, bus: string): Asking<Answer<readonly BusRule[]>> {
  const answer = yield* ask(listRules, place, { EventBusName: bus });
  if (answer.is === 'unknown') return answer;
  const rules = answer.is === 'value' ? answer.value.Rules.filter(isOurs) : [];
  return { is: 'value', value: rules.map((rule) => ({ rule, place, bus })), at: answer.at };
}

const isOurs = ({ EventPattern, State, ManagedBy }: Rule): boolean =>
  EventPattern !== undefined && ManagedBy === undefined && !isWord(State, 'DISABLED');

/** Source: EventBridge API reference, Rule, State. */
const on = ['ENABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'];

/**
 * Whether a rule matches an event: EventBridge itself says so. A pattern that does not speak of account, region or
 * resources is the same everywhere: it is tried once in the run, where the bot is.
 */
export function* matches(estate: Estate, { rule, place }: BusRule, event: SampleEvent): Asking<Answer<boolean>> {
  const pattern = rule.EventPattern ?? '';
  if (!on.some((word) => isWord(rule.State, word)))
    return {
      is: 'unknown',
      why: 'not asked',
      sentence: `The rule ${rule.Name} is ${rule.State}, a word that is not known.`,
      at: estate.now,
    };
  if (isOfOtherSources(pattern, event.source)) return { is: 'value', value: false, at: estate.now };
  const local = /account|region|resources/i.test(pattern);
  const sent = local
    ? { ...event, account: event.account ?? place.account, region: event.region ?? place.region }
    : withoutPlace(event);
  const input = { EventPattern: pattern, Event: eventText(sent) };
  const near = local ? place : anyHome(estate, pattern + input.Event);
  const first = yield* ask(testEventPattern, near, input);
  // A region that the organization closes says nothing of the pattern.
  const elsewhere = first.is === 'unknown' && !local && near.region !== estate.home.region;
  const answer = elsewhere ? yield* ask(testEventPattern, estate.home, input) : first;
  return answer.is === 'value' ? { ...answer, value: answer.value.Result } : answer;
}

/**
 * One of the regions of the bot's own account, for the same question always the same: each has its own pace, and a hundred
 * samples in one of them take half a minute.
 */
function anyHome({ accounts, home }: Estate, question: string): Place {
  const own = accounts.find(({ id }) => id === home.account)?.regions;
  const regions = own?.is === 'value' && own.value.length > 0 ? own.value : [home.region];
  let hash = 0;
  for (let at = 0; at < question.length; at++) hash = (hash * 31 + question.charCodeAt(at)) >>> 0;
  return { account: home.account, region: regions[hash % regions.length] ?? home.region };
}

const withoutPlace = ({ account: _, region: __, ...event }: SampleEvent): SampleEvent => event;

/** A pattern whose `source` is a plain list of others; everything else is for EventBridge to decide. */
function isOfOtherSources(pattern: string, source: string): boolean {
  try {
    const parsed: unknown = JSON.parse(pattern);
    const of: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'source') : undefined;
    return Array.isArray(of) && of.every((one) => typeof one === 'string') && !of.includes(source);
  } catch {
    return false;
  }
}

/** The rules of a bus that match an event, and why that may not be all. */
export interface Matching {
  rules: readonly BusRule[];
  trouble: Extract<Answer<unknown>, { is: 'unknown' }> | null;
}

/** Which of the rules match. */
export function* matching(estate: Estate, rules: readonly BusRule[], event: SampleEvent): Asking<Matching> {
  const answers = yield* all(rules.map((rule) => matches(estate, rule, event)));
  return {
    rules: rules.filter((_, at) => {
      const answer = answers[at];
      return answer?.is === 'value' && answer.value;
    }),
    trouble: answers.find((answer) => answer.is === 'unknown') ?? null,
  };
}

/** Buses that an event passes at most: more are a loop. */
const mostHops = 3;

/** Whether what a rule sends on reaches somebody; one target that does is enough. */
export function* ruleLink(estate: Estate, rule: BusRule, event: SampleEvent, hops = 0): Asking<Link> {
  const targets = yield* targetsOf(rule);
  if (targets.is === 'unknown') return unsureFrom(targets);
  const links = yield* all(
    (targets.is === 'value' ? targets.value : []).map((target) => targetLink(estate, rule, target, event, hops)),
  );
  return bestOf(links) ?? breaks(`The rule ${rule.rule.Name} has no target.`);
}

export function* targetsOf({ rule, place, bus }: BusRule): Asking<Answer<readonly Target[]>> {
  const answer = yield* ask(listTargetsByRule, place, { Rule: rule.Name, EventBusName: bus });
  return answer.is === 'value' ? { ...answer, value: answer.value.Targets } : answer;
}

/** Things that hand on to people but cannot be looked into from here. */
const opaque: readonly string[] = ['lambda', 'states', 'events', 'ssm-incidents', 'chatbot'];

function* targetLink(estate: Estate, rule: BusRule, target: Target, event: SampleEvent, hops: number): Asking<Link> {
  const at = placeOfArn(target.Arn);
  if (at?.service === 'sns') {
    const facts = yield* topicFacts(target.Arn, estate.now);
    return topicLink(facts, publisherOf(estate, rule));
  }
  if (at?.service === 'sqs') return yield* queueLink(estate, rule, target.Arn, at);
  if (at?.service === 'events' && at.rest.startsWith('event-bus/'))
    return yield* busLink(estate, rule, target, event, hops);
  return at !== null && opaque.includes(at.service)
    ? holds(`The rule ${rule.rule.Name} sends to ${target.Arn}, which cannot be looked into.`)
    : breaks(`The rule ${rule.rule.Name} sends to ${target.Arn}, from where nobody hears of it.`);
}

const publisherOf = ({ organization }: Estate, { rule, place }: BusRule) => ({
  service: 'events.amazonaws.com',
  arn: rule.Arn,
  account: place.account,
  organization: organization.is === 'value' ? organization.value.id : null,
});

function* queueLink(estate: Estate, rule: BusRule, arn: string, at: Place & { rest: string }): Asking<Link> {
  const answer = yield* ask(getQueueAttributes, at, {
    QueueUrl: `https://sqs.${at.region}.amazonaws.com${estate.home.partition === 'aws-cn' ? '.cn' : ''}/${at.account}/${at.rest}`,
    AttributeNames: ['Policy', 'QueueArn'],
  });
  if (answer.is === 'absent')
    return breaks(`The queue ${arn}, to which the rule ${rule.rule.Name} sends, does not exist.`);
  if (answer.is === 'unknown') return unsure(answer.why === 'denied' ? 'not readable' : answer.why, answer.sentence);
  const publisher = publisherOf(estate, rule);
  const ruling = rulingOf(answer.value.Attributes['Policy'] ?? '{}', {
    principal: publisher.service,
    action: 'sqs:SendMessage',
    resource: arn,
    context: { 'aws:sourcearn': publisher.arn, 'aws:sourceaccount': publisher.account, 'aws:securetransport': 'true' },
  });
  if (ruling === 'allowed') return holds(`The queue ${arn} takes what the rule ${rule.rule.Name} sends.`);
  if (ruling === 'unclear')
    return unsure('not readable', `It cannot be judged whether the policy of ${arn} lets EventBridge send.`);
  return breaks(`The policy of the queue ${arn} does not let the rule ${rule.rule.Name} send.`);
}

/** A bus must take the event, and a rule on it must send it on. A bus that cannot be read is only configured. */
function* busLink(
  estate: Estate,
  from: BusRule,
  { Arn, RoleArn }: Target,
  event: SampleEvent,
  hops: number,
): Asking<Link> {
  const at = placeOfArn(Arn);
  const name = at?.rest.replace('event-bus/', '') ?? '';
  if (at === null || hops >= mostHops)
    return unsure('not asked', `The way from ${from.rule.Name} passes too many buses.`);
  const buses = yield* ask(listEventBuses, at);
  if (buses.is !== 'value') return holds(`The rule ${from.rule.Name} sends to ${Arn}, which cannot be read.`);
  const bus = buses.value.EventBuses.find((one) => one.Arn === Arn);
  if (bus === undefined) return breaks(`The bus ${Arn}, to which the rule ${from.rule.Name} sends, does not exist.`);
  const closed = at.account === from.place.account ? null : refusalOf(estate, from, bus, RoleArn);
  if (closed !== null) return closed;
  const rules = yield* rulesOf(at, name);
  if (rules.is !== 'value') return holds(`The rule ${from.rule.Name} sends to ${Arn}, whose rules cannot be read.`);
  const arrived = { ...event, account: event.account ?? from.place.account, region: event.region ?? from.place.region };
  const found = yield* matching(estate, rules.value, arrived);
  const links = yield* all(found.rules.map((rule) => ruleLink(estate, rule, arrived, hops + 1)));
  const best = bestOf(links);
  if (best !== undefined) return best;
  return found.trouble === null
    ? breaks(`No rule of the bus ${Arn} matches what the rule ${from.rule.Name} sends there.`)
    : unsureFrom(found.trouble);
}

/** Why a bus of another account does not take an event; null: it does, as far as its policy can be judged. */
function refusalOf(
  { organization }: Estate,
  { rule, place }: BusRule,
  bus: { Arn: string; Policy?: string | undefined },
  role: string | undefined,
): Link | null {
  const policy = bus.Policy ?? '{}';
  const context: Access['context'] = organization.is === 'value' ? { 'aws:principalorgid': organization.value.id } : {};
  const access = { principal: place.account, action: 'events:PutEvents', resource: bus.Arn, context };
  const ruling = rulingOf(policy, access);
  if (ruling !== 'allowed' && ruling !== 'unclear')
    return breaks(`The policy of the bus ${bus.Arn} does not let account ${place.account} send.`);
  const named = statementsOf(policy)?.some(
    ({ effect, principals }) => effect === 'Allow' && principals.some((one) => accountOf(one) === place.account),
  );
  // A permission that is given by organization is taken through a role. Source: EventBridge API reference, Target.
  return role === undefined && named !== true
    ? breaks(`The target of the rule ${rule.Name} has no role, which a bus of another account wants.`)
    : null;
}
