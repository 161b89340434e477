import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass } from '../../../verdict.ts';
import { type Logging, logging, spotOf, withoutUse } from '../facts.ts';

const about: About = {
  id: 'ssm-limits',
  version: 1,
  title: 'Sessions end by themselves and run as a named user',
  severity: 'low',
  why: 'An open session is an open door, and ssm-user is everybody.',
  passes: 'idleSessionTimeout is 20 minutes or less, maxSessionDuration is set, and runAsEnabled is true.',
  fix: [
    "aws ssm update-document --name SSM-SessionManagerRunShell --document-version '$LATEST' --content file://prefs.json --region {region}",
    'aws ssm update-document-default-version --name SSM-SessionManagerRunShell --document-version NEW-VERSION --region {region}',
  ].join('\n'),
  references: [
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-preferences-timeout.html',
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-preferences-max-timeout.html',
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-preferences-run-as.html',
  ],
};

const mostIdleMinutes = 20;

export const check = regionCheck(about, logging, judge);

function judge({ use, preferences }: Logging, scope: RegionScope): Judged[] {
  const spot = spotOf(scope);
  if (preferences === null) return [withoutUse(use, scope) ?? notApplicable(spot, 'Nothing was asked for.')];
  if (preferences.is === 'unknown') return [unknownFrom(spot, preferences)];
  if (preferences.is === 'absent') return [fail(spot, 'There are no preferences.', { cause: 'ssm-prefs' })];
  const { idleMinutes, mostMinutes, runAs } = preferences.value;
  const wrong = [
    // 20 minutes are the default. Source: Systems Manager user guide, "Specify an idle session timeout value".
    ...((idleMinutes ?? mostIdleMinutes) > mostIdleMinutes ? [`idle sessions end after ${idleMinutes} minutes`] : []),
    ...(mostMinutes === null ? ['sessions may last for ever (maxSessionDuration)'] : []),
    ...(runAs ? [] : ['sessions run as ssm-user (runAsEnabled)']),
  ];
  return [
    wrong.length === 0
      ? pass(spot, `Idle sessions end, none lasts longer than ${mostMinutes} minutes, and each runs as a named user.`)
      : fail(spot, `Of the limits of sessions: ${wrong.join('; ')}.`),
  ];
}
