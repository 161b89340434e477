import { expect, test } from 'vitest';
import { writeOneRow } from '../../src/store/ready.ts';
import { freshStore } from './fresh-store.ts';

test('a database that can only be read is not ready', async () => {
  const database = await freshStore();
  const now = new Date('2026-11-23T02:00:00Z');
  await writeOneRow(database.db, now);
  await writeOneRow(database.db, now);
  await database.pool.query('set default_transaction_read_only = on');
  await expect(writeOneRow(database.db, now)).rejects.toThrow(/read-only transaction/);
  await database.close();
});
