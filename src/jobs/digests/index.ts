import { type DigestName, digestNames } from '../../config/digests/index.ts';
import { alertNumbers } from './alert-numbers.ts';
import { credentialReport } from './credential-report/index.ts';
import type { Digest } from './digest.ts';
import { evidence } from './evidence/index.ts';
import { framework } from './framework/index.ts';
import { openFindings } from './open-findings.ts';

/** A new digest is a file or folder beside this one, a line here, and one in config/digests, which gives its name. */
const byName: Readonly<Record<DigestName, Digest>> = {
  credentialReport,
  evidence,
  openFindings,
  alertNumbers,
  framework,
};

/** Every digest, in the order in which they are offered. */
export const digests: readonly Digest[] = digestNames.map((name) => byName[name]);
