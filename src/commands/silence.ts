import { mustHave } from '../acts/rights.ts';
import type { Matcher } from '../alerts/matcher.ts';
import type { Parts } from '../parts.ts';
import { timeWords } from '../questions/lookup-query.ts';
import { momentAhead } from '../questions/moments.ts';
import { zoneOf } from '../slack/people.ts';
import type { Message } from '../slack/types.ts';
import { silenceKeys, silenceModal } from '../slack/views/modals/silence.ts';
import { silenceList } from '../slack/views/silences.ts';
import { openSilences, wouldCatch } from '../store/silences.ts';
import { parseDuration } from '../words/durations.ts';
import { didYouMean } from '../words/nearest.ts';
import type { CommandCall, SlashCommand } from './command.ts';

const example = 'For example: /audit silence add --kind "metric alarm" --account "dev-*"';

export const silenceCommand: SlashCommand = {
  name: 'silence',
  usage: `silence [add ${silenceKeys.map((key) => `[--${key} …]`).join(' ')} [--from T] [--for 4h | --until T]]`,
  sentence:
    'Lists what is silenced or will be, until when and why, and ends a silence early. With add, asks what to silence, for how long and why; with --from it is a maintenance window planned ahead.',
  topic: 'Alerts',
  right: 'see',
  grammar: { valueWords: timeWords },
  mostWords: null,
  run: async (parts, call) => {
    const [word, ...rest] = call.typed.words;
    if (word === undefined && call.typed.options.size === 0)
      return silenceList(await openSilences(parts.database.db, parts.now()));
    if (word?.toLowerCase() !== 'add' || rest.length > 0)
      return `Type /audit silence for the list, or /audit silence add to begin one. ${example}`;
    return begin(parts, call);
  },
};

/** Opens the form, with the options filled in and what they would have held back. */
async function begin(parts: Parts, { person, typed, triggerId }: CommandCall): Promise<Message | string> {
  const match: Matcher = {};
  const times = await windowOf(parts, person.user, typed.options);
  if (typeof times === 'string') return times;
  for (const [option, value] of typed.options) {
    if (timeOptions.includes(option)) continue;
    const key = silenceKeys.find((known) => known === option);
    if (key === undefined)
      return `A silence has no --${option.slice(0, 40)}${didYouMean(option, [...silenceKeys, ...timeOptions], '--') || '.'} ${example}`;
    if (value !== '') match[key] = [value];
  }
  await mustHave(parts, 'respond', person, '/audit silence add');
  if (triggerId === null) return 'A silence is begun in Slack: type /audit silence add there.';
  const preview = await wouldCatch(parts.database.db, match, parts.now());
  await parts.slack.views.open({ trigger_id: triggerId, view: silenceModal(null, match, preview, times) });
  return 'Fill in the form: nothing is silenced before you press Silence.';
}

const timeOptions = ['from', 'for', 'until'];

/** The times of a maintenance window, in the person's own zone where they name none; a sentence when one is no time. */
async function windowOf(
  parts: Parts,
  user: string,
  options: CommandCall['typed']['options'],
): Promise<{ from?: Date; until?: Date } | string> {
  if (!timeOptions.some((option) => options.has(option))) return {};
  const clock = { now: parts.now(), zone: await zoneOf(parts.slack, user) };
  const times: { from?: Date; until?: Date } = {};
  for (const name of ['from', 'until'] as const) {
    const text = options.get(name);
    const at = text === undefined ? undefined : momentAhead(text, clock);
    if (text !== undefined && at === undefined)
      return `--${name} "${text.slice(0, 60)}" is no time: write "2027-03-28 22:00", or 2h for in two hours.`;
    if (at !== undefined) times[name] = at.at;
  }
  const length = options.get('for');
  const ms = length === undefined ? undefined : parseDuration(length);
  if (length !== undefined && ms === undefined) return `--for "${length.slice(0, 60)}" is no duration: write 4h or 1d.`;
  return ms === undefined ? times : { ...times, until: new Date((times.from ?? clock.now).getTime() + ms) };
}
