import type { Answer, Asking } from '../../../asks.ts';
import type { RecorderStatus } from '../../../calls/config.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, type Spot, unknown } from '../../../verdict.ts';
import { ofIam, type PlacedRecorder, type Recorders, recordersOf, statusIn } from '../facts.ts';
import { type OwnHistory, ownHistory } from '../history.ts';
import { canRecordIam, iamTypes, iamTypesIn } from '../recorder.ts';

const about: About = {
  id: 'config-iam-recorded',
  version: 1,
  title: 'Users, groups, roles and policies are recorded',
  severity: 'high',
  why: 'Who could do what at the time of an incident is told by the history of IAM alone.',
  passes:
    'In one region a recorder that is on records AWS::IAM::User, Group, Role and Policy; proven where the history of Trailwatch’s own role is what IAM says.',
  fix: [
    'aws configservice put-configuration-recorder --configuration-recorder name=default,roleARN=arn:aws:iam::{account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig --recording-group allSupported=true,includeGlobalResourceTypes=true --region {region}',
    'aws configservice start-configuration-recorder --configuration-recorder-name default --region {region}',
  ].join('\n'),
  references: ['https://docs.aws.amazon.com/config/latest/APIReference/API_RecordingGroup.html'],
};

/** How long Config may take for a role that was just made. */
const recordsWithinMs = 3_600_000;

interface Facts {
  recorders: Recorders;
  /** Of the recorder that records all of IAM; null: there is none. */
  status: Answer<RecorderStatus | undefined> | null;
  history: OwnHistory | null;
}

export const check = accountCheck(about, facts, judge);

const complete = (recorders: Recorders): PlacedRecorder[] =>
  ofIam(recorders).filter((placed) => iamTypesIn(placed)?.length === iamTypes.length);

function* facts({ estate, account }: AccountScope): Asking<Facts> {
  const recorders = yield* recordersOf({ estate, account });
  const [best] = complete(recorders);
  if (best === undefined) return { recorders, status: null, history: null };
  const status = yield* statusIn({ account: account.id, region: best.region });
  const on = status.is === 'value' && status.value?.recording === true;
  return { recorders, status, history: on ? yield* ownHistory(estate, account.id, best.region) : null };
}

function judge({ recorders, status, history }: Facts, { estate, account }: AccountScope): Judged[] {
  const all = complete(recorders);
  const [best, ...more] = all;
  if (best === undefined) return [notComplete(recorders, account.id, estate.home.region)];
  const spot = { account: account.id, region: best.region, resource: best.recorder.arn ?? null };
  if (status?.is === 'unknown') return [unknownFrom(spot, status)];
  if (status?.is !== 'value' || status.value?.recording !== true)
    return [fail(spot, 'The recorder that records IAM is stopped.', { cause: 'config-recording' })];
  const note =
    more.length === 0
      ? ''
      : ` So do the recorders in ${more.map(({ region }) => region).join(', ')}: it is paid for ${all.length} times.`;
  const judged = proved(spot, `IAM is recorded in ${best.region}.${note}`, history, estate.now);
  return [judged.verdict === 'pass' && note !== '' ? { ...judged, severity: 'low' } : judged];
}

function proved(spot: Spot, recorded: string, history: OwnHistory | null, now: Date): Judged {
  switch (history?.is) {
    case 'same':
      return pass(spot, `${recorded} The history of the role ${history.role} is what IAM says of it now.`, {
        proof: 'proven',
      });
    case 'differs':
      return pass(
        spot,
        `${recorded} The history has the role ${history.role} as it was at ${history.captured.toISOString()}, and it is another now.`,
        { proof: 'stale' },
      );
    case 'missing':
      return now.getTime() - history.created.getTime() < recordsWithinMs
        ? unknown(spot, 'pending', `The role ${history.role} is new, and not yet in the history.`)
        : fail(
            spot,
            `The recorder is on, but the history has nothing of the role ${history.role}, made at ${history.created.toISOString()}.`,
            { proof: 'proven' },
          );
    default:
      return pass(spot, history == null ? recorded : `${recorded} That was not proven: ${history.sentence}`);
  }
}

/** Which of the types no recorder has. */
function notComplete(recorders: Recorders, account: string, home: string): Judged {
  const { seen, trouble } = recorders;
  const odd = seen.find((placed) => iamTypesIn(placed) === null);
  if (trouble !== null) return unknownFrom({ account, region: 'global' }, trouble);
  const [nearest] = ofIam(recorders);
  const placed = nearest ?? seen.find(({ region }) => region === home && canRecordIam(region)) ?? seen[0];
  const spot = { account, region: placed?.region ?? home, resource: placed?.recorder.arn ?? null };
  if (odd !== undefined)
    return unknown(spot, 'not asked', `The recorder in ${odd.region} has a recording strategy that is not known.`);
  if (seen.length === 0)
    return fail(spot, 'No recorder of the account records IAM: it has none.', { cause: 'config-recording' });
  const missing = iamTypes.filter((type) => nearest === undefined || iamTypesIn(nearest)?.includes(type) !== true);
  const late = seen.filter(({ region }) => !canRecordIam(region)).map(({ region }) => region);
  return fail(
    spot,
    nearest === undefined
      ? `No recorder records IAM${late.length === 0 ? '' : ` (Config cannot record it in ${late.slice(0, 5).join(', ')})`}.`
      : `The recorder in ${nearest.region} leaves out ${missing.join(', ')}.`,
  );
}
