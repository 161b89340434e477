import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { judgeLogging, type Logging, logging, spotOf } from '../facts.ts';

const about: About = {
  id: 'ssm-streaming',
  version: 1,
  title: 'Session logs are written while the session runs',
  severity: 'medium',
  why: 'A log that is uploaded at the end is lost when the instance stops or dies first, and whoever breaks in can see to that.',
  passes: 'cloudWatchStreamingEnabled is true; where a bucket alone is named, that is noted.',
  fix: [
    "aws ssm update-document --name SSM-SessionManagerRunShell --document-version '$LATEST' --content file://prefs.json --region {region}",
    'aws ssm update-document-default-version --name SSM-SessionManagerRunShell --document-version NEW-VERSION --region {region}',
  ].join('\n'),
  references: [
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-logging-cwl-streaming.html',
  ],
};

export const check = regionCheck(about, logging, judge);

function judge(facts: Logging, scope: RegionScope): Judged[] {
  const spot = spotOf(scope);
  return judgeLogging(facts, scope, ({ logGroup, bucket, streaming }) => {
    if (logGroup === '')
      return pass(spot, `Sessions are uploaded to the bucket ${bucket} at their end: a bucket cannot be streamed to.`);
    return streaming
      ? pass(spot, `Sessions are streamed to ${logGroup}.`)
      : fail(spot, `Sessions are uploaded to ${logGroup} at their end: set cloudWatchStreamingEnabled to true.`);
  });
}
