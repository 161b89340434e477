import * as z from 'zod';
import type { Asker, Aws } from '../aws/aws.ts';
import { type Found, lookupEvents, type TrailQuery } from '../aws/cloudtrail.ts';
import { type Coverage, withMissing } from '../aws/coverage.ts';
import { parseArn } from '../aws-names/arn.ts';
import { Record, reads } from '../cloudtrail/record.ts';
import { at, type Json, textAt } from '../words/json.ts';
import { isAbout } from './about.ts';
import type { Question } from './lookup-query.ts';
import { NameBearers } from './notes.ts';
import type { LookupSubject } from './subject.ts';

const forwardProofs = ['asked for', 'key match', 'user made', 'password set', 'console sign-in'] as const;

/**
 * How a credential came of another: the event that made it gave out this very key; it made the user; it set the password
 * with which the user signed in afterwards (keys that the user had before are left out); it asked for a sign-in to the
 * console, in which the same session acted afterwards.
 */
type ForwardProof = (typeof forwardProofs)[number];

/** What one credential did: the one that was asked for, or one that was made with it, however many steps on. */
export const TreeNode = z.object({
  /** 0: what was asked for. */
  depth: z.number(),
  /** "AKIA…", "role/session", "user backdoor". */
  name: z.string(),
  key: z.string().nullable(),
  /** 12 digits; null: it is not known. */
  account: z.string().nullable(),
  /** The user of IAM whose calls it made; null: it is a role's session, or nobody called. */
  user: z.string().nullable(),
  proof: z.enum(forwardProofs),
  /** The event that made it; null of what was asked for. */
  made: z.object({ id: z.string(), name: z.string(), time: z.string() }).nullable(),
  events: z.number(),
  failures: z.number(),
  /** Calls that changed something and succeeded. */
  changes: z.number(),
  /** ISO 8601, UTC. */
  first: z.string().nullable(),
  last: z.string().nullable(),
  /** Addresses that it called from, five at most. */
  from: z.array(z.string()),
  /** Why it was not followed; null: it was. */
  problem: z.string().nullable(),
});
export type TreeNode = z.infer<typeof TreeNode>;

/** A credential whose calls are to be looked for. */
interface Credential {
  /** The same credential is followed once. */
  id: string;
  name: string;
  key: string | null;
  account: string | null;
  proof: ForwardProof;
  made: TreeNode['made'];
  attribute: NonNullable<TrailQuery['attribute']>;
  holds: (event: Json) => boolean;
}

interface Branch {
  node: TreeNode;
  children: Branch[];
}

const mostNodes = 150;
const mostDepth = 10;
const nodesAtOnce = 8;
/** Pages of 50 of a place for each credential, without --all. */
const mostPages = 200;

/**
 * All that came of a credential: its calls, the sessions, keys and users that were made with it, and theirs, each by the
 * event that made it. Gives what it finds as it comes; the tree grows with it.
 * @throws AwsTrouble when AWS cannot be asked at all
 */
export async function* searchForward(
  aws: Aws,
  question: Pick<Question, 'subject' | 'span' | 'accounts' | 'regions' | 'all'>,
  asker: Asker,
  signal: AbortSignal,
): AsyncGenerator<{ found: Found; tree: TreeNode[]; notes: string[] }, void> {
  const { subject, span, accounts, regions, all } = question;
  if (subject === null) return;
  const readable = new Set((await aws.accounts(asker)).accounts.map(({ id }) => id));
  const bearers = new NameBearers();
  const seen = new Set<string>();
  const coverages = new Map<Branch, Coverage>();
  const reads = new Map<Branch, number>();
  const waiting: { credential: Credential; branch: Branch }[] = [];
  let left = 0;

  const begin = (credential: Credential, parent: Branch | undefined): void => {
    if (seen.has(credential.id)) return;
    seen.add(credential.id);
    const depth = parent === undefined ? 0 : parent.node.depth + 1;
    if (seen.size > mostNodes || depth > mostDepth) {
      left += 1;
      return;
    }
    const branch: Branch = { node: nodeOf(credential, depth), children: [] };
    parent?.children.push(branch);
    if (parent === undefined) root = branch;
    if (credential.account !== null && !readable.has(credential.account))
      branch.node.problem = `Account ${credential.account} is not one that Trailwatch reads.`;
    else waiting.push({ credential, branch });
  };
  let root: Branch | undefined;
  begin(asked(subject), undefined);
  if (root === undefined) return;

  const searches = new Map<AsyncGenerator<Found, void>, { branch: Branch; next: Promise<Step> }>();
  const advance = (search: AsyncGenerator<Found, void>): Promise<Step> =>
    search.next().then((result) => ({ search, result }));
  try {
    for (;;) {
      while (searches.size < nodesAtOnce) {
        const next = waiting.shift();
        if (next === undefined) break;
        const { credential, branch } = next;
        const since = new Date(credential.made?.time ?? span.from);
        const search = lookupEvents(
          aws,
          {
            attribute: credential.attribute,
            from: since > span.from && since < span.to ? since : span.from,
            to: span.to,
            where: credential.account === null ? { accounts, regions } : { accounts: [credential.account], regions },
            wanted: credential.holds,
            mostPages: all ? null : mostPages,
          },
          asker,
          signal,
        );
        searches.set(search, { branch, next: advance(search) });
      }
      if (searches.size === 0) break;
      const { search, result } = await Promise.race([...searches.values()].map(({ next }) => next));
      const running = searches.get(search);
      if (running === undefined) continue;
      if (result.done === true) {
        searches.delete(search);
        continue;
      }
      running.next = advance(search);
      const { branch } = running;
      count(branch.node, result.value.events);
      if (branch === root && subject.kind === 'user' && subject.arn === null) bearers.add(result.value.events);
      // The oldest first: who was made and then given a password is told as made.
      for (const child of result.value.events.flatMap(madeIn).toSorted(byTime)) begin(child, branch);
      coverages.set(branch, result.value.coverage);
      reads.set(branch, result.value.read);
      yield {
        found: {
          events: result.value.events,
          read: [...reads.values()].reduce((sum, each) => sum + each, 0),
          coverage: withMissing(
            coverages.get(root) ?? result.value.coverage,
            [...coverages.values()].flatMap(({ missing }) => missing),
          ),
        },
        tree: flat(root),
        notes: [
          ...bearers.notes(),
          ...(left === 0
            ? []
            : [`${left} more sessions, keys or users were made and not followed: ask from each of them.`]),
        ],
      };
    }
  } finally {
    await Promise.all([...searches.keys()].map((search) => search.return()));
  }
}

const byTime = (a: Credential, b: Credential): number => ((a.made?.time ?? '') < (b.made?.time ?? '') ? -1 : 1);

interface Step {
  search: AsyncGenerator<Found, void>;
  result: IteratorResult<Found, void>;
}

const nodeOf = ({ name, key, account, proof, made }: Credential, depth: number): TreeNode => ({
  depth,
  name,
  key,
  account,
  user: null,
  proof,
  made,
  events: 0,
  failures: 0,
  changes: 0,
  first: null,
  last: null,
  from: [],
  problem: null,
});

const flat = ({ node, children }: Branch): TreeNode[] => [
  node,
  ...children.toSorted((a, b) => ((a.node.made?.time ?? '') < (b.node.made?.time ?? '') ? -1 : 1)).flatMap(flat),
];

function count(node: TreeNode, events: readonly Json[]): void {
  for (const event of events) {
    const record = Record.parse(event);
    const { eventTime: time = '', sourceIPAddress: address } = record;
    const failed = record.errorCode !== undefined;
    if (record.userIdentity.type === 'IAMUser') {
      node.user ??= record.userIdentity.userName ?? null;
      node.account ??= record.userIdentity.accountId ?? null;
    }
    // A key that was asked for is told with the session that it is of.
    const [, session] = /:assumed-role\/(.+)$/.exec(record.userIdentity.arn ?? '') ?? [];
    if (session !== undefined && node.name === node.key) {
      node.name = session;
      node.account ??= record.userIdentity.accountId ?? null;
    }
    node.events += 1;
    if (failed) node.failures += 1;
    else if (!reads(record)) node.changes += 1;
    if (node.first === null || time < node.first) node.first = time;
    if (node.last === null || time > node.last) node.last = time;
    if (address !== undefined && node.from.length < 5 && !node.from.includes(address))
      node.from = [...node.from, address];
  }
}

/** What was asked for, wherever it called. */
function asked(subject: LookupSubject): Credential {
  const { kind, value, arn } = subject;
  const isKey = kind === 'key';
  return {
    id: `${kind} ${arn ?? value}`,
    name: isKey ? value : (arn ?? value),
    key: isKey ? value : null,
    account: arn === null ? null : (parseArn(arn)?.account ?? null),
    proof: 'asked for',
    made: null,
    attribute: isKey
      ? { key: 'AccessKeyId', value }
      : { key: 'Username', value: arn === null ? (value.split('/').at(-1) ?? value) : value },
    holds: isAbout(subject),
  };
}

/** The credentials that an event made. Source: STS and IAM API references, their answers. */
function madeIn(event: Json): Credential[] {
  const record = Record.parse(event);
  if (record.errorCode !== undefined) return [];
  const answer = record.responseElements;
  const time = record.eventTime ?? '';
  const made = { id: record.eventID ?? '', name: record.eventName ?? '', time };
  const account = record.recipientAccountId ?? null;
  const ofKey = (key: string, name: string, of: string | null): Credential => ({
    id: `key ${key}`,
    name,
    key,
    account: of,
    proof: 'key match',
    made,
    attribute: { key: 'AccessKeyId', value: key },
    holds: () => true,
  });
  const session = textAt(answer, 'credentials', 'accessKeyId');
  const found = session === undefined ? [] : [ofKey(session, ...sessionIn(event, account))];
  const key = textAt(answer, 'accessKey', 'accessKeyId');
  if (key !== undefined)
    found.push(ofKey(key, `key of ${textAt(answer, 'accessKey', 'userName') ?? 'a user'}`, account));
  const ofUser = (name: string, proof: ForwardProof, holds: Credential['holds']): Credential => ({
    id: `user ${account} ${name}`,
    name: `user ${name}`,
    key: null,
    account,
    proof,
    made,
    attribute: { key: 'Username', value: name },
    holds: (other) =>
      textAt(other, 'userIdentity', 'type') === 'IAMUser' && (textAt(other, 'eventTime') ?? '') >= time && holds(other),
  });
  const user = textAt(answer, 'user', 'userName');
  if (made.name === 'CreateUser' && user !== undefined) found.push(ofUser(user, 'user made', () => true));
  const signsIn = textAt(record.requestParameters, 'userName');
  if (/^(?:Create|Update)LoginProfile$/.test(made.name) && signsIn !== undefined)
    found.push(
      ofUser(
        signsIn,
        'password set',
        (other) => !(textAt(other, 'userIdentity', 'accessKeyId') ?? '').startsWith('AKIA'),
      ),
    );
  const { arn = '', accessKeyId: own } = record.userIdentity;
  const [, name] = /:(?:assumed-role\/[^/]+|federated-user)\/(.+)$/.exec(arn) ?? [];
  if (made.name === 'GetSigninToken' && name !== undefined)
    found.push({
      id: `console ${arn}`,
      name: `${arn.replace(/^.*:(?:assumed-role|federated-user)\//, '')} in the console`,
      key: null,
      account: parseArn(arn)?.account ?? account,
      proof: 'console sign-in',
      made,
      attribute: { key: 'Username', value: name },
      holds: (other) =>
        textAt(other, 'userIdentity', 'arn') === arn &&
        textAt(other, 'userIdentity', 'accessKeyId') !== own &&
        (textAt(other, 'eventTime') ?? '') >= time &&
        (String(at(other, 'sessionCredentialFromConsole')) === 'true' || textAt(other, 'eventName') === 'ConsoleLogin'),
    });
  return found;
}

/** What a session that was made is called, and its account. */
function sessionIn(event: Json, account: string | null): [name: string, account: string | null] {
  const arn =
    textAt(event, 'responseElements', 'assumedRoleUser', 'arn') ??
    textAt(event, 'responseElements', 'federatedUser', 'arn');
  if (arn !== undefined)
    return [arn.replace(/^.*:(?:assumed-role|federated-user)\//, ''), parseArn(arn)?.account ?? account];
  const root = /\d{12}/.exec(textAt(event, 'requestParameters', 'targetPrincipal') ?? '')?.[0];
  return root === undefined
    ? [`session of ${textAt(event, 'userIdentity', 'userName') ?? 'the same user'}`, account]
    : [`root of ${root}`, root];
}
