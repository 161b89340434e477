import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('an option that does not exist is told in one sentence', () => {
  const { status, stderr } = spawnSync(process.execPath, ['src/main.ts', 'digest', 'evidence', '--bogus'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe("Unknown option '--bogus'.\n");
  expect(status).toBe(1);
});
