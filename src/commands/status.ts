import { cadenceOf, streamKey } from '../alerts/cadence.ts';
import { troublesOf } from '../checks.ts';
import type { Parts } from '../parts.ts';
import { matcherText } from '../slack/views/silences.ts';
import { type Part, statusMessage } from '../slack/views/status.ts';
import { awakeHours, hourOf, mainStreams } from '../store/cadence.ts';
import { troubles } from '../store/deliveries.ts';
import { digestTroubles } from '../store/digests/runs.ts';
import { messagesApart, topicsHeard } from '../store/inbox.ts';
import { activeSilences } from '../store/silences.ts';
import { hourMs } from '../words/time.ts';
import type { SlashCommand } from './command.ts';

export const statusCommand: SlashCommand = {
  name: 'status',
  usage: 'status',
  sentence: 'Says whether everything works, and when each topic last sent a message.',
  topic: 'Trailwatch',
  right: 'see',
  mostWords: 0,
  run: async (parts) => {
    const broken = new Map((await troublesOf(parts.checks)).map(({ name, trouble }) => [name, trouble]));
    const stuck = await troubles(parts.database.db);
    const heard = await topicsHeard(parts.database.db);
    const apart = await messagesApart(parts.database.db, 3);
    const health: Part[] = parts.checks.map(({ name }) => {
      const trouble = broken.get(name);
      return { name, ok: trouble === undefined, sentence: trouble ?? 'works' };
    });
    const delivery: Part = {
      name: 'Delivery',
      ok: stuck.length === 0,
      sentence:
        stuck.length === 0
          ? 'nothing waits'
          : stuck.map(({ target, error, count }) => `${count} waiting for ${target}: ${error}`).join('; '),
    };
    const inbox: Part = {
      name: 'Inbox',
      ok: apart.count === 0,
      sentence:
        apart.count === 0
          ? 'every message could be taken in'
          : `${apart.count} ${apart.count === 1 ? 'message' : 'messages'} could not be taken in and made no alert: ${apart.newest.map(({ id, trouble }) => `${id} (${trouble})`).join('; ')}`,
    };
    const ill = await digestTroubles(parts.database.db);
    const reports: Part = {
      name: 'Digests',
      ok: ill.length === 0,
      sentence:
        ill.length === 0 ? 'none waits' : ill.map(({ digest, sentence }) => `${digest}: ${sentence}`).join('; '),
    };
    const held = await activeSilences(parts.database.db, parts.now());
    const silences: Part = {
      name: 'Silences',
      ok: true,
      sentence:
        held.length === 0
          ? 'none, every alert is posted'
          : held
              .slice(0, 5)
              .map(({ match, caught }) => `${matcherText(match)} (${caught} held back)`)
              .concat(held.length > 5 ? [`${held.length - 5} more`] : [])
              .join('; '),
    };
    const { cadences, others } = await cadencesOf(parts);
    return statusMessage({
      version: parts.version,
      startedAt: parts.startedAt,
      now: parts.now(),
      parts: [...health, inbox, delivery, reports, silences],
      topics: parts.config.sns.topics.map(({ arn }) => ({
        arn,
        lastMessageAt: heard.get(arn) ?? null,
        cadence: cadences.get(streamKey({ kind: 'topic', topic: arn })) ?? null,
      })),
      sources: [...cadences].flatMap(([key, cadence]) => {
        const name = /^source (.+)$/.exec(key)?.[1];
        return name === undefined ? [] : [{ name, cadence }];
      }),
      others,
    });
  },
};

/** How often topics and sources are heard of, by their keys, and how many other streams are known. */
async function cadencesOf({ database: { db }, config, now }: Parts) {
  const awake = await awakeHours(db);
  const { streams, others } = await mainStreams(db);
  const at = { now: hourOf(now()), floor: Math.ceil(config.cadence.floorMs / hourMs) };
  return { cadences: new Map(streams.map(({ stream, hours }) => [stream, cadenceOf(hours, awake, at)])), others };
}
