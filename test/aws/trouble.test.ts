import { expect, test } from 'vitest';
import { troubleOf } from '../../src/aws/trouble.ts';

const denied = (message: string): string =>
  troubleOf(Object.assign(new Error(message), { name: 'AccessDenied' }), 'take the role reader in account 111122667777')
    .message;

test.each([
  [
    'User: arn:aws:sts::111122222222:assumed-role/trailwatch/i-0a1b is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122667777:role/reader',
    'sts:AssumeRole is denied',
  ],
  [
    'User: arn:aws:iam::1:user/x is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::1:user/ with an explicit deny in a service control policy',
    'iam:ListUsers is denied with an explicit deny in a service control policy',
  ],
  ['Not allowed here.', 'Not allowed here.'],
  ['', 'access denied'],
])('what AWS did not allow is told without our own role: %s', (said, told) => {
  expect(denied(said)).toBe(`AWS did not allow Trailwatch to take the role reader in account 111122667777: ${told}`);
});
