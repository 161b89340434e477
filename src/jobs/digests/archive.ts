import { lockOf } from '../../aws/object-lock.ts';
import { changeFile, type DigestFile, fileBytes } from '../../store/digests/files.ts';
import type { DigestRun } from '../../store/digests/runs.ts';
import { messageOf } from '../../words/text.ts';
import { hourMs } from '../../words/time.ts';
import { asker, type RunParts } from './digest.ts';

const againMs = hourMs;

/**
 * Copies a file to the archive of `digests.archive`, under object lock, so that nobody changes it
 * before its time is over. The bucket checks the SHA-256 of what arrives. Source: Amazon S3 API, PutObject.
 */
export async function archiveFile(parts: RunParts, run: DigestRun, file: DigestFile): Promise<void> {
  const { archive } = parts.config.digests;
  if (archive === null) return;
  const { db } = parts.database;
  try {
    const { PutObjectCommand } = await import('@aws-sdk/client-s3');
    const home = await parts.aws.home();
    const s3 = await parts.aws.client('s3', home, asker);
    await s3.send(
      new PutObjectCommand({
        Bucket: archive.bucket,
        Key: `${archive.prefix}${run.digest}/${run.started_at.toISOString().slice(0, 10)}-${run.id}/${file.name}`,
        Body: await fileBytes(db, file.run_id, file.name),
        ChecksumSHA256: Buffer.from(file.sha256, 'hex').toString('base64'),
        ...lockOf(archive, run.started_at),
      }),
    );
    await changeFile(db, file.run_id, file.name, { archived_at: parts.now(), archive_error: null });
  } catch (error) {
    const reason = messageOf(error).slice(0, 300);
    const retryAt = new Date(parts.now().getTime() + againMs);
    await changeFile(db, file.run_id, file.name, { archive_error: reason, retry_at: retryAt, tries: file.tries + 1 });
    parts.log.warn(
      { err: error, file: file.name, bucket: archive.bucket },
      'A file of a digest was not archived; it is tried again in an hour.',
    );
  }
}
