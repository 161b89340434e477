import { AwsTrouble } from '../aws/aws.ts';
import { toldOfWho } from '../questions/told.ts';
import { findWho, readWho, strangeAccount, whoCoverage, whoGrammar, whoLine, whoUsage } from '../questions/who.ts';
import { md } from '../slack/escape.ts';
import { zoneOf } from '../slack/people.ts';
import { behind, whoMessage } from '../slack/views/who.ts';
import { recordOf } from '../store/audit-log.ts';
import { openQuestion } from '../store/questions.ts';
import type { SlashCommand } from './command.ts';

export const whoCommand: SlashCommand = {
  name: 'who',
  usage: whoUsage,
  sentence:
    'Who stands behind an access key, a role session or an event: the chain of roles back to a person, a workload or a service, with the event that proves each step.',
  topic: 'Who did what',
  right: 'investigate',
  grammar: whoGrammar,
  mostWords: null,
  run: async (parts, { typed, person, channel }) => {
    const zone = await zoneOf(parts.slack, person.user);
    const question = readWho(typed, { now: parts.now(), zone });
    if ('wrong' in question) return md`${question.wrong.sentence}`.toString();
    const { subject } = question;
    const asker = { name: person.user };
    try {
      const strange = await strangeAccount(parts, question, asker);
      if (strange !== undefined) return md`${strange.sentence}`.toString();
      const chain = await findWho(parts, question, asker, AbortSignal.timeout(120_000));
      const coverage = whoCoverage(chain);
      const { links: steps, problem, origins } = chain;
      const answer = { asked: subject.value, steps, problem, zone, coverage, origins };
      const at = parts.now();
      const told = toldOfWho(answer, whoLine(question), chain.coverage.whole);
      return await parts.database.transaction(async (trx) => {
        const { user: asked_by, team } = person;
        const id = await openQuestion(trx, { team, asked_by, channel, at, state: 'done', answer: told });
        await recordOf(person, at)(trx, 'answer', `who ${subject.value}`, {
          behind: behind(answer),
          events: chain.links.flatMap(({ event }) => (event === null ? [] : [event.id])),
          problem: chain.problem,
          coverage,
          shown: chain.links.length,
        });
        return whoMessage(answer, id);
      });
    } catch (error) {
      if (!(error instanceof AwsTrouble)) throw error;
      return md`${error.message}`.toString();
    }
  },
};
