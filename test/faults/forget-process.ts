/** Throws away what is over, batch after batch, as the sweep does, and ends. Its arguments: now, then the database's URL or nothing, and its folder. */
import { openDatabase } from '../../src/store/database.ts';
import { forget } from '../../src/store/forget.ts';
import { dayMs } from '../../src/words/time.ts';

const [now = '', databaseUrl, dataDir = ''] = process.argv.slice(2);
const database = await openDatabase({ databaseUrl: databaseUrl || null, dataDir });
const keeping = {
  retention: { alertsMs: 100 * dayMs, newsMs: 90 * dayMs, messagesMs: 14 * dayMs, answersMs: dayMs },
  digests: { keepWeeks: 14, archive: null, timeStamp: null, upload: null, sign: null },
};
while (await forget(database.db, keeping, new Date(now)));
await database.close();
