import { Refused } from '../acts/act.ts';
import { actOnAlert, mayOpen } from '../acts/alerts.ts';
import { actOnIncident } from '../acts/incidents.ts';
import type { Deed } from '../acts/many.ts';
import { actOnStorm } from '../acts/storms.ts';
import type { Alert } from '../alerts/alert.ts';
import { resolutions } from '../alerts/resolution.ts';
import { stormShown } from '../jobs/deliver.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { md } from '../slack/escape.ts';
import type { Message } from '../slack/types.ts';
import { alertRow } from '../slack/views/alert-list.ts';
import { consequence } from '../slack/views/alert-words.ts';
import { incidentMessage } from '../slack/views/incident-message.ts';
import { type StormShown, stormMessage } from '../slack/views/storm-message.ts';
import { alertById } from '../store/alerts.ts';
import { capitalized, clipWords, plural } from '../words/text.ts';
import { copyOf } from './alerts.ts';
import type { CommandCall, SlashCommand } from './command.ts';
import { incidentFor } from './incident.ts';

/** What a number stands for: `6`, `#6`, `incident 3`, `storm 2`. */
interface Named {
  what: 'alert' | 'incident' | 'storm';
  id: number;
}

/** So many at once: each is a sentence of the answer. */
const most = 20;

const digits = /^#?([1-9]\d{0,8})$/;

/** Alerts, incidents and storms at the beginning of a line, and the words that are left. */
export function readNamed(words: readonly string[]): { named: Named[]; rest: string[] } {
  const all = words.flatMap((word) => (/^#?\d[\d#,]*$/.test(word) ? word.split(',').filter(Boolean) : [word]));
  const named: Named[] = [];
  let place = 0;
  for (; place < all.length; place++) {
    const word = all[place] ?? '';
    const what = (['alert', 'incident', 'storm'] as const).find(
      (each) => word.toLowerCase().replace(/s$/, '') === each,
    );
    const id = digits.exec((what === undefined ? word : all[place + 1]) ?? '')?.[1];
    if (id === undefined) break;
    if (what !== undefined) place += 1;
    named.push({ what: what ?? 'alert', id: Number(id) });
  }
  const distinct = new Map(named.map((each) => [`${each.what} ${each.id}`, each]));
  return { named: [...distinct.values()], rest: all.slice(place) };
}

/** What is named; a sentence where nothing is, or too much. `usage`: an example. */
function namedIn({ typed: { words, options } }: CommandCall, usage: string): ReturnType<typeof readNamed> | string {
  const [option] = options.keys();
  if (option !== undefined)
    return md`"--${option.slice(0, 40)}" is not understood here. For example: ${usage}`.toString();
  const read = readNamed(words);
  if (read.named.length === 0)
    return words.length === 0
      ? `Say which alerts by their numbers. For example: ${usage}`
      : md`"${(words[0] ?? '').slice(0, 60)}" is no number of an alert. For example: ${usage}`.toString();
  return read.named.length > most ? `${most} at a time: name fewer.` : read;
}

/** A storm that the person may see. @throws Refused */
async function stormFor(parts: Parts, { user }: Person, id: number): Promise<StormShown> {
  const shown = await stormShown({ ...parts, policies: parts.config.escalation }, id);
  if (shown === undefined) throw new Refused(`There is no storm ${id}.`);
  if ((await parts.access.readable(user, [shown.channel])).length === 0)
    throw new Refused('This storm is in a private channel that you are not in.');
  return shown;
}

const done = (kind: Deed['kind']): string => (kind === 'acknowledge' ? 'acknowledged' : 'resolved');

/** Does it to one of them. Returns the sentence for whoever typed. @throws Refused */
async function act(parts: Parts, person: Person, { what, id }: Named, deed: Deed): Promise<string> {
  switch (what) {
    case 'incident': {
      await incidentFor(parts, person, id);
      return `${plural(await actOnIncident(parts, person, id, deed), 'alert')} of incident ${id} ${done(deed.kind)}.`;
    }
    case 'storm': {
      await stormFor(parts, person, id);
      const count = await actOnStorm(parts, person, id, deed);
      return count === 0
        ? `Nothing was left to ${deed.kind} in storm ${id}.`
        : `${plural(count, 'alert')} of storm ${id} ${done(deed.kind)}.`;
    }
    case 'alert': {
      await mayOpen(parts, person, id);
      await actOnAlert(parts, person, id, deed);
      const alert = await alertById(parts.database.db, id);
      return alert === undefined ? '' : cameOf(alert, deed);
    }
  }
}

function cameOf(alert: Alert, { kind }: Deed): string {
  const which = md`#${alert.id} ${clipWords(consequence(alert.signal), 90)}`;
  if (kind === 'acknowledge' && alert.state === 'firing')
    return md`Acknowledged: ${which}. ${alert.secondWanted === 'lead' ? 'One of the leads' : 'A second person'} has to, too.`.toString();
  const all = kind === 'acknowledge' && alert.incidentId !== null ? `, with all of incident ${alert.incidentId}` : '';
  return md`${capitalized(done(kind))}: ${which}${all}.`.toString();
}

/** Does it to each; whatever one is refused for, the others are done. */
async function actOnAll(parts: Parts, person: Person, named: readonly Named[], deed: Deed): Promise<string> {
  const sentences: string[] = [];
  for (const each of named)
    sentences.push(
      await act(parts, person, each, deed).catch((error: unknown) => {
        if (error instanceof Refused) return error.message;
        parts.log.error({ err: error, ...each }, 'A command could not be carried out on one of several.');
        return `It is not sure whether ${each.what} ${each.id} was ${done(deed.kind)}: look with /audit show ${each.what} ${each.id}`;
      }),
    );
  return sentences.join('\n');
}

export const ackCommand: SlashCommand = {
  name: 'ack',
  usage: 'ack N … | ack incident N | ack storm N',
  sentence: 'Acknowledges alerts by their numbers, or all of an incident or a storm.',
  topic: 'Alerts',
  right: 'respond',
  mostWords: null,
  run: async (parts, call) => {
    const read = namedIn(call, '/audit ack 41 42');
    if (typeof read === 'string') return read;
    const [stray] = read.rest;
    if (stray !== undefined)
      return md`"${stray.slice(0, 60)}" is no number of an alert. Nothing was done. For example: /audit ack 41 42`.toString();
    return actOnAll(parts, call.person, read.named, { kind: 'acknowledge' });
  },
};

/** What it turned out to be and what was done, from the words behind the numbers: "false alarm, the scanner again". */
function readReason(words: readonly string[]): Pick<Extract<Deed, { kind: 'resolve' }>, 'as' | 'text'> {
  const line = words.join(' ').replace(/^as /i, '').trim();
  const as = resolutions.find((each) =>
    new RegExp(`^${each.replace(' ', '[ _-]?')}(?![\\p{L}\\p{N}])`, 'iu').test(line),
  );
  const text = as === undefined ? line : line.slice(as.length).replace(/^[\s,:.;–-]+/, '');
  return { ...(as === undefined ? {} : { as }), ...(text === '' ? {} : { text: text.slice(0, 1000) }) };
}

export const resolveCommand: SlashCommand = {
  name: 'resolve',
  usage: `resolve N … [${resolutions.join('|')}] [what was done] | resolve incident N | resolve storm N`,
  sentence:
    'Resolves alerts by their numbers, or all of an incident or a storm; says what it turned out to be, which the numbers count, and what was done.',
  topic: 'Alerts',
  right: 'respond',
  mostWords: null,
  run: async (parts, call) => {
    const read = namedIn(call, '/audit resolve 41 42 false alarm');
    if (typeof read === 'string') return read;
    return actOnAll(parts, call.person, read.named, { kind: 'resolve', ...readReason(read.rest) });
  },
};

/** One of them as its message shows it, with its buttons. @throws Refused */
async function shown(parts: Parts, person: Person, { what, id }: Named): Promise<Message> {
  switch (what) {
    case 'incident':
      return incidentMessage(await incidentFor(parts, person, id));
    case 'storm':
      return stormMessage(await stormFor(parts, person, id));
    case 'alert':
      return copyOf(parts, await mayOpen(parts, person, id));
  }
}

export const showCommand: SlashCommand = {
  name: 'show',
  usage: 'show N … | show incident N | show storm N',
  sentence: 'Shows an alert, an incident or a storm by its number, with its buttons; of several alerts a line each.',
  topic: 'Alerts',
  right: 'see',
  mostWords: null,
  run: async (parts, call) => {
    const read = namedIn(call, '/audit show 41');
    if (typeof read === 'string') return read;
    const [stray] = read.rest;
    if (stray !== undefined)
      return md`"${stray.slice(0, 60)}" is no number of an alert. For example: /audit show 41`.toString();
    const { named } = read;
    const [only] = named;
    if (only !== undefined && named.length === 1) return shown(parts, call.person, only);
    if (named.some(({ what }) => what !== 'alert')) return 'One incident or storm at a time: /audit show incident 3';
    const rows: Message['blocks'] = [];
    const refused: string[] = [];
    for (const { id } of named)
      try {
        rows.push(alertRow(await mayOpen(parts, call.person, id)));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        refused.push(error.message);
      }
    const missing = refused.map((text) => ({
      type: 'context' as const,
      elements: [{ type: 'mrkdwn' as const, text }],
    }));
    return { text: [plural(rows.length, 'alert'), ...refused].join(' '), blocks: [...rows, ...missing] };
  },
};
