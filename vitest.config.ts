import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    // Small machines have two cores, and many tests wait for Slack's pace: one message a second and channel.
    maxWorkers: 3,
    // A test file keeps nothing in its modules that another may not see; importing all of them anew took a third of the time.
    isolate: false,
  },
});
