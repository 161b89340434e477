import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readEnvironment } from '../config/environment.ts';
import { reperform } from '../jobs/digests/reperform.ts';
import { type SignatureVerification, verifyFolder, verifySignature } from '../reports/verify.ts';
import { openDatabase } from '../store/database.ts';
import { notedManifest } from '../store/digests/noted.ts';
import { oneLine } from '../words/text.ts';
import { existingDatabase } from './database-of.ts';
import type { Io } from './io.ts';

const usage =
  'Usage: trailwatch digest verify DIR [--sha256 HASH | --audit-log] [--public-key FILE] [--reperform] [--json]';

/**
 * `trailwatch digest verify DIR`: checks a digest's files against their manifest. `--sha256 HASH` checks the manifest against
 * the hash that was noted when it was written; `--audit-log` looks that up in the database of DATABASE_URL or DATA_DIR, by
 * run and edition. `--public-key FILE` checks the signature beside the manifest with a public key (PEM); without it, the one in
 * about.json is tried. `--reperform` finds the findings again, from what AWS answered. Exit code 1, and the names, when something
 * differs; 3 when the files agree and nothing from outside them says that the manifest is genuine; else 0.
 */
export async function digestVerify(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      sha256: { type: 'string' },
      'audit-log': { type: 'boolean' },
      'public-key': { type: 'string' },
      reperform: { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  const [what, folder] = positionals;
  if (what !== 'verify' || folder === undefined || positionals.length !== 2) throw new Error(usage);
  if (values.sha256 !== undefined && values['audit-log'] === true) throw new Error(usage);
  const given = values.sha256?.toLowerCase();
  if (given !== undefined && !/^[0-9a-f]{64}$/.test(given))
    throw new Error('--sha256 takes the 64 hexadecimal digits that the digest gave for its manifest.');

  const path = resolve(io.cwd, folder);
  const { ok: filesOk, ...found } = await verifyFolder(path);
  const noted = values['audit-log'] === true ? await notedIn(io, found) : given;
  const otherManifest = noted !== undefined && noted !== found.manifestSha256;
  const keyFile = values['public-key'];
  const signature = await verifySignature(
    path,
    keyFile === undefined ? undefined : await readFile(resolve(io.cwd, keyFile), 'utf8'),
  );
  const again = values.reperform === true ? await reperform(path) : undefined;
  const genuine = !otherManifest && signature?.ok !== false;
  const vouched = noted !== undefined || signature?.own === false;
  const ok = filesOk && genuine && (again === undefined || again.differences.length === 0);
  const code = !ok ? 1 : vouched ? 0 : 3;
  if (values.json === true) {
    const manifestChecked = vouched;
    io.stdout.write(
      `${JSON.stringify({ ok, manifestChecked, otherManifest, ...found, ...(signature && { signature }), ...(again && { reperformed: again }) })}\n`,
    );
    return code;
  }
  // File names are whoever's: no control characters to the terminal.
  const names = (word: string, list: readonly string[]) => list.map((name) => `${word}: ${oneLine(name)}\n`).join('');
  io.stdout.write(names('changed', found.changed) + names('missing', found.missing) + names('extra', found.extra));
  if (otherManifest) io.stdout.write('The manifest is not the noted one: it was written anew or changed.\n');
  if (signature !== undefined) io.stdout.write(`${signatureWords(signature)}\n`);
  if (again !== undefined) {
    io.stdout.write(names('differs', again.differences));
    if (again.differences.length === 0)
      io.stdout.write(`All ${again.found} findings follow from what AWS answered, by the limits in about.json.\n`);
  }
  io.stdout.write(
    `${verdict(filesOk && genuine, vouched, found.files)} SHA-256 of the manifest: ${found.manifestSha256}\n`,
  );
  return code;
}

function verdict(ok: boolean, checked: boolean, files: number): string {
  if (!ok) return 'The files are not as they were written.';
  if (checked) return `All ${files} files are as they were written.`;
  return `All ${files} files agree with the manifest; nothing says that the manifest is the one that was noted: give --sha256 with the hash from Slack or the audit log, --audit-log, or --public-key.`;
}

function signatureWords({ ok, key, own }: SignatureVerification): string {
  const name = oneLine(key, 200);
  if (!ok) return `The signature is not that of ${name} over this manifest.`;
  return own
    ? `Signed by ${name}, as about.json says itself: give the key of your own with --public-key.`
    : `Signed by ${name}, whose public key you gave.`;
}

/** The hash that the audit log has for the run and edition that a manifest names. */
async function notedIn(io: Io, { run, edition }: { run: number | null; edition: number | null }): Promise<string> {
  if (run === null || edition === null)
    throw new Error('The manifest names no run: it is of an older version. Give --sha256 with the hash from Slack.');
  const read = readEnvironment(io.env, []);
  if ('problems' in read) throw new Error('The environment has problems: trailwatch check names them.');
  const database = await openDatabase(existingDatabase(io, read.environment));
  try {
    const noted = await notedManifest(database.db, run, edition);
    if (noted === undefined) throw new Error(`The audit log of this database has no run ${run}, edition ${edition}.`);
    return noted;
  } finally {
    await database.close();
  }
}
