import { randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { messageOf } from '../../alerts/text.ts';
import { AwsTrouble } from '../../aws/aws.ts';
import { troubleOf } from '../../aws/trouble.ts';
import { CredentialReportError } from '../../framework/credential-report/parse.ts';
import { DigestResult } from '../../slack/views/digest-result.ts';
import {
  changeRun,
  claimRun,
  type DigestRun,
  openRun,
  placeAnswered,
  placeFailed,
  placesOf,
  renewLease,
  runById,
  setPlaces,
} from '../../store/digests.ts';
import type { Digest, DigestParts, Place, RunParts } from './digest.ts';
import { digests } from './index.ts';
import { postFiles, showProgress, showResult } from './post.ts';
import { writeReport } from './write.ts';

/** A run whose worker gave no sign of life for this long is taken by another. */
const leaseMs = 60_000;
/** Accounts asked at a time: each has its own limits at AWS, so they do not slow one another. */
const atATime = 20;
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
  const lease = randomUUID();
  const claimed = await claimRun(parts.database.db, id, lease, parts.now(), leaseEnd(parts));
  if (claimed === undefined) return;
  const lost = new AbortController();
  const stop = AbortSignal.any([parts.stopping, lost.signal]);
  const renewing = setInterval(async () => {
    const kept = await renewLease(parts.database.db, id, lease, leaseEnd(parts)).catch(() => true);
    if (!kept) lost.abort();
  }, leaseMs / 4).unref();
  try {
    await work({ ...parts, stopping: stop }, claimed);
    await release(parts, id, lease, {});
  } catch (error) {
    if (stop.aborted) return await release(parts, id, lease, {});
    const tries = claimed.tries + 1;
    const retryAt = new Date(parts.now().getTime() + Math.min(2 ** tries * 1000, longestWaitMs));
    parts.log.warn({ err: error, run: id, retryAt }, 'A digest could not go on and is tried again.');
    await release(parts, id, lease, { tries, retry_at: retryAt, error: sentence(error) });
    await parts.wakeRun(id, retryAt);
  } finally {
    clearInterval(renewing);
  }
}

const leaseEnd = ({ now }: RunParts): Date => new Date(now().getTime() + leaseMs);

async function release(
  { database }: RunParts,
  id: number,
  lease: string,
  change: Parameters<typeof changeRun>[2],
): Promise<void> {
  if (await renewLease(database.db, id, lease, new Date(0)))
    await changeRun(database.db, id, { lease: null, lease_until: null, ...change });
}

const sentence = (error: unknown): string => messageOf(error).slice(0, 500);

async function work(parts: RunParts, claimed: DigestRun): Promise<void> {
  const { db } = parts.database;
  const digest = digests.find(({ name }) => name === claimed.digest);
  if (digest === undefined) throw new Error(`This version of Trailwatch knows no digest "${claimed.digest}".`);
  if (claimed.state === 'collecting') {
    await collect(parts, digest, claimed);
    if (parts.stopping.aborted) return;
    await showProgress(parts, digest, claimed.id, { writing: true });
    await writeReport(parts, digest, claimed.id);
  }
  const run = await runById(db, claimed.id);
  if (run === undefined || parts.stopping.aborted) return;
  await showResult(parts, run.id);
  const next = await postFiles(parts, run.id);
  if (parts.stopping.aborted) return;
  if (next === null) {
    await changeRun(db, run.id, { state: 'done', done_at: parts.now(), tries: 0, retry_at: null, error: null });
  } else {
    await changeRun(db, run.id, { retry_at: next, tries: 0, error: 'a file was not sent yet' });
    await parts.wakeRun(run.id, next);
  }
}

/** Asks every account that has not answered, and shows how far it has come. */
async function collect(parts: RunParts, digest: Digest, run: DigestRun): Promise<void> {
  const show = () => showProgress(parts, digest, run.id, { writing: false });
  await show();
  let showing: Promise<void> | undefined;
  const timer = setInterval(() => {
    showing ??= show().finally(() => {
      showing = undefined;
    });
  }, 3000).unref();
  try {
    await collectRun(parts, digest, run);
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
): Promise<void> {
  const { db } = parts.database;
  let { shared } = run;
  if (!run.places_known) {
    const found = await digest.places(parts);
    await parts.database.transaction((trx) => setPlaces(trx, run.id, found));
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
  const queue = places.values();
  const one = async (): Promise<void> => {
    for (const place of queue) {
      if (parts.stopping.aborted) return;
      const outcome = await ask(parts, digest, place, shared);
      if (parts.stopping.aborted) return;
      await done(place, outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, places.length) }, one));
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
  parts: DigestParts,
  digest: Digest,
  folder: string | null,
): Promise<{ result: DigestResult; manifestSha256: string }> {
  const { database, now } = parts;
  const at = now();
  const id = await database.transaction((trx) =>
    openRun(trx, { digest: digest.name, period: `terminal ${at.toISOString()}`, askedBy: null, channel: '', now: at }),
  );
  if (id === undefined) throw new Error('A digest was begun in this very moment: try again.');
  await changeRun(database.db, id, { lease: 'terminal', lease_until: new Date('9999-01-01T00:00:00Z') });
  const run = await runById(database.db, id);
  if (run === undefined) throw new Error('The run that was just begun is gone.');
  const stopping = new AbortController().signal;
  await collectRun({ ...parts, stopping }, digest, run);
  await writeReport(parts, digest, id, folder);
  await changeRun(database.db, id, { state: 'done', done_at: now(), lease: null, lease_until: null });
  const done = await runById(database.db, id);
  return { result: DigestResult.parse(done?.result), manifestSha256: done?.manifest_sha256 ?? '' };
}
