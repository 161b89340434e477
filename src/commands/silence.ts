import type { Matcher } from '../alerts/matcher.ts';
import { nearest } from '../alerts/nearest.ts';
import { lacksRight } from '../listeners/act.ts';
import type { Parts } from '../parts.ts';
import type { Message } from '../slack/types.ts';
import { silenceKeys, silenceModal } from '../slack/views/modals/silence.ts';
import { silenceList } from '../slack/views/silences.ts';
import { activeSilences, wouldCatch } from '../store/silences.ts';
import type { Call, Command } from './audit.ts';

const example = 'For example: /audit silence add --kind "metric alarm" --account "dev-*"';

export const silenceCommand: Command = {
  name: 'silence',
  usage: `silence [add ${silenceKeys.map((key) => `[--${key} …]`).join(' ')}]`,
  sentence:
    'Lists what is silenced, until when and why, and ends a silence early. With add, asks what to silence, for how long and why.',
  topic: 'Alerts',
  right: null,
  run: async (parts, call) => {
    const [word, ...rest] = call.typed.words;
    if (word === undefined && call.typed.options.size === 0)
      return silenceList(await activeSilences(parts.database.db, parts.now()));
    if (word?.toLowerCase() !== 'add' || rest.length > 0)
      return `Type /audit silence for the list, or /audit silence add to begin one. ${example}`;
    return begin(parts, call);
  },
};

/** Opens the form, with the options filled in and what they would have held back. */
async function begin(parts: Parts, { person, typed, triggerId }: Call): Promise<Message | string> {
  const match: Matcher = {};
  for (const [option, value] of typed.options) {
    const key = silenceKeys.find((known) => known === option);
    if (key === undefined) {
      const close = nearest(option, silenceKeys);
      return `A silence has no --${option.slice(0, 40)}.${close === undefined ? '' : ` Did you mean --${close}?`} ${example}`;
    }
    if (value !== '') match[key] = [value];
  }
  const lacking = await lacksRight(parts, 'respond', person, '/audit silence add');
  if (lacking !== undefined) return lacking;
  if (triggerId === null) return 'A silence is begun in Slack: type /audit silence add there.';
  const preview = await wouldCatch(parts.database.db, match, parts.now());
  await parts.slack.views.open({ trigger_id: triggerId, view: silenceModal(null, match, preview) });
  return 'Fill in the form: nothing is silenced before you press Silence.';
}
