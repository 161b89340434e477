import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { type Flows, flows, judgeNetworks } from '../facts.ts';
import { createFlowLogs } from '../format.ts';

const about: About = {
  id: 'flow-vpc-covered',
  version: 2,
  title: 'Every network has a flow log',
  severity: 'high',
  why: 'Whom a machine spoke to before an alert is told by flow logs alone, and only if they were on by then.',
  passes: 'An active flow log on each network that the account owns, or on all of its subnets or interfaces.',
  fix: createFlowLogs,
  references: [
    'CIS v3.0 3.7',
    'CIS v5.0 3.7',
    'CIS v6.0 4.7',
    'CIS v7.0 4.7',
    'Security Hub EC2.6',
    'https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html',
  ],
};

export const check = regionCheck(about, flows, judge);

function judge({ networks, idle, watched }: Flows, scope: RegionScope): Judged[] {
  return judgeNetworks(networks, scope, (vpc) => {
    const spot = { account: scope.account.id, region: scope.region, resource: vpc };
    if (watched.is === 'unknown') return unknownFrom(spot, watched);
    const { logs = [], missing = [] } = (watched.is === 'value' ? watched.value.get(vpc) : undefined) ?? {};
    if (idle.has(vpc))
      return fail(spot, 'No flow log watches the default network, and nothing is in it: delete it.', {
        severity: 'low',
      });
    if (logs.length === 0) return fail(spot, 'No flow log watches the network.');
    if (missing.length > 0) return fail(spot, `No flow log watches ${missing.slice(0, 5).join(', ')} of the network.`);
    const whole = logs.some(({ resource }) => resource === vpc);
    return pass(spot, whole ? 'A flow log watches the network.' : `Flow logs watch all ${logs.length} of its parts.`);
  });
}
