import type { DigestStanding } from '../../../src/slack/views/digest-message.ts';

/** A run as the clock made it, that nobody has done anything about. */
export const standing = (given: Partial<DigestStanding> = {}): DigestStanding => ({
  run: 1,
  edition: 1,
  asking: false,
  startedAt: new Date('2026-11-30T08:00:00Z'),
  askedBy: null,
  files: [],
  tasks: new Map(),
  manifestSha256: null,
  reviewed: null,
  chart: null,
  mayCreateReport: false,
  ...given,
});
