import type { App } from '@slack/bolt';
import { Refused } from '../acts/act.ts';
import { mustHave } from '../acts/rights.ts';
import { maskText } from '../alerts/mask.ts';
import type { Parts } from '../parts.ts';
import { asTyped } from '../slack/as-typed.ts';
import { md } from '../slack/escape.ts';
import { respondAt } from '../slack/respond.ts';
import { unknownCommand } from '../slack/views/refusals.ts';
import { recordOf } from '../store/audit-log.ts';
import { traced } from '../tracing.ts';
import { readTokens, tokensOf } from '../words/typed.ts';
import { type CommandAnswer, type Line, type SlashCommand, tooMuch } from './command.ts';
import { commands } from './table.ts';

/** Returns a line typed after /audit, to the one who typed it. */
export async function respondTo(parts: Parts, line: Line): Promise<void> {
  // `/audit --help` asks for help, too.
  const [first = { text: 'help' }, ...rest] = tokensOf(line.text);
  const name = first.text.toLowerCase().replace(/^(?:-+|[—–])/, '');
  const command = commands.find((known) => known.name === name);
  if (command === undefined) {
    const names = commands.map((known) => known.name);
    return respondAt(line.responseUrl, { text: unknownCommand(first.text, names), blocks: [] });
  }
  const typed = readTokens(rest, command.grammar);
  await respondWith(parts, line, command, async () => {
    const extra = tooMuch(command, typed);
    return extra === undefined ? command.run(parts, { ...line, typed }) : md`${extra}`.toString();
  });
}

/**
 * Lets somebody run a command: the right is checked and the line on the record before it is answered, to this person alone.
 * What goes wrong is said in a sentence.
 */
export async function respondWith(
  parts: Parts,
  line: Line,
  command: SlashCommand,
  run: () => Promise<CommandAnswer>,
): Promise<void> {
  const tell = (text: string) => respondAt(line.responseUrl, { text, blocks: [] });
  try {
    const said = await traced(`/audit ${command.name}`, { kind: 'SERVER' }, async () => {
      await admit(parts, line, command);
      return run();
    });
    if (said !== undefined) await (typeof said === 'string' ? tell(said) : respondAt(line.responseUrl, said));
  } catch (error) {
    if (error instanceof Refused) return tell(error.message);
    parts.log.error({ err: error, command: command.name }, 'A command could not be answered.');
    await tell('Trailwatch could not answer this just now. Try again in a minute; /audit status says what is wrong.');
  }
}

async function admit(parts: Parts, { person, channel, text }: Line, { name, right }: SlashCommand): Promise<void> {
  const subject = `/audit ${name}`;
  await mustHave(parts, right, person, subject);
  await parts.database.transaction((trx) =>
    recordOf(person, parts.now())(trx, 'command', subject, { text: text.slice(0, 1000), channel }),
  );
}

/** /audit: acknowledged at once (Slack waits three seconds), answered to the one who asked. */
export function registerCommands(app: App, parts: Parts): void {
  app.command('/audit', async ({ ack, command }) => {
    await ack();
    await respondTo(parts, {
      person: { user: command.user_id, team: command.team_id },
      channel: command.channel_id,
      // What looks like a secret is kept and repeated nowhere, whoever wrote it.
      text: maskText(asTyped(command.text)),
      triggerId: command.trigger_id,
      responseUrl: command.response_url,
    });
  });
}
