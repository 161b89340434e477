import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestVerify } from '../../src/cli/digest-verify.ts';
import { writeManifest } from '../../src/reports/manifest.ts';

let folder: string;
let sha256: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trailwatch-'));
  await mkdir(join(folder, 'raw'));
  await writeFile(join(folder, 'raw', '111122223333.csv'), 'user,arn\n');
  await writeFile(join(folder, 'findings.csv'), '"user"\n"josé"\n');
  await writeFile(join(folder, 'empty.json'), '');
  ({ sha256 } = await writeManifest(folder, {
    title: 'Credential report',
    organization: 'o-example',
    run: 7,
    edition: 1,
    period: { from: '2026-11-16T08:00:00.000Z', to: '2026-11-23T08:00:00.000Z' },
    createdAt: '2026-11-23T08:00:09.000Z',
    versions: { trailwatch: '0.1.0', node: 'v24.21.0' },
  }));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function verify(...args: string[]): Promise<{ code: number; out: string }> {
  let out = '';
  const code = await digestVerify(['verify', ...args], {
    stdout: { write: (text) => (out += text) },
    stderr: { write: () => {} },
    stdin: (async function* () {})(),
    env: {},
    cwd: folder,
  });
  return { code, out };
}

test('the manifest is canonical JSON that any program can check', async () => {
  const text = await readFile(join(folder, 'manifest.json'), 'utf8');
  expect(text).toMatch(
    /^\{"createdAt":"2026-11-23T08:00:09\.000Z","edition":1,"files":\[\{"bytes":0,"name":"empty\.json","sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","writtenAt":"[^"]+"\},\{"bytes":15,"name":"findings\.csv",.+"versions":\{"node":"v24\.21\.0","trailwatch":"0\.1\.0"\}\}\n$/,
  );
  expect(JSON.parse(text)).toMatchObject({ files: [{}, {}, { name: 'raw/111122223333.csv', bytes: 9 }] });
});

describe('trailwatch digest verify', () => {
  test('files as they were written', async () => {
    expect(await verify(folder, '--sha256', sha256.toUpperCase())).toEqual({
      code: 0,
      out: `All 3 files are as they were written. SHA-256 of the manifest: ${sha256}\n`,
    });
    // Without the hash nothing says that the manifest is the one that was noted.
    expect(await verify('.')).toEqual({
      code: 3,
      out: expect.stringMatching(/^All 3 files agree with the manifest; nothing says .* give --sha256/),
    });
    expect(await verify(folder, '--json')).toEqual({
      code: 3,
      out: `{"ok":true,"manifestChecked":false,"otherManifest":false,"files":3,"run":7,"edition":1,"changed":[],"missing":[],"extra":[],"manifestSha256":"${sha256}"}\n`,
    });
  });

  test('changed, missing and extra files are named', async () => {
    await writeFile(join(folder, 'findings.csv'), '"user"\n"jose"\n1');
    await rm(join(folder, 'empty.json'));
    await writeFile(join(folder, 'raw', 'ev\u001b[31mil.csv'), '');
    expect(await verify('.')).toEqual({
      code: 1,
      out: `changed: findings.csv\nmissing: empty.json\nextra: raw/ev[31mil.csv\nThe files are not as they were written. SHA-256 of the manifest: ${sha256}\n`,
    });
    expect(JSON.parse((await verify('.', '--json')).out)).toMatchObject({
      ok: false,
      changed: ['findings.csv'],
      missing: ['empty.json'],
      extra: ['raw/ev\u001b[31mil.csv'],
    });
  });

  test('a change of the same length is found', async () => {
    await writeFile(join(folder, 'raw', '111122223333.csv'), 'user,arm\n');
    expect(await verify('.')).toMatchObject({
      code: 1,
      out: expect.stringContaining('changed: raw/111122223333.csv\n'),
    });
  });

  test('a folder that holds nothing is named, and a manifest that names nothing is refused', async () => {
    await mkdir(join(folder, 'annex'));
    expect(await verify('.')).toMatchObject({ code: 1, out: expect.stringMatching(/^extra: annex\/\n/) });
    const path = join(folder, 'manifest.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace(/"files":\[.*?\]/s, '"files":[]'));
    await expect(verify('.')).rejects.toThrow(/names no file, so it vouches for nothing/);
  });

  test('a link in place of a file is not the file', async () => {
    await rm(join(folder, 'empty.json'));
    await symlink('/dev/null', join(folder, 'empty.json'));
    expect(await verify('.')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^missing: empty\.json\nextra: empty\.json\n/),
    });
  });

  test('a manifest written anew is found by the hash that was noted', async () => {
    const path = join(folder, 'manifest.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('o-example', 'o-another'));
    expect(await verify('.')).toMatchObject({ code: 3 });
    expect(await verify('.', '--sha256', sha256)).toMatchObject({
      code: 1,
      out: expect.stringContaining('The manifest is not the noted one'),
    });
  });

  test.each([
    ['{"cut', 'manifest.json is no JSON: it was changed or cut off.'],
    ['[]', /^manifest\.json is no manifest of Trailwatch: it /],
    ['../secret', /files\.0\.name is no name of a file within the folder/],
    ['/etc/passwd', /is no name of a file within the folder/],
    ['raw\\\\x', /is no name of a file within the folder/],
    ['empty.json","name":"findings.csv', /names a file twice/],
  ])('a manifest of %j is refused', async (text, message) => {
    const path = join(folder, 'manifest.json');
    const written = await readFile(path, 'utf8');
    await writeFile(path, /^[[{]/.test(text) ? text : written.replace('"name":"empty.json"', `"name":"${text}"`));
    await expect(verify('.')).rejects.toThrow(message);
  });

  test.each([
    ['formatted', (text: string) => JSON.stringify(JSON.parse(text), null, 2)],
    ['with a key twice', (text: string) => text.replace('"title":', '"title":"Another","title":')],
  ])('a manifest that is %s is refused', async (_, change) => {
    const path = join(folder, 'manifest.json');
    await writeFile(path, change(await readFile(path, 'utf8')));
    await expect(verify('.')).rejects.toThrow(/is not as Trailwatch writes it.*reformatted, or names a key twice/);
  });

  test('what is asked wrongly is told', async () => {
    await expect(verify()).rejects.toThrow('Usage: trailwatch digest verify DIR');
    await expect(verify('.', '--sha256', 'abc')).rejects.toThrow('--sha256 takes the 64 hexadecimal digits');
    await expect(verify('raw')).rejects.toThrow(/There is no readable manifest\.json in .*raw/);
  });
});
