import { expect, test } from 'vitest';
import { Refusals } from '../../src/questions/notes.ts';

// Source: IAM user guide, "Troubleshoot access denied error messages".
const start =
  'User: arn:aws:iam::111122223333:user/alice is not authorized to perform: iam:ListRoles on resource: arn:aws:iam::111122223333:role/';

function told(...messages: string[]): string[] {
  const refusals = new Refusals();
  for (const message of messages) refusals.add(message);
  return refusals.notes();
}

test.each([
  ['because no identity-based policy allows the iam:ListRoles action', 'no identity-based policy allows it'],
  ['because no permissions boundary allows the iam:ListRoles action', 'no permissions boundary allows it'],
  ['because no service control policy allows the iam:ListRoles action', 'no service control policy allows it'],
  ['with an explicit deny in a VPC endpoint policy', 'an explicit deny in a VPC endpoint policy'],
  [
    'with an explicit deny in an identity-based policy: arn:aws:iam::111122223333:policy/no-roles',
    'an explicit deny in an identity-based policy (arn:aws:iam::111122223333:policy/no-roles)',
  ],
])('%s', (why, reason) => expect(told(`${start} ${why}`)).toEqual([`Refused, by AWS's messages: ${reason} 1×.`]));

test('the most frequent reason comes first, and a message that says none is not counted', () => {
  const denied = `${start} with an explicit deny in a service control policy`;
  const encoded = 'Encoded authorization failure message: 4GIOHlTkIaWHQD0Q0m6XSnuUMCm';
  expect(
    told(`${start} because no session policy allows the iam:ListRoles action`, denied, denied, encoded, ''),
  ).toEqual([
    "Refused, by AWS's messages: an explicit deny in a service control policy 2× and no session policy allows it 1×.",
  ]);
  expect(told(encoded)).toEqual([]);
});
