import { setTimeout as sleep } from 'node:timers/promises';
import {
  askDetective,
  type InvestigateAnswer,
  investigateGrammar,
  readInvestigate,
} from '../../questions/investigate.ts';
import { investigationNow } from '../../questions/investigation.ts';
import { oneLine } from '../../words/text.ts';
import {
  asker,
  cannotAsk,
  type ExitCode,
  exitCodes,
  onRecord,
  type Terminal,
  type TerminalQuestion,
} from './terminal.ts';

/** How often a running investigation is looked at: Detective takes minutes. */
const lookEveryMs = 15_000;

/** `ask "investigate ARN"` waits until Detective is done; `list`, `show ID` and `archive ID` answer at once. */
export const investigateQuestion: TerminalQuestion = {
  name: 'investigate',
  grammar: investigateGrammar,
  ask: async (terminal, typed) => {
    const asked = readInvestigate(typed, { now: terminal.now(), zone: terminal.zone });
    if ('wrong' in asked) return cannotAsk(terminal, asked.wrong.sentence);
    const answer = await askDetective(terminal, asked, asker, (action, subject, detail) =>
      onRecord(terminal, action, subject, detail),
    );
    return answer.act === 'list' ? showList(terminal, answer) : show(terminal, answer);
  },
};

async function showList(
  terminal: Terminal,
  { list, coverage }: Extract<InvestigateAnswer, { act: 'list' }>,
): Promise<ExitCode> {
  const { io, json } = terminal;
  await onRecord(terminal, 'answer', 'ask investigate list', { shown: list.length, coverage });
  for (const one of list)
    io.stdout.write(
      json
        ? `${JSON.stringify({ type: 'investigation', ...one })}\n`
        : `${one.createdAt.toISOString()}  ${one.severity}  ${one.status}  ${one.id}  ${oneLine(one.entity)}\n`,
    );
  if (!json) io.stdout.write(`${list.length} active, 100 at most. ${coverage}\n`);
  return list.length === 0 ? exitCodes.nothing : exitCodes.found;
}

async function show(
  terminal: Terminal,
  { act, graph, shown: first }: Exclude<InvestigateAnswer, { act: 'list' }>,
): Promise<ExitCode> {
  const { aws, io, json, signal } = terminal;
  let shown = first;
  while (act === 'begin' && shown.status === 'RUNNING') {
    io.stderr.write(`Detective is at work on ${shown.id} …\n`);
    await sleep(lookEveryMs, undefined, { signal });
    shown = await investigationNow({ aws }, graph, shown.id, asker.name);
  }
  const { id, status, severity, state, indicators, coverage } = shown;
  await onRecord(terminal, 'answer', `investigation ${id}`, { status, shown: indicators.length, coverage });
  io.stdout.write(
    json
      ? `${JSON.stringify({ type: 'investigation', ...shown })}\n`
      : [
          `${severity}  ${status}  ${state}  ${id}  ${oneLine(shown.entity)}`,
          ...indicators.map(({ heading, sentence }) => `  ${heading}: ${oneLine(sentence)}`),
          shown.console,
          coverage,
          '',
        ].join('\n'),
  );
  return status === 'SUCCESSFUL' ? exitCodes.found : exitCodes.notWhole;
}
