import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { ofIam, type PlacedRecorder, type Recorders, recordersOf } from '../facts.ts';
import { frequencyOf, iamTypesIn } from '../recorder.ts';

const about: About = {
  id: 'config-frequency',
  version: 1,
  title: 'Changes of IAM are recorded as they happen',
  severity: 'medium',
  why: 'Recorded once a day, what was granted and taken back within the day was never there.',
  passes: 'The recorder that records IAM captures all of its types continuously.',
  fix: 'aws configservice put-configuration-recorder --configuration-recorder \'{"name":"default","roleARN":"arn:aws:iam::{account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig","recordingMode":{"recordingFrequency":"CONTINUOUS"}}\' --recording-group allSupported=true,includeGlobalResourceTypes=true --region {region}',
  references: [
    'https://docs.aws.amazon.com/config/latest/developerguide/select-resources.html#select-resources-recording-frequency',
  ],
};

export const check = accountCheck(about, recordersOf, judge);

function judge(recorders: Recorders, { account }: AccountScope): Judged[] {
  const spot = { account: account.id, region: 'global' };
  const recording = ofIam(recorders);
  const best = recording.find((placed) => slow(placed).length === 0) ?? recording[0];
  if (best === undefined)
    return [
      recorders.trouble === null
        ? fail(spot, 'No recorder of the account records IAM.', { cause: 'config-iam-recorded' })
        : unknownFrom(spot, recorders.trouble),
    ];
  const { recorder, region } = best;
  const at = { account: account.id, region, resource: recorder.arn ?? null };
  const late = slow(best);
  if (late.length === 0) return [pass(at, 'IAM is recorded continuously.')];
  const words = [...new Set(late.map((type) => frequencyOf(recorder, type)))];
  if (words.some((word) => word !== 'DAILY'))
    return [unknown(at, 'not asked', `IAM is recorded at a frequency that is not known: ${words.join(', ')}.`)];
  return [fail(at, `${late.join(', ')} ${late.length === 1 ? 'is' : 'are'} recorded once a day.`)];
}

const slow = (placed: PlacedRecorder): string[] =>
  (iamTypesIn(placed) ?? []).filter((type) => frequencyOf(placed.recorder, type) !== 'CONTINUOUS');
