import { dayMs } from '../../../../words/time.ts';
import { type Answer, type Asking, ask, mapped } from '../../../asks.ts';
import { listInvestigations, type OpenInvestigation } from '../../../calls/detective.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { everyGraph, type GraphFacts, type GraphPlace, judgeGraphs } from '../facts.ts';

const about: About = {
  id: 'inv-open',
  version: 2,
  title: 'Investigations that found something bad are closed within a week',
  severity: 'medium',
  why: 'An investigation of high severity that stays open was read by nobody, or nobody finished it.',
  passes: 'No investigation of severity HIGH or CRITICAL has been ACTIVE for more than 7 days.',
  fix: 'aws detective update-investigation-state --graph-arn <graph> --investigation-id {name} --state ARCHIVED --region {region}  # after it was read and acted on',
  references: ['https://docs.aws.amazon.com/detective/latest/userguide/detective-investigations.html'],
};

const daysAllowed = 7;

/** Source: Detective API reference, InvestigationDetail, Severity. */
const severe = ['HIGH', 'CRITICAL'];
const mild = ['INFORMATIONAL', 'LOW', 'MEDIUM'];

type Facts = Answer<readonly OpenInvestigation[]>;

export const check = organizationCheck(about, everyGraph(investigations), judge);

function* investigations({ arn, ...place }: GraphPlace): Asking<Facts> {
  const input = { GraphArn: arn, FilterCriteria: { State: { Value: 'ACTIVE' } } };
  return mapped(yield* ask(listInvestigations, place, input), ({ InvestigationDetails }) => InvestigationDetails);
}

function judge(regions: readonly GraphFacts<Facts>[], estate: Estate): Judged[] {
  return judgeGraphs(regions, estate, (answer, spot) => {
    if (answer.is === 'unknown') return [unknownFrom(spot, answer)];
    const open = answer.is === 'value' ? answer.value : [];
    const grave = open.filter(({ Severity = '' }) => !mild.includes(Severity.toUpperCase()));
    const late = grave.flatMap(({ InvestigationId, EntityArn = 'somebody', Severity = '', CreatedTime }) => {
      if (CreatedTime === undefined || estate.now.getTime() - CreatedTime.getTime() <= daysAllowed * dayMs) return [];
      const where = { ...spot, resource: InvestigationId };
      const told = `The investigation of ${EntityArn} (${Severity}) is open since ${CreatedTime.toISOString().slice(0, 10)}`;
      return severe.includes(Severity.toUpperCase())
        ? [fail(where, `${told}.`, { proof: 'proven' })]
        : [unknown(where, 'not asked', `${told}, a severity that is not known.`)];
    });
    return late.length > 0
      ? late
      : [
          pass(spot, `${grave.length} severe investigations are open, none for more than ${daysAllowed} days.`, {
            proof: 'proven',
          }),
        ];
  });
}
