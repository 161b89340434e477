import * as z from 'zod';
import type { EventRow } from '../cloudtrail/row.ts';
import { isTelling, type LookupAnswer, titleOf, treeLines } from '../slack/views/lookup.ts';
import { behind, spokenChain, type WhoAnswer } from '../slack/views/who.ts';
import type { StoredQuestion } from '../store/questions.ts';
import { answerOf, isReadable } from './answer.ts';
import { keptTable } from './table-answer.ts';

/** A call that an answer tells of; times are ISO 8601, UTC. Texts are untrusted. */
const ToldCall = z.object({
  at: z.string(),
  what: z.string(),
  who: z.string(),
  on: z.string().nullable(),
  from: z.string().nullable(),
  account: z.string(),
  region: z.string(),
  /** Null: nobody rated it. */
  severity: z.string().nullable(),
  outcome: z.string(),
  /** Of the event. */
  id: z.string(),
});

/** What an answer said, in one shape whatever was asked: what a case keeps of it. */
export const Told = z.object({
  kind: z.literal('told'),
  version: z.literal(1),
  /** What could be typed after /audit to ask this again. */
  line: z.string(),
  title: z.string(),
  facts: z.array(z.string()),
  columns: z.array(z.string()),
  /** A hundred at most, of `total`. */
  rows: z.array(z.array(z.string())),
  total: z.number(),
  coverage: z.string(),
  gaps: z.string(),
  whole: z.boolean(),
  /** What belongs on a timeline. */
  calls: z.array(ToldCall),
});
export type Told = z.infer<typeof Told>;

const mostRows = 100;
/** Where no call stands out, so many of the newest are told. */
const fewCalls = 20;

/** What the answer of a question said; undefined: it is not through, or another version of Trailwatch kept it. */
export function toldIn(question: StoredQuestion): Told | undefined {
  const own = Told.safeParse(question.answer);
  if (own.success) return own.data;
  if (isReadable(question)) {
    const answer = answerOf(question);
    return answer.state === 'searching' || answer.state === 'asking' ? undefined : toldOfLookup(answer);
  }
  const table = keptTable(question);
  if (table === undefined) return undefined;
  const { line, title, facts, columns, rows, coverage, gaps, whole } = table;
  return {
    ...{ kind: 'told', version: 1, line, title, facts, columns, coverage, gaps, whole },
    rows: rows.slice(0, mostRows),
    total: rows.length,
    calls: [],
  };
}

const utc = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

function toldOfLookup(answer: LookupAnswer): Told {
  const { line, summary, rows, coverage, gaps, whole, problem, notes, tree } = answer;
  const worse = rows.filter(isTelling);
  const telling = [...summary.telling.filter(isTelling), ...worse];
  return {
    ...{ kind: 'told', version: 1, line, title: titleOf(answer), coverage, gaps, whole },
    facts: [...(problem === null ? [] : [problem]), ...notes, ...treeLines(tree, utc)],
    columns: ['Time (UTC)', 'Who', 'What', 'On', 'From', 'Account', 'Region', 'Outcome', 'Severity', 'Event'],
    rows: rows
      .slice(0, mostRows)
      .map((row) => [
        utc(row.time),
        whoOf(row),
        row.event,
        row.on ?? '',
        row.from ?? '',
        row.account,
        row.region,
        row.error ?? 'ok',
        row.severity,
        row.id,
      ]),
    total: summary.events,
    calls: (telling.length === 0 ? rows.slice(0, fewCalls) : telling).map((row) => ({
      at: row.time,
      what: row.event,
      who: whoOf(row),
      on: row.on,
      from: row.from,
      account: row.account,
      region: row.region,
      severity: row.severity,
      outcome: row.error ?? 'ok',
      id: row.id,
    })),
  };
}

const whoOf = ({ who, human }: EventRow): string => (human === null || human === who ? who : `${human} as ${who}`);

/** What a chain said, and the calls that prove it. `line`: as it would be typed. */
export function toldOfWho(answer: WhoAnswer, line: string, whole: boolean): Told {
  const { asked, steps, problem, coverage, origins } = answer;
  return {
    ...{ kind: 'told', version: 1, line, title: `Behind ${asked}: ${behind(answer)}`, coverage, gaps: '', whole },
    facts: [...(problem === null ? [] : [problem]), ...(steps.length === 0 ? [] : [spokenChain(answer)])],
    columns: ['Who made it', 'Sessions', 'Events', 'First (UTC)', 'Last (UTC)', 'From', 'In'],
    rows: origins
      .slice(0, mostRows)
      .map((group) => [
        group.behind,
        String(group.sessions),
        String(group.events),
        utc(group.first),
        utc(group.last),
        group.addresses.join(', '),
        group.accounts.join(', '),
      ]),
    total: origins.length,
    calls: steps.flatMap(({ name, event }) =>
      event === null
        ? []
        : [
            {
              ...{ at: event.time, what: event.name, who: name, on: null, from: null, severity: null, outcome: 'ok' },
              ...{ account: event.account, region: event.region, id: event.id },
            },
          ],
    ),
  };
}
