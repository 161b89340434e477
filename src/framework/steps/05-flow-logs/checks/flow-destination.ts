import type { Answer, Asking } from '../../../asks.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { type ArchiveBuckets, archiveBuckets, isCentral } from '../../../log-archive.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { destinationOf, type Flows, flows, judgeFlows, logsOf } from '../facts.ts';
import { replaceFlowLogs } from '../format.ts';

const about: About = {
  id: 'flow-destination',
  version: 1,
  title: 'Flow logs are kept in the log archive',
  severity: 'low',
  why: 'Who took over an account can delete the flow logs that are kept in it.',
  passes: 'A flow log of each network delivers to the log archive account.',
  fix: replaceFlowLogs,
  references: ['https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-cross-account.html'],
};

interface Facts {
  flows: Flows;
  archive: Answer<ArchiveBuckets>;
}

export const check = regionCheck(about, facts, judge);

function* facts(scope: RegionScope): Asking<Facts> {
  return { flows: yield* flows(scope), archive: yield* archiveBuckets(scope.estate) };
}

function judge({ flows, archive }: Facts, scope: RegionScope): Judged[] {
  const place = { account: scope.account.id, region: scope.region };
  return judgeFlows(flows, scope, (spot, watched) => {
    const logs = logsOf(watched);
    const where = [...new Set(logs.map((log) => destinationOf(log, place)))];
    if (archive.is !== 'value')
      return unknown(
        spot,
        archive.is === 'unknown' ? archive.why : 'not asked',
        `Flow logs go to ${where.join(', ')}; which account is the log archive is not known: set framework.logArchive.`,
      );
    const central = where.find((arn) => isCentral(arn, archive) === true);
    if (central === undefined) return fail(spot, `Flow logs go to ${where.join(', ')}, not to the log archive.`);
    const slow = logs.every(({ MaxAggregationInterval = 600 }) => MaxAggregationInterval > 60);
    return pass(
      spot,
      `Flow logs go to ${central} in the log archive.${slow ? ' They are added up over ten minutes: 60 seconds tell more.' : ''}`,
    );
  });
}
