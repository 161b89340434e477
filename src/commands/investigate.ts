import { AwsTrouble } from '../aws/aws.ts';
import type { Parts } from '../parts.ts';
import {
  askDetective,
  type InvestigateAnswer,
  investigateGrammar,
  investigateUsage,
  readInvestigate,
} from '../questions/investigate.ts';
import { answered } from '../questions/investigation.ts';
import { md } from '../slack/escape.ts';
import { zoneOf } from '../slack/people.ts';
import type { Message } from '../slack/types.ts';
import { investigationList, investigationMessage, shownIn } from '../slack/views/investigate.ts';
import { recordOf } from '../store/audit-log.ts';
import { openQuestion } from '../store/questions.ts';
import type { CommandCall, SlashCommand } from './command.ts';

export const investigateCommand: SlashCommand = {
  name: 'investigate',
  usage: investigateUsage,
  sentence:
    'Has Amazon Detective investigate a user or role, and says what it noticed; a role session is taken for its role. Starting one must be allowed in the configuration.',
  topic: 'Who did what',
  right: 'investigate',
  grammar: investigateGrammar,
  mostWords: null,
  run: async (parts, call) => {
    const { person, typed } = call;
    const record = recordOf(person, parts.now());
    const zone = await zoneOf(parts.slack, person.user);
    const asked = readInvestigate(typed, { now: parts.now(), zone });
    if ('wrong' in asked) return md`${asked.wrong.sentence}`.toString();
    try {
      const answer = await askDetective(parts, asked, { name: person.user }, (action, subject, detail) =>
        parts.database.transaction(async (trx) => {
          await record(trx, action, subject, detail);
        }),
      );
      return answer.act === 'list' ? await showList(parts, call, answer) : await show(parts, call, answer);
    } catch (error) {
      if (!(error instanceof AwsTrouble)) throw error;
      return md`${error.message}`.toString();
    }
  },
};

async function showList(
  parts: Parts,
  { person }: CommandCall,
  { list, coverage }: Extract<InvestigateAnswer, { act: 'list' }>,
): Promise<Message> {
  const message = investigationList(list, coverage);
  await parts.database.transaction((trx) =>
    recordOf(person, parts.now())(trx, 'answer', 'investigations', {
      found: list.length,
      shown: shownIn(message),
      coverage,
    }),
  );
  return message;
}

/** Shows an investigation; one that Detective is still at work on is followed, and its result sent as a direct message. */
async function show(
  parts: Parts,
  { person, channel }: CommandCall,
  { act, graph, shown, reused }: Exclude<InvestigateAnswer, { act: 'list' }>,
): Promise<Message> {
  const now = parts.now();
  const message = investigationMessage(
    shown,
    reused ? 'It was begun within the last hour already: this is the same one.' : undefined,
  );
  const followed = await parts.database.transaction(async (trx) => {
    await recordOf(person, now)(trx, 'answer', `investigation ${shown.id}`, answered(shown, message));
    if (act !== 'begin' || shown.status !== 'RUNNING') return undefined;
    const answer = { investigation: shown.id, graph };
    return openQuestion(trx, {
      team: person.team,
      asked_by: person.user,
      channel,
      at: now,
      state: 'following',
      answer,
    });
  });
  if (followed !== undefined) parts.wakes.investigations();
  return message;
}
