// Changes one token of the code at a time, runs the nearest tests, and prints the changes that no test noticed:
// `npm run mutants -- [--count 30] [--seed N] [FOLDER OR FILE …]`. Works on a copy, so that the sources stay as they are.
// A survivor is a question, not a verdict: some changes make no difference.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { seeded } from './seeded.ts';

const { values, positionals } = parseArgs({
  options: { count: { type: 'string', default: '30' }, seed: { type: 'string', default: String(Date.now() % 1e6) } },
  allowPositionals: true,
});
const random = seeded(Number(values.seed));
const pick = (list) => list[Math.floor(random() * list.length)];

/** What becomes of a token. Types and imports are left alone: they do nothing. */
const changes = [
  [/ === /, ' !== '],
  [/ !== /, ' === '],
  [/ >= /, ' > '],
  [/ <= /, ' < '],
  [/ > /, ' >= '],
  [/ < /, ' <= '],
  [/ && /, ' || '],
  [/ \|\| /, ' && '],
  [/ \?\? (?=\w)/, ' && '],
  [/ \+ (?=\w)/, ' - '],
  [/ - (?=\w)/, ' + '],
  [/\btrue\b/, 'false'],
  [/\bfalse\b/, 'true'],
  [/\breturn (?=[^;]+;)/, 'return; '],
  [/\bif \((?=!)/, 'if (false && '],
  [/\bif \((?=\w)/, 'if (!'],
  [/\.filter\(/, '.map('],
  [/\.some\(/, '.every('],
  [/\.every\(/, '.some('],
  [/\b[1-9]\d*\b(?!_)/, '0'],
];

function sources(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true })
    .map((name) => join(path, name))
    .filter((name) => name.endsWith('.ts'))
    .sort();
}

/** Every place in a file where a change applies. */
function placesIn(file) {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, at) =>
    /^\s*(?:\/?\*|\/\/|import |export type |type |interface )/.test(line)
      ? []
      : changes.flatMap(([from, to]) => (from.test(line) ? [{ file, at, line, changed: line.replace(from, to) }] : [])),
  );
}

/** The tests that mirror a source: of its folder, or of the nearest folder above that has any; and the stories for acts. */
function nearestTests(file) {
  let folder = dirname(file).replace(/^src/, 'test');
  while (folder !== 'test' && !existsSync(folder)) folder = dirname(folder);
  const near = folder === 'test' ? [] : [folder];
  return file.startsWith('src/acts/') ? [...near, 'test/app/triage.test.ts', 'test/app/delivery.test.ts'] : near;
}

const wanted = positionals.length > 0 ? positionals : ['src/alerts', 'src/listeners/sns', 'src/acts'];
const places = wanted.flatMap(sources).flatMap(placesIn);
console.log(`Seed ${values.seed}: ${places.length} possible changes, ${values.count} of them tried`);

const copy = mkdtempSync(join(tmpdir(), 'trailwatch-mutants-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));
const project = join(copy, 'project');
const skip = new Set(['.git', 'node_modules', 'data'].map((name) => resolve(name)));
cpSync('.', project, { recursive: true, filter: (path) => !skip.has(resolve(path)) });
symlinkSync(resolve('node_modules'), join(project, 'node_modules'));
if (existsSync('../shared')) symlinkSync(resolve('../shared'), join(copy, 'shared'));

const passes = (tests) =>
  spawnSync('vitest', ['run', '--bail=1', '--reporter=dot', ...tests], {
    cwd: project,
    stdio: 'ignore',
    timeout: 300_000,
  }).status === 0;

const known = new Map();
let killed = 0;
let tried = 0;
const survivors = [];
while (tried < Number(values.count) && places.length > 0) {
  const [place] = places.splice(places.indexOf(pick(places)), 1);
  const tests = nearestTests(place.file);
  const name = tests.join(' ');
  // Tests that fail without a change would kill every one.
  if (!known.has(name)) known.set(name, tests.length > 0 && passes(tests));
  if (!known.get(name)) {
    console.log(`Left out: ${place.file}: ${tests.length === 0 ? 'no tests are near' : `${name} fails as it is`}`);
    for (let at = places.length - 1; at >= 0; at -= 1)
      if (nearestTests(places[at].file).join(' ') === name) places.splice(at, 1);
    continue;
  }
  tried += 1;
  const source = readFileSync(place.file, 'utf8');
  writeFileSync(join(project, place.file), source.split('\n').with(place.at, place.changed).join('\n'));
  if (passes(tests)) {
    survivors.push(place);
    console.log(`survived: ${place.file}:${place.at + 1}\n  - ${place.line.trim()}\n  + ${place.changed.trim()}`);
  } else killed += 1;
  writeFileSync(join(project, place.file), source);
}
console.log(`${killed} of ${tried} changes were noticed, ${survivors.length} survived (seed ${values.seed})`);
