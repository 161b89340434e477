import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pino } from 'pino';
import * as z from 'zod';
import { archivedAnchors } from '../aws/audit-anchors.ts';
import { openAws } from '../aws/open.ts';
import { memoryPace } from '../aws/pace.ts';
import type { Config } from '../config/config.ts';
import { configPath, type Loaded, loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { checkTimeStamp } from '../reports/time-stamp.ts';
import { postedAnchors } from '../slack/audit-anchors.ts';
import { slackClient } from '../slack/client.ts';
import type { KnownAnchor } from '../store/audit-anchors.ts';
import type { Anchor } from '../store/audit-log.ts';
import { parseJson } from '../words/json.ts';
import { messageOf } from '../words/text.ts';
import type { Io } from './io.ts';

/** A head as the archive keeps it. */
export const Head = z.object({ seq: z.int().positive(), hash: z.string().regex(/^[0-9a-f]{64}$/) });

/** What is known outside of the database. */
export interface Noted {
  anchors: Anchor[];
  /** Time stamps that hold. */
  stamps: number;
  /** What is missing or does not hold, in sentences. */
  troubles: string[];
}

/**
 * The heads that were noted where `auditLog.anchors` says; none where there is no configuration. `known`: those of which the
 * database says that they were.
 * @throws Error, one sentence, when a place cannot be read
 */
export async function notedHeads(io: Io, known: readonly KnownAnchor[]): Promise<Noted> {
  const path = resolve(io.cwd, configPath(io.env));
  if (!existsSync(path)) return { anchors: [], stamps: 0, troubles: [] };
  const loaded = loadConfig(path, io.env);
  if ('problems' in loaded) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  const posted = await inChannel(loaded);
  const { heads, stamps, troubles } = await inArchive(loaded.config, known);
  for (const { day, hash, stamp } of known) if (stamp !== null) stamps.push({ day, hash, stamp });
  const { held, wrong } = checkedStamps(loaded.config, stamps);
  return { anchors: [...posted, ...heads], stamps: held, troubles: [...troubles, ...wrong] };
}

async function inChannel({ config, environment }: Loaded): Promise<Anchor[]> {
  const { channel } = config.auditLog.anchors;
  const { slack } = environment;
  if (channel === null) return [];
  if (slack === null)
    throw new Error(`The heads that were noted in ${channel} cannot be read without SLACK_BOT_TOKEN.`);
  try {
    return await postedAnchors(slackClient(slack.botToken, slack.apiUrl), channel);
  } catch (error) {
    throw new Error(`The heads that were noted in ${channel} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

interface Stamped {
  day: string;
  hash: string;
  stamp: Uint8Array;
}

async function inArchive(
  config: Config,
  known: readonly KnownAnchor[],
): Promise<{ heads: Anchor[]; stamps: Stamped[]; troubles: string[] }> {
  const { archive } = config.digests;
  if (!config.auditLog.anchors.archive || archive === null) return { heads: [], stamps: [], troubles: [] };
  let found: Map<string, Uint8Array>;
  try {
    const { accounts, history } = config;
    const pace = memoryPace();
    const aws = openAws({ accounts, history, pace, now: () => new Date(), log: pino({ level: 'silent' }) });
    found = await archivedAnchors(await aws.client('s3', await aws.home(), { name: 'cli' }), archive);
  } catch (error) {
    throw new Error(`The heads that were noted in the bucket ${archive.bucket} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const [heads, stamps, troubles]: [Anchor[], Stamped[], string[]] = [[], [], []];
  for (const [name, bytes] of found) {
    const [, day] = /^(\d{4}-\d\d-\d\d)\.json$/.exec(name) ?? [];
    if (day === undefined) continue;
    const head = Head.safeParse(parseJson(Buffer.from(bytes).toString('utf8')));
    if (!head.success) {
      troubles.push(`What the bucket ${archive.bucket} holds of ${day} is no head of the audit log.`);
      continue;
    }
    heads.push(head.data);
    const stamp = found.get(`${day}.tsr`);
    if (stamp !== undefined) stamps.push({ day, hash: head.data.hash, stamp });
  }
  for (const { day, archived } of known)
    if (archived && !found.has(`${day}.json`))
      troubles.push(`The head of ${day} was noted in the bucket ${archive.bucket}, and is not there any more.`);
  return { heads, stamps, troubles };
}

function checkedStamps({ digests }: Config, stamps: readonly Stamped[]): { held: number; wrong: string[] } {
  const trusted = digests.timeStamp?.certificates ?? [];
  if (stamps.length > 0 && trusted.length === 0)
    return {
      held: 0,
      wrong: ['The time stamps were not checked: digests.timeStamp.certificates names no authority that is believed.'],
    };
  const wrong: string[] = [];
  let held = 0;
  for (const { day, hash, stamp } of stamps)
    try {
      checkTimeStamp(Buffer.from(stamp), hash, trusted);
      held += 1;
    } catch (error) {
      wrong.push(`The time stamp of ${day} does not hold: ${messageOf(error)}`);
    }
  return { held, wrong };
}
