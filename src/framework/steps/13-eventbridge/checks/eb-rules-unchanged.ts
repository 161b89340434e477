import * as z from 'zod';
import { type Answer, type Asking, ask } from '../../../asks.ts';
import { acknowledgedEvents } from '../../../calls/alerts.ts';
import { type HistoryRecord, hasFailed, lookupRecords } from '../../../calls/event-history.ts';
import { listRules } from '../../../calls/events.ts';
import type { About, RegionScope } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { activeRegionCheck } from '../active.ts';

const about: About = {
  id: 'eb-rules-unchanged',
  version: 2,
  title: 'Nobody changed the rules unseen',
  severity: 'high',
  why: 'Those who want to go unseen switch off the rule first, and on again afterwards.',
  passes:
    'No rule was disabled, deleted, changed or robbed of its targets in seven days without an alert that somebody acknowledged.',
  fix: 'aws events enable-rule --name <rule> --region {region}',
  references: ['https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html'],
};

const changes: readonly string[] = ['DisableRule', 'DeleteRule', 'RemoveTargets', 'PutRule'];
const weekMs = 7 * 86_400_000;

interface Facts {
  /** Of rules that send somewhere: those of services are left out. */
  found: Answer<readonly (HistoryRecord & { rule: string })[]>;
  acknowledged: Answer<ReadonlySet<string>>;
}

export const check = activeRegionCheck(about, facts, judge);

function* facts({ estate, account, region }: RegionScope): Asking<Facts> {
  const place = { account: account.id, region };
  const since = new Date(estate.now.getTime() - weekMs);
  const nobody: Facts['acknowledged'] = { is: 'value', value: new Set(), at: estate.now };
  const history = yield* ask(lookupRecords, place, {
    LookupAttributes: [{ AttributeKey: 'EventSource', AttributeValue: 'events.amazonaws.com' }],
    StartTime: since,
    EndTime: estate.now,
  });
  if (history.is !== 'value') return { found: history, acknowledged: nobody };
  const rules = yield* ask(listRules, place, { EventBusName: 'default' });
  const managed = new Set(
    rules.is === 'value'
      ? rules.value.Rules.flatMap(({ Name, ManagedBy }) => (ManagedBy === undefined ? [] : [Name]))
      : [],
  );
  const found = history.value.Events.filter((event) => changes.includes(event.EventName) && !hasFailed(event))
    .map((event) => ({ ...event, rule: ruleIn(event) }))
    .filter(({ rule }) => !managed.has(rule));
  if (found.length === 0) return { found: { ...history, value: found }, acknowledged: nobody };
  const answer = yield* ask(acknowledgedEvents, place, { eventIds: found.map(({ EventId }) => EventId) });
  const acknowledged: Facts['acknowledged'] =
    answer.is === 'value' ? { ...answer, value: new Set(answer.value.acknowledged) } : answer;
  return { found: { ...history, value: found }, acknowledged };
}

const Parameters = z.object({
  requestParameters: z.object({ name: z.string().optional(), rule: z.string().optional() }).nullish(),
});

/** The name of the rule that a call changed. */
function ruleIn({ CloudTrailEvent }: HistoryRecord): string {
  try {
    const { requestParameters } = Parameters.parse(JSON.parse(CloudTrailEvent));
    return requestParameters?.name ?? requestParameters?.rule ?? '';
  } catch {
    return '';
  }
}

function judge({ found, acknowledged }: Facts, { account, region }: RegionScope): Judged[] {
  const spot = { account: account.id, region };
  if (found.is === 'unknown') return [unknownFrom(spot, found)];
  if (found.is === 'absent') return [notApplicable(spot, found.message)];
  if (found.value.length === 0) return [pass(spot, 'No rule was changed in seven days.', { proof: 'proven' })];
  const names = found.value
    .slice(0, 5)
    .map(({ EventName, rule, EventTime }) => `${EventName} ${rule} at ${EventTime.toISOString()}`);
  if (acknowledged.is !== 'value')
    return [
      unknown(
        spot,
        'not asked',
        `Rules were changed (${names.join(', ')}); whether somebody acknowledged it is not known.`,
      ),
    ];
  const unseen = found.value.filter(({ EventId }) => !acknowledged.value.has(EventId));
  if (unseen.length === 0)
    return [pass(spot, `${found.value.length} changes of rules, all acknowledged.`, { proof: 'proven' })];
  return [
    fail(
      spot,
      `Nobody acknowledged ${unseen
        .slice(0, 5)
        .map(({ EventName, rule, EventTime }) => `${EventName} ${rule} at ${EventTime.toISOString()}`)
        .join(', ')}.`,
      { proof: 'proven' },
    ),
  ];
}
