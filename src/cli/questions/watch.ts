import { setTimeout as sleep } from 'node:timers/promises';
import { AwsTrouble } from '../../aws/aws.ts';
import { reasonLines } from '../../aws/coverage.ts';
import type { EventRow } from '../../cloudtrail/row.ts';
import { timeWords } from '../../questions/lookup-query.ts';
import { said } from '../../questions/moments.ts';
import { hasHistory, search } from '../../questions/search.ts';
import type { Search } from '../../questions/search-history.ts';
import { readWatch, watchQuestion, watchWords } from '../../questions/watch.ts';
import { oneLine, plural } from '../../words/text.ts';
import { asker, cannotAsk, exitCodes, onRecord, type Terminal, type TerminalQuestion } from './terminal.ts';

/** CloudTrail is asked this often. */
const lookEveryMs = 60_000;
/** CloudTrail's event history has a call within 15 minutes. Source: CloudTrail user guide, "How CloudTrail works". */
const lateMs = 15 * 60_000;

/** `ask "watch key AKIA… --until 2h"` writes each call of a caller as CloudTrail tells of it, until then or until Ctrl-C. */
export const watchInTerminal: TerminalQuestion = {
  name: 'watch',
  grammar: { valueWords: timeWords },
  ask: async (terminal, typed) => {
    const { aws, config, io, json, now, signal, zone } = terminal;
    const { partition } = await aws.home();
    const context = { now: now(), zone, history: hasHistory(config), networks: config.networks, partition };
    const read = readWatch(typed, context);
    if ('wrong' in read) return cannotAsk(terminal, read.wrong.sentence);
    const { subject, until } = read;
    io.stderr.write(
      `Watching ${watchWords(subject)} until ${said(until, { zone })}, or until Ctrl-C; CloudTrail has a call up to 15 minutes late.\n`,
    );
    const begun = new Date(Math.floor(context.now.getTime() / 1000) * 1000);
    const told = new Set<string>();
    let last: Search | undefined;
    let whole = true;
    for (let from = begun; ; ) {
      const to = new Date(Math.min(now().getTime(), until.getTime()));
      try {
        for await (const found of search(terminal, watchQuestion(subject, { from, to }), asker, signal)) {
          last = found;
          for (const row of found.rows.toSorted((a, b) => (a.time < b.time ? -1 : 1))) {
            if (told.has(row.id)) continue;
            told.add(row.id);
            io.stdout.write(json ? `${JSON.stringify({ type: 'event', ...row })}\n` : `${lineOf(row)}\n`);
          }
        }
        whole = last?.whole === true;
        from = new Date(Math.max(begun.getTime(), to.getTime() - lateMs));
      } catch (error) {
        // The next look asks for the same time again.
        if (!(error instanceof AwsTrouble)) throw error;
        whole = false;
        io.stderr.write(`${oneLine(error.message)}\n`);
      }
      if (to >= until || signal.aborted) break;
      await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
    }
    await ended(terminal, { subject: watchWords(subject), calls: told.size, whole, last });
    return whole ? (told.size === 0 ? exitCodes.nothing : exitCodes.found) : exitCodes.notWhole;
  },
};

/** Says on what the last look rested. */
async function ended(
  terminal: Terminal,
  { subject, calls, whole, last }: { subject: string; calls: number; whole: boolean; last: Search | undefined },
): Promise<void> {
  const { io, json } = terminal;
  const reasons = last?.coverage == null ? [] : reasonLines(last.coverage);
  await onRecord(terminal, 'answer', `ask watch ${subject}`, { calls, whole });
  io.stdout.write(
    json
      ? `${JSON.stringify({ type: 'answer', watched: subject, calls, whole, gaps: reasons })}\n`
      : [
          `${plural(calls, 'call')} of ${oneLine(subject)}${whole ? '' : '. Not whole:'}`,
          ...reasons.map((line) => `  ${oneLine(line)}`),
          'Calls of the last 15 minutes may still come.',
          '',
        ].join('\n'),
  );
}

const lineOf = ({ time, who, event, on, from, account, region, error, severity, id }: EventRow): string =>
  oneLine(
    [time, who, event, on ?? '', from ?? '', account, region, error ?? 'ok', severity, id]
      .filter((part) => part !== '')
      .join(' · '),
  );
