import { partitionNamed } from '../alerts/arn.ts';
import { detectiveInvestigationsLink, detectivePageLink } from '../alerts/console-links.ts';
import { nearest } from '../alerts/nearest.ts';
import { AwsTrouble } from '../aws/aws.ts';
import {
  entityOf,
  findGraph,
  type Graph,
  investigate,
  listInvestigations,
  readInvestigation,
  setInvestigationState,
} from '../aws/detective.ts';
import { record } from '../listeners/act.ts';
import type { Parts } from '../parts.ts';
import { md } from '../slack/escape.ts';
import { zoneOf } from '../slack/people.ts';
import type { Message } from '../slack/types.ts';
import {
  type InvestigationShown,
  investigationList,
  investigationMessage,
  shownIn,
} from '../slack/views/investigate.ts';
import { openQuestion } from '../store/questions.ts';
import type { Call, Command } from './audit.ts';
import { lookupValueWords } from './lookup-query.ts';
import { readSpan } from './moments.ts';
import type { Typed } from './words.ts';

const usage = 'investigate ARN | list | show ID | archive ID [--since 24h] [--region NAME]';
const words = ['user', 'role', 'list', 'show', 'archive'];
const dayMs = 86_400_000;

/** An investigation as Detective tells it now. @throws AwsTrouble */
export async function investigationNow(
  { aws }: Pick<Parts, 'aws'>,
  graph: Graph,
  id: string,
  user: string,
): Promise<InvestigationShown> {
  const { partition } = await aws.home();
  const { investigation, indicators } = await readInvestigation(aws, graph, id, { name: user });
  const where = { partition: partitionNamed(partition), region: graph.region };
  return {
    ...investigation,
    indicators: indicators.map(({ heading, sentence, page }) => ({
      heading,
      sentence,
      url: page === null ? null : detectivePageLink(where, page, investigation.scope).url,
    })),
    // The address of one investigation is documented nowhere: the list of them is sure to be there.
    console: detectiveInvestigationsLink(where).url,
    coverage: graphCoverage(graph),
  };
}

/** On what an answer of Detective rests. */
export const graphCoverage = ({ account, region }: Graph): string =>
  `Detective's graph of account ${account} in ${region}: what its member accounts did there, in no other region.`;

export const archivingIsOff =
  'Archiving changes something in Detective, which is off here: set "detective: { start: true }" in trailwatch.yaml and deploy the role with AllowInvestigations=true.';

export const investigateCommand: Command = {
  name: 'investigate',
  usage,
  sentence:
    'Has Amazon Detective investigate a user or role, and says what it noticed; a role session is taken for its role. Starting one must be allowed in the configuration.',
  topic: 'Who did what',
  right: 'investigate',
  valueWords: lookupValueWords,
  run: async (parts, call) => {
    try {
      const said = await carryOut(parts, call);
      return typeof said === 'string' ? md`${said}`.toString() : said;
    } catch (error) {
      if (!(error instanceof AwsTrouble)) throw error;
      return md`${error.message}`.toString();
    }
  },
};

/** What was typed after investigate, or one sentence that says what is wrong with it. */
export function readInvestigate({
  words: [first = '', ...rest],
  options,
}: Typed): { act: 'list' } | { act: 'show' | 'archive' | 'begin'; value: string } | { wrong: string } {
  const word = first.toLowerCase();
  const value = first.startsWith('arn:') ? first : (rest[0] ?? '');
  const strange = [...options.keys()].find((name) => !['since', 'until', 'region'].includes(name));
  if (strange !== undefined)
    return {
      wrong: `There is no option --${strange.slice(0, 40)}: investigate takes --since, --until and --region.`,
    };
  if (!words.includes(word) && !first.startsWith('arn:')) {
    const close = nearest(word, words);
    return {
      wrong: `${first === '' ? 'Say what to investigate' : `"${first.slice(0, 60)}" is not understood`}.${close === undefined ? '' : ` Did you mean ${close}?`} Type /audit ${usage}`,
    };
  }
  if (word === 'list') return { act: 'list' };
  if (word === 'show' || word === 'archive')
    return /^\d{21}$/.test(value)
      ? { act: word, value }
      : { wrong: 'Say which: the id of an investigation has 21 digits; /audit investigate list shows them.' };
  return value.startsWith('arn:')
    ? { act: 'begin', value }
    : { wrong: 'Detective wants an ARN: /audit investigate arn:aws:iam::111122223333:user/alice' };
}

async function carryOut(parts: Parts, call: Call): Promise<Message | string> {
  const { aws } = parts;
  const { person, typed } = call;
  const asker = { name: person.user };
  const reading = readInvestigate(typed);
  if ('wrong' in reading) return reading.wrong;

  const graph = await findGraph(aws, asker, typed.options.get('region'));
  if (reading.act === 'list') {
    const list = await listInvestigations(aws, graph, asker, { state: 'ACTIVE' });
    const coverage = graphCoverage(graph);
    const message = investigationList(list, coverage);
    await onRecord(parts, call, 'answer', 'investigations', {
      found: list.length,
      shown: shownIn(message),
      coverage,
    });
    return message;
  }
  const { act, value } = reading;
  if (act === 'begin') return begin(parts, call, graph, value);
  if (act === 'archive') {
    if (!parts.config.detective.start) return archivingIsOff;
    await setInvestigationState(aws, graph, value, 'ARCHIVED', asker);
    await onRecord(parts, call, 'archive', `investigation ${value}`, {});
  }
  const now = await investigationNow(parts, graph, value, person.user);
  const message = investigationMessage(now);
  await onRecord(parts, call, 'answer', `investigation ${value}`, answered(now, message));
  return message;
}

/** What the record says of an investigation that was shown. */
export const answered = ({ status, indicators, coverage }: InvestigationShown, message: Message) => ({
  status,
  found: indicators.length,
  shown: shownIn(message),
  coverage,
});

async function begin(parts: Parts, call: Call, graph: Graph, arn: string): Promise<Message | string> {
  const { aws } = parts;
  const { person, typed } = call;
  const asker = { name: person.user };
  const zone = await zoneOf(parts.slack, person.user);
  const scope = readSpan(typed.options.get('since'), typed.options.get('until'), dayMs, { now: parts.now(), zone });
  if ('wrong' in scope) return scope.wrong;
  const entity = await entityOf(aws, arn, asker);
  const allowed = parts.config.detective.start;
  const { id, reused } = await investigate(aws, graph, entity, asker, { scope, allowed, now: parts.now() });
  const shown = await investigationNow(parts, graph, id, person.user);
  const follow = shown.status === 'RUNNING';
  const message = investigationMessage(
    shown,
    reused ? 'It was begun within the last hour already: this is the same one.' : undefined,
  );
  const question = await parts.database.transaction(async (trx) => {
    await record(trx, parts, person, reused ? 'answer' : 'investigate', `investigation ${id}`, {
      entity,
      from: scope.from.toISOString(),
      to: scope.to.toISOString(),
      ...answered(shown, message),
    });
    if (!follow) return undefined;
    const answer = { investigation: id, graph };
    return openQuestion(trx, {
      team: person.team,
      asked_by: person.user,
      channel: call.channel,
      at: parts.now(),
      state: 'following',
      answer,
    });
  });
  if (question !== undefined) await parts.wakeInvestigation(question);
  return message;
}

const onRecord = (
  parts: Parts,
  { person }: Call,
  action: string,
  subject: string,
  detail: Record<string, unknown>,
): Promise<unknown> => parts.database.transaction((trx) => record(trx, parts, person, action, subject, detail));
