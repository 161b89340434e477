import { type Answer, type Asking, all } from '../../../asks.ts';
import type { FlowLog } from '../../../calls/ec2.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { type ArchiveBuckets, archiveBuckets } from '../../../log-archive.ts';
import { fail, type Judged, pass, type Spot, unknown } from '../../../verdict.ts';
import { type Arrived, arrival } from '../arrivals.ts';
import { destinationOf, type Flows, flows, interfacesIn, judgeFlows, logsOf, type SeenInterface } from '../facts.ts';
import { replaceFlowLogs } from '../format.ts';

const about: About = {
  id: 'flow-delivers',
  version: 1,
  title: 'Flow logs arrive',
  severity: 'high',
  why: 'A flow log that may not write stays active and says so nowhere but in a field that nobody reads.',
  passes: 'Every flow log delivers; proven where records of today are at its destination.',
  fix: `aws s3api put-bucket-policy --bucket ARCHIVE-BUCKET --policy file://allow-delivery.logs.amazonaws.com.json\n${replaceFlowLogs}`,
  references: ['https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-troubleshooting.html'],
};

interface Facts {
  flows: Flows;
  /** By destination. */
  arrived: ReadonlyMap<string, Arrived>;
  /** Null: nobody had to know. */
  interfaces: Answer<readonly SeenInterface[]> | null;
}

export const check = regionCheck(about, facts, judge);

function* facts(scope: RegionScope): Asking<Facts> {
  const found = yield* flows(scope);
  const place = { account: scope.account.id, region: scope.region };
  const archive: Answer<ArchiveBuckets> = yield* archiveBuckets(scope.estate);
  const every = found.watched.is === 'value' ? [...found.watched.value.values()].flatMap(logsOf) : [];
  const delivering = new Map(
    every.filter((log) => wordOf(log) === 'SUCCESS').map((log) => [destinationOf(log, place), log]),
  );
  const answers = yield* all(
    [...delivering].map(([destination, { DestinationOptions }]) =>
      arrival(scope.estate, destination, archive, (day) =>
        prefixOf(place, day, DestinationOptions?.HiveCompatiblePartitions === true),
      ),
    ),
  );
  const arrived = new Map([...delivering.keys()].map((destination, at) => [destination, answers[at] ?? null]));
  const silent = answers.some((answer) => answer?.arrived === false);
  return { flows: found, arrived, interfaces: silent ? yield* interfacesIn(place) : null };
}

/** Where flow logs are in a bucket. Source: VPC user guide, "Flow log files". */
function prefixOf({ account, region }: { account: string; region: string }, day: string, hive: boolean): string {
  const [year, month, date] = day.split('/');
  return hive
    ? `AWSLogs/aws-account-id=${account}/aws-service=vpcflowlogs/aws-region=${region}/year=${year}/month=${month}/day=${date}/`
    : `AWSLogs/${account}/vpcflowlogs/${region}/${day}/`;
}

const wordOf = ({ DeliverLogsStatus = '' }: FlowLog): string => DeliverLogsStatus.toUpperCase();

function judge({ flows, arrived, interfaces }: Facts, scope: RegionScope): Judged[] {
  const place = { account: scope.account.id, region: scope.region };
  return judgeFlows(flows, scope, (spot, { logs }) => {
    // Of several flow logs of one thing, one that delivers suffices.
    const best = logs.map(({ logs: own }) => own.find((log) => wordOf(log) === 'SUCCESS') ?? own[0]);
    const broken = best.find((log) => log !== undefined && wordOf(log) !== 'SUCCESS');
    if (broken !== undefined) return troubleOf(spot, broken);
    const results = best.map((log) => (log === undefined ? null : (arrived.get(destinationOf(log, place)) ?? null)));
    const empty = interfaces?.is === 'value' && !interfaces.value.some((one) => one.vpc === spot.resource);
    return deliveredAt(spot, results, empty);
  });
}

function deliveredAt(spot: Spot, results: readonly Arrived[], empty: boolean): Judged {
  const said = 'AWS says that the flow logs are delivered';
  const seen = results.find((result) => result?.arrived === true);
  if (seen != null && results.every((result) => result?.arrived === true))
    return pass(spot, `Records of the account’s networks came to ${seen.where} lately.`, { proof: 'proven' });
  const silent = results.find((result) => result?.arrived === false);
  if (silent == null) return pass(spot, `${said}; Trailwatch cannot see where.`);
  return empty
    ? pass(spot, `${said}; nothing is in the network that could be logged.`)
    : pass(spot, `${said}, but nothing came to ${silent.where} since yesterday.`, { proof: 'stale' });
}

/** Source: VPC user guide, "Troubleshoot VPC Flow Logs". */
function troubleOf(spot: Spot, log: FlowLog): Judged {
  const said = log.DeliverLogsErrorMessage ?? '';
  if (wordOf(log) === '')
    return unknown(spot, 'pending', `The flow log ${log.FlowLogId} has not delivered anything yet.`);
  if (wordOf(log) !== 'FAILED')
    return unknown(spot, 'not asked', `The delivery has a status that is not known: ${log.DeliverLogsStatus}.`);
  const sentence = `The flow log ${log.FlowLogId} does not deliver: ${said || 'AWS gives no reason'}.`;
  switch (said.toUpperCase()) {
    case 'UNKNOWN ERROR':
      return unknown(spot, 'pending', sentence);
    case 'RATE LIMITED':
      return fail(spot, sentence, { severity: 'medium' });
    default:
      return fail(spot, sentence);
  }
}
