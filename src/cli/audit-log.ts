import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { readEnvironment } from '../config/environment.ts';
import { formatProblem } from '../config/problem.ts';
import { knownAnchors } from '../store/audit-anchors.ts';
import { type Anchor, exportAuditLog, type Verification, verifyAuditLog } from '../store/audit-log.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { parseJson } from '../words/json.ts';
import { Head, type Noted, notedHeads } from './audit-anchors.ts';
import { existingDatabase } from './database-of.ts';
import type { Io } from './io.ts';

const usage = `Usage: trailwatch audit-log verify [--head HASH] [--anchors FILE] [--json]
       trailwatch audit-log export [--since TIME] [--json]`;

/**
 * `trailwatch audit-log verify [--head HASH] [--anchors FILE] [--json]`: checks the chain of hashes, the proofs of
 * AUDIT_LOG_KEY and AUDIT_LOG_KEYS_BEFORE where they are set, and the heads that were noted outside: where `auditLog.anchors` of the
 * configuration says, and those of a file. Exit code 1, and the first bad row, when it is broken; 1 too when a noted head is missing
 * or cannot be read. `trailwatch audit-log export [--since TIME] [--json]`: the log as JSON Lines, which it is with and without
 * --json. Both read the database of DATABASE_URL, or the embedded one in DATA_DIR while no bot is running on it.
 */
export async function auditLog(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      head: { type: 'string' },
      anchors: { type: 'string' },
      since: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const [what] = positionals;
  if (positionals.length !== 1 || (what !== 'verify' && what !== 'export')) throw new Error(usage);
  if (what === 'export' ? (values.head ?? values.anchors) !== undefined : values.since !== undefined)
    throw new Error(usage);
  const head = values.head?.toLowerCase();
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head))
    throw new Error('--head takes the 64 hexadecimal digits that an earlier `audit-log verify` printed.');
  const since = values.since === undefined ? undefined : new Date(values.since);
  if (since !== undefined && Number.isNaN(since.getTime()))
    throw new Error(`"${values.since}" is no time: write it as 2026-11-23T14:00:00Z.`);

  const read = readEnvironment(io.env, []);
  if ('problems' in read) {
    for (const problem of read.problems) io.stderr.write(`${formatProblem(problem)}\n`);
    return 1;
  }
  const database = await openDatabase(existingDatabase(io, read.environment));
  try {
    if (what === 'export') return await write(database, since, io);
    const noted = await notedHeads(io, await knownAnchors(database.db));
    const anchors = [...noted.anchors, ...(values.anchors === undefined ? [] : headsIn(values.anchors, io))];
    const { auditKey, auditKeysBefore } = read.environment;
    const verification = await verifyAuditLog(database.db, {
      anchors,
      ...(head === undefined ? {} : { noted: head }),
      keys: [...(auditKey === null ? [] : [auditKey]), ...auditKeysBefore].map((key) => createSecretKey(key, 'utf8')),
    });
    const checked = {
      ...verification,
      ...(anchors.length === 0 ? {} : { anchors: anchors.length }),
      ...(noted.stamps === 0 ? {} : { timeStamps: noted.stamps }),
      ...(noted.troubles.length === 0 ? {} : { troubles: noted.troubles }),
    };
    const said = [sentence(verification, anchors.length, noted), ...noted.troubles].join('\n');
    io.stdout.write(`${values.json === true ? JSON.stringify(checked) : said}\n`);
    return verification.ok && verification.altered === undefined && noted.troubles.length === 0 ? 0 : 1;
  } finally {
    await database.close();
  }
}

/** One head a line, as the archive keeps them. */
function headsIn(name: string, io: Io): Anchor[] {
  const lines = readFileSync(resolve(io.cwd, name), 'utf8').split('\n');
  return lines.flatMap((line, at) => {
    if (line.trim() === '') return [];
    const head = Head.safeParse(parseJson(line));
    if (!head.success) throw new Error(`Line ${at + 1} of ${name} is no head: it looks like {"seq":12,"hash":"…"}.`);
    return [head.data];
  });
}

async function write(database: Database, since: Date | undefined, io: Io): Promise<number> {
  for await (const line of exportAuditLog(database.db, since)) {
    // The log may be larger than the memory: no faster than the reader takes it.
    if (io.stdout.write(line) === false && io.stdout instanceof Writable) await once(io.stdout, 'drain');
  }
  return 0;
}

function sentence(verification: Verification, anchors: number, { stamps }: Noted): string {
  if (verification.ok) {
    const { rows, head, vouchedFrom, erased, altered } = verification;
    if (altered === true)
      return `The audit log is whole, but its table was altered: a trigger that refuses changes is missing or switched off, or a column has another type. Whoever did that has all rights on the database. ${rows} rows, head: ${head}`;
    const vouched = vouchedFrom === undefined ? '' : ` AUDIT_LOG_KEY vouches for them from row ${vouchedFrom} on.`;
    const stamped = stamps === 0 ? '' : ` ${stamps} time stamps hold.`;
    const noted = anchors === 0 ? '' : ` It holds all ${anchors} heads that were noted outside.${stamped}`;
    const names =
      erased === undefined
        ? ''
        : ` Out of ${erased} of them the name of a person was erased, as later rows (erase) record.`;
    return `The audit log is whole: ${rows} rows.${names}${vouched}${noted} Its head, to note elsewhere: ${head}`;
  }
  const { firstBad, reason } = verification;
  switch (reason) {
    case 'changed':
      return `The audit log is broken: row ${firstBad} was changed after it was written.`;
    case 'removed':
      return `The audit log is broken: row ${firstBad} was removed.`;
    case 'moved':
      return `The audit log is broken: row ${firstBad} was moved from its place, or another was moved there.`;
    case 'inserted':
      return `The audit log is broken: row ${firstBad} was inserted, Trailwatch did not write it there.`;
    case 'truncated':
      return `The audit log is broken: it was cut off, row ${firstBad} and all after it were removed.`;
    case 'forged':
      return `The audit log is broken: row ${firstBad} was written by somebody without the key, or AUDIT_LOG_KEY is not the one that it was written with.`;
    case 'unproven':
      return 'AUDIT_LOG_KEY vouches for no row at the end of the audit log: the bot was not started with it yet, or rows at the end, or their proofs, were removed.';
    case 'other-log':
      if (firstBad !== null)
        return `The audit log was written anew: row ${firstBad} is not the one that was noted outside.`;
      return 'The audit log does not contain the noted head: rows at its end were removed, or it was written anew, after that head was noted.';
  }
}
