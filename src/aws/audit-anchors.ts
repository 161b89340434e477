import type { ListObjectVersionsCommandInput, ListObjectVersionsCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { type Archive, lockOf } from './object-lock.ts';

const folderOf = ({ prefix }: Archive): string => `${prefix}audit-log/`;

/**
 * Puts what is known of a head into the archive, locked as the files of digests are. `name`: `2026-11-29.json`.
 * Source: Amazon S3 API, PutObject.
 */
export async function putAnchor(s3: S3Client, archive: Archive, name: string, body: string | Uint8Array, now: Date) {
  const { PutObjectCommand } = await import('@aws-sdk/client-s3');
  await s3.send(
    new PutObjectCommand({
      Bucket: archive.bucket,
      Key: `${folderOf(archive)}${name}`,
      Body: body,
      ChecksumAlgorithm: 'SHA256',
      ...lockOf(archive, now),
    }),
  );
}

/**
 * Everything that was put there, by its name, as it was put there first: whoever may write into the bucket can put another version
 * over a locked one, or a mark that it is deleted, and both leave it where it is. Source: Amazon S3 API, ListObjectVersions: the
 * newest version of a key comes first.
 */
export async function archivedAnchors(s3: S3Client, archive: Archive): Promise<Map<string, Uint8Array>> {
  const { GetObjectCommand, ListObjectVersionsCommand } = await import('@aws-sdk/client-s3');
  const first = new Map<string, string | undefined>();
  const request: ListObjectVersionsCommandInput = { Bucket: archive.bucket, Prefix: folderOf(archive) };
  for (let more = true; more; ) {
    const page: ListObjectVersionsCommandOutput = await s3.send(new ListObjectVersionsCommand(request));
    for (const { Key = '', VersionId } of page.Versions ?? []) first.set(Key, VersionId);
    more = page.IsTruncated === true;
    Object.assign(request, { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker });
  }
  const found = new Map<string, Uint8Array>();
  for (const [key, version] of first) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: archive.bucket, Key: key, VersionId: version }));
    if (Body !== undefined) found.set(key.slice(folderOf(archive).length), await Body.transformToByteArray());
  }
  return found;
}
