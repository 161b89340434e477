import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readEnvironment } from '../config/environment.ts';
import { configPath } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { recordOf } from '../store/audit-log.ts';
import { openDatabase } from '../store/database.ts';
import { erase, underWayOf } from '../store/erase.ts';
import { existingDatabase, mustVouch } from './database-of.ts';
import type { Io } from './io.ts';

const usage = 'Usage: trailwatch erase USER [--also TEXT]… (USER: a Slack user id; TEXT: a name or an address)';

const notErased = `It is not erased from messages in Slack, from files of digests and what their archive holds, from backups and
exports, from what is packed of answers (kept by retention.answers), nor from what AWS says of its own users under other names: name
those with --also.`;

/**
 * `trailwatch erase USER [--also TEXT]…`: puts a pseudonym in place of a Slack user's id, and of the texts that name them, in the
 * whole database, all of it or nothing. On the record; the audit log verifies as before. The bot has to be stopped where the
 * database is embedded.
 */
export async function erasePerson(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { also: { type: 'string', multiple: true } },
  });
  const [user = ''] = positionals;
  if (positionals.length !== 1 || !/^[UW][A-Z0-9]{2,20}$/.test(user)) throw new Error(usage);
  const texts = (values.also ?? []).map((text) => text.trim());
  const vague = texts.find((text) => text.length < 3 || !/\p{L}/u.test(text) || /^(?:true|false|null)$/i.test(text));
  if (vague !== undefined)
    throw new Error(
      `"${vague}" would be found in much that is not about a person: name at least three characters, one of them a letter.`,
    );
  const file = resolve(io.cwd, configPath(io.env));
  if (existsSync(file) && new RegExp(`\\b${user}\\b`).test(readFileSync(file, 'utf8')))
    throw new Error(`${file} names ${user}, who would be called and may act still: take them out of it first.`);

  const read = readEnvironment(io.env, []);
  if ('problems' in read) throw new Error(read.problems.map(formatProblem).join('\n'));
  const { auditKey } = read.environment;
  const database = await openDatabase({ ...existingDatabase(io, read.environment), auditKey });
  try {
    const now = new Date();
    await mustVouch(database, read.environment, now);
    const { pseudonym, rows, log } = await database.transaction(async (trx) => {
      const open = await underWayOf(trx, user, now);
      if (open.length > 0)
        throw new Error(`${user} has something under way: ${open.join('; ')}. Hand it on, or end it, first.`);
      const record = recordOf({ team: 'terminal', user: userInfo().username }, now);
      return erase(trx, { user, texts, record });
    });
    const changed = `${rows.toLocaleString('en')} rows, and ${log.toLocaleString('en')} of the audit log`;
    io.stdout.write(
      `${user} is ${pseudonym} from now on, in ${changed}, which says so. ${notErased.replaceAll('\n', ' ')}\n`,
    );
    return 0;
  } finally {
    await database.close();
  }
}
