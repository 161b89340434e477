import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { oneLine } from '../alerts/text.ts';
import { verifyFolder } from '../reports/verify.ts';
import type { Io } from './io.ts';

const usage = 'Usage: trailwatch digest verify DIR [--sha256 HASH] [--json]';

/**
 * `trailwatch digest verify DIR [--sha256 HASH] [--json]`: checks a digest's files against their manifest, and the manifest
 * against the hash that was noted when it was written. Exit code 1, and the names, when something differs.
 */
export async function digestVerify(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { sha256: { type: 'string' }, json: { type: 'boolean' } },
  });
  const [what, folder] = positionals;
  if (what !== 'verify' || folder === undefined || positionals.length !== 2) throw new Error(usage);
  const noted = values.sha256?.toLowerCase();
  if (noted !== undefined && !/^[0-9a-f]{64}$/.test(noted))
    throw new Error('--sha256 takes the 64 hexadecimal digits that the digest gave for its manifest.');

  const { ok: filesOk, ...found } = await verifyFolder(resolve(io.cwd, folder));
  const otherManifest = noted !== undefined && noted !== found.manifestSha256;
  const ok = filesOk && !otherManifest;
  if (values.json === true) {
    io.stdout.write(`${JSON.stringify({ ok, otherManifest, ...found })}\n`);
    return ok ? 0 : 1;
  }
  // File names are whoever's: no control characters to the terminal.
  const names = (word: string, list: readonly string[]) => list.map((name) => `${word}: ${oneLine(name)}\n`).join('');
  io.stdout.write(names('changed', found.changed) + names('missing', found.missing) + names('extra', found.extra));
  if (otherManifest) io.stdout.write('The manifest is not the noted one: it was written anew or changed.\n');
  io.stdout.write(
    ok
      ? `All ${found.files} files are as they were written. SHA-256 of the manifest: ${found.manifestSha256}\n`
      : `The files are not as they were written. SHA-256 of the manifest: ${found.manifestSha256}\n`,
  );
  return ok ? 0 : 1;
}
