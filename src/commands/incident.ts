import { Refused } from '../acts/act.ts';
import { sendIncidentFiles } from '../acts/incident-files.ts';
import { joinIncident, noIncident, splitIncident } from '../acts/incidents.ts';
import { incidentShown } from '../jobs/deliver.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { md } from '../slack/escape.ts';
import type { Message } from '../slack/types.ts';
import { type IncidentShown, incidentList, incidentMessage } from '../slack/views/incident-message.ts';
import { newestIncidents } from '../store/incidents.ts';
import { didYouMean } from '../words/nearest.ts';
import { plural } from '../words/text.ts';
import type { SlashCommand } from './command.ts';

/** An incident as one person may see it. @throws Refused where it is in a private channel that they are not in */
export async function incidentFor(parts: Parts, { user }: Person, id: number): Promise<IncidentShown> {
  const shown = await incidentShown(
    { ...parts, policies: parts.config.escalation, isOwn: parts.config.grouping.isOwn },
    id,
    {
      readable: (channels) => parts.access.readable(user, channels),
    },
  );
  if (shown === undefined || shown.alerts.length === 0) throw new Refused(noIncident(id, shown?.incident));
  if ((await parts.access.readable(user, [shown.incident.channel])).length === 0)
    throw new Refused('This incident is in a private channel that you are not in.');
  return shown;
}

/** "2 alerts out, 3 left" */
const splitSentence = (out: number, left: number): string =>
  left === 0
    ? 'The incident is none any more: its alerts have messages of their own.'
    : `${plural(out, 'alert')} out, with ${out === 1 ? 'a message of its' : 'messages of their'} own; ${left} left.`;

const listMost = 20;

/** The newest incidents in channels that the person may read. */
async function list(parts: Parts, { user, team }: Person): Promise<Message> {
  const { db } = parts.database;
  const found = await newestIncidents(db, listMost);
  const readable = new Set(await parts.access.readable(user, [...new Set(found.map(({ channel }) => channel))]));
  const shown: IncidentShown[] = [];
  for (const { id, channel } of found)
    if (readable.has(channel)) shown.push(await incidentFor(parts, { user, team }, id));
  return incidentList(shown, shown.length < found.length);
}

const verbs = ['join', 'split', 'export'];

export const filesSent =
  'The timeline (Markdown, JSON) and a picture of the chain are in your direct messages with Trailwatch.';

/** `7`, `#41` */
const numberIn = (word: string | undefined): number | undefined =>
  word !== undefined && /^#?[1-9]\d{0,8}$/.test(word) ? Number(word.replace('#', '')) : undefined;

export const incidentCommand: SlashCommand = {
  name: 'incident',
  usage: 'incident [N] | incident join N|new ALERT … | incident split N ALERT … | incident export N',
  sentence:
    'Lists the incidents (alerts of one attack that are one message), or shows one; puts alerts into it by hand, makes one of alerts (new), takes alerts out; sends the timeline as files.',
  topic: 'Alerts',
  right: 'see',
  mostWords: null,
  run: async (parts, { person, typed: { words, options } }) => {
    const [option] = options.keys();
    if (option !== undefined) return md`An incident has no --${option.slice(0, 40)}. Type /audit incident 7`.toString();
    const [first, second, ...more] = words;
    if (first === undefined) return list(parts, person);
    const verb = first.toLowerCase();
    if (!verbs.includes(verb)) {
      const id = numberIn(first);
      if (id === undefined)
        return md`"${first.slice(0, 60)}" is no number of an incident${didYouMean(verb, verbs) || '.'} Type /audit incident for the list.`.toString();
      if (second !== undefined)
        return md`"${second.slice(0, 60)}" is one word too many. Type /audit incident ${id}`.toString();
      return incidentMessage(await incidentFor(parts, person, id));
    }
    if (verb === 'export') {
      const id = numberIn(second);
      if (id === undefined || more.length > 0) return 'Say which incident, and nothing else: /audit incident export 7';
      await sendIncidentFiles(parts, person, await incidentFor(parts, person, id));
      return filesSent;
    }
    const incident = verb === 'join' && second?.toLowerCase() === 'new' ? null : numberIn(second);
    if (incident === undefined)
      return verb === 'join'
        ? 'Say into which incident, then which alerts: /audit incident join 7 #41 #42, or /audit incident join new #41 #42'
        : 'Say from which incident, then which alerts: /audit incident split 7 #41';
    const alerts = more.map(numberIn);
    const wrong = more.find((word) => numberIn(word) === undefined);
    if (wrong !== undefined) return md`"${wrong.slice(0, 60)}" is no number of an alert, as in #41.`.toString();
    if (alerts.length === 0)
      return `Say which alerts by their numbers: /audit incident ${verb} ${incident ?? 'new'} #41 #42`;
    const ids = alerts.filter((id) => id !== undefined);
    if (incident !== null) await incidentFor(parts, person, incident);
    if (verb === 'split') return splitSentence(ids.length, await splitIncident(parts, person, incident ?? 0, ids));
    const id = await joinIncident(parts, person, incident, ids);
    return `${plural(ids.length, 'alert')} in incident ${id} now.`;
  },
};
