import { isInstanceId, isMachineId, parseArn, serviceName, shortName } from '../aws-names/arn.ts';
import { asArray, at, isRecord, type Json, textAt } from '../words/json.ts';
import { messageOf } from '../words/text.ts';
import { hourMs } from '../words/time.ts';

/** How it is known that one stands behind the other, strongest first. */
type Proof =
  /** The role session says so itself, and nobody further down can change it. */
  | 'source identity'
  /** IAM Identity Center says for whom the session acts. */
  | 'on behalf of'
  /** The event that made the session gave out the very key that was used. */
  | 'key match'
  /** IAM Identity Center names the sessions of its roles after the person, and only it can make them. */
  | 'session name'
  /** A session of that name was made for the role shortly before; the key is not known. */
  | 'inferred by time'
  /** The event says it of its caller. */
  | 'named in the event';

/** One who called: a user, a role session, a service. */
interface ChainLink {
  kind: 'user' | 'federated' | 'workload' | 'service' | 'account' | 'session' | 'unknown';
  /** "alice", "chris@example.com", "i-0abc…", "lambda.amazonaws.com", the role and session of a session. */
  name: string;
  account: string | null;
  arn: string | null;
  key: string | null;
  /** How it is known that this one stands behind the one before; of the first: that the event names it. */
  proof: Proof;
  /** What IAM Identity Center says of the person, or why it does not; where it was asked. */
  directory?: string;
  /** The person's address, where IAM Identity Center knows it. */
  email?: string;
  /** Who made the user's key, or last made or changed the function, where that is in the event history. */
  maker?: { by: string; event: ChainEvent };
  /** The event that proves it. */
  event: ChainEvent | null;
}

interface ChainEvent {
  id: string;
  name: string;
  time: string;
  account: string;
  region: string;
}

/** From who called to who stands behind it, at most ten steps. The last link is the answer. */
export interface Chain {
  links: readonly ChainLink[];
  /** Why the chain ends before a person, a workload or a service; null: it does not. */
  problem: string | null;
}

/** One search in the event history: of an account, in all regions, the one that is most likely first. */
export interface EventSearch {
  account: string;
  nearRegion: string;
  /** What the event is about; with `by` another attribute by which CloudTrail finds it. */
  resource: string;
  by?: 'Username' | 'EventSource';
  /** Only in the region that is most likely and where global services are recorded. */
  nearOnly?: true;
  /** Where it is not in the account, in every other one that is read. */
  orElsewhere?: true;
  from: Date;
  to: Date;
  /** Of the events found, the one that is meant. */
  meant: (record: Json) => boolean;
}

/** The event that is meant; undefined: it is not there; a throw: the account could not be searched. */
export type FindEvent = (search: EventSearch) => Promise<Json | undefined>;

/** A user of IAM Identity Center, as an event names it, and the region of its directory. */
interface CenterUser {
  id: string;
  storeArn: string;
  region: string;
}

/** Asks the directory of IAM Identity Center; never throws. */
export type FindPerson = (
  user: CenterUser,
) => Promise<{ userName: string; fullName: string; email?: string } | { trouble: string }>;

const mostLinks = 10;
/** A session begins when its credentials are made; the clocks of two services differ by seconds. */
const aroundMs = 10_000;
/** Records hold whole seconds, of the service's clock and of the trail's. */
const secondMs = 1000;
/** A role session lasts twelve hours at most. Source: STS API reference, AssumeRole, DurationSeconds. */
const longestSessionMs = 12 * hourMs;
/** How long before its use a key may have been made: sessions of GetSessionToken last 36 hours. */
const longestChainMs = 36 * hourMs;
/** CloudFormation takes its role as long as it works on what it was asked for. */
const stackMs = hourMs;
/** What CloudTrail's event history holds. */
const historyMs = 90 * 24 * hourMs;

/**
 * Follows a call back to who stands behind it: through role sessions and accounts, by the events that made the sessions.
 * Where that is not known it says so, and never guesses a person.
 * Source: CloudTrail user guide, "CloudTrail userIdentity element".
 */
export async function chainOf(record: Json, find: FindEvent, findPerson?: FindPerson): Promise<Chain> {
  const links: ChainLink[] = [];
  const seen = new Set<string>();
  let here = record;
  let proof: Proof = 'named in the event';
  for (;;) {
    const person = await personIn(here, findPerson);
    const link: ChainLink = { ...linkOf(here), proof, event: eventOf(here) };
    if (link.kind === 'federated') return { links: [...links, { ...link, ...person }], problem: null };
    const before = links.at(-1);
    if (link.kind === 'account' && before !== undefined) {
      const switched = await switchedFrom(here, before, textAt(here, 'eventTime'), find);
      if (switched !== undefined) return { links: [...links, switched], problem: null };
    }
    links.push(link);
    if (link.kind === 'service') {
      const stack = await stackFor(here, link, find);
      if (stack === undefined) return { links, problem: null };
      here = stack;
      proof = 'inferred by time';
      continue;
    }
    if (link.kind !== 'session')
      return { links: [...links.slice(0, -1), await withMaker(link, here, find)], problem: problemOf(link) };
    const name = link.key ?? link.arn ?? link.name;
    if (seen.has(name)) return { links, problem: 'The sessions lead back to each other in a circle.' };
    seen.add(name);
    if (links.length >= mostLinks) return { links, problem: `It goes on: only ${mostLinks} steps are followed.` };

    const told = behindBy(here, person) ?? scopeOf(here) ?? switchIn(here);
    if (told !== undefined) return { links: [...links, await withMaker(told, here, find)], problem: null };
    const made = await madeBy(here, find);
    if ('problem' in made) {
      const begun = textAt(here, 'userIdentity', 'sessionContext', 'attributes', 'creationDate');
      const named = byCenter(here) ?? issuerOf(here) ?? (await switchedFrom(here, link, begun, find));
      if (named !== undefined) return { links: [...links, named], problem: null };
      return { links: [...links, unknown], problem: made.problem };
    }
    here = made.record;
    proof = made.proof;
  }
}

const unknown: ChainLink = {
  kind: 'unknown',
  name: 'not known',
  account: null,
  arn: null,
  key: null,
  proof: 'named in the event',
  event: null,
};

const problemOf = ({ kind, name }: ChainLink): string | null =>
  kind === 'account'
    ? `It was called from account ${name}, whose events Trailwatch cannot read.`
    : kind === 'unknown'
      ? 'The event does not say who called.'
      : null;

function eventOf(record: Json): ChainLink['event'] {
  const id = textAt(record, 'eventID');
  if (id === undefined) return null;
  return {
    id,
    name: textAt(record, 'eventName') ?? '',
    time: textAt(record, 'eventTime') ?? '',
    account: textAt(record, 'recipientAccountId') ?? '',
    region: textAt(record, 'awsRegion') ?? '',
  };
}

/** Who called, by the event alone. */
function linkOf(record: Json): Omit<ChainLink, 'proof' | 'event'> {
  const identity = at(record, 'userIdentity');
  const text = (...path: string[]): string | undefined => textAt(identity, ...path);
  const account = text('accountId') ?? null;
  const arn = text('arn') ?? null;
  const key = text('accessKeyId') || null;
  const link = (kind: ChainLink['kind'], name: string | undefined): Omit<ChainLink, 'proof' | 'event'> =>
    name === undefined || name === ''
      ? { kind: 'unknown', name: 'not known', account, arn, key }
      : { kind, name, account, arn, key };
  switch (text('type')) {
    case 'Root':
      // Somebody of the management account or a delegated administrator took the root of this account for a while.
      return assumedRoot(record) ? link('session', 'root, taken with AssumeRoot') : link('user', 'root');
    case 'IAMUser':
      return link('user', text('userName') ?? text('arn')?.split('/').at(-1));
    case 'FederatedUser':
      // Credentials of GetFederationToken: a session that a user made.
      return link('session', /federated-user\/.+$/.exec(text('arn') ?? '')?.[0] ?? text('principalId'));
    case 'IdentityCenterUser':
      return link('federated', text('onBehalfOf', 'userId'));
    case 'SAMLUser':
      return link('federated', text('userName'));
    case 'WebIdentityUser':
      return /^(?:repo|project_path|system:serviceaccount):/.test(text('userName') ?? '')
        ? link('workload', text('userName'))
        : link('federated', [text('userName'), providerOf(text('identityProvider'))].filter(Boolean).join(' of '));
    case 'AWSService':
      return workloadMade(record) ?? link('service', text('invokedBy'));
    case 'AWSAccount':
      return link('account', text('accountId'));
    case 'AssumedRole':
    case 'Role':
      return link('session', sessionName(arn) ?? text('principalId'));
    default:
      return link('unknown', undefined);
  }
}

/** Where somebody signed in, by the name of the provider: an identity's own name says nothing without it. */
const providerOf = (provider: string | undefined): string | undefined =>
  provider?.replace(/^arn:.*:(?:oidc-provider|saml-provider)\//, '');

const assumedRoot = (record: Json): boolean =>
  String(at(record, 'userIdentity', 'sessionContext', 'assumedRoot')) === 'true';

/** "role/session" of a role session's ARN. */
const sessionName = (arn: string | null): string | undefined => /:assumed-role\/(.+)$/.exec(arn ?? '')?.[1];

/**
 * Services that take a role for a workload and name the session after it, or name it in the session's tags.
 * Source: the services' own guides ("Lambda execution role", "Task IAM role", "How EKS Pod Identity works", "IAM Roles Anywhere").
 */
const workloads: Readonly<Record<string, (session: string, tags: ReadonlyMap<string, string>) => string | undefined>> =
  {
    'codebuild.amazonaws.com': (session) => `build ${session.replace(/^AWSCodeBuild-/, '')} (CodeBuild)`,
    'ec2.amazonaws.com': (session) => (isInstanceId(session) ? session : undefined),
    'ecs-tasks.amazonaws.com': (session) => `task ${session} (ECS)`,
    'lambda.amazonaws.com': (session) => `function ${session} (Lambda)`,
    'pods.eks.amazonaws.com': (session, tags) => {
      const of = (label: string, tag: string): string[] => {
        const value = tags.get(tag);
        return value === undefined ? [] : [`${label} ${value}`];
      };
      const named = [
        ...of('pod', 'kubernetes-pod-name'),
        ...of('namespace', 'kubernetes-namespace'),
        ...of('service account', 'kubernetes-service-account'),
        ...of('cluster', 'eks-cluster-name'),
      ];
      return `${named.length === 0 ? `pod session ${session}` : named.join(', ')} (EKS)`;
    },
    'rolesanywhere.amazonaws.com': (session) => `holder of certificate ${session} (Roles Anywhere)`,
    'ssm.amazonaws.com': (session) => (isMachineId(session) ? session : undefined),
  };

/** Services that take roles for people whom they know, and name the session after the person. */
const forPeople = new Set(['account-access.amazonaws.com', 'sso.amazonaws.com']);

/** A service made the session for a workload or a person that the event names: that is who called. */
function workloadMade(record: Json): Omit<ChainLink, 'proof' | 'event'> | undefined {
  const by = (textAt(record, 'userIdentity', 'invokedBy') ?? '').replace(/\.cn$/, '');
  const session = textAt(record, 'requestParameters', 'roleSessionName');
  if (session === undefined) return undefined;
  const tags = new Map(
    asArray(at(record, 'requestParameters', 'tags')).map((tag) => [
      textAt(tag, 'key') ?? '',
      textAt(tag, 'value') ?? '',
    ]),
  );
  const rest = { account: textAt(record, 'recipientAccountId') ?? null, arn: null, key: null };
  if (forPeople.has(by)) return { kind: 'federated', name: tags.get('userName') ?? session, ...rest };
  const name = workloads[by]?.(session, tags);
  return name === undefined ? undefined : { kind: 'workload', name, ...rest };
}

/**
 * The workload that the credentials of a session were issued to, as the event itself says.
 * Source: CloudTrail user guide, "CloudTrail userIdentity element", inScopeOf and ec2RoleDelivery.
 */
function scopeOf(record: Json): ChainLink | undefined {
  const identity = at(record, 'userIdentity');
  const link = (name: string, arn: string | null): ChainLink => ({
    kind: 'workload',
    name,
    account: parseArn(arn ?? '')?.account ?? textAt(identity, 'accountId') ?? null,
    arn,
    key: null,
    proof: 'named in the event',
    event: eventOf(record),
  });
  const issued = textAt(identity, 'inScopeOf', 'credentialsIssuedTo') ?? textAt(identity, 'inScopeOf', 'sourceArn');
  if (issued !== undefined) {
    const { service = '', resource = issued } = parseArn(issued) ?? {};
    const name = service === 'ec2' ? shortName(issued) : resource.replace(/^([a-z-]+)[:/]/, '$1 ');
    return link(service === '' || service === 'ec2' ? name : `${name} (${serviceName(service)})`, issued);
  }
  const session = textAt(identity, 'arn')?.split('/').at(-1) ?? '';
  return textAt(identity, 'sessionContext', 'ec2RoleDelivery') !== undefined && isMachineId(session)
    ? link(session, null)
    : undefined;
}

/** From whom somebody switched to the role in the console. Source: CloudTrail user guide, "Console sign-in events", SwitchRole. */
function switchIn(record: Json): ChainLink | undefined {
  const from = textAt(record, 'additionalEventData', 'SwitchFrom');
  if (from === undefined || textAt(record, 'eventName') !== 'SwitchRole') return undefined;
  const { account = null, resource = from } = parseArn(from) ?? {};
  const [, center] = /^assumed-role\/AWSReservedSSO_[^/]+\/(.+)$/.exec(resource) ?? [];
  return {
    kind: center !== undefined ? 'federated' : resource.startsWith('assumed-role/') ? 'session' : 'user',
    name:
      center ??
      (resource.startsWith('user/')
        ? (resource.split('/').at(-1) ?? resource)
        : resource.replace(/^assumed-role\//, '')),
    account,
    arn: from,
    key: null,
    proof: 'named in the event',
    event: eventOf(record),
  };
}

/** Of a session whose making nothing tells: who switched to the role in the console when it began, if it was so. */
async function switchedFrom(
  made: Json,
  session: ChainLink,
  begun: string | undefined,
  find: FindEvent,
): Promise<ChainLink | undefined> {
  const { account } = parseArn(session.arn ?? '') ?? {};
  const time = Date.parse(begun ?? '');
  if (account === undefined || Number.isNaN(time)) return undefined;
  const switched = await find({
    account,
    nearRegion: textAt(made, 'awsRegion') ?? 'us-east-1',
    resource: session.name.split('/').at(-1) ?? session.name,
    by: 'Username',
    from: new Date(time - aroundMs),
    to: new Date(time + 6 * aroundMs),
    meant: (other) => textAt(other, 'userIdentity', 'arn') === session.arn && switchIn(other) !== undefined,
  }).catch(() => undefined);
  return switched && switchIn(switched);
}

/** The call with which somebody had CloudFormation work with a role, shortly before it took the role. */
async function stackFor(made: Json, { name }: ChainLink, find: FindEvent): Promise<Json | undefined> {
  const role = textAt(made, 'requestParameters', 'roleArn');
  const time = Date.parse(textAt(made, 'eventTime') ?? '');
  if (!/^cloudformation\./.test(name) || role === undefined || Number.isNaN(time)) return undefined;
  const search = {
    account: textAt(made, 'recipientAccountId') ?? parseArn(role)?.account ?? '',
    nearRegion: textAt(made, 'awsRegion') ?? 'us-east-1',
    resource: name,
    by: 'EventSource' as const,
    from: new Date(time - stackMs),
    to: new Date(time + aroundMs),
  };
  const asked = (other: Json, key: string) => textAt(other, 'requestParameters', key);
  const succeeded = (other: Json) => textAt(other, 'errorCode') === undefined;
  const named = await find({
    ...search,
    meant: (other) => [asked(other, 'roleARN'), asked(other, 'roleArn')].includes(role) && succeeded(other),
  }).catch(() => undefined);
  if (named === undefined || textAt(named, 'eventName') !== 'CreateChangeSet') return named;
  // A change set works with the role when somebody executes it, who names the role no more.
  const executed = await find({
    ...search,
    meant: (other) =>
      textAt(other, 'eventName') === 'ExecuteChangeSet' &&
      shortName(asked(other, 'stackName') ?? '') === shortName(asked(named, 'stackName') ?? '') &&
      succeeded(other),
  }).catch(() => undefined);
  return executed ?? named;
}

/** Who made what called: its key, or the function, as far back as the event history goes. */
async function withMaker(link: ChainLink, record: Json, find: FindEvent): Promise<ChainLink> {
  const [, fn] = /^function (\S+) \(Lambda\)$/.exec(link.name) ?? [];
  const key = link.kind === 'user' && link.key !== null ? link.key : undefined;
  const isLasting = key?.startsWith('AKIA') === true;
  const resource = key ?? (link.kind === 'workload' ? fn : undefined);
  const used = Date.parse(textAt(record, 'eventTime') ?? '');
  if (resource === undefined || link.account === null || Number.isNaN(used)) return link;
  const made = await find({
    account: link.account,
    nearRegion: isLasting ? 'us-east-1' : (textAt(record, 'awsRegion') ?? 'us-east-1'),
    resource,
    nearOnly: true,
    from: new Date(used - (key === undefined || isLasting ? historyMs : longestChainMs)),
    to: new Date(used + aroundMs),
    meant: (other) =>
      textAt(other, 'errorCode') === undefined &&
      (key === undefined
        ? /^(?:CreateFunction|UpdateFunctionCode|UpdateFunctionConfiguration)(?:\d{8}(?:v\d)?)?$/.test(
            textAt(other, 'eventName') ?? '',
          )
        : ['accessKey', 'credentials'].some((made) => textAt(other, 'responseElements', made, 'accessKeyId') === key)),
  }).catch(() => undefined);
  const event = made && eventOf(made);
  if (made === undefined || event == null) return link;
  const { name, key: own } = linkOf(made);
  return { ...link, maker: { by: own === null ? name : `${name} with key ${own}`, event } };
}

/** The user who made a federated session, as the session itself says. */
function issuerOf(record: Json): ChainLink | undefined {
  const issuer = at(record, 'userIdentity', 'sessionContext', 'sessionIssuer');
  const name = textAt(issuer, 'userName');
  if (textAt(record, 'userIdentity', 'type') !== 'FederatedUser' || name === undefined) return undefined;
  return {
    kind: 'user',
    name,
    account: textAt(issuer, 'accountId') ?? null,
    arn: textAt(issuer, 'arn') ?? null,
    key: null,
    proof: 'named in the event',
    event: eventOf(record),
  };
}

/** Who the session itself says is behind it. */
function behindBy(record: Json, person: Person | undefined): ChainLink | undefined {
  const context = at(record, 'userIdentity', 'sessionContext');
  const source = textAt(context, 'sourceIdentity');
  const event = eventOf(record);
  const link = { kind: 'federated', account: null, arn: null, key: null, event } as const;
  if (source !== undefined && source !== '') return { ...link, ...person, name: source, proof: 'source identity' };
  if (person === undefined) return undefined;
  const named = byCenter(record) ?? (person.name === undefined ? undefined : { ...link, name: person.name });
  return named === undefined ? undefined : { ...named, ...person, proof: 'on behalf of' };
}

type Person = Pick<ChainLink, 'directory' | 'email'> & { name?: string };

/** For whom an event says that it was called, as IAM Identity Center knows the person; undefined: it does not say. */
async function personIn(record: Json, find: FindPerson | undefined): Promise<Person | undefined> {
  const identity = at(record, 'userIdentity');
  const id = textAt(identity, 'onBehalfOf', 'userId');
  if (id === undefined) return undefined;
  const storeArn = textAt(identity, 'onBehalfOf', 'identityStoreArn');
  if (find === undefined || storeArn === undefined) return {};
  // Its roles carry its region in their path; those of us-east-1 carry none.
  const role = textAt(identity, 'sessionContext', 'sessionIssuer', 'arn') ?? '';
  const [reserved, named] =
    /:role\/aws-reserved\/sso\.amazonaws\.com\/(?:([a-z0-9-]+)\/)?AWSReservedSSO_/.exec(role) ?? [];
  const region = named ?? (reserved === undefined ? (textAt(record, 'awsRegion') ?? 'us-east-1') : 'us-east-1');
  const answer = await find({ id, storeArn, region });
  return 'trouble' in answer
    ? { directory: `IAM Identity Center did not say who this is. ${answer.trouble}` }
    : {
        name: answer.userName,
        directory: `${answer.fullName} in IAM Identity Center`,
        ...(answer.email === undefined ? {} : { email: answer.email }),
      };
}

/**
 * The person of a session of IAM Identity Center: its roles trust nobody else, and it names the sessions after the
 * sign-in name. Source: IAM Identity Center user guide, "How sessions are named in CloudTrail".
 */
function byCenter(record: Json): ChainLink | undefined {
  const [, name] = /:assumed-role\/AWSReservedSSO_[^/]+\/(.+)$/.exec(textAt(record, 'userIdentity', 'arn') ?? '') ?? [];
  if (name === undefined) return undefined;
  return {
    kind: 'federated',
    name,
    account: null,
    arn: null,
    key: null,
    proof: 'session name',
    event: eventOf(record),
  };
}

/** The event that made a role session, in the account of who made it. */
async function madeBy(record: Json, find: FindEvent): Promise<{ record: Json; proof: Proof } | { problem: string }> {
  const identity = at(record, 'userIdentity');
  const session = textAt(identity, 'arn') ?? '';
  const account = textAt(identity, 'accountId') ?? parseArn(session)?.account ?? '';
  const federated = textAt(identity, 'type') === 'FederatedUser';
  // A federated session was made by a user, not of a role: it is found by its key.
  const role = federated ? undefined : textAt(identity, 'sessionContext', 'sessionIssuer', 'arn');
  const key = textAt(identity, 'accessKeyId') ?? '';
  const begun = new Date(textAt(identity, 'sessionContext', 'attributes', 'creationDate') ?? '');
  const used = new Date(textAt(record, 'eventTime') ?? '');
  const root = assumedRoot(record);
  if ((role === undefined && !((root || federated) && key !== '')) || !/^\d{12}$/.test(account))
    return { problem: 'The event does not say which role the session is of.' };
  const known = !Number.isNaN(begun.getTime());
  if (!known && Number.isNaN(used.getTime())) return { problem: 'The event does not say when the session began.' };
  const search = {
    account,
    nearRegion: textAt(record, 'awsRegion') ?? 'us-east-1',
    // What nobody names by a role is found by its key.
    resource: role ?? key,
    from: new Date(known ? begun.getTime() - aroundMs : used.getTime() - longestSessionMs),
    to: new Date((known ? begun : used).getTime() + aroundMs),
  };
  const byKey = (made: Json): boolean =>
    key !== '' && textAt(made, 'responseElements', 'credentials', 'accessKeyId') === key;
  const byName = (made: Json): boolean => textAt(made, 'responseElements', 'assumedRoleUser', 'arn') === session;
  try {
    let trouble: unknown;
    const byRole = await find({ ...search, meant: key === '' ? byName : byKey }).catch((error: unknown) => {
      trouble = error;
      return undefined;
    });
    const made =
      byRole ??
      // The key is a resource of the event that made it: that finds it at another time than the session says.
      (key === '' || Number.isNaN(used.getTime())
        ? undefined
        : await find({
            ...search,
            resource: key,
            // Whoever takes the root of an account does so from another one.
            ...(root ? { orElsewhere: true as const } : {}),
            from: new Date(used.getTime() - longestChainMs),
            to: new Date(used.getTime() + aroundMs),
            meant: byKey,
          }));
    // The console gives one session keys of its own: then the name and the second in which it began must do.
    const named =
      made === undefined && key !== '' && known && role !== undefined
        ? await find({
            ...search,
            meant: (other) =>
              byName(other) && Math.abs(Date.parse(textAt(other, 'eventTime') ?? '') - begun.getTime()) <= secondMs,
          })
        : undefined;
    if (made === undefined && named === undefined && trouble !== undefined) throw trouble;
    const found = made ?? named;
    if (found === undefined)
      return {
        problem: root
          ? `Somebody took the root of account ${account} with AssumeRoot, and that event is in no account that is read: look for it in the management account or in the one that administers root access.`
          : `The event that made the session ${sessionName(session) ?? session} was not found in account ${account}.`,
      };
    const caller = await callersCopy(found, search.resource, find);
    return 'problem' in caller
      ? caller
      : { record: caller.record, proof: made === undefined || key === '' ? 'inferred by time' : 'key match' };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

/** Taken from another account, the role's account knows only that account: who it was stands in the copy over there. */
async function callersCopy(
  made: Json,
  resource: string,
  find: FindEvent,
): Promise<{ record: Json } | { problem: string }> {
  const account = textAt(made, 'userIdentity', 'accountId') ?? '';
  const shared = textAt(made, 'sharedEventID');
  const elsewhere =
    textAt(made, 'userIdentity', 'type') === 'AWSAccount' && account !== textAt(made, 'recipientAccountId');
  if (!elsewhere || shared === undefined) return { record: made };
  const time = new Date(textAt(made, 'eventTime') ?? '').getTime();
  try {
    const copy = await find({
      account,
      nearRegion: textAt(made, 'awsRegion') ?? 'us-east-1',
      resource,
      from: new Date(time - aroundMs),
      to: new Date(time + aroundMs),
      meant: (other) => textAt(other, 'sharedEventID') === shared,
    });
    return { record: copy ?? made };
  } catch {
    // The account is not ours to read: that it was this account is known all the same.
    return { record: made };
  }
}

/** Whether a value is a CloudTrail record of a role session, which alone needs to be followed. */
export const isSession = (record: unknown): boolean =>
  isRecord(record) &&
  (/^(?:AssumedRole|Role|FederatedUser)$/.test(textAt(record, 'userIdentity', 'type') ?? '') || assumedRoot(record));
