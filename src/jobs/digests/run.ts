import { randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { AwsTrouble } from '../../aws/aws.ts';
import { inTurn } from '../../aws/everywhere.ts';
import { troubleOf } from '../../aws/trouble.ts';
import type { DigestName } from '../../config/digests/index.ts';
import { CredentialReportError } from '../../framework/credential-report/parse.ts';
import { DigestResult } from '../../framework/digest-result.ts';
import { placeAnswered, placeFailed, placesOf, setPlaces } from '../../store/digests/places.ts';
import {
  changeRun,
  claimRun,
  type DigestRun,
  type Held,
  LeaseLost,
  openRun,
  releaseRun,
  resumeRun,
  runById,
} from '../../store/digests/runs.ts';
import { messageOf } from '../../words/text.ts';
import { hourMs } from '../../words/time.ts';
import { untilStopped } from '../../words/within.ts';
import { tellAdministrators } from './administrators.ts';
import type { Answer, Digest, DigestAccount, DigestParts, RunParts, StoppableParts } from './digest.ts';
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
/** Whoever administers hears of a run that failed so often: it has been stuck for half a minute by then. */
const triesBeforeTold = 4;

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
  let change = {};
  const stopped = await whileLeased(parts, held, async (stopping) => {
    try {
      await work({ ...parts, stopping }, claimed, held);
    } catch (error) {
      if (!stopping.aborted && !(error instanceof LeaseLost)) {
        const tries = claimed.tries + 1;
        const retryAt = new Date(parts.now().getTime() + Math.min(2 ** tries * 1000, longestWaitMs));
        parts.log.warn({ err: error, run: id, retryAt }, 'A digest could not go on and is tried again.');
        change = { tries, retry_at: retryAt, error: sentence(error) };
        if (tries === triesBeforeTold)
          await tellAdministrators(parts, {
            key: `digest-${id}-stuck`,
            title: `Run ${id} of the digest ${claimed.digest} cannot go on`,
            sentence: `${sentence(error)} It is tried again every ten minutes.`,
          });
      }
    }
    return stopping.aborted;
  });
  const next = await releaseRun(db, held, change, parts.now());
  if (next != null && !stopped) parts.wakes.digests(next);
}

/** Keeps a run leased while somebody works on it. The signal is aborted when that has to stop, or when another has the run. */
async function whileLeased<Result>(
  parts: StoppableParts,
  held: Held,
  act: (stopping: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const lost = new AbortController();
  const renewing = setInterval(() => {
    changeRun(parts.database.db, held, { lease_until: leaseEnd(parts) }).catch((error: unknown) => {
      if (error instanceof LeaseLost) lost.abort(error);
    });
  }, leaseMs / 4).unref();
  try {
    return await act(AbortSignal.any([parts.stopping, lost.signal]));
  } finally {
    clearInterval(renewing);
  }
}

const leaseEnd = ({ now }: DigestParts): Date => new Date(now().getTime() + leaseMs);

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
async function collectRun(parts: StoppableParts, digest: Digest, run: DigestRun, held: Held): Promise<void> {
  const { db } = parts.database;
  const ask = digest.ask?.(parts, run);
  if (ask === undefined) return;
  let { shared } = run;
  if (!run.places_known) {
    const found = await untilStopped(parts.stopping, ask.places());
    if (found === undefined) return;
    await parts.database.transaction((trx) => setPlaces(trx, held, found));
    shared = found.shared;
  }
  const waiting = await placesOf(db, run.id, 'waiting');
  const collect = (place: DigestAccount) => ask.collect(place, shared);
  await askAll(parts, digest.name, waiting, collect, async (place, outcome) => {
    if ('answer' in outcome) await placeAnswered(parts.database, run.id, place.account, outcome.answer, parts.now());
    else await placeFailed(db, run.id, place.account, outcome.reason);
  });
}

type Outcome = { answer: Answer } | { reason: string };

type Collect = (place: DigestAccount) => Promise<Answer>;

/** Asks the places, some at a time, and hands over each outcome. Stops early when it is told to. */
async function askAll(
  parts: StoppableParts,
  digest: DigestName,
  places: readonly DigestAccount[],
  collect: Collect,
  done: (place: DigestAccount, outcome: Outcome) => Promise<void>,
): Promise<void> {
  await inTurn(places, atATime, async (place) => {
    if (parts.stopping.aborted) return;
    // An answer that is still to come when the work has to stop is not waited for: the next one asks again.
    const outcome = await untilStopped(parts.stopping, askOne(parts, digest, place, collect));
    if (outcome !== undefined && !parts.stopping.aborted) await done(place, outcome);
  });
}

/** Temporary failures: waiting is enough. */
const passing: ReadonlySet<AwsTrouble['kind']> = new Set(['throttled', 'expired', 'unreachable']);

async function askOne(
  parts: StoppableParts,
  digest: DigestName,
  place: DigestAccount,
  collect: Collect,
): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    try {
      return { answer: await collect(place) };
    } catch (thrown) {
      if (parts.stopping.aborted) return { reason: 'the run was stopped' };
      const error =
        thrown instanceof CredentialReportError ? thrown : troubleOf(thrown, `read account ${place.account}`);
      const again = error instanceof AwsTrouble && passing.has(error.kind) && tries < triesPerPlace;
      if (!again) {
        parts.log.warn({ err: error, digest, account: place.account }, 'An account gave no answer.');
        return { reason: sentence(error) };
      }
      await after(2 ** tries * 500, undefined, { signal: parts.stopping }).catch(() => undefined);
    }
  }
}

/** AWS keeps a credential report for four hours: an older interrupted run is not resumed. */
const resumableMs = 4 * hourMs;

/**
 * Collects and writes a run that nobody posts. The files go into an empty folder; null: they are not kept. An interrupted
 * run is resumed by the next call for the same digest: accounts that answered are not asked again. `resumed` is when the
 * interrupted run began, null for a new one.
 */
export async function makeRun(
  parts: StoppableParts,
  digest: Digest,
  folder: string | null,
): Promise<{ result: DigestResult; manifestSha256: string; resumed: Date | null }> {
  const { now } = parts;
  const { db } = parts.database;
  const { run, held, resumed } = await takeTerminalRun(parts, digest);
  try {
    await whileLeased(parts, held, async (stopping) => {
      await collectRun({ ...parts, stopping }, digest, run, held);
      stopping.throwIfAborted();
      await writeReport(parts, digest, held, folder);
      await changeRun(db, held, { state: 'done', done_at: now(), lease_until: null });
    });
  } catch (error) {
    await releaseRun(db, held, { error: sentence(error) }, now());
    const places = await placesOf(db, run.id);
    const answered = places.filter(({ state }) => state === 'answered').length;
    if (folder === null || answered === 0) throw error;
    throw new Error(
      `${messageOf(error)} The answers of ${answered} of ${places.length} accounts are kept: within four hours the same command continues with them.`,
      { cause: error },
    );
  }
  const done = await runById(db, run.id);
  return { result: DigestResult.parse(done?.result), manifestSha256: done?.manifest_sha256 ?? '', resumed };
}

/** The run of a terminal that was cut short, or a new one. */
async function takeTerminalRun(
  parts: DigestParts,
  digest: Digest,
): Promise<{ run: DigestRun; held: Held; resumed: Date | null }> {
  const at = parts.now();
  const lease = randomUUID();
  return parts.database.transaction(async (trx) => {
    const since = new Date(at.getTime() - resumableMs);
    const resumed = await resumeRun(trx, digest.name, since, lease, at, leaseEnd(parts));
    if (resumed !== undefined) return { run: resumed, held: { id: resumed.id, lease }, resumed: resumed.started_at };
    const period = `terminal ${at.toISOString()}`;
    const id = await openRun(trx, { digest: digest.name, period, askedBy: null, channel: '', now: at });
    const run = id === undefined ? undefined : await claimRun(trx, id, lease, at, leaseEnd(parts));
    if (run === undefined) throw new Error('A digest was begun in this very moment: try again.');
    return { run, held: { id: run.id, lease }, resumed: null };
  });
}
