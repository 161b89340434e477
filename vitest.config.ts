import { defineConfig } from 'vitest/config';
import { instantOf } from './test/instant.ts';
import { keepTemporaryFilesInMemory } from './test/temporary.ts';

const now = instantOf(process.env['TRAILWATCH_TEST_NOW']).toISOString();
process.env['TRAILWATCH_TEST_NOW'] = now;
process.stderr.write(`The tests' clock starts at ${now}; to repeat this: TRAILWATCH_TEST_NOW=${now}\n`);

keepTemporaryFilesInMemory();

/** Rooms whose tests need no database, server, browser or process. A test in any other folder is one of the app. */
const unit = [
  'test/*.test.ts',
  // The steps' checks are asked of the sandbox, at the wire.
  'test/framework/{*,!(steps)/**/*}.test.ts',
  'test/{alerts,cloudtrail,config,deploy,house,questions,reports,slack,words}/**/*.test.ts',
];
const browser = ['test/e2e/**/*.test.ts'];

export default defineConfig({
  test: {
    // None waits that long but on a machine with five times as much to do.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    // More than a small machine's two cores: half of the time a test of the app waits, for Slack's pace or AWS's.
    maxWorkers: 4,
    // A test file keeps nothing in its modules that another may not see; importing all of them anew took a third of the time.
    isolate: false,
    // What a test asks of the sandbox is short-lived: with room for it, half of the collector's work is not done at all.
    // Without the second, V8 collects everything for each embedded database, because of the 128 MB that it reserves.
    execArgv: ['--max-semi-space-size=64', '--external-memory-accounted-in-global-limit'],
    setupFiles: ['test/setup.ts'],
    projects: [
      { extends: true, test: { name: 'unit', include: unit } },
      { extends: true, test: { name: 'app', include: ['test/**/*.test.ts'], exclude: [...unit, ...browser] } },
      { extends: true, test: { name: 'e2e', include: browser } },
    ],
  },
});
