import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessAnalyzerClient, UpdateFindingsCommand } from '@aws-sdk/client-accessanalyzer';
import {
  ConfigServiceClient,
  DescribeConfigurationRecordersCommand,
  StopConfigurationRecorderCommand,
} from '@aws-sdk/client-config-service';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { setAuditManager } from '../../../sandbox/aws/services/auditmanager.ts';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import { evidenceSettings } from '../../../sandbox/organization/evidence.ts';
import { alertNumbers } from '../../../src/jobs/digests/alert-numbers.ts';
import { evidenceCalls } from '../../../src/jobs/digests/evidence/document.ts';
import { evidence } from '../../../src/jobs/digests/evidence/index.ts';
import { openFindings } from '../../../src/jobs/digests/open-findings.ts';
import { openFindingsCalls } from '../../../src/reports/calls.ts';
import { startHarness } from '../../sandbox/aws/harness.ts';
import { freshStore } from '../../store/fresh-store.ts';
import { digestLab } from './lab.ts';

test('without Audit Manager the evidence is of Config and Security Hub, and says so; findings and alerts are counted', async () => {
  const organization = createOrganization({ until: new Date(), usersPerAccount: 3, eventsPerAccount: 1 });
  await using aws = await startHarness(organization);
  const database = await freshStore();
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-others-'));
  try {
    const lab = digestLab(aws, database);
    setAuditManager(organization, 'INACTIVE');
    // Security Hub holds more findings of Inspector than are read of it, all newer than those of controls.
    evidenceSettings(organization).hub.inspector.set('111122334444', 20_100);
    // Where the recorder is stopped, what packs and standards call good is of before.
    const administrator = {
      account: '111122335555',
      region: 'eu-west-1',
      as: 'administrator',
      maxAttempts: 2,
    } as const;
    const config = aws.client(ConfigServiceClient, administrator);
    const { ConfigurationRecorders: recorders = [] } = await config.send(new DescribeConfigurationRecordersCommand({}));
    for (const { name: ConfigurationRecorderName } of recorders)
      await config.send(new StopConfigurationRecorderCommand({ ConfigurationRecorderName }));
    const own = aws.calls().length;
    const fromConfig = await lab.run(evidence, null);
    const controls = fromConfig.items.filter(
      ({ where }) => where.includes('Foundational') && where.includes('111122334444'),
    );
    expect(controls.length).toBeGreaterThan(0);
    const old = /The configuration recorder is stopped/;
    expect(fromConfig.coverage.gaps).toEqual([
      expect.stringMatching(/^111122335555 in eu-west-1, AWS Config: /),
      expect.stringMatching(/^111122335555 in eu-west-1, Security Hub: /),
    ]);
    for (const gap of fromConfig.coverage.gaps) expect(gap).toMatch(old);
    expect(fromConfig.notes.join(' ')).toMatch(/Audit Manager is not set up here/);
    expect(fromConfig.coverage).toMatchObject({ asked: 11, answered: 10 });
    expect(fromConfig.items.length).toBeGreaterThan(0);
    // The report names every call that was made, so that somebody can make them again.
    const named = new Set(['sts:GetCallerIdentity', ...evidenceCalls.config.map(([call]) => call)]);
    expect(
      new Set(
        aws
          .calls()
          .slice(own)
          .flatMap(({ operation }) => (named.has(operation) ? [] : [operation])),
      ),
    ).toEqual(new Set());

    const before = aws.calls().length;
    const first = await lab.run(openFindings, null);
    const told = new Set(['sts:GetCallerIdentity', ...openFindingsCalls.map(([call]) => call)]);
    expect(
      aws
        .calls()
        .slice(before)
        .map(({ operation }) => operation)
        .filter((call) => !told.has(call)),
    ).toEqual([]);
    expect(first.itemsTotal).toBeGreaterThan(0);
    expect(first.items[0]).toMatchObject({ owner: expect.stringMatching(/^[a-z]+$/), isNew: false });
    expect(first.totals).toMatchObject({ new: 0, closed: 0 });
    aws.moveClock(7 * 86_400_000);
    // A Region that denies closes nothing, and is named.
    const withdraws = ['guardduty:ListDetectors', 'access-analyzer:ListAnalyzers'].map((operation) =>
      aws.faults.inject({ operation, region: 'eu-west-1', effect: new AwsError('AccessDeniedException', 'No.', 403) }),
    );
    const second = await lab.run(openFindings, null);
    for (const withdraw of withdraws) withdraw();
    const total = (of: typeof first, name: string) => of.totals[name] ?? Number.NaN;
    const came = total(second, 'new') + total(second, 'firstSeen');
    expect(total(second, 'open')).toBe(total(first, 'open') + came - total(second, 'closed'));
    expect(total(second, 'notSeen')).toBeGreaterThan(0);
    expect(second.coverage.regions?.answered).toBeLessThan(second.coverage.regions?.asked ?? 0);
    expect(second.coverage.gaps.join(' ')).toMatch(/in eu-west-1, GuardDuty: /);

    // Whatever was archived is in the files, however many lines the message has for it.
    const analyzed = first.items.filter(({ key }) => key.includes(':analyzer/'));
    expect(analyzed.length).toBeGreaterThan(4);
    for (const { key } of analyzed) {
      const [, analyzerArn = '', account = '', id = ''] = /^(arn:[^:]*:[^:]*:[^:]*:(\d+):.*)\/(.*)$/.exec(key) ?? [];
      const client = aws.client(AccessAnalyzerClient, { account, as: 'administrator', maxAttempts: 2 });
      await client.send(new UpdateFindingsCommand({ analyzerArn, ids: [id], status: 'ARCHIVED' }));
    }
    const third = await lab.run(openFindings, join(folder, 'third'));
    const rows = z
      .array(z.looseObject({ change: z.string(), key: z.string() }))
      .parse(parse(readFileSync(join(folder, 'third', 'findings.csv')), { bom: true, columns: true }));
    // Nobody mended what was only archived.
    const archived = rows.filter(({ change }) => change === 'archived').map(({ key }) => key);
    expect(archived).toEqual(expect.arrayContaining(analyzed.map(({ key }) => key)));
    expect(archived).toHaveLength(total(third, 'archived'));
    expect(readFileSync(join(folder, 'third', 'report.pdf'), 'latin1').slice(0, 5)).toBe('%PDF-');

    const quiet = await lab.run(alertNumbers, join(folder, 'quiet'));
    expect(readFileSync(join(folder, 'quiet', 'report.pdf'), 'latin1').slice(0, 5)).toBe('%PDF-');
    expect(quiet).toMatchObject({ headline: 'No alert in the week.', itemsTotal: 0 });
  } finally {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 240_000);
