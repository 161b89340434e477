import type { Aws } from '../aws/aws.ts';
import type { Config } from '../config/config.ts';
import { auditAnchorKey } from '../slack/audit-anchors.ts';
import { anchorArchived, anchorsToArchive, takeAnchor } from '../store/audit-anchors.ts';
import type { Database } from '../store/database.ts';
import { putOut } from '../store/deliveries.ts';
import { dayMs } from '../words/time.ts';
import { asker } from './digests/digest.ts';
import type { Wakes } from './wakes.ts';

interface AnchorParts {
  config: Config;
  database: Database;
  aws: Aws;
  wakes: Wakes;
  now: () => Date;
}

/**
 * Notes the head of the audit log outside of the database, once a day on which something was recorded: as a message in a
 * channel, and as a locked object in the archive. Whoever can rewrite the database cannot rewrite those.
 * @throws what the database or S3 throws: the next look tries again
 */
export async function anchorAuditLog({ config, database, aws, wakes, now }: AnchorParts): Promise<void> {
  const { channel, archive } = config.auditLog.anchors;
  if (channel === null && !archive) return;
  const at = now();
  const day = at.toISOString().slice(0, 10);
  const taken = await database.transaction(async (trx) => {
    const anchor = await takeAnchor(trx, day, at);
    if (anchor !== undefined && channel !== null) {
      const news = { about: 'audit-log-head', day, ...anchor } as const;
      const row = {
        key: auditAnchorKey(anchor),
        alertId: null,
        notice: { kind: 'digest', target: channel, news },
      } as const;
      await putOut(trx, [row], at);
    }
    return anchor;
  });
  if (taken !== undefined && channel !== null) wakes.deliver(channel);
  if (archive) await archiveAnchors({ config, database, aws, now });
}

/** Source: Amazon S3 API, PutObject; object lock in governance mode, as for the files of digests. */
async function archiveAnchors({ config, database, aws, now }: Omit<AnchorParts, 'wakes'>): Promise<void> {
  const { archive } = config.digests;
  if (archive === null) return;
  const waiting = await anchorsToArchive(database.db);
  if (waiting.length === 0) return;
  const { PutObjectCommand } = await import('@aws-sdk/client-s3');
  const s3 = await aws.client('s3', await aws.home(), asker);
  for (const anchor of waiting) {
    await s3.send(
      new PutObjectCommand({
        Bucket: archive.bucket,
        Key: `${archive.prefix}audit-log/${anchor.day}.json`,
        Body: `${JSON.stringify(anchor)}\n`,
        ChecksumAlgorithm: 'SHA256',
        ObjectLockMode: 'GOVERNANCE',
        ObjectLockRetainUntilDate: new Date(now().getTime() + archive.retainDays * dayMs),
      }),
    );
    await anchorArchived(database.db, anchor.day, now());
  }
}
