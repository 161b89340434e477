import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterEach, vi } from 'vitest';
import { setClock } from './clock.ts';

// Each file begins at the instant that vitest.config.ts chose; so do the processes that it starts.
const now = new Date(process.env['TRAILWATCH_TEST_NOW'] ?? '');
setClock(now);
// The same instant is the same run: what fast-check tries follows from it, too.
fc.configureGlobal({ seed: Math.trunc(now.getTime() / 1000) });
process.env['NODE_OPTIONS'] = `--import=${pathToFileURL(join(import.meta.dirname, 'clock.ts'))}`;

// Test files share their process: what a test puts into the environment ends with it.
afterEach(() => vi.unstubAllEnvs());
