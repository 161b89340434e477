import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Config } from '../../config/config.ts';
import { DigestResult } from '../../framework/digest-result.ts';
import { chartAlt, chartBlock } from '../../reports/chart.ts';
import { editPosted, postOnce } from '../../slack/post-once.ts';
import { type Failure, judgeFailure } from '../../slack/posting.ts';
import type { DataVisualizationBlock, Message } from '../../slack/types.ts';
import { digestMessage, digestProgress } from '../../slack/views/digest-message.ts';
import { changeFile, type DigestFile, fileBytes, filesOf } from '../../store/digests/files.ts';
import { openTasks } from '../../store/digests/people.ts';
import { placesOf } from '../../store/digests/places.ts';
import { changeRun, type DigestRun, type Held, lockRun, runById } from '../../store/digests/runs.ts';
import type { Tables } from '../../store/tables.ts';
import { messageOf } from '../../words/text.ts';
import { hourMs } from '../../words/time.ts';
import { tellAdministrators } from './administrators.ts';
import { archiveFile } from './archive.ts';
import type { Digest, RunParts } from './digest.ts';
import { uploadFile } from './upload.ts';

/** Slack did not take a message now: when to try again. */
class NotNow extends Error {
  override name = 'NotNow';
}

const keyOf = (run: number): string => `digest-${run}`;

/** Shows how far a run is. Nothing depends on it: what Slack does not take now, the next one shows. */
export async function showProgress(
  parts: RunParts,
  digest: Digest,
  held: Held,
  { writing }: { writing: boolean },
): Promise<void> {
  try {
    const run = await runById(parts.database.db, held.id);
    if (run === undefined) return;
    // A run that has a result shows it until there is a new one.
    if (run.result !== null) return await showResult(parts, held);
    const places = await placesOf(parts.database.db, run.id);
    const count = (state: string) => places.filter((place) => place.state === state).length;
    const message = digestProgress(digest.title, {
      asked: places.length,
      answered: count('answered'),
      failed: count('failed'),
      askedBy: run.asked_by,
      writing,
    });
    await show(parts, held, run, message);
  } catch (error) {
    parts.log.debug({ err: error, run: held.id }, 'The progress of a digest was not shown.');
  }
}

/** Brings the message of a run up to date with its result, its files and what people did. Throws when Slack does not take it now. */
export async function showResult(parts: RunParts, held: Held): Promise<void> {
  const run = await runById(parts.database.db, held.id);
  if (run === undefined || run.result === null) return;
  await show(parts, held, run, await resultOf(parts, parts.database.db, run));
}

/** The message of a run as it should be now. */
const resultOf = async (parts: RunParts, db: Kysely<Tables>, run: DigestRun): Promise<Message> =>
  digestMessage(DigestResult.parse(run.result), await standingOf({ db, config: parts.config }, run));

const hashOf = (message: Message): string => createHash('sha256').update(JSON.stringify(message)).digest('hex');

/**
 * Ends the work on a run whose result is shown: it is done, or there is more to send at a time. False when what people did
 * meanwhile is to be shown first. A run that was asked again is left as that set it.
 */
export async function endRun(parts: RunParts, held: Held, next: Date | null): Promise<boolean> {
  return parts.database.transaction(async (trx) => {
    const run = await lockRun(trx, held);
    if (run.state !== 'posting') return true;
    if (run.shown !== hashOf(await resultOf(parts, trx, run))) return false;
    await changeRun(
      trx,
      held,
      next === null
        ? { state: 'done', done_at: parts.now(), tries: 0, retry_at: null, error: null }
        : { retry_at: next, tries: 0, error: 'a file was not sent yet' },
    );
    return true;
  });
}

/** While accounts are asked again, the previous edition stays visible. */
export const shownEdition = ({ state, edition }: DigestRun): number => (state === 'collecting' ? edition - 1 : edition);

/** What the message of a run says beside its result. */
export async function standingOf({ db, config }: { db: Kysely<Tables>; config: Config }, run: DigestRun) {
  const tasks = await openTasks(db, run.digest);
  const files = await filesOf(db, run.id);
  return {
    run: run.id,
    asking: run.state === 'collecting',
    edition: shownEdition(run),
    startedAt: run.started_at,
    askedBy: run.asked_by,
    files: files.map(({ title, sent_at, error, archive_error, upload_error }) => ({
      title,
      sent: sent_at !== null,
      error,
      copyError: archive_error ?? upload_error,
    })),
    tasks: new Map(
      tasks.map(({ finding, assignee, title, due_at: due, ticket }) => [finding, { assignee, title, due, ticket }]),
    ),
    manifestSha256: run.manifest_sha256,
    reviewed:
      run.reviewed_by === null || run.reviewed_at === null
        ? null
        : {
            by: run.reviewed_by,
            at: run.reviewed_at,
            // Before there were outcomes, a press meant that it was accepted.
            outcome: run.review_outcome ?? ('accepted' as const),
            comment: run.review_comment,
          },
    chart: chartOf(run),
    mayCreateReport: run.digest === 'evidence' && config.digests.evidence?.createReports === true,
  };
}

/** The chart of a result as Slack draws it; one bar alone says nothing. */
function chartOf({ result }: DigestRun): DataVisualizationBlock | null {
  const chart = DigestResult.safeParse(result).data?.chart;
  if (chart == null) return null;
  const block = chartBlock(chart);
  return block !== null && block.chart.type !== 'pie' && block.chart.axis_config.categories.length > 1 ? block : null;
}

/** Posts or edits the one message of a run; one that shows this already is left alone. Throws when Slack does not take it now. */
async function show(parts: RunParts, held: Held, run: DigestRun, message: Message): Promise<void> {
  const { db } = parts.database;
  const shown = hashOf(message);
  if (run.shown === shown) return;
  const at = { channel: run.channel, key: keyOf(run.id) };
  if (run.ts === null && run.attempted_at === null) await changeRun(db, held, { attempted_at: parts.now() });
  const sent =
    run.ts === null
      ? await postOnce(parts, at, message, run.attempted_at)
      : await editPosted(parts, { ...at, ts: run.ts }, message);
  if (sent.outcome === 'done') return changeRun(db, held, { ts: sent.ts, shown, attempted_at: null });
  if (sent.outcome === 'found' || (sent.outcome === 'refused' && sent.about === 'gone')) {
    // What was found shows some older state perhaps, and what somebody deleted is posted again rather than lost.
    const ts = sent.outcome === 'found' ? sent.ts : null;
    await changeRun(db, held, { ts, shown: null, attempted_at: null });
    return show(parts, held, { ...run, ts, attempted_at: null }, message);
  }
  if (sent.outcome !== 'unknown') await changeRun(db, held, { attempted_at: null });
  if (sent.outcome === 'refused' && sent.about === 'channel') {
    const { channel } = run;
    const other = parts.config.channels.default;
    const moves = channel !== other;
    await tellAdministrators(parts, {
      key: `digest-${run.id}-refused-${channel}`,
      title: `A digest cannot be shown in <#${channel}>`,
      sentence: `Slack refuses the channel (${sent.error}). Invite the bot there, or name another channel in the configuration. ${moves ? 'This run is shown in the default channel.' : 'It is tried again every ten minutes.'}`,
    });
    const refused = `${sent.error} in ${channel}${moves ? `, so it is shown in ${other}` : ''}`;
    await changeRun(db, held, { refused });
    if (moves) {
      await changeRun(db, held, { channel: other, ts: null, shown: null, attempted_at: null });
      return show(parts, held, { ...run, channel: other, ts: null, attempted_at: null, shown: null }, message);
    }
  }
  throw new NotNow(`Slack did not take the message now: ${sent.error}`);
}

const longestWaitMs = hourMs;
/** A file that Slack did not take in this many tries, about half a day, stays behind: the message says so. */
const mostTries = 20;

/**
 * Sends the files of a run into the thread of its message, each once, and copies them to the archive and to where they are uploaded. A file that Slack
 * refuses is named in the message, with the reason, and tried again; the others are sent all the same. Returns when to
 * try again, or null when nothing is left to do.
 */
export async function postFiles(parts: RunParts, held: Held): Promise<Date | null> {
  const { db } = parts.database;
  const { id } = held;
  for (const file of await filesOf(db, id)) {
    const run = await runById(db, id);
    if (run?.ts == null || run.state !== 'posting' || parts.stopping.aborted) return null;
    const at = { channel: run.channel, ts: run.ts };
    if (file.retry_at !== null && file.retry_at > parts.now()) continue;
    if (toSend(file)) await sendFile(parts, at, file, run);
    if (toArchive(parts, file)) await archiveFile(parts, run, file);
    if (toUpload(parts, file)) await uploadFile(parts, run, file);
  }
  await showResult(parts, held);
  const left = (await filesOf(db, id)).filter(
    (file) => toSend(file) || toArchive(parts, file) || toUpload(parts, file),
  );
  if (left.length === 0) return null;
  return new Date(Math.min(...left.map(({ retry_at }) => (retry_at ?? parts.now()).getTime())));
}

const toSend = ({ sent_at, tries }: DigestFile): boolean => sent_at === null && tries < mostTries;

const toArchive = ({ config }: RunParts, { archived_at, tries }: DigestFile): boolean =>
  config.digests.archive !== null && archived_at === null && tries < mostTries;

const toUpload = ({ config }: RunParts, { uploaded_at, tries }: DigestFile): boolean =>
  config.digests.upload !== null && uploaded_at === null && tries < mostTries;

async function sendFile(
  parts: RunParts,
  at: { channel: string; ts: string },
  file: DigestFile,
  run: DigestRun,
): Promise<void> {
  const alt = altOf(file, DigestResult.safeParse(run.result).data);
  const { slack, now } = parts;
  const { db } = parts.database;
  const sent = () =>
    changeFile(db, file.run_id, file.name, { sent_at: now(), attempted_at: null, retry_at: null, error: null });
  try {
    if (file.attempted_at !== null && (await isInThread(parts, at, file))) return await sent();
    const bytes = await fileBytes(db, file.run_id, file.name);
    await changeFile(db, file.run_id, file.name, { attempted_at: now() });
    await slack.filesUploadV2({
      channel_id: at.channel,
      thread_ts: at.ts,
      file: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      filename: slackName(file.name),
      title: file.title,
      ...(alt === undefined ? {} : { alt_text: alt }),
    });
    await sent();
  } catch (error) {
    const failure = judgeUpload(error);
    const tries = file.tries + 1;
    const waitMs =
      failure.outcome === 'later' && failure.rateLimited ? failure.waitMs : Math.min(2 ** tries * 2000, longestWaitMs);
    await changeFile(db, file.run_id, file.name, {
      error: failure.error,
      tries,
      retry_at: new Date(now().getTime() + waitMs),
      ...(failure.outcome === 'unknown' ? {} : { attempted_at: null }),
    });
    parts.log.warn(
      { run: file.run_id, file: file.name, error: failure.error },
      'A file of a digest was not sent; it is tried again.',
    );
  }
}

/** A picture in words. */
function altOf({ name }: DigestFile, result: DigestResult | undefined): string | undefined {
  const own = Object.entries(result?.alt ?? {}).find(([picture]) => name.endsWith(picture));
  if (own !== undefined) return own[1];
  return result?.chart != null && name.endsWith('trend.png') ? chartAlt(result.chart) : undefined;
}

/** A file's name in Slack: a path has no place there. */
const slackName = (name: string): string => name.replaceAll('/', '-');

/** The upload itself is a plain request, whose failures the client passes on as they come: nothing was shared then. */
function judgeUpload(error: unknown): Failure {
  try {
    return judgeFailure(error);
  } catch {
    const said = messageOf(error);
    return { outcome: 'unknown', error: said.slice(0, 300) };
  }
}

/** Whether a file stands in the thread: its upload was tried and the answer was lost. */
async function isInThread(
  { slack }: RunParts,
  at: { channel: string; ts: string },
  file: DigestFile,
): Promise<boolean> {
  let cursor: string | undefined;
  do {
    const { messages, response_metadata } = await slack.conversations.replies({
      channel: at.channel,
      ts: at.ts,
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    });
    if (messages?.some(({ files }) => files?.some(({ name }) => name === slackName(file.name)))) return true;
    cursor = response_metadata?.next_cursor || undefined;
  } while (cursor !== undefined);
  return false;
}
