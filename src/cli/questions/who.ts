import { AwsTrouble } from '../../aws/aws.ts';
import { reasonLines } from '../../aws/coverage.ts';
import { findWho, readWho, strangeAccount, type WhoFound, whoCoverage, whoGrammar } from '../../questions/who.ts';
import { behind, makerWords, originLine, type WhoAnswer } from '../../slack/views/who.ts';
import { oneLine } from '../../words/text.ts';
import { asker, cannotAsk, exitCodes, onRecord, type TerminalQuestion } from './terminal.ts';

export const whoQuestion: TerminalQuestion = {
  name: 'who',
  grammar: whoGrammar,
  ask: async (terminal, typed) => {
    const { io, json, zone, signal, now } = terminal;
    const question = readWho(typed, { now: now(), zone });
    if ('wrong' in question) return cannotAsk(terminal, question.wrong.sentence);
    const strange = await strangeAccount(terminal, question, asker);
    if (strange !== undefined) return cannotAsk(terminal, strange.sentence);
    const asked = question.subject.value;
    let found: WhoFound;
    try {
      found = await findWho(terminal, question, asker, signal);
    } catch (error) {
      if (!(error instanceof AwsTrouble) || (error.kind !== 'absent' && error.kind !== 'stopped')) throw error;
      // Nothing found is an answer: whole, or not.
      cannotAsk(terminal, error.message);
      return error.kind === 'absent' ? exitCodes.nothing : exitCodes.notWhole;
    }
    const { links: steps, problem, origins } = found;
    const coverage = whoCoverage(found);
    const answer = { asked, steps, problem, zone, coverage, origins };
    const { whole } = found.coverage;
    const shown = { behind: behind(answer), problem, coverage, whole, shown: Math.max(steps.length, origins.length) };
    await onRecord(terminal, 'answer', `ask who ${asked}`, shown);
    io.stdout.write(
      json
        ? `${JSON.stringify({ type: 'chain', ...answer, behind: behind(answer), whole })}\n`
        : inLines(answer, whole ? [] : reasonLines(found.coverage)),
    );
    return problem === null && whole ? exitCodes.found : exitCodes.notWhole;
  },
};

const utc = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

const inLines = (answer: WhoAnswer, reasons: readonly string[]): string =>
  [
    ...answer.steps.flatMap(({ kind, name, account, key, directory, maker, proof, event }, place) => [
      ...(place === 0 ? [] : [`  ↓ ${proof}`]),
      oneLine([kind, name, account, key, directory].filter((part) => part != null).join('  ')),
      ...(event === null ? [] : [`    ${event.time}  ${event.name}  ${event.account} ${event.region}  ${event.id}`]),
      ...(maker === undefined
        ? []
        : [
            `    ${oneLine(
              `${makerWords(kind)} ${maker.by}: ${maker.event.time}  ${maker.event.name}  ${maker.event.account} ${maker.event.region}  ${maker.event.id}`,
            )}`,
          ]),
    ]),
    ...(answer.origins.some(({ sessions }) => sessions > 1) || answer.origins.length > 1
      ? [
          'Sessions of this name (UTC), by who made them:',
          ...answer.origins.map((group) => `  ${oneLine(originLine(group, utc))}`),
        ]
      : []),
    '',
    `Behind it: ${oneLine(behind(answer))}`,
    ...(answer.problem === null ? [] : [oneLine(answer.problem)]),
    `${reasons.length === 0 ? '' : 'Not whole: '}${answer.coverage}`,
    ...reasons.map((line) => `  ${oneLine(line)}`),
    '',
  ].join('\n');
