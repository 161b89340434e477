import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { zipFile } from '../../../src/jobs/digests/zip.ts';

const files = [
  { name: 'findings.csv', bytes: Buffer.from('a,b\n'.repeat(50_000)) },
  { name: 'raw/111122223333-credential-report.csv', bytes: Buffer.from([0, 255, 10, 13, 128]) },
  { name: 'raw/empty.csv', bytes: Buffer.alloc(0) },
  { name: 'raw/účet.csv', bytes: Buffer.from('ž') },
];

const entries = function* () {
  for (const { name, bytes } of files)
    yield {
      name,
      pieces: (async function* () {
        for (let from = 0; from < bytes.length; from += 1000) yield bytes.subarray(from, from + 1000);
      })(),
    };
};

test('Python, which knows ZIP on its own, reads every file back byte by byte, and finds no fault', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-zip-'));
  try {
    const path = join(folder, 'all.zip');
    await pipeline(zipFile(entries()), createWriteStream(path));
    const script = `
import sys, zipfile, hashlib, json
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps({n: z.read(n).hex() for n in z.namelist()}))`;
    const read: unknown = JSON.parse(execFileSync('python3', ['-c', script, path], { maxBuffer: 1e9 }).toString());
    expect(read).toEqual(Object.fromEntries(files.map(({ name, bytes }) => [name, bytes.toString('hex')])));

    const again = join(folder, 'again.zip');
    await pipeline(zipFile(entries()), createWriteStream(again));
    expect(readFileSync(again).equals(readFileSync(path))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
