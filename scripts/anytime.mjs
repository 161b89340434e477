// Runs what depends on time at many random instants: `npm run test:anytime -- [--count 20] [--seed N] [TEST FILE …]`.
// Nights in which clocks change, ends of months and years, and leap days are among them. Names the instants that failed.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { randomInstant } from '../test/instant.ts';
import { seeded } from './seeded.ts';

/** The tests whose result could depend on when they run: of clocks and calendars, and of what happened when. */
const timely = [
  'test/alerts/oncall.test.ts',
  'test/alerts/silences.test.ts',
  'test/aws',
  'test/cli',
  'test/framework',
  'test/jobs/digests',
  'test/listeners',
  'test/questions',
  'test/sandbox/aws/auditmanager.test.ts',
  'test/sandbox/aws/athena.test.ts',
  'test/sandbox/aws/cloudtrail.test.ts',
  'test/sandbox/aws/detective.test.ts',
  'test/sandbox/aws/iam.test.ts',
  'test/sandbox/aws/logs.test.ts',
  'test/sandbox/organization',
  'test/sandbox/sns',
  'test/slack',
  'test/app/digest',
  'test/app/lookup.test.ts',
];

const { values, positionals } = parseArgs({
  options: { count: { type: 'string', default: '20' }, seed: { type: 'string', default: String(Date.now() % 1e6) } },
  allowPositionals: true,
});
const random = seeded(Number(values.seed));
console.log(`Seed ${values.seed}: the same instants again with --seed ${values.seed}`);

const failed = [];
for (let run = 0; run < Number(values.count); run += 1) {
  const now = randomInstant(random).toISOString();
  const { status } = spawnSync(
    'vitest',
    ['run', '--reporter=dot', ...(positionals.length > 0 ? positionals : timely)],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, TRAILWATCH_TEST_NOW: now },
    },
  );
  if (status !== 0) failed.push(now);
}
for (const now of failed) console.log(`Failed; to repeat it: TRAILWATCH_TEST_NOW=${now} npm test`);
console.log(`${Number(values.count) - failed.length} of ${values.count} instants passed`);
process.exit(failed.length === 0 ? 0 : 1);
