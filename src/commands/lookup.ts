import { AwsTrouble } from '../aws/aws.ts';
import type { Parts } from '../parts.ts';
import { type KeptLookup, keptLookup, newLookup, shownLookup } from '../questions/answer.ts';
import { askedOf } from '../questions/lookup.ts';
import { draftOf, lookupGrammar, type Question, stockQuestions } from '../questions/lookup-query.ts';
import { costOf } from '../questions/search.ts';
import { subjectKinds } from '../questions/subject.ts';
import { type Wrong, wrong } from '../questions/wrong.ts';
import type { Person } from '../slack/access.ts';
import { md } from '../slack/escape.ts';
import { addressesIn, mentions, zoneOf } from '../slack/people.ts';
import { respondAt } from '../slack/respond.ts';
import { lookupMessage } from '../slack/views/lookup.ts';
import { lookupModal } from '../slack/views/modals/lookup.ts';
import type { StoredQuestion } from '../store/questions.ts';
import type { Typed } from '../words/typed.ts';
import type { CommandAnswer, Line, SlashCommand } from './command.ts';
import { type AskedBy, keepQuestion, runQuestion } from './question.ts';

export const lookupCommand: SlashCommand = {
  name: 'lookup',
  usage: `lookup ${subjectKinds.join('|')} X [--since 24h] [--until TIME] [--account NAME] [--region NAME] [--errors] [--writes] [--all]`,
  sentence: 'Who did what in AWS, from CloudTrail. /audit help lookup lists what can be asked in a word.',
  list: Object.values(stockQuestions).map(({ usage, sentence }) => ({ usage: `lookup ${usage}`, sentence })),
  topic: 'Who did what',
  right: 'investigate',
  grammar: lookupGrammar,
  mostWords: null,
  run: async (parts, call) => {
    const { typed, person, triggerId, channel, responseUrl } = call;
    const draft = draftOf(typed);
    if (draft !== undefined && triggerId !== null) {
      // Before anything slow: the trigger is good for three seconds.
      await parts.slack.views.open({ trigger_id: triggerId, view: lookupModal(draft, { channel, responseUrl }) });
      return undefined;
    }
    const reading = await readFor(parts, typed, person);
    if ('wrong' in reading) return md`${reading.wrong.sentence}`.toString();
    return askLookup(parts, call, reading);
  },
};

/** A question that a person asks, with the person's time zone. */
interface Asked {
  question: Question;
  zone: string;
}

/** Reads a question in the person's own time; what cannot be asked is reported with its field. */
export async function readFor(parts: Parts, typed: Typed, person: Person): Promise<Asked | { wrong: Wrong }> {
  try {
    const zone = await zoneOf(parts.slack, person.user);
    const known = await knownToAws(parts, typed);
    if ('wrong' in known) return known;
    const reading = await askedOf(parts, known, { zone, asker: { name: person.user } });
    return 'wrong' in reading ? reading : { ...reading, zone };
  } catch (error) {
    if (!(error instanceof AwsTrouble)) throw error;
    return wrong(error.message);
  }
}

/** The same with people of the workspace (`@ben`) by the address that IAM Identity Center and its sessions have of them. */
export async function knownToAws({ slack }: Pick<Parts, 'slack'>, typed: Typed): Promise<Typed | { wrong: Wrong }> {
  const addresses = await addressesIn(slack, [...typed.words, ...typed.options.values()].join(' '));
  if ([...addresses.values()].includes(null))
    return wrong(
      'Slack tells no e-mail address of this person: name them as AWS does, like lookup user ben@example.com.',
    );
  const named = (text: string): string => text.replace(mentions, (mention) => addresses.get(mention) ?? mention);
  return {
    words: typed.words.map(named),
    options: new Map([...typed.options].map(([name, value]) => [name, named(value)])),
  };
}

/** The answer goes to the person alone. */
const askingAt = ({ person, responseUrl }: Pick<Line, 'person' | 'responseUrl'>, channel: string): AskedBy => ({
  person,
  channel,
  show: (message) => respondAt(responseUrl, message),
});

/** Begins a question, or asks first where it costs more than the configuration lets it cost unasked. */
export async function askLookup(parts: Parts, line: Line, { question, zone }: Asked): Promise<CommandAnswer> {
  const asking = askingAt(line, line.channel);
  const lookup = newLookup(question, zone);
  const cost = costOf(parts, question);
  if (cost !== undefined) {
    const waiting: KeptLookup = { ...lookup, state: 'asking', problem: cost.sentence, source: cost.source };
    return lookupMessage(await keepQuestion(parts, asking, waiting), shownLookup(waiting));
  }
  await runQuestion(parts, asking, await keepQuestion(parts, asking, lookup), lookup);
  return undefined;
}

/** Begins a question that was asked before it was known what it costs. */
export async function resume(
  parts: Parts,
  press: Pick<Line, 'person' | 'responseUrl'>,
  kept: StoredQuestion,
): Promise<void> {
  await runQuestion(parts, askingAt(press, kept.channel), kept.id, {
    ...keptLookup(kept),
    state: 'searching',
    problem: null,
  });
}
