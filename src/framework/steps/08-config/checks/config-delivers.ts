import type { Answer, Asking } from '../../../asks.ts';
import type { ChannelStatus } from '../../../calls/config.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { type ArchiveBuckets, archiveBuckets } from '../../../log-archive.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { type Delivery, delivery } from '../facts.ts';
import { statusWord } from '../recorder.ts';

const about: About = {
  id: 'config-delivers',
  version: 1,
  title: 'Config’s history is delivered to the archive',
  severity: 'high',
  why: 'A delivery that fails is seen nowhere else, and the history ends with the account that it is about.',
  passes: 'A delivery channel to a bucket of the log archive account, whose last deliveries succeeded within 24 hours.',
  fix: 'aws configservice put-delivery-channel --delivery-channel name=default,s3BucketName=ARCHIVE-BUCKET --region {region}',
  references: ['SRA-CONFIG-06', 'https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html'],
};

const dayMs = 86_400_000;

interface Facts {
  delivery: Delivery | null;
  archive: Answer<ArchiveBuckets>;
}

export const check = regionCheck(about, facts, judge);

function* facts(scope: RegionScope): Asking<Facts> {
  return { delivery: yield* delivery(scope), archive: yield* archiveBuckets(scope.estate) };
}

function judge({ delivery, archive }: Facts, { estate, account, region }: RegionScope): Judged[] {
  const spot = { account: account.id, region };
  if (delivery === null) return [notApplicable(spot, 'Config’s aggregator has nothing here that the company made.')];
  const { channels, statuses, recording } = delivery;
  const cause = recording === false ? { cause: 'config-recording' } : {};
  if (channels.is === 'unknown') return [unknownFrom(spot, channels)];
  const [channel] = channels.is === 'value' ? channels.value : [];
  if (channel === undefined) return [fail(spot, 'There is no delivery channel.', cause)];
  const at = { ...spot, resource: channel.s3BucketName ?? null };
  if (statuses.is === 'unknown') return [unknownFrom(at, statuses)];
  const status = statuses.is === 'value' ? statuses.value.find(({ name }) => name === channel.name) : undefined;
  const trouble = troubleOf(status, estate.now);
  if (trouble !== null)
    return [trouble.known ? fail(at, trouble.sentence, cause) : unknown(at, 'not asked', trouble.sentence)];
  const where = `Config delivers to the bucket ${channel.s3BucketName}`;
  if (archive.is === 'unknown')
    return [unknown(at, archive.why, `${where}; whether that is in the log archive is not known: ${archive.sentence}`)];
  if (archive.is === 'value' && !archive.value.byName.has(channel.s3BucketName ?? ''))
    return [fail(at, `${where}, which is not in the log archive account.`, { severity: 'medium' })];
  return [pass(at, archive.is === 'value' ? `${where} of the log archive.` : `${where}.`)];
}

/** What is wrong with the last deliveries; null: nothing. */
function troubleOf(status: ChannelStatus | undefined, now: Date): { known: boolean; sentence: string } | null {
  const deliveries = [
    ['history', status?.configHistoryDeliveryInfo],
    ['snapshots', status?.configSnapshotDeliveryInfo],
    ['the stream', status?.configStreamDeliveryInfo],
  ] as const;
  for (const [what, info] of deliveries) {
    const word = statusWord(info?.lastStatus);
    if (word === 'failure') {
      const why = [info?.lastErrorCode, info?.lastErrorMessage].filter((text) => text !== undefined).join(': ');
      return { known: true, sentence: `The delivery of ${what} fails${why === '' ? '' : ` (${why})`}.` };
    }
    if (word === 'unknown')
      return { known: false, sentence: `The delivery of ${what} has a status that is not known: ${info?.lastStatus}.` };
  }
  const last = status?.configHistoryDeliveryInfo?.lastSuccessfulTime;
  if (last === undefined) return { known: true, sentence: 'No history was ever delivered.' };
  return now.getTime() - last.getTime() < dayMs
    ? null
    : { known: true, sentence: `The last delivery of history that succeeded was at ${last.toISOString()}.` };
}
