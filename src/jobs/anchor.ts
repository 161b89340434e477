import type { Logger } from 'pino';
import { putAnchor } from '../aws/audit-anchors.ts';
import type { Aws } from '../aws/aws.ts';
import type { Config } from '../config/config.ts';
import { timeStamp } from '../reports/time-stamp.ts';
import { auditAnchorKey } from '../slack/audit-anchors.ts';
import { anchorArchived, anchorStamped, knownAnchors, takeAnchor } from '../store/audit-anchors.ts';
import type { Database } from '../store/database.ts';
import { putOut } from '../store/deliveries.ts';
import { asker } from './digests/digest.ts';
import type { Wakes } from './wakes.ts';

interface AnchorParts {
  config: Config;
  database: Database;
  aws: Aws;
  wakes: Wakes;
  now: () => Date;
  log: Pick<Logger, 'warn'>;
}

/**
 * Notes the head of the audit log outside of the database, once a day on which something was recorded: as a message in a
 * channel, as a locked object in the archive, and by a time stamp of an authority. Whoever can rewrite the database cannot rewrite those.
 * @throws what the database or S3 throws: the next look tries again
 */
export async function anchorAuditLog(parts: AnchorParts): Promise<void> {
  const { config, database, wakes, now } = parts;
  const { channel, archive, timeStamp } = config.auditLog.anchors;
  if (channel === null && !archive && !timeStamp) return;
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
  if (timeStamp) await stampAnchors(parts);
  if (archive) await archiveAnchors(parts);
}

/** An authority that does not answer holds up no copy: it is asked again with the next look. */
async function stampAnchors({ config, database, log }: AnchorParts): Promise<void> {
  const { timeStamp: authority } = config.digests;
  if (authority === null) return;
  for (const { day, hash } of await knownAnchors(database.db, 'stamp'))
    try {
      await anchorStamped(database.db, day, await timeStamp(authority.url, hash));
    } catch (error) {
      log.warn({ err: error, day }, 'The head of the audit log was not time-stamped; it is tried again in a minute.');
      return;
    }
}

async function archiveAnchors({ config, database, aws, now }: AnchorParts): Promise<void> {
  const { archive } = config.digests;
  if (archive === null) return;
  const waiting = await knownAnchors(database.db, 'copy');
  if (waiting.length === 0) return;
  const s3 = await aws.client('s3', await aws.home(), asker);
  for (const { day, seq, hash, stamp } of waiting) {
    await putAnchor(s3, archive, `${day}.json`, `${JSON.stringify({ day, seq, hash })}\n`, now());
    if (stamp !== null) await putAnchor(s3, archive, `${day}.tsr`, stamp, now());
    await anchorArchived(database.db, day, now());
  }
}
