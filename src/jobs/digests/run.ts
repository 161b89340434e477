import { randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { messageOf } from '../../alerts/text.ts';
import { AwsTrouble } from '../../aws/aws.ts';
import { inTurn } from '../../aws/everywhere.ts';
import { troubleOf } from '../../aws/trouble.ts';
import { CredentialReportError } from '../../framework/credential-report/parse.ts';
import { DigestResult } from '../../slack/views/digest-result.ts';
import {
  changeRun,
  claimRun,
  type DigestRun,
  dropRun,
  type Held,
  LeaseLost,
  openRun,
  placeAnswered,
  placeFailed,
  placesOf,
  releaseRun,
  runById,
  setPlaces,
} from '../../store/digests.ts';
import type { Digest, DigestParts, Place, RunParts } from './digest.ts';
import { digests } from './index.ts';
import { endRun, postFiles, showProgress, showResult } from './post.ts';
import { writeReport } from './write.ts';

/** A run whose worker gave no sign of life for this long is taken by another. */
const leaseMs = 60_000;
/** Accounts asked at a time: each has its own limits at AWS, so they do not slow one another. */
const atATime = 50;
/** How often one account is asked in a run before it counts as missing. */
const triesPerPlace = 4;
const longestWaitMs = 10 * 60_000;

/**
 * Brings one run as far as it can be brought: asks the accounts that have not answered, writes the files, shows the
 * result, sends the files. Every step is in the database before the next, so that after a restart no account that
 * answered is asked again and nothing is sent twice. Safe to call at any time, on any number of replicas: the run is
 * leased to one of them.
 */
export async function advance(parts: RunParts, id: number): Promise<void> {
  const { db } = parts.database;
  const held = { id, lease: randomUUID() };
  const claimed = await claimRun(db, id, held.lease, parts.now(), leaseEnd(parts));
  if (claimed === undefined) return;
  const lost = new AbortController();
  const stop = AbortSignal.any([parts.stopping, lost.signal]);
  const renewing = setInterval(() => {
    changeRun(db, held, { lease_until: leaseEnd(parts) }).catch((error: unknown) => {
      if (error instanceof LeaseLost) lost.abort();
    });
  }, leaseMs / 4).unref();
  let change = {};
  try {
    await work({ ...parts, stopping: stop }, claimed, held);
  } catch (error) {
    if (!stop.aborted && !(error instanceof LeaseLost)) {
      const tries = claimed.tries + 1;
      const retryAt = new Date(parts.now().getTime() + Math.min(2 ** tries * 1000, longestWaitMs));
      parts.log.warn({ err: error, run: id, retryAt }, 'A digest could not go on and is tried again.');
      change = { tries, retry_at: retryAt, error: sentence(error) };
    }
  } finally {
    clearInterval(renewing);
  }
  const next = await releaseRun(db, held, change, parts.now());
  if (next != null && !stop.aborted) await parts.wakeRun(id, next);
}

const leaseEnd = ({ now }: RunParts): Date => new Date(now().getTime() + leaseMs);

const sentence = (error: unknown): string => messageOf(error).slice(0, 500);

async function work(parts: RunParts, claimed: DigestRun, held: Held): Promise<void> {
  const digest = digests.find(({ name }) => name === claimed.digest);
  if (digest === undefined) throw new Error(`This version of Trailwatch knows no digest "${claimed.digest}".`);
  if (claimed.state === 'collecting') {
    await collect(parts, digest, claimed, held);
    if (parts.stopping.aborted) return;
    await showProgress(parts, digest, held, { writing: true });
    await writeReport(parts, digest, held);
  }
  while (!parts.stopping.aborted) {
    await showResult(parts, held);
    const next = await postFiles(parts, held);
    if (parts.stopping.aborted || (await endRun(parts, held, next))) return;
  }
}

/** Asks every account that has not answered, and shows how far it has come. */
async function collect(parts: RunParts, digest: Digest, run: DigestRun, held: Held): Promise<void> {
  const show = () => showProgress(parts, digest, held, { writing: false });
  await show();
  let showing: Promise<void> | undefined;
  const timer = setInterval(() => {
    showing ??= show().finally(() => {
      showing = undefined;
    });
  }, 3000).unref();
  try {
    await collectRun(parts, digest, run, held);
  } finally {
    clearInterval(timer);
    await showing;
  }
}

/** Asks every account of a run that has not answered, and keeps what each answers as it comes. */
export async function collectRun(
  parts: DigestParts & { stopping: AbortSignal },
  digest: Digest,
  run: DigestRun,
  held: Held,
): Promise<void> {
  const { db } = parts.database;
  let { shared } = run;
  if (!run.places_known) {
    const found = await digest.places(parts);
    await parts.database.transaction((trx) => setPlaces(trx, held, found));
    shared = found.shared;
  }
  await askAll(parts, digest, await placesOf(db, run.id, 'waiting'), shared, async (place, outcome) => {
    if ('answer' in outcome)
      await parts.database.transaction((trx) => placeAnswered(trx, run.id, place.account, outcome.answer, parts.now()));
    else await placeFailed(db, run.id, place.account, outcome.reason);
  });
}

type Outcome = { answer: Awaited<ReturnType<Digest['collect']>> } | { reason: string };

/** Asks the places, some at a time, and hands over each outcome. Stops early when it is told to. */
async function askAll(
  parts: DigestParts & { stopping: AbortSignal },
  digest: Digest,
  places: readonly Place[],
  shared: unknown,
  done: (place: Place, outcome: Outcome) => Promise<void>,
): Promise<void> {
  const stopped = new Promise<undefined>((resolve) => {
    parts.stopping.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  await inTurn(places, atATime, async (place) => {
    if (parts.stopping.aborted) return;
    // An answer that is still to come when the work has to stop is not waited for: the next one asks again.
    const outcome = await Promise.race([ask(parts, digest, place, shared), stopped]);
    if (outcome !== undefined && !parts.stopping.aborted) await done(place, outcome);
  });
}

/** What passes by itself, if one waits. */
const passing: ReadonlySet<AwsTrouble['kind']> = new Set(['throttled', 'expired', 'unreachable']);

async function ask(
  parts: DigestParts & { stopping: AbortSignal },
  digest: Digest,
  place: Place,
  shared: unknown,
): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    try {
      return { answer: await digest.collect(parts, place, shared, parts.stopping) };
    } catch (thrown) {
      if (parts.stopping.aborted) return { reason: 'the run was stopped' };
      const error =
        thrown instanceof CredentialReportError ? thrown : troubleOf(thrown, `read account ${place.account}`);
      const again = error instanceof AwsTrouble && passing.has(error.kind) && tries < triesPerPlace;
      if (!again) {
        parts.log.warn({ err: error, digest: digest.name, account: place.account }, 'An account gave no answer.');
        return { reason: sentence(error) };
      }
      await after(2 ** tries * 500, undefined, { signal: parts.stopping }).catch(() => undefined);
    }
  }
}

/**
 * Collects and writes a run that nobody posts: it is leased until it is done, so no bot takes it up. The files go into an
 * empty folder; null: they are not kept.
 */
export async function makeRun(
  given: Omit<DigestParts, 'nameOf'>,
  digest: Digest,
  folder: string | null,
): Promise<{ result: DigestResult; manifestSha256: string }> {
  const { database, now } = given;
  const parts: DigestParts = { ...given, nameOf: async (user) => user };
  const at = now();
  const held = await database.transaction(async (trx): Promise<Held | undefined> => {
    const period = `terminal ${at.toISOString()}`;
    const id = await openRun(trx, { digest: digest.name, period, askedBy: null, channel: '', now: at });
    if (id === undefined) return undefined;
    await claimRun(trx, id, 'terminal', at, new Date('9999-01-01T00:00:00Z'));
    return { id, lease: 'terminal' };
  });
  const run = held && (await runById(database.db, held.id));
  if (held === undefined || run === undefined) throw new Error('A digest was begun in this very moment: try again.');
  try {
    await collectRun({ ...parts, stopping: new AbortController().signal }, digest, run, held);
    await writeReport(parts, digest, held, folder);
    await changeRun(database.db, held, { state: 'done', done_at: now(), lease_until: null });
  } catch (error) {
    await dropRun(database.db, held);
    throw error;
  }
  const done = await runById(database.db, held.id);
  return { result: DigestResult.parse(done?.result), manifestSha256: done?.manifest_sha256 ?? '' };
}
