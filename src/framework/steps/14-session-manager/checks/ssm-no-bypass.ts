import type { Answer, Asking } from '../../../asks.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { isNeverLogged, type OwnDocument, ownDocuments } from '../documents.ts';
import { nodeUse, spotOf, type Use, withoutUse } from '../facts.ts';
import { logs } from '../preferences.ts';

const about: About = {
  id: 'ssm-no-bypass',
  version: 2,
  title: 'No session goes past the log',
  severity: 'high',
  why: 'Sessions over SSH and port forwarding are never written down, nor are those of a document that names no log.',
  passes: 'No such session in 30 days, and each document of your own for sessions names a log group or a bucket.',
  fix: [
    '# deny ssm:StartSession on arn:aws:ssm:*:*:document/AWS-StartSSHSession and AWS-StartPortForwarding* by a policy:',
    'aws organizations create-policy --name deny-unlogged-sessions --type SERVICE_CONTROL_POLICY --description "Sessions without a log" --content file://deny-unlogged-sessions.json',
    'aws organizations attach-policy --policy-id POLICY-ID --target-id {account}',
    '# a document of your own: give it the same inputs as the preferences',
    "aws ssm update-document --name DOCUMENT --document-version '$LATEST' --content file://document.json --region {region}",
    'aws ssm update-document-default-version --name DOCUMENT --document-version NEW-VERSION --region {region}',
    '# sessions of the past leave the list after 30 days: accept them until then',
  ].join('\n'),
  references: [
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-logging.html',
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-sessiondocumentaccesscheck.html',
  ],
};

interface Facts {
  use: Use;
  /** Null: not asked for. */
  documents: Answer<readonly OwnDocument[]> | null;
}

export const check = regionCheck(about, facts, judge);

function* facts(scope: RegionScope): Asking<Facts> {
  const use = yield* nodeUse(scope);
  return { use, documents: withoutUse(use, scope) === null ? yield* ownDocuments(scope) : null };
}

function judge({ use, documents }: Facts, scope: RegionScope): Judged[] {
  const spot = spotOf(scope);
  const none = withoutUse(use, scope);
  if (none !== null) return [none];
  const { sessions } = use;
  const unlogged =
    documents?.is === 'value' ? documents.value.filter(({ preferences }) => logsNothing(preferences)) : [];
  const names = unlogged.map(({ name }) => name);
  const past =
    sessions.is === 'value'
      ? sessions.value.filter(
          ({ DocumentName }) => isNeverLogged(DocumentName) || names.includes(DocumentName?.split('/').at(-1) ?? ''),
        )
      : [];
  const failed = [
    ...past.map(({ SessionId, Owner, Target, DocumentName, StartDate }) =>
      fail(
        { ...spot, resource: SessionId },
        `${Owner} began a session on ${Target} at ${StartDate?.toISOString()} with ${DocumentName}: no transcript is possible.`,
        { proof: 'proven' },
      ),
    ),
    ...unlogged.map(({ name }) =>
      fail({ ...spot, resource: name }, `Sessions with the document ${name} are not logged.`, { severity: 'medium' }),
    ),
  ];
  if (failed.length > 0) return failed;
  if (sessions.is === 'unknown') return [unknownFrom(spot, sessions)];
  if (documents?.is === 'unknown') return [unknownFrom(spot, documents)];
  const unread =
    documents?.is === 'value' ? documents.value.find(({ preferences }) => preferences.is === 'unknown') : undefined;
  if (unread?.preferences.is === 'unknown')
    return [unknownFrom({ ...spot, resource: unread.name }, unread.preferences)];
  return [pass(spot, 'In 30 days no session went past the log.', { proof: 'proven' })];
}

const logsNothing = (preferences: OwnDocument['preferences']): boolean =>
  preferences.is === 'value' && !logs(preferences.value);
