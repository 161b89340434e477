import { type Asker, AwsTrouble } from '../aws/aws.ts';
import {
  entityOf,
  findGraph,
  type Graph,
  type Investigation,
  investigate,
  listInvestigations,
  setInvestigationState,
} from '../aws/detective.ts';
import { shortName } from '../aws-names/arn.ts';
import type { Parts } from '../parts.ts';
import type { InvestigationShown } from '../slack/views/investigate.ts';
import { didYouMean } from '../words/nearest.ts';
import { clip } from '../words/text.ts';
import { dayMs } from '../words/time.ts';
import type { Grammar, Typed } from '../words/typed.ts';
import { graphCoverage, investigationNow } from './investigation.ts';
import { timeWords } from './lookup-query.ts';
import { type Clock, readSpan, type Span } from './moments.ts';
import { type Wrong, wrong } from './wrong.ts';

export const investigateUsage = 'investigate ARN | list | show ID|ARN | archive ID [--since 24h] [--region NAME]';
export const investigateGrammar: Grammar = { valueWords: timeWords };
const verbs = ['user', 'role', 'list', 'show', 'archive'];
const investigateOptions = ['since', 'until', 'region'];

/** What is asked of Detective. `region`: where its graph is; undefined: wherever there is one. */
export type InvestigateAsked = { region: string | undefined } & (
  | { act: 'list' }
  | { act: 'show' | 'archive'; id: string }
  | { act: 'newest'; arn: string }
  | { act: 'begin'; arn: string; scope: Span }
);

/** Reads what stands after `/audit investigate`. */
export function readInvestigate({ words, options }: Typed, clock: Clock): InvestigateAsked | { wrong: Wrong } {
  const [first = '', ...others] = words;
  const verb = first.toLowerCase();
  const region = options.get('region');
  const unfit = unfitOption(options, verb === 'list' || verb === 'show' || verb === 'archive');
  if (unfit !== undefined) return wrong(unfit);
  const named = first.startsWith('arn:');
  if (!verbs.includes(verb) && !named) {
    const sentence = first === '' ? 'Say what to investigate' : `"${clip(first, 60)}" is not understood`;
    return wrong(`${sentence}${didYouMean(verb, verbs) || '.'} Type /audit ${investigateUsage}`);
  }
  const [value = '', ...rest] = named ? words : others;
  const [extra] = verb === 'list' ? others : rest;
  if (extra !== undefined) return wrong(`"${clip(extra, 60)}" is one word too many. Type /audit ${investigateUsage}`);
  if (verb === 'list') return { act: verb, region };
  if (verb === 'show' && value.startsWith('arn:')) return { act: 'newest', arn: value, region };
  if (verb === 'show' || verb === 'archive')
    return /^\d{21}$/.test(value)
      ? { act: verb, id: value, region }
      : wrong('Say which: the id of an investigation has 21 digits; /audit investigate list shows them.');
  if (!value.startsWith('arn:'))
    return wrong('Detective wants an ARN: /audit investigate arn:aws:iam::111122223333:user/alice');
  const scope = readSpan(options.get('since'), options.get('until'), dayMs, clock);
  return 'wrong' in scope ? scope : { act: 'begin', arn: value, scope: scope.span, region };
}

/** Only what is begun has a time; a word that is dropped would look as if it had been heard. */
function unfitOption(options: ReadonlyMap<string, string>, timeless: boolean): string | undefined {
  for (const [name, value] of options) {
    if (!investigateOptions.includes(name))
      return `There is no option --${clip(name, 40)}: investigate takes --since, --until and --region.`;
    if (value.trim() === '') return `--${name} needs a value after it.`;
    if (timeless && name !== 'region') return `--${name} belongs to an investigation that is begun: leave it out.`;
  }
  return undefined;
}

const archivingIsOff =
  'Archiving changes something in Detective, which is off here: set "detective: { start: true }" in trailwatch.yaml and deploy the role with AllowInvestigations=true.';

/** What Detective says; `reused`: the investigation had been begun within the last hour already. */
export type InvestigateAnswer =
  | { act: 'list'; list: readonly Investigation[]; coverage: string }
  | { act: 'show' | 'archive' | 'begin'; graph: Graph; shown: InvestigationShown; reused: boolean };

/** Puts on the record what was changed in AWS, as soon as it is. */
export type Noted = (action: string, subject: string, detail: Record<string, unknown>) => Promise<void>;

/** Asks Detective, and begins or archives an investigation where that is allowed. @throws AwsTrouble */
export async function askDetective(
  { aws, config, now }: Pick<Parts, 'aws' | 'config' | 'now'>,
  asked: InvestigateAsked,
  asker: Asker,
  noted: Noted,
): Promise<InvestigateAnswer> {
  const graph = await findGraph(aws, asker, asked.region);
  const shownNow = (id: string): Promise<InvestigationShown> => investigationNow({ aws }, graph, id, asker.name);
  switch (asked.act) {
    case 'list':
      return {
        act: 'list',
        list: await listInvestigations(aws, graph, asker, { state: 'ACTIVE' }),
        coverage: graphCoverage(graph),
      };
    case 'show':
      return { act: 'show', graph, shown: await shownNow(asked.id), reused: false };
    case 'newest': {
      const entity = await entityOf(aws, asked.arn, asker);
      const [last] = await listInvestigations(aws, graph, asker, { entity });
      if (last === undefined)
        throw new AwsTrouble(
          'absent',
          `Detective has no investigation of ${shortName(entity)} in ${graph.region}: /audit investigate ${entity} begins one.`,
        );
      return { act: 'show', graph, shown: await shownNow(last.id), reused: false };
    }
    case 'archive': {
      if (!config.detective.start) throw new AwsTrouble('denied', archivingIsOff);
      await setInvestigationState(aws, graph, asked.id, 'ARCHIVED', asker);
      await noted('archive', `investigation ${asked.id}`, {});
      return { act: 'archive', graph, shown: await shownNow(asked.id), reused: false };
    }
    case 'begin': {
      const { scope } = asked;
      const entity = await entityOf(aws, asked.arn, asker);
      const allowed = config.detective.start;
      const { id, reused } = await investigate(aws, graph, entity, asker, { scope, allowed, now: now() });
      const span = { from: scope.from.toISOString(), to: scope.to.toISOString() };
      if (!reused) await noted('investigate', `investigation ${id}`, { entity, ...span });
      return { act: 'begin', graph, shown: await shownNow(id), reused };
    }
  }
}
