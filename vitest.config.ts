import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    // The tests start databases and browsers, and small machines have two cores.
    maxWorkers: 2,
    // A test file keeps nothing in its modules that another may not see; importing all of them anew took a third of the time.
    isolate: false,
    setupFiles: ['test/setup.ts'],
  },
});
