import type { ListObjectsCommandInput, ListObjectsV2CommandInput } from '@aws-sdk/client-s3';
import { networks } from '../../organization/network.ts';
import type { Organization } from '../../organization/organization.ts';
import { hexOf, minuteMs } from '../../organization/stable.ts';
import type { Call } from '../service.ts';
import { buckets } from './buckets.ts';
import { deliveringFlowLogs } from './networks.ts';
import { dnsLogBucket, logsQueries } from './route53resolver.ts';

/** A file that a log wrote into a bucket. */
interface LogFile {
  key: string;
  size: number;
  etag: string;
  at: Date;
}

/** Flow logs write every five minutes or so while there is traffic; one file stands for all of them here. */
const everyMs = 10 * minuteMs;

/** What flow logs and the logs of DNS queries wrote under a prefix of a day. Source: VPC user guide, "Flow log files". */
export function logFilesUnder({
  organization,
  now,
  input,
}: Call<ListObjectsV2CommandInput | ListObjectsCommandInput>): LogFile[] {
  const { Bucket = '', Prefix = '' } = input;
  const written = new Date(now.getTime() - everyMs);
  const today = written.toISOString().slice(0, 10).replaceAll('-', '/');
  const file = (name: string): LogFile => ({
    key: `${Prefix}${name}`,
    size: 2048,
    etag: `"${hexOf(Prefix, name).slice(0, 32)}"`,
    at: written,
  });
  const accessDay = accessLogsOf(organization, Bucket, Prefix);
  if (accessDay === today) return [file(`${written.toISOString().slice(0, 19).replaceAll(':', '-')}-1F2E3D4C5B6A7988`)];
  const [, flowAccount, region, flowDay] = /^AWSLogs\/(\d{12})\/vpcflowlogs\/([^/]+)\/([\d/]+)\/$/.exec(Prefix) ?? [];
  if (flowDay === today)
    return deliveringFlowLogs(organization)
      .filter(
        (one) =>
          one.account === flowAccount && one.region === region && one.log.LogDestination === `arn:aws:s3:::${Bucket}`,
      )
      .map(({ log }) => file(`${flowAccount}_vpcflowlogs_${region}_${log.FlowLogId}.log.gz`));
  const [, account, vpc = '', day] = /^AWSLogs\/(\d{12})\/vpcdnsquerylogs\/([^/]+)\/([\d/]+)\/$/.exec(Prefix) ?? [];
  const owned = networks(organization).some((one) => one.id === vpc && one.account === account);
  return day === today && owned && Bucket === dnsLogBucket(organization) && logsQueries(organization, vpc)
    ? [file(`${account}_vpcdnsquerylogs_${vpc}.log.gz`)]
    : [];
}

/** The day of the access logs that a prefix names, where a bucket's access logs can be written there. */
function accessLogsOf(organization: Organization, target: string, prefix: string): string | undefined {
  const [, folder, account, region, source = '', day] =
    /^(.*?)(\d{12})\/([\w-]+)\/([\w.-]+)\/(\d{4}\/\d\d\/\d\d)\/$/.exec(prefix) ?? [];
  const all = buckets(organization);
  const [from, to] = [all.get(source), all.get(target)];
  const meant =
    from?.account === account &&
    from?.region === region &&
    from?.settings.logging?.TargetBucket === target &&
    from.settings.logging.TargetPrefix === folder;
  const writable =
    to !== undefined &&
    to.lock === null &&
    to.region === region &&
    !to.settings.requesterPays &&
    to.settings.policy?.includes('logging.s3.amazonaws.com') === true &&
    to.settings.encryption.every(
      ({ ApplyServerSideEncryptionByDefault: by }) => by?.SSEAlgorithm === undefined || by.SSEAlgorithm === 'AES256',
    );
  return meant && writable ? day : undefined;
}
