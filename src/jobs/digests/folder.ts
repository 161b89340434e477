import { createWriteStream } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { type About, aboutName } from '../../reports/about.ts';
import { filesBelow, writeManifest } from '../../reports/manifest.ts';
import type { DigestRun } from '../../store/digests/runs.ts';
import { rawFilesOf } from '../../store/digests/snapshots.ts';
import { aboutRun } from './about.ts';
import { aboutReport } from './common.ts';
import type { Digest, DigestParts, Reported } from './digest.ts';

/** Writes all files of a run into an empty folder: the digest's own, the bytes as AWS sent them, and the manifest over all. `signing`: whose signature it will have. */
export async function writeFolder(
  parts: DigestParts,
  digest: Digest,
  run: DigestRun,
  folder: string,
  signing: About['signing'],
): Promise<Reported & { manifestSha256: string; files: readonly { name: string; sha256: string }[] }> {
  for await (const { name, bytes } of rawFilesOf(parts.database.db, run.id)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  const reported = await digest.report(parts, run, folder);
  const whole = await aboutRun(parts, digest, run, reported, signing);
  await writeFile(join(folder, aboutName), `${JSON.stringify(whole, null, 1)}\n`);
  const about = aboutReport(run, await parts.aws.home().catch(() => null), parts.now());
  const { period } = reported;
  const { sha256, files } = await writeManifest(folder, {
    title: digest.title,
    organization: about.organization,
    run: run.id,
    edition: run.edition,
    askedAt: run.started_at.toISOString(),
    period: period === undefined ? null : { from: period.from.toISOString(), to: period.to.toISOString() },
    createdAt: about.createdAt.toISOString(),
    versions: about.versions,
  });
  return { ...reported, manifestSha256: sha256, files };
}

/** An archive holds at most this much before it is packed, so that none is too large to send. */
const archiveBytes = 256 * 1024 * 1024;

/** Packs a folder into archives beside it; each unpacks into the same folder, which `digest verify` then checks. Returns their paths. */
export async function packFolder(folder: string, to: string): Promise<string[]> {
  const parts: string[][] = [[]];
  let bytes = 0;
  for (const { name } of await filesBelow(folder)) {
    const { size } = await stat(join(folder, name));
    if (bytes > 0 && bytes + size > archiveBytes) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(name);
    bytes += size;
  }
  const paths: string[] = [];
  for (const [index, names] of parts.entries()) {
    const path = parts.length === 1 ? to : to.replace(/\.zip$/, `-${index + 1}-of-${parts.length}.zip`);
    await writeZip(folder, names, path);
    paths.push(path);
  }
  return paths;
}

/** The oldest time that ZIP knows: the same files give the same archive, byte for byte. */
const packedAt = { mtime: new Date(1980, 0, 1), mode: 0o100644, forceDosTimestamp: true };

/** One archive, written as its files are read: memory does not grow with them. */
async function writeZip(folder: string, names: readonly string[], path: string): Promise<void> {
  const zip = new ZipFile();
  const failed = new Promise<never>((_, reject) => zip.once('error', reject));
  for (const name of names) zip.addFile(join(folder, name), name, packedAt);
  zip.end();
  await Promise.race([pipeline(zip.outputStream, createWriteStream(path)), failed]);
}
