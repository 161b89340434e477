import type { EvidenceSnapshot } from '../../../framework/evidence/snapshot.ts';
import { asker, type DigestParts } from '../digest.ts';
import { auditManagerSnapshot } from './audit-manager.ts';

/**
 * What Audit Manager says in the bot's own account and region; null where it is not set up, which since 2026-04-30 it
 * cannot be any more. Source: AWS Audit Manager API reference, GetAccountStatus.
 */
export async function askEvidence({ aws, now }: DigestParts): Promise<EvidenceSnapshot | null> {
  const home = await aws.home();
  const client = await aws.client('auditManager', home, asker);
  const { GetAccountStatusCommand } = await import('@aws-sdk/client-auditmanager');
  const { status } = await client.send(new GetAccountStatusCommand({}));
  return status === 'ACTIVE' ? auditManagerSnapshot(client, home, now()) : null;
}
