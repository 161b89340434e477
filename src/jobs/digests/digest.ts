import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Asker, Aws } from '../../aws/aws.ts';
import { inTurn } from '../../aws/everywhere.ts';
import type { Config } from '../../config/config.ts';
import type { DigestName } from '../../config/digests/index.ts';
import type { Thresholds } from '../../framework/credential-report/thresholds.ts';
import type { DigestResult } from '../../framework/digest-result.ts';
import type { NamedCall } from '../../reports/calls.ts';
import type { Database } from '../../store/database.ts';
import type { DigestRun } from '../../store/digests/runs.ts';
import type { RawFile } from '../../store/digests/snapshots.ts';
import type { Wakes } from '../wakes.ts';

/** What a digest works with. Slack is not among it: what is found is written, and shown by others. */
export interface DigestParts {
  database: Database;
  aws: Aws;
  config: Config;
  now: () => Date;
  log: Logger;
  /** A person of Slack as a file names them; their id where nobody can tell. */
  nameOf: (user: string) => Promise<string>;
  /** Where a person is (IANA name); UTC where nobody can tell. */
  zoneOf: (user: string) => Promise<string>;
}

export interface StoppableParts extends DigestParts {
  /** Aborted when the process stops: what is under way is left for the next one. */
  stopping: AbortSignal;
}

/** In Slack as well. */
export interface RunParts extends StoppableParts {
  slack: WebClient;
  /** What goes with each file to `digests.upload`; null: it is not set. */
  uploadSecret: string | null;
  wakes: Pick<Wakes, 'digests' | 'deliver'>;
}

/** One account that is asked. */
export interface DigestAccount {
  /** 12 digits. */
  account: string;
  name: string | null;
  /** Why it is not asked although the organization lists it, in a sentence; absent: it is asked. */
  closed?: string;
}

export interface Places {
  places: readonly DigestAccount[];
  trouble: string | null;
  shared: object;
}

/** What one account answered: the digest's own shape as plain JSON, and the bytes that AWS sent. */
export interface Answer {
  /** Why the account counts as one that gave no answer, in a sentence, although something is known about it. */
  trouble?: string | null;
  /** AWS's own time of what it reports; ours where it gives none. */
  reportedAt: Date;
  content: object;
  raw: readonly RawFile[];
}

/** What a digest makes of the answers. */
export interface Reported {
  result: DigestResult;
  /** Keys of findings that somebody was given to fix and that are not there any more. */
  gone: readonly string[];
  /** From when to when it counted something; absent: it tells how things were when they were asked. */
  period?: { from: Date; to: Date };
  /** What `about.json` tells beside the run: limits, exceptions, calls to AWS. */
  about?: { limits?: Thresholds; exceptions?: readonly object[]; calls?: readonly NamedCall[] };
}

/** What a digest asks of AWS. */
export interface Ask {
  /** The accounts to ask, in a sentence why there may be more, and what is asked once for all of them (plain JSON). */
  places: () => Promise<Places>;
  /** @throws AwsTrouble, or what else kept the account from answering */
  collect: (place: DigestAccount, shared: unknown) => Promise<Answer>;
}

/** One digest: what to ask in each account, and what to make of the answers. Each is one file or folder beside this one. */
export interface Digest {
  name: DigestName;
  /** As typed after `/audit report now` and `trailwatch digest`. */
  command: string;
  /** "Credential report" */
  title: string;
  /** Opened once in a process that collects, so that its accounts can share answers. Absent: it is made from Trailwatch's own records alone. */
  ask?: (parts: StoppableParts, run: DigestRun) => Ask;
  /** Reads what the accounts answered, writes the files into a folder, says what was found. */
  report: (parts: DigestParts, run: DigestRun, folder: string) => Promise<Reported>;
}

/** In whose name the digests ask AWS. */
export const asker: Asker = { name: 'digest' };

/** The tag of an account, or of a user, that names who answers for it. */
const ownerTags = ['owner', 'Owner', 'team', 'Team'] as const;

export const ownerIn = (tags: Readonly<Record<string, string>>): string | null =>
  ownerTags.map((tag) => tags[tag]).find((value) => value !== undefined && value !== '') ?? null;

/** Every account of the organization, as a digest asks them. */
export async function everyAccount(parts: DigestParts): Promise<Places> {
  const { accounts, closed, trouble } = await parts.aws.accounts(asker);
  return {
    places: [
      ...accounts.map(({ id, name }) => ({ account: id, name })),
      ...closed.map(({ id, name, state }) => ({
        account: id,
        name,
        closed: `Organizations lists it as ${state}: it is not active, and was not read.`,
      })),
    ],
    trouble,
    shared: {},
  };
}

const tagsAtATime = 5;

/**
 * Who answers for each account of some findings, by its tags in Organizations; null where they do not tell. Asked for what
 * is shown alone: AWS gives the tags of one account at a time, and of a thousand only slowly.
 */
export async function ownersOf(
  parts: DigestParts,
  findings: readonly { account: string }[],
): Promise<ReadonlyMap<string, string | null>> {
  const accounts = [...new Set(findings.map(({ account }) => account))];
  return new Map(await inTurn(accounts, tagsAtATime, async (account) => [account, await ownerOf(parts, account)]));
}

async function ownerOf({ aws, log }: DigestParts, account: string): Promise<string | null> {
  try {
    const { paginateListTagsForResource } = await import('@aws-sdk/client-organizations');
    const client = await aws.client('organizations', await aws.home(), asker);
    const tags: Record<string, string> = {};
    for await (const page of paginateListTagsForResource({ client }, { ResourceId: account }))
      for (const { Key, Value } of page.Tags ?? []) if (Key !== undefined && Value !== undefined) tags[Key] = Value;
    return ownerIn(tags);
  } catch (error) {
    log.debug({ err: error, account }, 'The tags of an account are not known, so its findings have no owner.');
    return null;
  }
}
