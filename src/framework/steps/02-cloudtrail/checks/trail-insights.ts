import { type Answer, type Asking, all, ask } from '../../../asks.ts';
import { getInsightSelectors } from '../../../calls/cloudtrail.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, organizationSpot, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass } from '../../../verdict.ts';
import {
  type AllTrails,
  allTrails,
  decided,
  recordingTrails,
  type TrailFacts,
  trailSpot,
  withoutTrail,
} from '../facts.ts';

const about: About = {
  id: 'trail-insights',
  version: 1,
  title: 'Unusual rates of calls and errors are noticed',
  severity: 'low',
  why: 'Insights find a burst of calls or errors that no rule names.',
  passes:
    'Insights on the rates of calls and of errors are on, where the company wants to pay for them (framework.trailInsights).',
  fix: `aws cloudtrail put-insight-selectors --trail-name {resource} --insight-selectors '[{"InsightType":"ApiCallRateInsight"},{"InsightType":"ApiErrorRateInsight"}]' --region {region}`,
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html',
  ],
};

const wanted = ['ApiCallRateInsight', 'ApiErrorRateInsight'];

type Insights = Answer<{ InsightSelectors: readonly { InsightType?: string | undefined }[] }>;

interface Facts {
  trails: AllTrails;
  insights: readonly Insights[];
}

export const check = organizationCheck(about, facts, judge);

function* facts(estate: Estate): Asking<Facts | null> {
  if (!estate.settings.trailInsights) return null;
  const trails = yield* allTrails(estate);
  const insights = yield* all(
    recordingTrails(trails).map(({ trail, place }) => ask(getInsightSelectors, place, { TrailName: trail.TrailARN })),
  );
  return { trails, insights };
}

function judge(facts: Facts | null, estate: Estate): Judged[] {
  if (facts === null)
    return [
      notApplicable(
        organizationSpot(estate),
        'Insights cost by the event and are not wanted: framework.trailInsights.',
      ),
    ];
  const { trails, insights } = facts;
  return (
    withoutTrail(trails, estate) ??
    decided(recordingTrails(trails).flatMap((each, at) => judgeTrail(each, insights[at], estate)))
  );
}

function judgeTrail(facts: TrailFacts, answer: Insights | undefined, estate: Estate): Judged[] {
  const spot = trailSpot(facts, estate);
  const { Name } = facts.trail;
  if (answer === undefined) return [];
  if (answer.is === 'unknown') return [unknownFrom(spot, answer)];
  if (answer.is === 'absent')
    return answer.error === 'InsightNotEnabledException'
      ? [fail(spot, `The trail ${Name} has no insights.`)]
      : [notApplicable(spot, `The trail ${Name} cannot have insights: ${answer.message}`)];
  const on = answer.value.InsightSelectors.map(({ InsightType = '' }) => InsightType);
  const missing = wanted.filter((type) => !on.includes(type));
  return missing.length === 0
    ? [pass(spot, `The trail ${Name} has insights on calls and errors.`)]
    : [fail(spot, `The trail ${Name} lacks ${missing.join(' and ')}.`)];
}
