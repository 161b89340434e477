import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packFolder } from '../../../src/jobs/digests/folder.ts';

const files: Record<string, Buffer> = {
  'findings.csv': Buffer.from('a,b\n'.repeat(50_000)),
  'raw/111122223333-credential-report.csv': Buffer.from([0, 255, 10, 13, 128]),
  'raw/empty.csv': Buffer.alloc(0),
  'raw/účet.csv': Buffer.from('ž'),
};

test('Python, which knows ZIP on its own, reads every file back byte by byte, and the archive is the same each time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-zip-'));
  const [from, to] = [join(folder, 'files'), join(folder, 'all.zip')];
  try {
    mkdirSync(join(from, 'raw'), { recursive: true });
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(from, name), bytes);
    expect(await packFolder(from, to)).toEqual([to]);
    const script = `
import sys, zipfile, json
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps({n: z.read(n).hex() for n in z.namelist()}))`;
    const read: unknown = JSON.parse(execFileSync('python3', ['-c', script, to], { maxBuffer: 1e9 }).toString());
    expect(read).toEqual(
      Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, bytes.toString('hex')])),
    );

    const first = readFileSync(to);
    utimesSync(join(from, 'findings.csv'), new Date(), new Date('2001-02-03T04:05:06Z'));
    await packFolder(from, to);
    expect(readFileSync(to).equals(first)).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
