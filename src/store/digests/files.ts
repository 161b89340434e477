import type { Kysely, Selectable } from 'kysely';
import { plainText } from '../json.ts';
import { pack, sha256Of, unpack } from '../packed.ts';
import type { DigestFileTable, Tables } from '../tables.ts';

/** A file of a run, without its bytes. */
export type DigestFile = Omit<Selectable<DigestFileTable>, 'bytes'>;

const withoutBytes = [
  'run_id',
  'name',
  'title',
  'sha256',
  'size',
  'sent_at',
  'attempted_at',
  'retry_at',
  'tries',
  'error',
  'archived_at',
  'archive_error',
  'uploaded_at',
  'upload_error',
] as const;

/** Keeps a file until it is sent and for as long as the run is kept. A file of that name stays as it is. */
export async function addFile(
  db: Kysely<Tables>,
  run: number,
  file: { name: string; title: string; bytes: Uint8Array },
): Promise<void> {
  await db
    .insertInto('digest_file')
    .values({
      run_id: run,
      name: file.name,
      title: plainText(file.title),
      sha256: sha256Of(file.bytes),
      size: file.bytes.length,
      bytes: await pack(file.bytes),
    })
    .onConflict((conflict) => conflict.columns(['run_id', 'name']).doNothing())
    .execute();
}

export const filesOf = (db: Kysely<Tables>, run: number): Promise<DigestFile[]> =>
  db.selectFrom('digest_file').select(withoutBytes).where('run_id', '=', run).orderBy('name').execute();

export async function fileBytes(db: Kysely<Tables>, run: number, name: string): Promise<Uint8Array> {
  const { bytes } = await db
    .selectFrom('digest_file')
    .select('bytes')
    .where('run_id', '=', run)
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return unpack(bytes);
}

/** Forgets the files of an edition that was never finished. */
export async function dropUnsentFiles(db: Kysely<Tables>, run: number): Promise<void> {
  await db.deleteFrom('digest_file').where('run_id', '=', run).where('sent_at', 'is', null).execute();
}

export const changeFile = async (
  db: Kysely<Tables>,
  run: number,
  name: string,
  change: Partial<
    Pick<
      DigestFile,
      | 'sent_at'
      | 'attempted_at'
      | 'retry_at'
      | 'error'
      | 'tries'
      | 'archived_at'
      | 'archive_error'
      | 'uploaded_at'
      | 'upload_error'
    >
  >,
): Promise<void> => {
  await db.updateTable('digest_file').set(change).where('run_id', '=', run).where('name', '=', name).execute();
};
