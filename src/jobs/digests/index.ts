import { alertNumbers } from './alert-numbers.ts';
import { credentialReport } from './credential-report/index.ts';
import type { Digest } from './digest.ts';
import { evidence } from './evidence/index.ts';
import { openFindings } from './open-findings.ts';

/** Every digest, in the order in which they are offered. A new one is a file of this folder and a line here. */
export const digests: readonly Digest[] = [credentialReport, evidence, openFindings, alertNumbers];
