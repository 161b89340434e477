import { isWord } from '../../../../words/text.ts';
import { type Answer, type Asking, all, ask } from '../../../asks.ts';
import { describeLogStreams } from '../../../calls/logs.ts';
import type { NodeSession } from '../../../calls/ssm.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass } from '../../../verdict.ts';
import { isContentLogged } from '../documents.ts';
import { type Logging, logging, preferencesName, spotOf, withoutUse } from '../facts.ts';
import { logs } from '../preferences.ts';

const about: About = {
  id: 'ssm-prefs',
  version: 2,
  title: 'Sessions on instances are logged',
  severity: 'high',
  why: 'Without a log nobody can tell what was typed on an instance, by whom.',
  passes:
    'The preferences of Session Manager name a log group that exists in the same account and region, or a bucket; each shell session of the last week has its log.',
  fix: [
    "aws ssm update-document --name SSM-SessionManagerRunShell --document-version '$LATEST' --content file://prefs.json --region {region}",
    'aws ssm update-document-default-version --name SSM-SessionManagerRunShell --document-version NEW-VERSION --region {region}',
    '# where there is no document yet:',
    'aws ssm create-document --name SSM-SessionManagerRunShell --document-type Session --content file://prefs.json --region {region}',
    '# where the log group is missing:',
    'aws logs create-log-group --log-group-name LOG-GROUP --kms-key-id KEY-ARN --region {region}',
  ].join('\n'),
  references: [
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-logging.html',
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-configure-preferences-cli.html',
  ],
};

const provenWithinMs = 7 * 86_400_000;
/** A stream is written to within this time of a session's begin. */
const arrivesWithinMs = 15 * 60_000;

/** A shell session whose log must be there, and whether it is. */
interface Logged {
  session: NodeSession;
  found: Answer<boolean>;
}

interface Facts extends Logging {
  logged: readonly Logged[];
}

export const check = regionCheck(about, facts, judge);

function* facts(scope: RegionScope): Asking<Facts> {
  const known = yield* logging(scope);
  const { use, preferences, group, since } = known;
  if (preferences?.is !== 'value' || group?.is !== 'value' || use.sessions.is !== 'value')
    return { ...known, logged: [] };
  const { now } = scope.estate;
  const from = Math.max(now.getTime() - provenWithinMs, since?.getTime() ?? 0);
  const meant = use.sessions.value.filter(
    ({ StartDate, EndDate, DocumentName, Status }) =>
      StartDate !== undefined &&
      // One that never began has nothing to write down.
      !isWord(Status, 'Failed') &&
      StartDate.getTime() >= from &&
      isContentLogged(DocumentName, preferencesName) &&
      // Without streaming the log comes when the session ends.
      (preferences.value.streaming || EndDate !== undefined) &&
      now.getTime() - (EndDate ?? StartDate).getTime() > arrivesWithinMs,
  );
  const logged = yield* all(meant.map((session) => logOf(session, group.value.logGroupName, scope)));
  return { ...known, logged };
}

function* logOf(session: NodeSession, logGroupName: string, { account, region }: RegionScope): Asking<Logged> {
  const answer = yield* ask(
    describeLogStreams,
    { account: account.id, region },
    { logGroupName, logStreamNamePrefix: session.SessionId },
  );
  const begun = session.StartDate?.getTime() ?? 0;
  const found: Answer<boolean> =
    answer.is === 'value'
      ? {
          ...answer,
          value: answer.value.logStreams.some(
            ({ logStreamName = '', lastEventTimestamp = 0 }) =>
              lastEventTimestamp >= begun && !/^\w/.test(logStreamName.slice(session.SessionId.length)),
          ),
        }
      : answer;
  return { session, found };
}

function judge({ use, preferences, group, logged }: Facts, scope: RegionScope): Judged[] {
  const spot = spotOf(scope);
  if (preferences === null) return [withoutUse(use, scope) ?? notApplicable(spot, 'Nothing was asked for.')];
  if (preferences.is === 'unknown') return [unknownFrom(spot, preferences)];
  if (preferences.is === 'absent')
    return [fail(spot, `There is no document ${preferencesName}, so nothing is logged.`)];
  const { logGroup, bucket } = preferences.value;
  if (!logs(preferences.value))
    return [fail(spot, `The document ${preferencesName} names neither a log group nor a bucket.`)];
  if (group === null)
    return [pass(spot, `Sessions are logged in the bucket ${bucket}; what arrives there was not read.`)];
  if (group.is === 'unknown') return [unknownFrom(spot, group)];
  if (group.is === 'absent' && bucket !== '')
    return [pass(spot, `The log group ${logGroup} does not exist here, sessions are logged in the bucket ${bucket}.`)];
  if (group.is === 'absent')
    return [fail(spot, `The log group ${logGroup} does not exist in this account and region: sessions leave no log.`)];
  const unknown = logged.find(({ found }) => found.is === 'unknown');
  const missing = logged.filter(({ found }) => found.is === 'absent' || (found.is === 'value' && !found.value));
  if (missing.length > 0) return missing.map(({ session }) => lost(session, logGroup, scope));
  if (unknown?.found.is === 'unknown') return [unknownFrom(spot, unknown.found)];
  if (use.sessions.is === 'unknown')
    return [
      pass(spot, `Sessions are logged in ${logGroup}; which there were could not be read: ${use.sessions.sentence}`),
    ];
  if (logged.length === 0) return [pass(spot, `Sessions are logged in ${logGroup}; there was none to prove it by.`)];
  return [
    pass(spot, `Each of the ${logged.length} shell sessions of the last week is in ${logGroup}.`, { proof: 'proven' }),
  ];
}

const lost = ({ SessionId, Owner, Target, DocumentName }: NodeSession, logGroup: string, scope: RegionScope): Judged =>
  fail(
    { ...spotOf(scope), resource: SessionId },
    `The session ${SessionId} of ${Owner} on ${Target} (${DocumentName}) has no log in ${logGroup}.`,
    { proof: 'proven' },
  );
