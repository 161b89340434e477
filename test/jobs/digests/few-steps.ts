import type { Digest, StoppableParts } from '../../../src/jobs/digests/digest.ts';
import { askFramework } from '../../../src/jobs/digests/framework/collect.ts';
import { framework } from '../../../src/jobs/digests/framework/index.ts';

/**
 * The framework digest of two steps in one region: they are judged in the organization, in accounts and in regions, as all
 * sixteen are, with a tenth of their calls.
 */
export const fewSteps = {
  ...framework,
  ask: (parts: StoppableParts) => askFramework(parts, { of: ['1', '5'], accounts: [], regions: ['eu-west-1'] }),
} satisfies Digest;
