import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { DigestResult } from '../../framework/digest-result.ts';
import { chartBlock } from '../../reports/chart.ts';
import { signatureName } from '../../reports/jws.ts';
import { manifestName } from '../../reports/manifest.ts';
import { timeStamp } from '../../reports/time-stamp.ts';
import { appendAudit } from '../../store/audit-log.ts';
import { addFile, dropUnsentFiles } from '../../store/digests/files.ts';
import { endTasksOf } from '../../store/digests/people.ts';
import { addAbsent } from '../../store/digests/places.ts';
import { changeRun, type DigestRun, type Held, runById } from '../../store/digests/runs.ts';
import { sha256Of } from '../../store/packed.ts';
import { messageOf } from '../../words/text.ts';
import { untilStopped } from '../../words/within.ts';
import type { Digest, DigestParts, StoppableParts } from './digest.ts';
import { packFolder, writeFolder } from './folder.ts';
import { openSigner, type Signer } from './sign.ts';

/** Files that stand in the thread by themselves; all of them are in the archive, which can be verified. */
const shown: Readonly<Record<string, string>> = {
  'report.pdf': 'Report (PDF)',
  'report.xlsx': 'Report (Excel)',
  'findings.csv': 'All findings (CSV)',
  'results.csv': 'All results (CSV)',
  'heat-map.png': 'Accounts and steps',
  'oscal-assessment-results.json': 'OSCAL assessment results',
  'ocsf-compliance-findings.jsonl': 'OCSF compliance findings',
  'trend.png': 'Trend',
  'manifest.json': 'Manifest with SHA-256 of every file',
  'manifest.jws': 'Signature of the manifest (JWS)',
};
/** A larger file is sent in the archive alone, where it is packed. */
const shownBytes = 20 * 1024 * 1024;

/**
 * Makes the files of a run that has asked every account, keeps them for sending, and puts their hashes into the audit
 * log together with the result. An earlier attempt that was cut short leaves nothing behind; one that is stopped
 * ends at once, and keeps nothing from then on. With `into`, the files are written there and stay there, and nothing is kept
 * for sending; null: the files are of no use to anybody.
 */
export async function writeReport(
  parts: StoppableParts,
  digest: Digest,
  held: Held,
  into?: string | null,
): Promise<void> {
  const temporary = await mkdtemp(join(tmpdir(), 'trailwatch-digest-'));
  try {
    const writing = write(parts, digest, held, { into, temporary });
    // A folder of somebody's own is theirs to clear: nothing may go on writing there.
    await (into === undefined ? untilStopped(parts.stopping, writing) : writing);
  } finally {
    // What was stopped may be writing a file this moment.
    await rm(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function write(
  parts: StoppableParts,
  digest: Digest,
  held: Held,
  { into, temporary }: { into: string | null | undefined; temporary: string },
): Promise<void> {
  const { database, now, stopping } = parts;
  const { db } = database;
  const { id } = held;
  const asked = await runById(db, id);
  if (asked === undefined) return;
  await addAbsent(db, asked);
  const folder = into ?? join(temporary, 'files');
  await mkdir(folder, { recursive: true });
  const signer = into === null ? null : await signerOrTrouble(parts);
  const signing = signer instanceof Error ? null : (signer?.about ?? null);
  const { result, gone, manifestSha256, files } = await writeFolder(parts, digest, asked, folder, signing);
  const signed = await signManifest(parts, asked, folder, signer);
  stopping.throwIfAborted();
  await dropUnsentFiles(db, id);
  if (into === undefined) await keepForSending(parts, digest, asked, { folder, temporary, result });
  const stamped = into === undefined ? await stampManifest(parts, digest, asked, manifestSha256, result) : {};
  stopping.throwIfAborted();
  await database.transaction(async (trx) => {
    await changeRun(trx, held, {
      state: 'posting',
      result,
      manifest_sha256: manifestSha256,
      collected_at: now(),
      tries: 0,
      error: null,
    });
    await endTasksOf(trx, digest.name, gone, now());
    await appendAudit(trx, {
      at: now(),
      actor: { type: 'system' },
      action: 'digest',
      subject: `${digest.command} ${asked.period}`,
      detail: {
        run: id,
        edition: asked.edition,
        coverage: `${result.coverage.answered} of ${result.coverage.asked}`,
        manifestSha256,
        ...signed,
        ...stamped,
        files: files.map(({ name, sha256 }) => ({ name, sha256 })),
      },
    });
  });
}

/** The signer of the configuration, or why there is none now: the run goes on without. */
const signerOrTrouble = (parts: DigestParts): Promise<Signer | Error | null> =>
  openSigner(parts).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));

/** Puts the signature of the manifest beside it. Returns what the audit log says of it. */
async function signManifest(
  { log }: DigestParts,
  run: DigestRun,
  folder: string,
  signer: Signer | Error | null,
): Promise<{ signatureSha256?: string; signatureError?: string }> {
  if (signer === null) return {};
  try {
    if (signer instanceof Error) throw signer;
    const jws = Buffer.from(`${await signer.sign(await readFile(join(folder, manifestName)))}\n`);
    await writeFile(join(folder, signatureName), jws);
    return { signatureSha256: sha256Of(jws) };
  } catch (error) {
    log.warn({ err: error, run: run.id }, 'The manifest of a digest was not signed.');
    return { signatureError: messageOf(error).slice(0, 300) };
  }
}

/**
 * Has the time-stamp authority of the configuration stamp the manifest, and keeps its answer for sending. Returns what the
 * audit log says of it. Without an answer the run goes on: the log and the audit log say why.
 */
async function stampManifest(
  { database: { db }, config, log, stopping }: StoppableParts,
  digest: Digest,
  run: DigestRun,
  manifestSha256: string,
  result: DigestResult,
): Promise<{ timeStampSha256?: string; timeStampError?: string }> {
  const { timeStamp: authority } = config.digests;
  if (authority === null) return {};
  try {
    const bytes = await timeStamp(authority.url, manifestSha256);
    stopping.throwIfAborted();
    const name = `${prefixOf(digest, run, result.date)}-manifest.tsr`;
    await addFile(db, run.id, { name, title: 'Time stamp of the manifest (RFC 3161)', bytes });
    return { timeStampSha256: sha256Of(bytes) };
  } catch (error) {
    log.warn({ err: error, run: run.id }, 'The manifest of a digest was not time-stamped.');
    return { timeStampError: messageOf(error).slice(0, 300) };
  }
}

/** Keeps what is sent by itself, and the archive of everything. */
async function keepForSending(
  { database: { db }, stopping }: StoppableParts,
  digest: Digest,
  run: DigestRun,
  { folder, temporary, result }: { folder: string; temporary: string; result: DigestResult },
): Promise<void> {
  const prefix = prefixOf(digest, run, result.date);
  const drawn = result.chart === null || chartBlock(result.chart) !== null;
  for (const [name, title] of Object.entries(shown)) {
    // Slack draws the chart itself, where it can.
    if (name === 'trend.png' && drawn) continue;
    const size = await stat(join(folder, name)).then(
      (found) => found.size,
      () => undefined,
    );
    if (size === undefined || size > shownBytes) continue;
    stopping.throwIfAborted();
    await addFile(db, run.id, { name: `${prefix}-${name}`, title, bytes: await readFile(join(folder, name)) });
  }
  for (const path of await packFolder(folder, join(temporary, `${prefix}.zip`))) {
    stopping.throwIfAborted();
    await addFile(db, run.id, {
      name: basename(path),
      title: 'Everything, to be verified (ZIP)',
      bytes: await readFile(path),
    });
  }
}

const prefixOf = ({ command }: Digest, run: DigestRun, date = run.started_at.toISOString().slice(0, 10)): string =>
  `${command}-${date}${run.edition > 1 ? `-edition-${run.edition}` : ''}`;
