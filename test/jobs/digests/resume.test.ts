import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import { credentialReport } from '../../../src/jobs/digests/credential-report/index.ts';
import { makeRun } from '../../../src/jobs/digests/run.ts';
import { verifyFolder } from '../../../src/reports/verify.ts';
import { placesOf } from '../../../src/store/digests/places.ts';
import { runsDue, runsOf } from '../../../src/store/digests/runs.ts';
import { type Harness, startHarness } from '../../sandbox/aws/harness.ts';
import { freshStore } from '../../store/fresh-store.ts';
import { digestLab } from './lab.ts';

const answering = '111122334444';

/** The sandbox gives an account tags that Organizations itself would refuse, and says so: they are left out here. */
function small() {
  const organization = createOrganization({ until: new Date(), usersPerAccount: 2, eventsPerAccount: 1 });
  return { ...organization, accounts: organization.accounts.map((account) => ({ ...account, tags: {} })) };
}

/** The account that answered gets no report any more, until this is called back. */
const refuse = (aws: Harness, effect: AwsError) =>
  aws.faults.inject({ operation: 'iam:GenerateCredentialReport', account: answering, effect });

/** Accounts whose report was fetched since a number of calls. */
const fetched = (aws: Harness, since: number): string[] =>
  aws
    .calls()
    .slice(since)
    .filter(({ operation }) => operation === 'iam:GetCredentialReport')
    .map(({ account }) => account)
    .toSorted();

test('a terminal run that could not write its files goes on: who answered is not asked again, who denied is', async () => {
  await using aws = await startHarness(small());
  const database = await freshStore();
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-resume-'));
  try {
    const lab = digestLab(aws, database);
    const withdraw = refuse(aws, new AwsError('AccessDenied', 'No.', 403));
    writeFileSync(join(folder, 'a-file'), '');
    await expect(lab.run(credentialReport, join(folder, 'a-file'))).rejects.toThrow(
      /The answers of (\d+) of \d+ accounts are kept: within four hours the same command continues with them\.$/,
    );
    const [cutShort] = await runsOf(database.db, 'credentialReport', 1);
    expect(cutShort).toMatchObject({ state: 'collecting', lease: null, error: expect.stringMatching(/EEXIST/) });
    // Nobody waits for it in Slack: no bot continues it.
    expect(await runsDue(database.db, aws.now())).toEqual([]);

    withdraw();
    const asked = aws.calls().length;
    const out = join(folder, 'out');
    const result = await lab.run(credentialReport, out);
    expect(fetched(aws, asked)).toEqual([answering]);
    expect(result.coverage.missing.map(({ account }) => account)).not.toContain(answering);
    expect(await verifyFolder(out)).toMatchObject({ ok: true });
    expect(await runsOf(database.db, 'credentialReport', 2)).toMatchObject([
      { id: cutShort?.id, state: 'done', error: null },
    ]);

    // The next one is a new one.
    await lab.run(credentialReport, null);
    expect(await runsOf(database.db, 'credentialReport', 3)).toHaveLength(2);
  } finally {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 180_000);

test('a terminal run that is stopped keeps what it has; after four hours it is begun anew', async () => {
  await using aws = await startHarness(small());
  const database = await freshStore();
  try {
    const lab = digestLab(aws, database);
    const withdraw = refuse(aws, new AwsError('Throttling', 'Rate exceeded', 400));
    const stop = new AbortController();
    const passing = setInterval(() => aws.moveClock(2000), 100);
    const stopped = makeRun({ ...lab.parts, stopping: stop.signal }, credentialReport, 'never written');
    await vi.waitFor(
      async () => {
        const [run] = await runsOf(database.db, 'credentialReport', 1);
        const waiting = await placesOf(database.db, run?.id ?? 0, 'waiting');
        expect(waiting.map(({ account }) => account)).toEqual([answering]);
      },
      { timeout: 90_000, interval: 50 },
    );
    stop.abort(new Error('Stopped.'));
    await expect(stopped).rejects.toThrow(/^Stopped\. The answers of/);
    withdraw();

    const asked = aws.calls().length;
    const { resumed, result } = await makeRun(lab.parts, credentialReport, null);
    expect(resumed).not.toBeNull();
    expect(fetched(aws, asked)).toEqual([answering]);
    expect(result.coverage.missing.map(({ account }) => account)).not.toContain(answering);

    const again = new AbortController();
    again.abort(new Error('Stopped.'));
    await expect(makeRun({ ...lab.parts, stopping: again.signal }, credentialReport, null)).rejects.toThrow('Stopped.');
    aws.moveClock(4 * 3_600_000 + 1000);
    expect(await makeRun(lab.parts, credentialReport, null)).toMatchObject({ resumed: null });
    clearInterval(passing);
  } finally {
    await database.close();
  }
}, 180_000);
