// A bill of materials of what is installed in production, as CycloneDX, on standard output or in the file that is named; and
// whether each package is under a licence that may be passed on with Apache-2.0. Exit code 1, and the names, when one is not.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** SPDX names. One that is not here has to be read by a person first. */
const allowed = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
  'Zlib',
  'Python-2.0',
  'PostgreSQL',
  // Of libraries that are used as they are.
  'MPL-2.0',
]);

/** Packages that name no SPDX licence, and what their licence file was read to be. */
const readByHand = new Map([
  ['dejavu-fonts-ttf', 'Bitstream Vera and Arev licences: fonts may be embedded and passed on'],
  ['png-js', 'MIT, in its LICENSE file'],
]);

const root = join(import.meta.dirname, '..');
const [file] = process.argv.slice(2);

const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const wrong = [];
const counts = new Map();
for (const [path, { license, dev }] of Object.entries(packages)) {
  if (path === '' || dev) continue;
  const licence = license ?? licenceIn(path);
  counts.set(licence, (counts.get(licence) ?? 0) + 1);
  // "(MIT OR GPL-2.0)": one of them is enough. "A AND B": each must do.
  const fine = licence
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((each) => allowed.has(each.trim())));
  const name = path.replace(/^.*node_modules\//, '');
  if (!fine && !readByHand.has(name)) wrong.push(`${name}: ${licence}`);
}

function licenceIn(path) {
  try {
    const { license } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
    return typeof license === 'string' ? license : (license?.type ?? 'none');
  } catch {
    return 'none';
  }
}

const npm = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'];
const made = spawnSync('npm', npm, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
if (made.status !== 0) {
  process.stderr.write(`npm makes no bill of materials: ${made.stderr}`);
  process.exit(1);
}
if (file === undefined) process.stdout.write(made.stdout);
else writeFileSync(file, made.stdout);

const sorted = [...counts].sort(([, a], [, b]) => b - a);
process.stderr.write(`Licences: ${sorted.map(([name, count]) => `${name} ${count}`).join(', ')}\n`);
if (wrong.length > 0) {
  process.stderr.write(
    `Not under a licence that is listed in scripts/sbom.mjs:\n${wrong.map((each) => `  ${each}\n`).join('')}`,
  );
  process.exit(1);
}
