// Runs a command on the pinned Node with everything installed: `node scripts/ready.mjs [--for-tests] COMMAND ARG…`.
// Plain JavaScript without imports from node_modules: it is what runs first, on whatever Node the machine has.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const bin = join(root, 'node_modules', '.bin');

/** Messages go to standard error: `trailwatch --json` promises nothing but JSON on standard output. */
const say = (line) => process.stderr.write(`${line}\n`);

function run(command, args, options = {}) {
  return spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
    ...options,
  });
}

/** Installs the packages of the lock file when it changed since the last install. */
function installPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const mark = join(root, 'node_modules', '.trailwatch-lock');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
  say('Installing packages (npm ci) …');
  if (run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']).status !== 0) {
    say('Could not install the packages: check the network and the npm registry, then run the same command again.');
    process.exit(1);
  }
  writeFileSync(mark, lock);
}

const onPath = (name) => (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));

/** Debian's packages, where this machine is Debian's and we are root. */
function installDebian(...packages) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
}

/** The stock AWS CLI asks the sandbox in a test, which is skipped without it. */
function installAwsCli() {
  if (onPath('aws')) return;
  say('Installing the AWS CLI for the tests …');
  installDebian('awscli');
  if (!onPath('aws')) say('The AWS CLI is not here, so the test with it is skipped: install awscli to have it run.');
}

const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];

function findBrowser() {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  for (const folder of (process.env.PATH ?? '').split(delimiter))
    for (const name of browsers) if (existsSync(join(folder, name))) return join(folder, name);
  const own = join(root, '.cache', 'chromium-path');
  if (existsSync(own) && existsSync(readFileSync(own, 'utf8'))) return readFileSync(own, 'utf8');
  return undefined;
}

/** A Chromium found on the machine, else Debian's package when root, else playwright's own. */
function installBrowser() {
  const found = findBrowser();
  if (found) return found;
  say('Installing a browser for the end-to-end tests …');
  installDebian('chromium', 'fonts-noto-color-emoji');
  if (findBrowser()) return findBrowser();
  const cli = join(root, 'node_modules', 'playwright-core', 'cli.js');
  if (run(process.execPath, [cli, 'install', 'chromium']).status === 0) {
    const script = "import('playwright-core').then((p) => process.stdout.write(p.chromium.executablePath()))";
    const path = run(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 2] }).stdout.toString();
    mkdirSync(join(root, '.cache'), { recursive: true });
    writeFileSync(join(root, '.cache', 'chromium-path'), path);
    return path;
  }
  say('No browser could be installed, so the browser tests will fail: install Chromium, or set CHROMIUM_PATH to one.');
  return undefined;
}

const args = process.argv.slice(2);
const forTests = args[0] === '--for-tests';
if (forTests) args.shift();
installPackages();
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };
if (forTests) {
  installAwsCli();
  const browser = installBrowser();
  if (browser) env.CHROMIUM_PATH = browser;
}

const [command, ...rest] = args;
const { spawn } = await import('node:child_process');
const child = spawn(command, rest, { stdio: 'inherit', env, shell: process.platform === 'win32' });
// Ctrl-C reaches the whole process group; a signal sent to this process alone is passed on so that the app drains.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
// npm tells only the shell that it started: when that is gone, so that we have another parent, it is time to end too.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500).unref();
child.on('error', (error) => {
  say(`Could not run ${command}: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGTERM' ? 143 : 1)));
