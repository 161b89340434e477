import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import { credentialReport } from '../../../src/jobs/digests/credential-report/index.ts';
import { reperform } from '../../../src/jobs/digests/reperform.ts';
import { credentialReportCalls } from '../../../src/reports/calls.ts';
import { verifyFolder } from '../../../src/reports/verify.ts';
import { startHarness } from '../../sandbox/aws/harness.ts';
import { freshStore } from '../../store/fresh-store.ts';
import { digestLab } from './lab.ts';

const Rows = z.array(
  z.looseObject({ change: z.string(), account: z.string(), principal: z.string(), rule: z.string(), slot: z.string() }),
);

test('six weeks: what is open is what was open, with new, without fixed and removed; every week', async () => {
  const until = new Date();
  const organization = createOrganization({ until, usersPerAccount: 5, eventsPerAccount: 1 });
  await using aws = await startHarness(organization);
  const database = await freshStore();
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-weeks-'));
  try {
    const lab = digestLab(aws, database);
    const answering = '111122334444';
    const closing = organization.accounts.find(({ id }) => id === '111122445555');
    let standing = 0;
    let lastKeys = new Set<string>();
    const seen = new Set<string>();
    for (let week = 0; week < 6; week++) {
      // In the third and fourth week one account denies.
      const withdraw =
        week === 2 || week === 3
          ? aws.faults.inject({
              operation: 'iam:GenerateCredentialReport',
              account: answering,
              effect: new AwsError('AccessDenied', 'No.', 403),
            })
          : () => false;
      // In the fifth week one account is closed. Organizations lists it for 90 days more.
      if (week === 4 && closing !== undefined) closing.state = 'SUSPENDED';
      const out = join(folder, String(week));
      const { totals, coverage } = await lab.run(credentialReport, out);
      withdraw();
      if (week >= 4) {
        expect(coverage.asked).toBe(10);
        expect(coverage.closed.map(({ account }) => account)).toContain(closing?.id);
        expect(coverage.missing.map(({ account }) => account)).not.toContain(closing?.id);
        const accounts: unknown[] = parse(await readFile(join(out, 'accounts.csv')), { bom: true, columns: true });
        const listed = {
          account: closing?.id,
          state: 'closed',
          reason: expect.stringMatching(/lists it as SUSPENDED/),
        };
        expect(accounts).toContainEqual(expect.objectContaining({ ...listed, fixed: '0', removed: '0' }));
      }
      const total = (name: string) => totals[name] ?? Number.NaN;
      const came = total('baseline') + total('new') + total('stricter');
      const went = total('fixed') + total('usedAgain') + total('laxer') + total('removed');
      expect(total('before')).toBe(standing);
      expect(total('standing')).toBe(standing + came - went);
      // What could not be looked at stays open: an account that denies makes no number better.
      expect(total('open') + total('accepted')).toBe(total('standing'));
      standing = total('standing');

      const rows = Rows.parse(parse(await readFile(join(out, 'findings.csv')), { bom: true, columns: true }));
      const keyOf = (row: z.infer<typeof Rows>[number]) =>
        JSON.stringify([row.account, row.principal, row.rule, row.slot]);
      const kinds = (...names: string[]) => rows.filter(({ change }) => names.includes(change)).map(keyOf);
      const here = new Set(kinds('baseline', 'new', 'reappeared', 'open', 'not-seen'));
      const gone = new Set(kinds('fixed', 'used-again', 'removed'));
      // Told from the files alone, without our own comparison.
      expect([...lastKeys].filter((key) => !here.has(key)).toSorted()).toEqual([...gone].toSorted());
      expect([...here].filter((key) => !lastKeys.has(key)).toSorted()).toEqual(
        kinds('baseline', 'new', 'reappeared').toSorted(),
      );
      for (const key of kinds('new')) expect(seen.has(key)).toBe(false);
      for (const key of kinds('reappeared')) expect(seen.has(key)).toBe(true);
      for (const key of here) seen.add(key);
      lastKeys = here;

      const denied = coverage.missing.map(({ account }) => account).includes(answering);
      expect(denied).toBe(week === 2 || week === 3);
      if (denied)
        expect(rows.filter(({ account }) => account === answering).map(({ change }) => change)).not.toContain('fixed');
      expect(await verifyFolder(out)).toMatchObject({ ok: true, extra: [], missing: [], changed: [] });
      // Whoever has the folder comes to the same findings.
      const again = await reperform(out);
      expect(again.differences).toEqual([]);
      expect(again.found).toBeGreaterThan(10);
      appendFileSync(join(out, 'findings.csv'), '\n');
      expect((await reperform(out)).differences).toEqual(['findings.csv says something else than findings.json']);
      aws.moveClock(7 * 86_400_000);
    }
    // The report names every call that was made, so that somebody can make them again.
    const named = new Set(['sts:GetCallerIdentity', ...credentialReportCalls.map(([call]) => call)]);
    expect(aws.calls().filter(({ operation }) => !named.has(operation))).toEqual([]);
  } finally {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 240_000);
