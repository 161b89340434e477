import { DateTime } from 'luxon';
import { type Severity, severities, severityRank } from '../alerts/severity.ts';
import { type Coverage, coverageSentence, gapsSentence } from '../aws/coverage.ts';
import { findingSources } from '../aws/open-findings.ts';
import { ageDays, type OpenFinding, oncePerResource, worstOpen } from '../framework/open-findings.ts';
import type { Parts } from '../parts.ts';
import { didYouMean } from '../words/nearest.ts';
import { clip, plural } from '../words/text.ts';
import type { Typed } from '../words/typed.ts';
import { timeWords } from './lookup-query.ts';
import { readSpan } from './moments.ts';
import { askPlaces, namedPlaces, wrongOptions } from './places.ts';
import type { TableAsking, TableQuestion } from './table-answer.ts';
import { wrong } from './wrong.ts';

const usage = 'findings [WORD] [--source gd|aa] [--severity high] [--since 7d] [--account NAME] [--region NAME]';

/** How a source is typed. */
const sourceNames: Readonly<Record<string, OpenFinding['source']>> = {
  gd: 'GuardDuty',
  guardduty: 'GuardDuty',
  aa: 'Access Analyzer',
  'access-analyzer': 'Access Analyzer',
};

/** Which step looks after a source. */
const stepOf: Readonly<Record<string, number>> = { GuardDuty: 6, 'Access Analyzer': 12 };

/** A finding with the account that told of it. */
interface Found {
  place: string;
  /** Of the account that it is about; its number where nobody knows. */
  accountName: string;
  finding: OpenFinding;
}

export const findingsQuestion: TableQuestion = {
  name: 'findings',
  usage,
  sentence:
    'What GuardDuty and IAM Access Analyzer found that is open, the worst and oldest first; WORD stands in the title or the resource.',
  grammar: { valueWords: timeWords },
  ask: async (parts, typed, asking) => {
    const severe = severities.find((one) => one === typed.words[0]?.toLowerCase());
    const [word = '', extra] = severe === undefined ? typed.words : typed.words.slice(1);
    if (extra !== undefined) return wrong(`"${clip(extra, 60)}" is one word too many. Type /audit ${usage}`);
    const options = { known: ['source', 'severity', 'since', 'account', 'region'], flags: [], usage };
    const strange = await wrongOptions(parts.aws, typed, options, asking.asker);
    if (strange !== undefined) return strange;
    const [typedSource = '', typedSeverity = 'info'] = [
      typed.options.get('source')?.toLowerCase(),
      typed.options.get('severity')?.toLowerCase() ?? severe,
    ];
    const source = typedSource === '' ? null : sourceNames[typedSource];
    if (source === undefined)
      return wrong(
        `There is no source "${clip(typedSource, 40)}"${didYouMean(typedSource, Object.keys(sourceNames)) || ': type gd or aa.'}`,
      );
    const least = severities.find((one) => one === typedSeverity);
    if (least === undefined)
      return wrong(
        `There is no severity "${clip(typedSeverity, 40)}"${didYouMean(typedSeverity, severities) || `: type one of ${severities.join(', ')}.`}`,
      );
    const clock = { now: parts.now(), zone: asking.zone };
    const since = typed.options.get('since');
    const read = since === undefined ? null : readSpan(since, undefined, 0, clock);
    if (read !== null && 'wrong' in read) return read;
    const from = read?.span.from ?? new Date(0);
    const { found, off, coverage } = await findAll(parts, typed, source, asking);
    const meant = found.filter(
      ({ finding }) =>
        severityRank(finding.severity) <= severityRank(least) &&
        Date.parse(finding.since) >= from.getTime() &&
        `${finding.title}\n${finding.resource}`.toLowerCase().includes(word.toLowerCase()),
    );
    const line = [
      'findings',
      ...(severe === undefined ? [] : [severe]),
      ...(word === '' ? [] : [`"${word.replaceAll('"', '')}"`]),
    ];
    for (const [name, value] of typed.options) line.push(`--${name} "${value.replaceAll('"', '')}"`);
    return table(meant, off, coverage, { word, line: line.join(' '), now: clock.now, zone: asking.zone });
  },
};

/** Every open finding of the places that are meant, one that two places tell once, and in how many a source is off. */
async function findAll(
  { aws }: Pick<Parts, 'aws'>,
  typed: Typed,
  source: OpenFinding['source'] | null,
  asking: TableAsking,
): Promise<{ found: Found[]; off: ReadonlyMap<string, number>; coverage: Coverage }> {
  const found = new Map<string, Omit<Found, 'accountName'>>();
  const names = new Map<string, string>();
  const everywhere = new Set<string>();
  const places: { name: string; look: string }[] = [];
  const sources = findingSources.filter(([name]) => source === null || name === source);
  const coverage = await askPlaces(aws, namedPlaces(typed), asking, {
    doing: 'ask for findings',
    ask: (place) =>
      Promise.all(sources.map(async ([name, ask]) => ({ name, answer: await ask(aws, place, asking.asker, []) }))),
    take: (place, answers) => {
      for (const { name, answer } of answers) {
        const look = `${name} ${place.region}`;
        if (answer.organization) everywhere.add(look);
        if (answer.readers.length === 0) places.push({ name, look });
        for (const finding of answer.findings) found.set(finding.key, { place: place.account, finding });
      }
      names.set(place.account, place.known.name ?? place.account);
    },
    said: () => `places asked, ${plural(found.size, 'finding')} found.`,
  });
  const off = new Map<string, number>();
  // Where an analyzer looks at the whole organization, it looks at every account.
  for (const { name, look } of places) if (!everywhere.has(look)) off.set(name, (off.get(name) ?? 0) + 1);
  return {
    found: oncePerResource([...found.values()])
      .filter(({ finding }) => !typed.options.has('account') || names.has(finding.account))
      .map((one) => ({ ...one, accountName: names.get(one.finding.account) ?? one.finding.account }))
      .toSorted((a, b) => worstOpen(a.finding, b.finding)),
    off,
    coverage,
  };
}

function table(
  found: readonly Found[],
  off: ReadonlyMap<string, number>,
  coverage: Coverage,
  { word, line, now, zone }: { word: string; line: string; now: Date; zone: string },
) {
  const count = found.length === 0 ? 'No open finding' : `${plural(found.length, 'open finding')}`;
  const of = (severity: Severity) => found.filter(({ finding }) => finding.severity === severity).length;
  const counts = severities.flatMap((severity) => (of(severity) === 0 ? [] : [`${of(severity)} ${severity}`]));
  const oldest = Math.max(0, ...found.map(({ finding }) => ageDays(finding, now)));
  return {
    title: word === '' ? count : `${count}: ${clip(word, 60)}`,
    line,
    facts: [
      ...(found.length === 0 ? [] : [`${counts.join(', ')}; the oldest is open for ${plural(oldest, 'day')}.`]),
      // Where nobody looks, nothing is found.
      ...[...off].map(
        ([name, places]) =>
          `${name} is off in ${plural(places, 'place')} of those that answered: /audit framework ${stepOf[name]} says how it is turned on.`,
      ),
      ...(coverage.missing.length === 0 || found.length > 0
        ? []
        : [
            'Each account is asked itself, so neither Security Hub nor an administrator account is needed: what did not answer needs the member role of deploy/.',
          ]),
    ],
    columns: ['Severity', 'Finding', 'Resource', 'Account and region', `Since (${zone})`, 'Days', 'Source', 'Link'],
    rows: found.map(({ accountName, finding }) => [
      finding.severity,
      finding.title,
      finding.resource,
      `${accountName} ${finding.region}`,
      DateTime.fromISO(finding.since, { zone }).toFormat('yyyy-MM-dd HH:mm'),
      String(ageDays(finding, now)),
      finding.source,
      finding.link ?? '',
    ]),
    coverage: coverageSentence(coverage, (at) => at.toISOString()),
    gaps: gapsSentence(coverage),
    whole: coverage.whole,
    next: [],
    shareable: true,
  };
}
