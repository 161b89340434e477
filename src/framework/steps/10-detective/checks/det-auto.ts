import { type Answer, type Asking, ask } from '../../../asks.ts';
import { describeGraphOrganization } from '../../../calls/detective.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { everyGraph, type GraphFacts, type GraphPlace, judgeGraphs } from '../facts.ts';

const about: About = {
  id: 'det-auto',
  version: 1,
  title: 'New accounts are members of the graph by themselves',
  severity: 'low',
  why: 'An account that somebody has to remember is the one that is forgotten.',
  passes: 'AutoEnable of the organization is true for each graph.',
  fix: 'aws detective update-organization-configuration --graph-arn {resource} --auto-enable --region {region}',
  references: ['https://docs.aws.amazon.com/detective/latest/userguide/accounts-orgs-members-autoenable.html'],
};

type Facts = Answer<{ AutoEnable?: boolean | undefined }>;

export const check = organizationCheck(about, everyGraph(settings), judge);

function* settings({ arn, ...place }: GraphPlace): Asking<Facts> {
  return yield* ask(describeGraphOrganization, place, { GraphArn: arn });
}

function judge(regions: readonly GraphFacts<Facts>[], estate: Estate): Judged[] {
  if (estate.organization.is === 'absent') return [];
  return judgeGraphs(regions, estate, (answer, spot) => {
    if (answer.is === 'unknown') return [unknownFrom(spot, answer)];
    return [
      answer.is === 'value' && answer.value.AutoEnable === true
        ? pass(spot, 'New accounts become members by themselves.')
        : fail(spot, 'New accounts do not become members by themselves.'),
    ];
  });
}
