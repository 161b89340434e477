import { beginWatch, endWatch } from '../acts/watches.ts';
import type { Parts } from '../parts.ts';
import { timeWords } from '../questions/lookup-query.ts';
import { hasHistory } from '../questions/search.ts';
import { readWatch, watchUsage } from '../questions/watch.ts';
import { md } from '../slack/escape.ts';
import { zoneOf } from '../slack/people.ts';
import { watchBegun, watchList } from '../slack/views/watch.ts';
import { openWatches } from '../store/watches.ts';
import type { CommandCall, SlashCommand } from './command.ts';
import { knownToAws } from './lookup.ts';

export const watchCommand: SlashCommand = {
  name: 'watch',
  usage: watchUsage,
  sentence:
    'Tells you by direct message when an access key, an address, a role or a user calls again, for a day or until the time you say. Without a word it lists what you watch.',
  topic: 'Who did what',
  right: 'investigate',
  grammar: { valueWords: timeWords },
  mostWords: null,
  run: async (parts, call) => {
    const { words, options } = call.typed;
    if (words.length === 0 && options.size === 0)
      return watchList(await openWatches(parts.database.db, call.person.user));
    return begin(parts, call);
  },
};

async function begin(parts: Parts, { person, typed }: CommandCall): Promise<string> {
  const { config, aws, now } = parts;
  const zone = await zoneOf(parts.slack, person.user);
  const context = { now: now(), zone, history: hasHistory(config), networks: config.networks, partition: null };
  const known = await knownToAws(parts, typed);
  if ('wrong' in known) return md`${known.wrong.sentence}`.toString();
  const first = readWatch(known, context);
  if ('wrong' in first) return md`${first.wrong.sentence}`.toString();
  const read = readWatch(known, { ...context, partition: (await aws.home()).partition });
  if ('wrong' in read) return md`${read.wrong.sentence}`.toString();
  return watchBegun(await beginWatch(parts, person, read), read.subject, read.until);
}

export const unwatchCommand: SlashCommand = {
  name: 'unwatch',
  usage: 'unwatch N',
  sentence: 'Ends a watch of yours: /audit watch lists them with their numbers.',
  topic: 'Who did what',
  right: 'investigate',
  mostWords: 1,
  run: async (parts, { person, typed, channel }) => {
    const [, number] = /^#?(\d{1,9})$/.exec(typed.words[0] ?? '') ?? [];
    if (number === undefined) return 'Say which watch by its number, like /audit unwatch 3; /audit watch lists yours.';
    await endWatch(parts, person, Number(number), { channel });
    return `Watch ${number} is over: you hear of it no more.`;
  },
};
