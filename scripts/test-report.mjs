// Sums up reports of vitest: `node scripts/test-report.mjs FOLDER FAILED-STEPS [WHAT THIS MACHINE HAS NOT …]`. Names what
// failed last of all, where somebody who sees only the end of the output finds it.
// The last line is `N passed, N failed, N skipped`. A test that is skipped in one run and passes in another was not skipped.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const [folder, failedSteps, ...missing] = process.argv.slice(2);
const suites = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));

let passed = 0;
let failed = 0;
const ran = new Set();
const left = new Map();
const broken = [];
for (const { numFailedTestSuites, testResults } of suites) {
  let failedHere = 0;
  for (const { name: file, assertionResults, message } of testResults) {
    if (assertionResults.length === 0 && message) broken.push(`${relative('.', file)}: ${message.trim()}`);
    for (const { fullName, status, failureMessages } of assertionResults) {
      const test = `${relative('.', file)}: ${fullName}`;
      if (status === 'passed') passed += 1;
      else if (status === 'failed') {
        failedHere += 1;
        broken.push(`${test}\n  ${failureMessages.join('\n').split('\n', 12).join('\n  ')}`);
      } else left.set(test, relative('.', file));
      if (status === 'passed' || status === 'failed') ran.add(test);
    }
  }
  // A file that could not be loaded has no failed test.
  failed += failedHere || (numFailedTestSuites > 0 ? 1 : 0);
}
const skipped = [...left].filter(([test]) => !ran.has(test));
const files = Map.groupBy(skipped, ([, file]) => file);
for (const [file, tests] of files) console.log(`skipped: ${tests.length} in ${file}`);
if (missing.length > 0) console.log(`This machine has not: ${missing.join(', ')}.`);
else if (skipped.length > 0) {
  console.log('This machine has all that the tests need, so none may be skipped:');
  for (const [test] of skipped) console.log(`  ${test}`);
  failed += 1;
}
for (const test of broken) console.log(`failed: ${test}`);
// A step that failed without a failed test (lint, types, a crash) counts as one failure.
failed = Math.max(failed, Number(failedSteps));
if (passed === 0) failed = Math.max(failed, 1);
console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
process.exit(failed === 0 ? 0 : 1);
