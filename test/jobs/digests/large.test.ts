import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import { credentialReport } from '../../../src/jobs/digests/credential-report/index.ts';
import { verifyFolder } from '../../../src/reports/verify.ts';
import { digestMessage } from '../../../src/slack/views/digest-message.ts';
import { startHarness } from '../../sandbox/aws/harness.ts';
import { expectSound } from '../../slack/views/check.ts';
import { freshStore } from '../../store/fresh-store.ts';
import { digestLab } from './lab.ts';

test('a thousand accounts, of which a hundred deny, are one message that Slack takes and files that verify', async () => {
  const organization = createOrganization({
    until: new Date(),
    accounts: 1000,
    usersPerAccount: 2,
    eventsPerAccount: 1,
  });
  const accounts = organization.accounts.map((account) => ({ ...account, tags: { owner: 'platform' } }));
  const active = accounts.filter(({ state }) => state === 'ACTIVE');
  const denying = active.filter(({ deniesReadRole }) => !deniesReadRole).slice(-100);
  await using aws = await startHarness({ ...organization, accounts });
  for (const { id } of denying)
    aws.faults.inject({
      operation: 'iam:GenerateCredentialReport',
      account: id,
      effect: new AwsError('AccessDenied', 'No.', 403),
    });
  const database = await freshStore();
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-large-'));
  try {
    const out = join(folder, 'files');
    const result = await digestLab(aws, database).run(credentialReport, out);
    const silent = denying.length + active.filter(({ deniesReadRole }) => deniesReadRole).length;
    expect(result.coverage).toMatchObject({ asked: active.length, answered: active.length - silent });
    expect(result.coverage.missing.length).toBe(silent);
    expectSound(
      digestMessage(result, {
        run: 1,
        edition: 1,
        asking: false,
        startedAt: aws.now(),
        askedBy: null,
        files: [],
        assignees: new Map(),
        manifestSha256: null,
        reviewed: null,
        chart: null,
        mayCreateReport: false,
      }),
    );
    expect(await verifyFolder(out)).toMatchObject({ ok: true, extra: [], missing: [], changed: [] });
  } finally {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 240_000);
