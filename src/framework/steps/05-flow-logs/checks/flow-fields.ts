import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { type Flows, flows, judgeFlows, logsOf } from '../facts.ts';
import { fieldsOf, replaceFlowLogs, wantedFields } from '../format.ts';

const about: About = {
  id: 'flow-fields',
  version: 1,
  title: 'Flow logs say which machine and which peer',
  severity: 'low',
  why: 'Behind a NAT gateway the default fields name the gateway, not the peer, and no instance.',
  passes: 'The format has the fields of version 2 and vpc-id, instance-id, pkt-srcaddr, pkt-dstaddr, flow-direction.',
  fix: replaceFlowLogs,
  references: ['https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html'],
};

export const check = regionCheck(about, flows, judge);

function judge(found: Flows, scope: RegionScope): Judged[] {
  return judgeFlows(found, scope, (spot, watched) => {
    const lacking = logsOf(watched)
      .map(({ LogFormat = '' }) => {
        const fields = fieldsOf(LogFormat);
        return wantedFields.filter((name) => !fields.has(name));
      })
      .toSorted((a, b) => a.length - b.length)[0];
    return lacking === undefined || lacking.length === 0
      ? pass(spot, 'The format names the machine and the real peer.')
      : fail(spot, `The format lacks ${lacking.join(', ')}.`);
  });
}
