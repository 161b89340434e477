import type { SharedFramework } from '../acts/framework.ts';
import { AwsTrouble } from '../aws/aws.ts';
import type { Parts } from '../parts.ts';
import { answerFramework, frameworkLine, frameworkUsage, readFramework } from '../questions/framework/answer.ts';
import { md } from '../slack/escape.ts';
import { respondAt } from '../slack/respond.ts';
import {
  type FrameworkAnswer,
  type FrameworkAsked,
  frameworkMessage,
  sharedFrameworkMessage,
} from '../slack/views/framework.ts';
import { recordOf } from '../store/audit-log.ts';
import { openQuestion } from '../store/questions.ts';
import type { CommandCall, SlashCommand } from './command.ts';
import { showOrSend } from './question.ts';

export const frameworkCommand: SlashCommand = {
  name: 'framework',
  usage: frameworkUsage,
  sentence:
    'How the sixteen steps stand: from the last digest, or asked anew with now; of one step or check with its places and what turns them green.',
  topic: 'Reports',
  right: 'investigate',
  mostWords: null,
  run: async (parts, call) => {
    const asked = await readFramework(call.typed);
    if ('wrong' in asked) return md`${asked.wrong.sentence}`.toString();
    try {
      await answer(parts, call, asked);
      return undefined;
    } catch (error) {
      if (!(error instanceof AwsTrouble)) throw error;
      return md`${error.message}`.toString();
    }
  },
};

/** When the rows so far are shown, in milliseconds after the question: Slack takes five answers to one command. */
const showAtMs = [1500, 20_000, 120_000];

/** Asks, shows the rows so far where it takes long, and puts what was shown on the record. */
async function answer(
  parts: Parts,
  { person, channel, responseUrl }: CommandCall,
  asked: FrameworkAsked,
): Promise<void> {
  const asking = {
    person,
    channel,
    show: (message: Parameters<typeof respondAt>[1]) => respondAt(responseUrl, message),
  };
  let sofar: FrameworkAnswer | undefined;
  let shown = 0;
  const show = (): void => {
    if (sofar === undefined) return;
    shown += 1;
    asking
      .show(frameworkMessage(sofar))
      .catch((error: unknown) => parts.log.warn({ err: error }, 'The progress of a question was not shown.'));
  };
  const timers = showAtMs.map((ms) => setTimeout(show, ms));
  let found: FrameworkAnswer;
  try {
    found = await answerFramework(parts, asked, { name: person.user }, new AbortController().signal, (now) => {
      sofar = now;
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
  const now = parts.now();
  const { user: asked_by, team } = person;
  const line = frameworkLine(asked);
  const kept: SharedFramework = {
    version: 1,
    kind: 'framework',
    line,
    message: sharedFrameworkMessage(found, asked_by),
  };
  const id = await parts.database.transaction(async (trx) => {
    await recordOf(person, now)(trx, 'answer', line, {
      steps: Object.fromEntries(found.scores.map(({ step, level }) => [step, level])),
      coverage: found.coverage,
      calls: found.calls,
      source: found.digest === null ? 'AWS' : `digest run ${found.digest.run}`,
    });
    return openQuestion(trx, { team, asked_by, channel, at: now, state: 'done', answer: kept });
  });
  const key = `framework-${person.user}-${now.getTime()}`;
  await showOrSend(parts, asking, key, frameworkMessage(found, id), shown > 0);
}
