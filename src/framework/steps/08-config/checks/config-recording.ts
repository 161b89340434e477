import type { Answer } from '../../../asks.ts';
import type { Recorder, RecorderStatus, SourceStatus } from '../../../calls/config.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, type Spot, unknown } from '../../../verdict.ts';
import { type Recording, recording } from '../facts.ts';
import { statusWord } from '../recorder.ts';

const about: About = {
  id: 'config-recording',
  version: 1,
  title: 'Config records in every region that is used',
  severity: 'high',
  why: 'What Config did not record cannot be told later: not how a resource was, nor that it was there.',
  passes: 'A recorder of the account that is on and whose last run succeeded, in each region where something is.',
  fix: [
    'aws configservice put-configuration-recorder --configuration-recorder name=default,roleARN=arn:aws:iam::{account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig --recording-group allSupported=true,includeGlobalResourceTypes=false --region {region}',
    'aws configservice put-delivery-channel --delivery-channel name=default,s3BucketName=ARCHIVE-BUCKET --region {region}',
    'aws configservice start-configuration-recorder --configuration-recorder-name default --region {region}',
  ].join('\n'),
  references: [
    'CIS v3.0 3.3',
    'CIS v5.0 3.3',
    'CIS v6.0 4.3',
    'CIS v7.0 4.3',
    'Security Hub Config.1',
    'SRA-CONFIG-01',
    'SRA-CONFIG-02',
    'SRA-CONFIG-03',
    'https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html',
  ],
  daily: true,
};

const hourMs = 3_600_000;
/** An aggregator that heard of a place within this time shows that it is recorded. */
const freshMs = 24 * hourMs;

export const check = regionCheck(about, recording, judge);

function judge(found: Recording, { estate, account, region }: RegionScope): Judged[] {
  const spot = { account: account.id, region };
  switch (found.is) {
    case 'unused':
      return [notApplicable(spot, 'Config’s aggregator has nothing here that the company made.')];
    case 'recorder':
      return [ofRecorder(spot, found.recorder, found.status, estate.now)];
    case 'none':
      return [ofNone(spot, found)];
    case 'dark':
      return [byAggregator(spot, found.source, estate.now) ?? unknownFrom(spot, found.recorders)];
  }
}

function ofRecorder(
  { account, region }: Spot,
  { name = 'default', arn }: Recorder,
  status: Answer<RecorderStatus | undefined>,
  now: Date,
): Judged {
  const spot = { account, region, resource: arn ?? null };
  if (status.is === 'unknown') return unknownFrom(spot, status);
  const known = status.is === 'value' ? status.value : undefined;
  if (known?.recording !== true) return fail(spot, `The recorder ${name} is stopped.`);
  const age = known.lastStartTime === undefined ? Infinity : now.getTime() - known.lastStartTime.getTime();
  const word = statusWord(known.lastStatus);
  switch (word) {
    case 'success':
      return pass(spot, `The recorder ${name} is on, and its last run succeeded.`);
    case 'failure': {
      const why = [known.lastErrorCode, known.lastErrorMessage].filter((text) => text !== undefined).join(': ');
      return fail(spot, `The recorder ${name} is on and fails${why === '' ? '' : ` (${why})`}.`);
    }
    case 'pending':
    case 'none':
      return age < hourMs
        ? pass(spot, `The recorder ${name} was started less than an hour ago.`)
        : fail(spot, `The recorder ${name} is on and has recorded nothing since it was started.`);
    case 'unknown':
      return unknown(spot, 'not asked', `The recorder ${name} has a status that is not known: ${known.lastStatus}.`);
  }
}

function ofNone(spot: Spot, { internal, inside }: Extract<Recording, { is: 'none' }>): Judged {
  if (internal.length > 0)
    return fail(
      spot,
      `Only ${internal.join(', ')} records here, which a service made for itself: it delivers nothing to the account.`,
    );
  if (inside.is === 'unknown') return unknownFrom(spot, inside);
  const there = inside.is === 'value' ? inside.value : 'something';
  if (there === 'nothing') return notApplicable(spot, 'There is no recorder, and no network: nothing is here.');
  return there === 'something'
    ? fail(spot, 'There is no recorder of the account.')
    : fail(spot, 'There is no recorder of the account; nothing but the default network is here.', { severity: 'low' });
}

/** Items that the aggregator got within a day were recorded. */
function byAggregator(spot: Spot, source: SourceStatus | null, now: Date): Judged | null {
  const { LastUpdateStatus, LastUpdateTime } = source ?? {};
  if (LastUpdateStatus?.toUpperCase() !== 'SUCCEEDED' || LastUpdateTime === undefined) return null;
  if (now.getTime() - LastUpdateTime.getTime() > freshMs) return null;
  return pass(spot, `Config’s aggregator got what is recorded here at ${LastUpdateTime.toISOString()}.`, {
    inheritedFrom: 'Config aggregator',
  });
}
