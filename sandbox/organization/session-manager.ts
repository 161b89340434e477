import { known } from './accounts.ts';
import type { Organization } from './organization.ts';
import { perOrganization } from './per-organization.ts';
import { dayMs, hexOf, hourMs, minuteMs, uuidOf } from './stable.ts';

/** An instance that Systems Manager reaches. */
interface ManagedNode {
  account: string;
  region: string;
  id: string;
  name: string;
  /** Name of the role of its instance profile. */
  role: string;
}

/** A session of Session Manager. */
export interface NodeSession {
  account: string;
  region: string;
  id: string;
  target: string;
  /** ARN of the role session that began it. */
  owner: string;
  document: string;
  reason: string;
  started: Date;
  /** Null: it is open. */
  ended: Date | null;
}

/** A document of Systems Manager with its versions, the oldest first. */
export interface SessionDocument {
  account: string;
  region: string;
  name: string;
  versions: { content: string; created: Date }[];
  /** From 1. */
  defaultVersion: number;
}

/** A log group to which sessions are written. */
export interface SessionLogGroup {
  account: string;
  region: string;
  name: string;
  /** Null: for ever. */
  retentionInDays: number | null;
  kmsKeyId: string | null;
  created: Date;
  /** By name of the stream; times in milliseconds since 1970. */
  streams: Map<string, { timestamp: number; message: string }[]>;
}

export interface SessionManager {
  nodes: ManagedNode[];
  sessions: NodeSession[];
  documents: SessionDocument[];
  groups: SessionLogGroup[];
}

export const preferencesName = 'SSM-SessionManagerRunShell';
export const sessionsGroup = '/aws/ssm/sessions';
const region = 'eu-west-1';

/** The preferences of Session Manager as its document has them; some of them are text, some are not. */
export const preferences = (inputs: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    schemaVersion: '1.0',
    description: 'Document to hold regional settings for Session Manager',
    sessionType: 'Standard_Stream',
    inputs: {
      s3BucketName: '',
      s3KeyPrefix: '',
      s3EncryptionEnabled: true,
      cloudWatchLogGroupName: sessionsGroup,
      cloudWatchEncryptionEnabled: true,
      cloudWatchStreamingEnabled: true,
      idleSessionTimeout: '20',
      maxSessionDuration: '120',
      kmsKeyId: 'alias/sessions',
      runAsEnabled: true,
      runAsDefaultUser: '',
      shellProfile: { windows: '', linux: '' },
      ...inputs,
    },
  });

/** Accounts with managed nodes, by how many; web's sessions are uploaded at their end alone. */
const withNodes = new Map<string, number>([
  [known.payments, 2],
  [known.web, 2],
  [known.data, 1],
  [known.sharedServices, 1],
]);

/** Session Manager of all accounts, as the calls and the breaks change it. */
export const sessionManager = perOrganization(begin);

function begin(organization: Organization): SessionManager {
  const made: SessionManager = { nodes: [], sessions: [], documents: [], groups: [] };
  for (const { id: account, joined } of organization.accounts) {
    const count = withNodes.get(account) ?? 0;
    if (count === 0) continue;
    const nodes = Array.from({ length: count }, (_, place) => nodeOf(account, place));
    made.nodes.push(...nodes);
    made.groups.push({
      account,
      region,
      name: sessionsGroup,
      retentionInDays: 365,
      kmsKeyId: `arn:aws:kms:${region}:${account}:key/${uuidOf(account, 'sessions key')}`,
      created: joined,
      streams: new Map(),
    });
    made.documents.push({
      account,
      region,
      name: preferencesName,
      versions: [{ content: preferences({ cloudWatchStreamingEnabled: account !== known.web }), created: joined }],
      defaultVersion: 1,
    });
    for (const [place, node] of nodes.entries()) addSessions(made, organization, node, place);
  }
  addSession(made, organization, {
    node: made.nodes.find(({ account }) => account === known.sharedServices),
    person: 3,
    startedAgoMs: 26 * hourMs,
    lastedMs: 40 * minuteMs,
    document: 'AWS-StartSSHSession',
    reason: 'copy a backup',
  });
  return made;
}

const nodeOf = (account: string, place: number): ManagedNode => ({
  account,
  region,
  id: `i-${hexOf(account, 'node', place).slice(0, 17)}`,
  name: place === 0 ? 'bastion' : `app-${place}`,
  role: 'app-instance',
});

function addSessions(made: SessionManager, organization: Organization, node: ManagedNode, place: number): void {
  const shell = { node, document: preferencesName };
  addSession(made, organization, {
    ...shell,
    person: place,
    startedAgoMs: (2 + place) * dayMs,
    lastedMs: 25 * minuteMs,
    reason: 'INC-4211 disk full',
    lines: [
      'sh-5.2$ df -h /',
      'Filesystem      Size  Used Avail Use% Mounted on',
      '/dev/nvme0n1p1  8.0G  7.9G  100M  99% /',
      // Whoever is on the instance prints what they like: a mention, markup, an escape code and a key.
      'sh-5.2$ cat notes.txt',
      '<!channel> *urgent* <https://example.com|click here> \u001b[31mred\u001b[0m',
      'export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      'sh-5.2$ exit',
    ],
  });
  if (place === 0)
    addSession(made, organization, {
      ...shell,
      person: 1,
      startedAgoMs: 35 * minuteMs,
      lastedMs: null,
      reason: '',
      lines: ['sh-5.2$ top'],
    });
}

interface NewSession {
  node: ManagedNode | undefined;
  /** Place in the list of people. */
  person: number;
  startedAgoMs: number;
  /** Null: it is open. */
  lastedMs: number | null;
  document: string;
  reason: string;
  /** What was on the screen; left out: nothing is logged. */
  lines?: readonly string[];
}

/** Lets somebody begin a session on a node; with lines, they are in the log group as the agent writes them. */
export function addSession(made: SessionManager, { identityStore }: Organization, given: NewSession): NodeSession {
  const { node, person, startedAgoMs, lastedMs, document, reason, lines } = given;
  if (node === undefined) throw new Error('There is no such node.');
  const { account, id: target } = node;
  const user = identityStore.people[person % identityStore.people.length]?.userName ?? 'ana@example.com';
  const started = new Date(Date.now() - startedAgoMs);
  const id = `${user}-${hexOf(target, startedAgoMs, document).slice(0, 26)}`;
  const session: NodeSession = {
    account,
    region: node.region,
    id,
    target,
    owner: `arn:aws:sts::${account}:assumed-role/AWSReservedSSO_AdministratorAccess_${hexOf(account).slice(0, 16)}/${user}`,
    document,
    reason,
    started,
    ended: lastedMs === null ? null : new Date(started.getTime() + lastedMs),
  };
  made.sessions.push(session);
  if (lines !== undefined) {
    const group = made.groups.find((one) => one.account === account && one.region === node.region);
    group?.streams.set(id, [logEvent(session, lines)]);
  }
  return session;
}

/** A streamed event. Source: amazon-ssm-agent, agent/session/plugins/sessionplugin. */
const logEvent = ({ region: awsRegion, id, target, owner, started }: NodeSession, lines: readonly string[]) => ({
  timestamp: started.getTime() + minuteMs,
  message: JSON.stringify({
    eventVersion: '1.0',
    eventTime: new Date(started.getTime() + minuteMs).toISOString().replace(/\.\d+/, ''),
    awsRegion,
    target: { id: target },
    userIdentity: { arn: owner },
    runAsUser: 'ssm-user',
    sessionId: id,
    sessionData: lines,
  }),
});

/** The Session Manager of one account and region. */
export function sessionManagerIn(
  organization: Organization,
  { account, region: where }: { account: string; region: string },
) {
  const here = (one: { account: string; region: string }) => one.account === account && one.region === where;
  const all = sessionManager(organization);
  return {
    all,
    nodes: all.nodes.filter(here),
    sessions: all.sessions.filter(here),
    documents: all.documents.filter(here),
    groups: all.groups.filter(here),
  };
}

/** Takes the transcripts of the last shell session of an account away, as where a node died before it uploaded them. */
export function loseTranscript(organization: Organization, account: string): string {
  const { sessions, groups } = sessionManager(organization);
  const lost = sessions.find(
    (one) => one.account === account && one.ended !== null && one.document === preferencesName,
  );
  if (lost === undefined) throw new Error(`${account} has no session.`);
  for (const { streams } of groups) streams.delete(lost.id);
  return lost.id;
}

/** Changes what the preferences of an account say, as its newest and default version. */
export function changePreferences(
  organization: Organization,
  account: string,
  inputs: Readonly<Record<string, unknown>>,
): void {
  const document = sessionManager(organization).documents.find(
    (one) => one.account === account && one.name === preferencesName,
  );
  document?.versions.push({ content: preferences(inputs), created: new Date() });
  if (document !== undefined) document.defaultVersion = document.versions.length;
}

/** Takes the preferences of an account away: nothing is logged then. */
export function removePreferences(organization: Organization, account: string): void {
  const made = sessionManager(organization);
  made.documents = made.documents.filter((one) => one.account !== account || one.name !== preferencesName);
}
