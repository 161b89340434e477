import { type Answer, type Asking, all } from '../../asks.ts';
import { type About, type Check, organizationCheck } from '../../check.ts';
import { judgedLink, type Link } from '../../delivery.ts';
import { activeAccounts, type Estate, organizationSpot } from '../../estate.ts';
import { fail, type Judged, type Spot, unknown } from '../../verdict.ts';
import { type Monitoring, monitoring, namesOf } from './facts.ts';
import { type NamedLink, thresholdsAreNormal, type Way, type Ways, waysOf, wholeOf } from './path.ts';
import { coveredByRules } from './rules.ts';
import { samples, type Topic } from './samples.ts';

/** What differs from control to control. */
export interface Control {
  topic: Topic;
  title: string;
  why: string;
  severity: About['severity'];
  /** The pattern of the fix; left out: every event name of the control, of its source. */
  pattern?: string;
  /** Of CIS v3.0 and v5.0, and of v6.0 and v7.0; of Security Hub. */
  references: readonly string[];
}

/** What is known of a control's way, and whose finding a break of its topic is. */
interface WayFacts extends Ways {
  facts: Monitoring;
  /** The first control whose way breaks at the same topic; null: this one, or it does not break there. */
  brokenWith: Topic | null;
}

interface Facts {
  /** `absent`: no trail, or none that sends to a log group. */
  way: Answer<WayFacts>;
  /** How the rules of each account cover the control; empty: the way holds, or nothing is recorded that rules could see. */
  rules: ReadonlyMap<string, Link>;
}

const idOf = (topic: Topic): string => `alarm-${topic}`;

/** The check of a control: a row for each link in the place of the log group, and one for each account that it covers. */
export function alarmCheck(control: Control): Check {
  const { topic, title, why, severity, references } = control;
  const about: About = {
    id: idOf(topic),
    version: 3,
    title,
    severity,
    why,
    passes:
      'A metric filter of the trail’s log group matches every sample of the control and nothing else, an alarm watches its metric and fires on one event, its actions are on and not muted, and its topic reaches a confirmed subscriber. An account whose EventBridge rules match every sample, wherever it comes up, and lead to somebody is covered too.',
    fix: fixOf(control),
    references: [
      ...references,
      'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html',
    ],
  };
  return organizationCheck(
    about,
    (estate) => controlFacts(estate, topic),
    (known, estate) => judge(topic, known, estate),
  );
}

/** Fill in the trail's log group and the topic of the alarms; the commands that are not needed change nothing. */
function fixOf({ topic, pattern = defaultPattern(topic) }: Control): string {
  const name = `trailwatch-${topic}`;
  return [
    `aws logs put-metric-filter --log-group-name <log-group> --filter-name ${name} --filter-pattern '${pattern}' --metric-transformations metricName=${name},metricNamespace=Trailwatch,metricValue=1 --region {region}`,
    `aws cloudwatch put-metric-alarm --alarm-name ${name} --namespace Trailwatch --metric-name ${name} --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold --treat-missing-data notBreaching --alarm-actions <topic-arn> --region {region}`,
    `aws sns subscribe --topic-arn <topic-arn> --protocol https --notification-endpoint <https address of the bot>/sns --region {region}`,
  ].join('\n');
}

function defaultPattern(topic: Topic): string {
  const [first] = samples[topic];
  const names = namesOf(topic).map((name) => `($.eventName = "${name}")`);
  return `{ ($.eventSource = "${String(first.record['eventSource'])}") && (${names.join(' || ')}) }`;
}

function* controlFacts(estate: Estate, topic: Topic): Asking<Facts> {
  const way = yield* wayFacts(estate, topic);
  // EventBridge hears of calls by a trail alone. Source: EventBridge user guide, "AWS service events via CloudTrail".
  const unrecorded = way.is === 'unknown' || (way.is === 'absent' && way.error !== 'NoGroup');
  const stands = way.is === 'value' && way.value.leftOut.size === 0 && wholeOf(way.value.way).is === 'pass';
  if (unrecorded || stands) return { way, rules: new Map() };
  const accounts = activeAccounts(estate);
  const links = yield* all(accounts.map((account) => coveredByRules(estate, account, topic)));
  return { way, rules: new Map(accounts.flatMap(({ id }, at) => (links[at] === undefined ? [] : [[id, links[at]]]))) };
}

function* wayFacts(estate: Estate, topic: Topic): Asking<Answer<WayFacts>> {
  const known = yield* monitoring(estate);
  if (known.is !== 'value') return known;
  const facts = known.value;
  const { way, leftOut } = yield* waysOf(estate, facts, topic);
  const brokenWith = breaksAtTopic(way) ? yield* firstWith(estate, facts, topic, way) : null;
  return { ...known, value: { facts, way, leftOut, brokenWith } };
}

const breaksAtTopic = ({ links }: Way): boolean =>
  links.some(({ name, link }) => name === 'topic' && link.is === 'fail');

/** One broken topic is one finding: that of the first control that ends there. */
function* firstWith(estate: Estate, facts: Monitoring, topic: Topic, { topics }: Way): Asking<Topic | null> {
  const before = everyTopic.slice(0, everyTopic.indexOf(topic));
  const ways = yield* all(
    before.map(function* (other): Asking<{ other: Topic; way: Way }> {
      return { other, way: (yield* waysOf(estate, facts, other)).way };
    }),
  );
  const same = ways.find(({ way }) => breaksAtTopic(way) && way.topics.some((one) => topics.includes(one)));
  return same?.other ?? null;
}

const isTopic = (name: string): name is Topic => Object.hasOwn(samples, name);
const everyTopic: readonly Topic[] = Object.keys(samples).filter(isTopic);

function judge(topic: Topic, { way: known, rules }: Facts, estate: Estate): Judged[] {
  const covered = [...rules].filter(([, link]) => link.is === 'pass');
  const members = activeAccounts(estate).map(({ id }) => id);
  const { region } = known.is === 'value' ? known.value.facts.group : organizationSpot(estate);
  const rows = known.is === 'value' ? judgeWay(topic, known.value, estate) : everywhere(known, estate);
  // Where rules cover everybody, nobody misses the alarm.
  if (
    members.length > 0 &&
    covered.length === members.length &&
    rows.some(({ resource, verdict }) => resource !== null && verdict !== 'pass')
  )
    return covered.map(([account, link]) => judgedLink({ account, region }, link));
  return rows.map((row) => {
    const link = row.resource === null && row.verdict !== 'pass' ? rules.get(row.account) : undefined;
    return link?.is === 'pass' ? judgedLink({ account: row.account, region: row.region }, link) : row;
  });
}

function judgeWay(topic: Topic, { facts, way, leftOut, brokenWith }: WayFacts, estate: Estate): Judged[] {
  const { account, region } = facts.group;
  const rows = way.links.map((named) => linkRow({ account, region, resource: named.name }, named, topic, brokenWith));
  const whole = wholeOf(way);
  const covering = `${estate.organization.is === 'value' ? 'organization trail' : 'trail'} ${facts.trail.trail.Name}`;
  const members = activeAccounts(estate).flatMap(({ id }): Judged[] => {
    const spot = { account: id, region };
    const left = leftOut.get(id);
    if (left !== undefined)
      return [
        judgedLink(spot, { ...left, reason: `What comes from this account fares worse than others: ${left.reason}` }),
      ];
    if (id === account) return [];
    return [judgedLink(spot, whole, { inheritedFrom: covering, ...(whole.is === 'fail' && { cause: idOf(topic) }) })];
  });
  return [...rows, ...members];
}

function linkRow(spot: Spot, { name, link }: NamedLink, topic: Topic, brokenWith: Topic | null): Judged {
  const row = judgedLink(spot, link, brokenWith !== null && name === 'topic' ? { cause: idOf(brokenWith) } : {});
  return name === 'would-fire' && link.is === 'fail' && thresholdsAreNormal(topic)
    ? { ...row, severity: 'medium' }
    : row;
}

/** Without a trail or without its log group there are no alarms; what cannot be read is known for nobody. */
function everywhere(answer: Exclude<Answer<unknown>, { is: 'value' }>, estate: Estate): Judged[] {
  const spots: Spot[] = [
    { ...organizationSpot(estate), resource: 'filter' },
    ...activeAccounts(estate).map(({ id }) => ({ account: id, region: 'global' })),
  ];
  if (answer.is === 'unknown') return spots.map((spot) => unknown(spot, answer.why, answer.sentence));
  const cause = answer.error === 'NoGroup' ? 'trail-to-logs' : 'trail-org-wide';
  return spots.map((spot) => fail(spot, answer.message, { cause }));
}
