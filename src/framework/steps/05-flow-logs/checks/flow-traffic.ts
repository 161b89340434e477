import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { type Flows, flows, judgeFlows } from '../facts.ts';
import { replaceFlowLogs } from '../format.ts';

const about: About = {
  id: 'flow-traffic',
  version: 1,
  title: 'Flow logs have accepted and rejected traffic',
  severity: 'medium',
  why: 'What was let through is what an attacker did; what was rejected is what they tried.',
  passes: 'The flow logs of each network record all traffic.',
  fix: replaceFlowLogs,
  references: ['https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-basics.html'],
};

export const check = regionCheck(about, flows, judge);

function judge(found: Flows, scope: RegionScope): Judged[] {
  return judgeFlows(found, scope, (spot, { logs }) => {
    const kinds = logs.map(({ logs: own }) => kindOf(own.map(({ TrafficType = '' }) => TrafficType.toUpperCase())));
    if (kinds.includes('ACCEPT'))
      return fail(spot, 'Accepted traffic alone is recorded: nobody sees what was rejected.');
    if (kinds.includes('REJECT'))
      return fail(spot, 'Rejected traffic alone is recorded, as CIS asks: nobody sees what was let through.', {
        severity: 'low',
      });
    const odd = kinds.find((kind) => kind !== 'ALL');
    return odd === undefined
      ? pass(spot, 'Accepted and rejected traffic is recorded.')
      : unknown(spot, 'not asked', `What is recorded is a word that is not known: ${odd}.`);
  });
}

/** Several flow logs of one thing add up. */
function kindOf(kinds: readonly string[]): string {
  if (kinds.includes('ALL') || (kinds.includes('ACCEPT') && kinds.includes('REJECT'))) return 'ALL';
  return kinds[0] ?? '';
}
