import { isWord } from '../../../../words/text.ts';
import { type Answer, type Asking, ask } from '../../../asks.ts';
import { getCoverageStatistics, getDetector } from '../../../calls/guardduty.ts';
import { type About, organizationCheck } from '../../../check.ts';
import type { Estate } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass } from '../../../verdict.ts';
import { type DetectorPlace, everyRegion, type RegionFacts } from '../facts.ts';
import { judgeRegions, notKnown } from '../verdicts.ts';

const about: About = {
  id: 'gd-agents',
  version: 1,
  title: 'The agents of runtime monitoring are healthy',
  severity: 'low',
  why: 'Runtime monitoring sees a machine by its agent alone: where the agent is not healthy, it sees nothing.',
  passes:
    'Less than 10 % of the resources that GetCoverageStatistics counts are UNHEALTHY, where runtime monitoring is on.',
  fix: `aws guardduty list-coverage --detector-id {name} --filter-criteria 'FilterCriterion=[{CriterionKey=COVERAGE_STATUS,FilterCondition={Equals=[UNHEALTHY]}}]' --region {region}  # names the resources and what is wrong with each`,
  references: ['https://docs.aws.amazon.com/guardduty/latest/ug/runtime-monitoring-assessing-coverage.html'],
};

/** Share of resources whose agent may be unhealthy. */
const shareAllowed = 0.1;

interface Facts {
  monitoring: Answer<boolean>;
  counts: Answer<Readonly<Record<string, number>>> | null;
}

export const check = organizationCheck(about, everyRegion(agents), judge);

function* agents({ detector, ...place }: DetectorPlace): Asking<Facts> {
  const settings = yield* ask(getDetector, place, { DetectorId: detector });
  if (settings.is !== 'value') return { monitoring: settings, counts: null };
  const on = settings.value.Features.some(
    ({ Name, Status }) =>
      (isWord(Name, 'RUNTIME_MONITORING') || isWord(Name, 'EKS_RUNTIME_MONITORING')) && isWord(Status, 'ENABLED'),
  );
  const monitoring = { ...settings, value: on };
  if (!on) return { monitoring, counts: null };
  const answer = yield* ask(getCoverageStatistics, place, {
    DetectorId: detector,
    StatisticsType: ['COUNT_BY_COVERAGE_STATUS'],
  });
  if (answer.is !== 'value') return { monitoring, counts: answer };
  return { monitoring, counts: { ...answer, value: answer.value.CoverageStatistics?.CountByCoverageStatus ?? {} } };
}

function judge(regions: readonly RegionFacts<Facts>[], estate: Estate): Judged[] {
  return judgeRegions(regions, estate, ({ monitoring, counts }, spot) => {
    if (monitoring.is !== 'value') return [notKnown(spot, monitoring)];
    if (counts === null)
      return [notApplicable(spot, 'Runtime monitoring is off in the administrator: see gd-protections.')];
    if (counts.is !== 'value') return [notKnown(spot, counts)];
    const of = (word: string) =>
      Object.entries(counts.value).reduce((sum, [name, count]) => (isWord(name, word) ? sum + count : sum), 0);
    const [healthy, unhealthy] = [of('HEALTHY'), of('UNHEALTHY')];
    if (healthy + unhealthy === 0)
      return [notApplicable(spot, 'There is no resource that runtime monitoring could watch.')];
    const said = `${unhealthy} of ${healthy + unhealthy} resources are unhealthy`;
    return [
      unhealthy / (healthy + unhealthy) < shareAllowed
        ? pass(spot, `${said}.`, { proof: 'proven' })
        : fail(spot, `${said}: their agents report nothing.`, { proof: 'proven' }),
    ];
  });
}
