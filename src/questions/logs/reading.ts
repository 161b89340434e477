import { DateTime } from 'luxon';
import { type Coverage, coverageSentence, gapsSentence } from '../../aws/coverage.ts';
import { inTurn } from '../../aws/everywhere.ts';
import {
  type Line,
  type LineSearch,
  type LineSource,
  type LineTotal,
  searchLines,
  sourceWords,
} from '../../aws/history/lines.ts';
import { parseArn } from '../../aws-names/arn.ts';
import type { LogTable } from '../../config/config.ts';
import type { Parts } from '../../parts.ts';
import { costWords, sizeWords } from '../../words/sizes.ts';
import { listed, messageOf, plural } from '../../words/text.ts';
import { minuteMs } from '../../words/time.ts';
import type { Span } from '../moments.ts';
import type { TableAsking } from '../table-answer.ts';

/** Sources that are searched at once: CloudWatch Logs takes a hundred queries, Athena twenty. */
const atOnce = 8;
/** What was added up over ten minutes, or delivered late, is logged under a time around that of the question. */
const earlyMs = 10 * minuteMs;
const lateMs = 60 * minuteMs;

/** What is searched, and what there is that cannot be. */
export interface Sources {
  sources: readonly LineSource[];
  /** A sentence for each place of logs that is not searched. */
  unsearched: readonly string[];
}

/** Where logs are delivered to, with what a table over it is narrowed to. */
export interface Destination {
  /** ARN of a log group, a bucket (with a prefix) or a stream. */
  arn: string;
  partitions: Readonly<Record<string, string>>;
}

/** Whether a destination is searched in a source. */
export const isIn = ({ arn }: Destination, source: LineSource): boolean =>
  source.kind === 'table'
    ? source.table.bucket === bucketIn(arn)
    : arn.replace(/:\*$/, '').endsWith(`:${source.place.region}:${source.place.account}:log-group:${source.name}`);

/** How well what is delivered somewhere can be searched: the least first; null: not at all. */
export function searchability({ arn }: Destination, tables: readonly LogTable[]): number | null {
  const { service } = parseArn(arn) ?? {};
  if (service === 'logs') return 0;
  return service === 's3' && tables.some(({ bucket }) => bucket === bucketIn(arn)) ? 1 : null;
}

const bucketIn = (arn: string): string => (arn.split(':::')[1] ?? '').split('/')[0] ?? '';

/** What is to be searched for the destinations, each source once. `key`: the key of the tables in the configuration. */
export function sourcesOf(destinations: readonly Destination[], tables: readonly LogTable[], key: string): Sources {
  const groups = new Map<string, LineSource>();
  const inTables = new Map<LogTable, Map<string, Set<string>>>();
  const other = new Map<string, number>();
  for (const { arn, partitions } of destinations) {
    const parsed = parseArn(arn);
    const table = tables.find(({ bucket }) => bucket === bucketIn(arn));
    if (parsed?.service === 'logs') {
      const name = parsed.resource.replace(/^log-group:/, '').replace(/:\*$/, '');
      groups.set(arn, { kind: 'logGroup', place: { account: parsed.account, region: parsed.region }, name });
    } else if (parsed?.service === 's3' && table !== undefined) {
      const known = inTables.get(table) ?? new Map<string, Set<string>>();
      for (const [name, value] of Object.entries(partitions))
        known.set(name, (known.get(name) ?? new Set()).add(value));
      inTables.set(table, known);
    } else {
      const words =
        parsed?.service === 's3'
          ? `bucket ${bucketIn(arn)}, over which ${key} in the configuration names no table`
          : `${parsed?.service ?? 'a place'} ${parsed?.resource ?? arn}, which Trailwatch cannot search`;
      other.set(words, (other.get(words) ?? 0) + 1);
    }
  }
  return {
    sources: [
      ...groups.values(),
      ...[...inTables].map(
        ([table, partitions]): LineSource => ({
          kind: 'table',
          table,
          partitions: Object.fromEntries([...partitions].map(([name, values]) => [name, [...values].toSorted()])),
        }),
      ),
    ],
    unsearched: [...other].map(([words, count]) => `Not searched: ${plural(count, 'log')} in ${words}.`),
  };
}

/** What was read of the sources. */
export interface Read<Found> {
  found: Found[];
  bytes: number;
  cost: number;
  /** A sentence for each source that did not give all. */
  gaps: string[];
  /** Lines that were read, and how many there are by the sources' own count; null: all were read. */
  part: { read: number; of: number; bytes: number | null } | null;
}

/** What a line of a source looks like. */
export type LineShape = Pick<LineSearch, 'time' | 'sizeWord'>;

/** That what is shown is a part, and of how much; none where it is all. */
export const partFact = ({ part }: Pick<Read<unknown>, 'part'>): string[] =>
  part === null
    ? []
    : [
        `${part.of.toLocaleString('en')} lines fit in all${part.bytes === null ? '' : `, which tell of ${sizeWords(part.bytes)}`}, by the count of where they are kept; all below is of the ${part.read.toLocaleString('en')} that were read.`,
      ];

/** Searches all sources and reads what fits. `read` gives undefined for a line that is not meant, null for one it cannot read. */
export async function readLines<Found>(
  { aws }: Pick<Parts, 'aws'>,
  sources: readonly LineSource[],
  { span, patterns, shape }: { span: Span; patterns: readonly string[]; shape: (source: LineSource) => LineShape },
  read: (line: Line, source: LineSource) => Found | null | undefined,
  { asker, signal, progress, zone }: TableAsking,
): Promise<Read<Found>> {
  const search = {
    from: new Date(span.from.getTime() - earlyMs),
    to: new Date(span.to.getTime() + lateMs),
    patterns,
  };
  const all: Read<Found> = { found: [], bytes: 0, cost: 0, gaps: [], part: null };
  const counted: { lines: number; total: LineTotal | null }[] = [];
  let [done, unread] = [0, 0];
  await inTurn(sources, atOnce, async (source) => {
    try {
      const like = shape(source);
      const { lines, bytes, cost, total } = await searchLines(aws, source, { ...search, ...like }, asker, signal);
      counted.push({ lines: lines.length, total });
      all.bytes += bytes;
      all.cost += cost;
      for (const line of lines) {
        const found = read(line, source);
        if (found === null) unread += 1;
        else if (found !== undefined) all.found.push(found);
      }
      const last = lines.at(-1)?.at ?? null;
      if (total !== null)
        all.gaps.push(
          `${total.lines.toLocaleString('en')} lines fit in ${sourceWords(source)}, and ${lines.length.toLocaleString('en')} of them were read${last !== null ? `, the newest, back to ${local(last, zone)}` : like.time === null ? '' : ', the newest'}; ask for a shorter time, or for less.`,
        );
    } catch (error) {
      all.gaps.push(messageOf(error));
    }
    progress(`${++done} of ${plural(sources.length, 'source')} searched, ${plural(all.found.length, 'line')} found.`);
  });
  if (unread > 0) all.gaps.push(`${plural(unread, 'line')} could not be read.`);
  return { ...all, part: partOf(counted) };
}

/** How much of what the sources count was read; null: all. */
function partOf(counted: readonly { lines: number; total: LineTotal | null }[]): Read<unknown>['part'] {
  const cut = counted.flatMap(({ total }) => total ?? []);
  if (cut.length === 0) return null;
  const read = counted.reduce((sum, { lines }) => sum + lines, 0);
  const of = counted.reduce((sum, { lines, total }) => sum + (total?.lines ?? lines), 0);
  // A sum of bytes is one only where it is of every line.
  const [one] = cut;
  const bytes = counted.length === 1 && one !== undefined ? one.bytes : null;
  return { read, of, bytes };
}

/** What an answer from logs rests on. */
export function restsOn(
  coverage: Coverage,
  { sources, unsearched }: Sources,
  { bytes, cost, gaps }: Pick<Read<unknown>, 'bytes' | 'cost' | 'gaps'>,
  zone: string,
) {
  const all = [gapsSentence(coverage), ...unsearched, ...gaps].filter((sentence) => sentence !== '');
  const names = listed(sources.map(sourceWords));
  return {
    coverage: [
      coverageSentence(coverage, (at) => local(at, zone)),
      ...(sources.length === 0 ? [] : [`searched ${names}: ${sizeWords(bytes)} read, ${costWords(cost)}`]),
    ].join('; '),
    gaps: all.join(' '),
    whole: coverage.whole && unsearched.length === 0 && gaps.length === 0,
  };
}

export const local = (at: Date, zone: string): string => DateTime.fromJSDate(at, { zone }).toFormat('yyyy-MM-dd HH:mm');

/** The question again, as it is typed. */
export const lineOf = (name: string, words: readonly string[], options: ReadonlyMap<string, string>): string =>
  [
    name,
    ...words.map((word) => (/[\s"]/.test(word) ? `"${word.replaceAll('"', '')}"` : word)),
    ...[...options].map(([option, value]) =>
      value === '' ? `--${option}` : `--${option} "${value.replaceAll('"', '')}"`,
    ),
  ].join(' ');
