import { AuditManagerClient, GetChangeLogsCommand, GetDelegationsCommand } from '@aws-sdk/client-auditmanager';
import { expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { setAuditManager } from '../../../sandbox/aws/services/auditmanager.ts';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import type { DigestResult } from '../../../src/framework/digest-result.ts';
import { evidence } from '../../../src/jobs/digests/evidence/index.ts';
import { startHarness } from '../../sandbox/aws/harness.ts';
import { freshStore } from '../../store/fresh-store.ts';
import { digestLab } from './lab.ts';

const small = () => createOrganization({ until: new Date(), usersPerAccount: 1, eventsPerAccount: 1 });

const linesOf = ({ lists }: DigestResult, title: string) => lists.find((list) => list.title === title)?.lines ?? [];

test('while Audit Manager is being activated the evidence is of Config and Security Hub, and the digest says why', async () => {
  const organization = small();
  await using aws = await startHarness(organization);
  const database = await freshStore();
  try {
    setAuditManager(organization, 'PENDING_ACTIVATION');
    const result = await digestLab(aws, database).run(evidence, null);
    expect(result.notes[0]).toBe(
      'From the conformance packs of AWS Config and the standards of Security Hub: AWS Audit Manager is only just being activated here.',
    );
    expect(result.totals['controls']).toBeGreaterThan(0);
    // The same pack is in every account.
    expect(linesOf(result, 'Lowest scores')[0]).toMatch(/^OrgConformsPack-\S+ in \d{12}: [\d.]+ %$/);
    expect(aws.calls().map(({ operation }) => operation)).not.toContain('auditmanager:ListAssessments');
    // A policy that denies the service is no reason to say nothing of the evidence.
    aws.faults.inject({
      operation: 'auditmanager:GetAccountStatus',
      effect: new AwsError('AccessDeniedException', 'An explicit deny in a service control policy.', 403),
    });
    const denied = await digestLab(aws, database).run(evidence, null);
    expect(denied.notes[0]).toMatch(/standards of Security Hub: AWS Audit Manager gave no answer \(.*\)\.$/);
    expect(denied.totals['controls']).toBe(result.totals['controls']);
  } finally {
    await database.close();
  }
}, 120_000);

test('who was asked to review what since when, and the change log of the week, are told as Audit Manager has them', async () => {
  const organization = small();
  await using aws = await startHarness(organization);
  const database = await freshStore();
  try {
    const result = await digestLab(aws, database).run(evidence, null);
    const audit = aws.client(AuditManagerClient, { account: organization.homeAccount });
    const { delegations = [] } = await audit.send(new GetDelegationsCommand({}));
    const waiting = delegations.filter(({ status }) => status !== 'COMPLETE');
    expect(waiting.length).toBeGreaterThan(0);
    expect(linesOf(result, 'Under review').toSorted()).toEqual(
      waiting
        .map(({ controlSetName, assessmentName, roleArn, creationTime = new Date() }) => {
          const days = Math.floor((aws.now().getTime() - creationTime.getTime()) / 86_400_000);
          return `${controlSetName} (${assessmentName}) for ${days} ${days === 1 ? 'day' : 'days'}, with ${roleArn?.split('/').at(-1)}`;
        })
        .toSorted(),
    );

    const weekAgo = aws.now().getTime() - 7 * 86_400_000;
    const changes: string[] = [];
    for (const { assessmentId, assessmentName } of new Map(
      delegations.map((one) => [one.assessmentId, one]),
    ).values()) {
      const { changeLogs = [] } = await audit.send(new GetChangeLogsCommand({ assessmentId }));
      for (const { createdAt = new Date(0), objectType, objectName, action, createdBy } of changeLogs)
        if (createdAt.getTime() >= weekAgo && objectType === 'CONTROL_SET')
          changes.push(
            `${createdAt.toISOString().slice(0, 10)} control set ${objectName} (${assessmentName}): ${action === 'UNDER_REVIEW' ? 'under review' : action?.toLowerCase()}, by ${createdBy?.split('/').at(-1)}`,
          );
    }
    expect(changes.length).toBeGreaterThan(0);
    expect(linesOf(result, 'Changes of the week')).toEqual(expect.arrayContaining(changes));
  } finally {
    await database.close();
  }
}, 120_000);
