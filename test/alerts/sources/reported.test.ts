import { expect, test } from 'vitest';
import { dataFile } from '../../data.ts';
import { casesIn, unmet } from './checks.ts';

/** Messages after the shapes that people reported as shown wrongly, and what must hold of each (data/bug-reports/README.md). */
const cases = casesIn(dataFile('bug-reports/cases.tsv'), (file) => dataFile(`bug-reports/${file}`));

test.each(cases.map((each) => [each.name, each] as const))('%s', async (_, each) => {
  expect(await unmet(each)).toEqual([]);
});
