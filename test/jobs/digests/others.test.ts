import { expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { setAuditManager } from '../../../sandbox/aws/services/auditmanager.ts';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import { alertNumbers } from '../../../src/jobs/digests/alert-numbers.ts';
import { evidenceCalls } from '../../../src/jobs/digests/evidence/document.ts';
import { evidence } from '../../../src/jobs/digests/evidence/index.ts';
import { openFindings } from '../../../src/jobs/digests/open-findings.ts';
import { startHarness } from '../../sandbox/aws/harness.ts';
import { freshStore } from '../../store/fresh-store.ts';
import { digestLab } from './lab.ts';

test('without Audit Manager the evidence is of Config and Security Hub, and says so; findings and alerts are counted', async () => {
  const organization = createOrganization({ until: new Date(), usersPerAccount: 3, eventsPerAccount: 1 });
  await using aws = await startHarness(organization);
  const database = await freshStore();
  try {
    const lab = digestLab(aws, database);
    setAuditManager(organization, 'INACTIVE');
    const fromConfig = await lab.run(evidence, null);
    expect(fromConfig.notes.join(' ')).toMatch(/Audit Manager is not set up here/);
    expect(fromConfig.coverage).toMatchObject({ asked: 11, answered: 10 });
    expect(fromConfig.items.length).toBeGreaterThan(0);
    // The report names every call that was made, so that somebody can make them again.
    const named = new Set(['sts:GetCallerIdentity', ...evidenceCalls.config.map(([call]) => call)]);
    expect(new Set(aws.calls().flatMap(({ operation }) => (named.has(operation) ? [] : [operation])))).toEqual(
      new Set(),
    );

    const first = await lab.run(openFindings, null);
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

    const quiet = await lab.run(alertNumbers, null);
    expect(quiet).toMatchObject({ headline: 'No alert in the week.', itemsTotal: 0 });
  } finally {
    await database.close();
  }
}, 240_000);
