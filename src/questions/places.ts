import type { Asker, Aws } from '../aws/aws.ts';
import { type Coverage, placeCoverage } from '../aws/coverage.ts';
import { everywhere, type Target, targetsOf } from '../aws/everywhere.ts';
import { didYouMean } from '../words/nearest.ts';
import { clip } from '../words/text.ts';
import type { Typed } from '../words/typed.ts';
import { strangePlaces } from './lookup.ts';
import type { TableAsking } from './table-answer.ts';
import { type Wrong, wrong } from './wrong.ts';

/** The accounts and regions that `--account` and `--region` name, several with commas; empty: all. */
export const namedPlaces = ({ options }: Typed): { accounts: string[]; regions: string[] } => ({
  accounts: namesIn(options.get('account')),
  regions: namesIn(options.get('region')),
});

const namesIn = (value: string | undefined): string[] => (value ?? '').split(/[,\s]+/).filter((name) => name !== '');

/** What is wrong with the options that were typed, or with the places they name; undefined: nothing. */
export async function wrongOptions(
  aws: Aws,
  typed: Typed,
  { known, flags, usage }: { known: readonly string[]; flags: readonly string[]; usage: string },
  asker: Asker,
): Promise<{ wrong: Wrong } | undefined> {
  for (const [name, value] of typed.options) {
    if (!known.includes(name))
      return wrong(
        `There is no option --${clip(name, 40)}${didYouMean(name, known, '--') || `. Type /audit ${usage}`}`,
      );
    if (flags.includes(name) && value !== '') return wrong(`--${name} takes no value: leave out "${clip(value, 40)}".`);
    if (!flags.includes(name) && value.trim() === '') return wrong(`--${name} needs a value after it.`);
  }
  const strange = await strangePlaces(
    aws,
    namedPlaces(typed),
    typed.options.has('account') ? 'account' : 'region',
    asker,
  );
  return strange === undefined ? undefined : { wrong: strange };
}

/**
 * Asks each of the places that are meant. `take` has every answer as it comes; a place in trouble is a gap. Returns what all of
 * it rests on.
 */
export async function askPlaces<Answer>(
  aws: Aws,
  where: { accounts: readonly string[]; regions: readonly string[] },
  { asker, signal, progress }: TableAsking,
  {
    doing,
    ask,
    take,
    said,
  }: {
    /** For trouble: "list buckets". */
    doing: string;
    ask: (place: Target) => Promise<Answer>;
    take: (place: Target, answer: Answer) => void | Promise<void>;
    /** What is said of the places that were asked, behind "3 of 17 ". */
    said: () => string;
  },
): Promise<Coverage> {
  const { targets, missing, trouble } = await targetsOf(aws, where, asker);
  const gaps = [...missing];
  let done = 0;
  for await (const came of everywhere(targets, ask, { doing, signal })) {
    const { place } = came;
    progress(`${++done} of ${targets.length} ${said()}`);
    if ('trouble' in came) gaps.push({ place, kind: came.trouble.kind, reason: came.trouble.message });
    else await take(place, came.answer);
  }
  return placeCoverage(targets, gaps, { trouble });
}
