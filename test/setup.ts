import { afterEach, vi } from 'vitest';

// Test files share their process: what a test puts into the environment ends with it.
afterEach(() => vi.unstubAllEnvs());
