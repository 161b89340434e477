import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Asker, Aws } from '../../aws/aws.ts';
import { inTurn } from '../../aws/everywhere.ts';
import type { Config, DigestName } from '../../config/config.ts';
import type { DigestResult } from '../../slack/views/digest-result.ts';
import type { Database } from '../../store/database.ts';
import type { DigestRun, RawFile } from '../../store/digests.ts';

/** What a digest works with. Slack is not among it: what is found is written, and shown by others. */
export interface DigestParts {
  database: Database;
  aws: Aws;
  config: Config;
  now: () => Date;
  log: Logger;
  /** A person of Slack as a file names them; their id where nobody can tell. */
  nameOf: (user: string) => Promise<string>;
}

export interface StoppableParts extends DigestParts {
  /** Aborted when the process stops: what is under way is left for the next one. */
  stopping: AbortSignal;
}

/** In Slack as well. */
export interface RunParts extends StoppableParts {
  slack: WebClient;
  /** Asks for work on a run, now or when it is due. */
  wakeRun: (run: number, at: Date) => Promise<void>;
}

/** One account that is asked. */
export interface Place {
  /** 12 digits. */
  account: string;
  name: string | null;
}

export interface Places {
  places: readonly Place[];
  trouble: string | null;
  shared: object;
}

/** What one account answered: the digest's own shape as plain JSON, and the bytes that AWS sent. */
export interface Answer {
  /** AWS's own time of what it reports; ours where it gives none. */
  reportedAt: Date;
  content: object;
  raw: readonly RawFile[];
}

/** What a digest makes of the answers. */
export interface Reported {
  result: DigestResult;
  /** Keys of findings that somebody was given to mend and that are not there any more. */
  gone: readonly string[];
}

/** One digest: what to ask in each account, and what to make of the answers. Each is one file of this folder. */
export interface Digest {
  name: DigestName;
  /** As typed after `/audit report now` and `trailwatch digest`. */
  command: string;
  /** "Credential report" */
  title: string;
  /** The accounts to ask, in a sentence why there may be more, and what is asked once for all of them (plain JSON). */
  places: (parts: DigestParts) => Promise<Places>;
  /** @throws AwsTrouble, or what else kept the account from answering */
  collect: (parts: DigestParts, place: Place, shared: unknown, stopping: AbortSignal) => Promise<Answer>;
  /** Reads what the accounts answered, writes the files into a folder, says what was found. */
  report: (parts: DigestParts, run: DigestRun, folder: string) => Promise<Reported>;
}

/** In whose name the digests ask AWS. */
export const asker: Asker = { name: 'digest' };

/** The tag of an account, or of a user, that names who answers for it. */
const ownerTags = ['owner', 'Owner', 'team', 'Team'] as const;

const ownerIn = (tags: Readonly<Record<string, string>>): string | null =>
  ownerTags.map((tag) => tags[tag]).find((value) => value !== undefined && value !== '') ?? null;

/** Every account of the organization, as a digest asks them. */
export async function everyAccount(parts: DigestParts): Promise<Places> {
  const { accounts, trouble } = await parts.aws.accounts(asker);
  return { places: accounts.map(({ id, name }) => ({ account: id, name })), trouble, shared: {} };
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
