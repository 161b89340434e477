import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { framed } from '../../scripts/framework-table.ts';

test('docs/framework.md has the steps and checks of the code: npx node scripts/framework-table.ts', async () => {
  const page = readFileSync('docs/framework.md', 'utf8');
  expect(page).toBe(await framed(page));
});
