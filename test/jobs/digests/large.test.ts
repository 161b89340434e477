import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import { credentialReport } from '../../../src/jobs/digests/credential-report/index.ts';
import { verifyFolder } from '../../../src/reports/verify.ts';
import { digestMessage } from '../../../src/slack/views/digest-message.ts';
import { placeAnswered, setPlaces } from '../../../src/store/digests/places.ts';
import { claimRun, openRun, releaseRun } from '../../../src/store/digests/runs.ts';
import { startHarness } from '../../sandbox/aws/harness.ts';
import { expectSound } from '../../slack/views/check.ts';
import { standing } from '../../slack/views/digests.ts';
import { freshStore } from '../../store/fresh-store.ts';
import { digestLab } from './lab.ts';

// Nine requests for each account, each signed and checked on both sides, take this one process a minute for a thousand:
// so 920 have answered before the test begins, all with what one of them answers.
test('a thousand accounts, cut short after 920, of which fifty deny: one message that Slack takes, files that verify', async () => {
  const organization = createOrganization({
    until: new Date(),
    accounts: 1000,
    usersPerAccount: 1,
    eventsPerAccount: 1,
  });
  const accounts = organization.accounts.map((account) => ({ ...account, tags: { owner: 'platform' } }));
  await using aws = await startHarness({ ...organization, accounts });
  const database = await freshStore();
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-large-'));
  try {
    const lab = digestLab(aws, database);
    const ask = credentialReport.ask(lab.parts);
    const found = await ask.places();
    const denyRole = new Set(accounts.flatMap(({ id, deniesReadRole }) => (deniesReadRole ? [id] : [])));
    const active = found.places.filter((place) => !('closed' in place));
    const able = active.filter(({ account }) => !denyRole.has(account));
    const [answered, denying, throttled] = [able.slice(0, 920), able.slice(920, 970), able.slice(970)];
    const now = aws.now();
    const run = { digest: 'credentialReport', period: 'terminal', askedBy: null, channel: '', now };
    const id = (await database.transaction((trx) => openRun(trx, run))) ?? 0;
    const held = { id, lease: 'cut short' };
    await claimRun(database.db, id, held.lease, now, now);
    await database.transaction((trx) => setPlaces(trx, held, found));
    const first = answered[0] ?? { account: '', name: null };
    const passing = setInterval(() => aws.moveClock(2000), 100);
    const answer = await ask.collect(first, found.shared);
    clearInterval(passing);
    for (const { account } of answered) {
      const own = (text: string) => text.replaceAll(first.account, account);
      const raw = answer.raw.map(({ name, bytes }) => ({
        name: own(name),
        bytes: Buffer.from(own(Buffer.from(bytes).toString())),
      }));
      const content = JSON.parse(own(JSON.stringify(answer.content)));
      await placeAnswered(database, id, account, { ...answer, content, raw }, now);
    }
    await releaseRun(database.db, held, {}, now);

    for (const { account } of denying)
      aws.faults.inject({
        operation: 'iam:GenerateCredentialReport',
        account,
        effect: new AwsError('AccessDenied', 'No.', 403),
      });
    for (const { account } of throttled.slice(0, 10))
      aws.faults.inject({
        operation: 'iam:GetAccountSummary',
        account,
        times: 1,
        effect: new AwsError('Throttling', 'Rate exceeded', 400),
      });
    const before = aws.calls().length;
    const out = join(folder, 'files');
    const result = await lab.run(credentialReport, out);
    const asked = new Set(
      aws
        .calls()
        .slice(before)
        .filter(({ operation }) => operation === 'iam:GenerateCredentialReport')
        .map(({ account }) => account),
    );
    expect([...asked].toSorted()).toEqual([...denying, ...throttled].map(({ account }) => account).toSorted());
    const silent = active.length - answered.length - throttled.length;
    expect(result.coverage).toMatchObject({
      asked: active.length,
      answered: answered.length + throttled.length,
    });
    expect(result.coverage.missing).toHaveLength(silent);
    expectSound(digestMessage(result, standing({ startedAt: now })));
    expect(await verifyFolder(out)).toMatchObject({ ok: true, extra: [], missing: [], changed: [] });
  } finally {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 180_000);
