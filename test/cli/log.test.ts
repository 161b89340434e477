import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const source = join(import.meta.dirname, '..', '..', 'src', 'cli', 'start.ts');

/** What one line of the log is made of when this error is logged. */
const logged = (error: object): string =>
  execFileSync(process.execPath, [
    '--input-type=module',
    '-e',
    `import { createLog } from ${JSON.stringify(source)};
     createLog('info').warn({ err: Object.assign(new Error('it failed'), ${JSON.stringify(error)}) }, 'trouble');`,
  ]).toString();

test('the password with which a login to Redis failed is not in the log, nor are tokens and keys in a sentence', () => {
  const line = logged({
    command: { name: 'hello', args: ['3', 'AUTH', 'default', 'redis-password'] },
    about: 'xoxb-1-secret of AKIAIOSFODNN7EXAMPLE',
  });
  expect(JSON.parse(line)).toMatchObject({ msg: 'trouble', err: { message: 'it failed' } });
  expect(line).not.toMatch(/redis-password|1-secret|IOSFODNN7/);
});
