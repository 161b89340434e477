/** Appends to the audit log of an embedded database until it is killed, and writes each number once it is committed. */
import { appendAudit } from '../../src/store/audit-log.ts';
import { openDatabase } from '../../src/store/database.ts';

const database = await openDatabase({ databaseUrl: null, dataDir: process.argv[2] ?? '' });
for (let i = 1; ; i++) {
  await database.transaction((trx) =>
    appendAudit(trx, { at: new Date(), actor: { type: 'system' }, action: 'write', subject: `row ${i}`, detail: {} }),
  );
  process.stdout.write(`${i}\n`);
}
