import { parseArn } from '../alerts/arn.ts';
import { at, isRecord, type Json, textAt } from '../alerts/json.ts';
import { messageOf } from '../alerts/text.ts';

/** How it is known that one stands behind the other, strongest first. */
export type Proof =
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
export interface Link {
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
  /** The event that proves it. */
  event: { id: string; name: string; time: string; account: string; region: string } | null;
}

/** From who called to who stands behind it, at most ten steps. The last link is the answer. */
export interface Chain {
  links: readonly Link[];
  /** Why the chain ends before a person, a workload or a service; null: it does not. */
  problem: string | null;
}

/** One search in the event history: of an account, in all regions, the one that is most likely first. */
export interface EventSearch {
  account: string;
  nearRegion: string;
  resource: string;
  from: Date;
  to: Date;
  /** Of the events found, the one that is meant. */
  meant: (record: Json) => boolean;
}

/** The event that is meant; undefined: it is not there; a throw: the account could not be searched. */
export type FindEvent = (search: EventSearch) => Promise<Json | undefined>;

/** A user of IAM Identity Center, as an event names it, and the region of its directory. */
export interface CenterUser {
  id: string;
  storeArn: string;
  region: string;
}

/** Asks the directory of IAM Identity Center; never throws. */
export type FindPerson = (user: CenterUser) => Promise<{ userName: string; fullName: string } | { trouble: string }>;

const mostLinks = 10;
/** A session begins when its credentials are made; the clocks of two services differ by seconds. */
const aroundMs = 10_000;
/** A role session lasts twelve hours at most. Source: STS API reference, AssumeRole, DurationSeconds. */
const longestSessionMs = 12 * 3_600_000;
/** How long before its use a key may have been made: sessions of GetSessionToken last 36 hours. */
const longestChainMs = 36 * 3_600_000;

/**
 * Follows a call back to who stands behind it: through role sessions and accounts, by the events that made the sessions.
 * Where that is not known it says so, and never guesses a person.
 * Source: CloudTrail user guide, "CloudTrail userIdentity element".
 */
export async function chainOf(record: Json, find: FindEvent, findPerson?: FindPerson): Promise<Chain> {
  const links: Link[] = [];
  const seen = new Set<string>();
  let here = record;
  let proof: Proof = 'named in the event';
  for (;;) {
    const person = await personIn(here, findPerson);
    const link: Link = { ...linkOf(here), proof, event: eventOf(here) };
    if (link.kind === 'federated') return { links: [...links, { ...link, ...person }], problem: null };
    links.push(link);
    if (link.kind !== 'session') return { links, problem: problemOf(link) };
    const name = link.key ?? link.arn ?? link.name;
    if (seen.has(name)) return { links, problem: 'The sessions lead back to each other in a circle.' };
    seen.add(name);
    if (links.length >= mostLinks) return { links, problem: `It goes on: only ${mostLinks} steps are followed.` };

    const told = behindBy(here, person);
    if (told !== undefined) return { links: [...links, told], problem: null };
    const made = await madeBy(here, find);
    if ('problem' in made) {
      const named = byCenter(here);
      if (named !== undefined) return { links: [...links, named], problem: null };
      return { links: [...links, unknown], problem: made.problem };
    }
    here = made.record;
    proof = made.proof;
  }
}

const unknown: Link = {
  kind: 'unknown',
  name: 'not known',
  account: null,
  arn: null,
  key: null,
  proof: 'named in the event',
  event: null,
};

const problemOf = ({ kind, name }: Link): string | null =>
  kind === 'account'
    ? `It was called from account ${name}, whose events Trailwatch cannot read.`
    : kind === 'unknown'
      ? 'The event does not say who called.'
      : null;

function eventOf(record: Json): Link['event'] {
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
function linkOf(record: Json): Omit<Link, 'proof' | 'event'> {
  const identity = at(record, 'userIdentity');
  const text = (...path: string[]): string | undefined => textAt(identity, ...path);
  const account = text('accountId') ?? null;
  const arn = text('arn') ?? null;
  const key = text('accessKeyId') || null;
  const link = (kind: Link['kind'], name: string | undefined): Omit<Link, 'proof' | 'event'> =>
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
      // Credentials of GetFederationToken: the user who made them answers for them.
      return link('user', text('sessionContext', 'sessionIssuer', 'userName'));
    case 'IdentityCenterUser':
      return link('federated', text('onBehalfOf', 'userId'));
    case 'SAMLUser':
      return link('federated', text('userName'));
    case 'WebIdentityUser':
      return link(
        /^(?:repo|project_path|system:serviceaccount):/.test(text('userName') ?? '') ? 'workload' : 'federated',
        text('userName'),
      );
    case 'AWSService':
      return instanceMade(record) ?? link('service', text('invokedBy'));
    case 'AWSAccount':
      return link('account', text('accountId'));
    case 'AssumedRole':
    case 'Role':
      return link('session', sessionName(arn) ?? text('principalId'));
    default:
      return link('unknown', undefined);
  }
}

const assumedRoot = (record: Json): boolean =>
  String(at(record, 'userIdentity', 'sessionContext', 'assumedRoot')) === 'true';

/** "role/session" of a role session's ARN. */
const sessionName = (arn: string | null): string | undefined => /:assumed-role\/(.+)$/.exec(arn ?? '')?.[1];

/** EC2 made the session for an instance: the instance is what called. */
function instanceMade(record: Json): Omit<Link, 'proof' | 'event'> | undefined {
  const by = textAt(record, 'userIdentity', 'invokedBy');
  const name = textAt(record, 'requestParameters', 'roleSessionName');
  if (by !== 'ec2.amazonaws.com' || name === undefined || !/^i-[0-9a-f]{8,17}$/.test(name)) return undefined;
  return { kind: 'workload', name, account: textAt(record, 'recipientAccountId') ?? null, arn: null, key: null };
}

/** Who the session itself says is behind it. */
function behindBy(record: Json, person: Person | undefined): Link | undefined {
  const context = at(record, 'userIdentity', 'sessionContext');
  const source = textAt(context, 'sourceIdentity');
  const event = eventOf(record);
  const link = { kind: 'federated', account: null, arn: null, key: null, event } as const;
  if (source !== undefined && source !== '') return { ...link, ...person, name: source, proof: 'source identity' };
  if (person === undefined) return undefined;
  const named = byCenter(record) ?? (person.name === undefined ? undefined : { ...link, name: person.name });
  return named === undefined ? undefined : { ...named, ...person, proof: 'on behalf of' };
}

type Person = Pick<Link, 'directory'> & { name?: string };

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
    : { name: answer.userName, directory: `${answer.fullName} in IAM Identity Center` };
}

/**
 * The person of a session of IAM Identity Center: its roles trust nobody else, and it names the sessions after the
 * sign-in name. Source: IAM Identity Center user guide, "How sessions are named in CloudTrail".
 */
function byCenter(record: Json): Link | undefined {
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
  const role = textAt(identity, 'sessionContext', 'sessionIssuer', 'arn');
  const key = textAt(identity, 'accessKeyId') ?? '';
  const begun = new Date(textAt(identity, 'sessionContext', 'attributes', 'creationDate') ?? '');
  const used = new Date(textAt(record, 'eventTime') ?? '');
  const root = assumedRoot(record);
  if ((role === undefined && !(root && key !== '')) || !/^\d{12}$/.test(account))
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
            from: new Date(used.getTime() - longestChainMs),
            to: new Date(used.getTime() + aroundMs),
            meant: byKey,
          }));
    if (made === undefined && trouble !== undefined) throw trouble;
    if (made === undefined)
      return {
        problem: root
          ? `Somebody took the root of account ${account} with AssumeRoot, and that event is not in this account: look for it in the management account (lookup event AssumeRoot).`
          : `The event that made the session ${sessionName(session) ?? session} was not found in account ${account}.`,
      };
    const caller = await callersCopy(made, search.resource, find);
    return 'problem' in caller
      ? caller
      : { record: caller.record, proof: key === '' ? 'inferred by time' : 'key match' };
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
  (/^(?:AssumedRole|Role)$/.test(textAt(record, 'userIdentity', 'type') ?? '') || assumedRoot(record));
