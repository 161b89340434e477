import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Small machines have two cores, and many tests wait for Slack's pace: one message a second and channel.
    maxWorkers: 3,
  },
});
