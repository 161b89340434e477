import type { WebClient } from '@slack/web-api';
import { onCallAt } from '../alerts/oncall/shifts.ts';
import { MirrorRefused, mirrorGroup, mirrorTopic } from '../slack/mirror.ts';
import { overridesFrom } from '../store/overrides.ts';
import { tell, type WatchParts } from './watch.ts';

/** How often it is looked whether somebody else changed what is mirrored, in milliseconds: Slack allows 20 such calls a minute. */
const driftMs = 10 * 60_000;

/**
 * Keeps user groups and topics that mirror a schedule as it stands: at the start, at each handoff, and after what others changed.
 * Where nobody is on call they stay as they are: Slack lets no group be empty, and whoever was there last is better than nobody.
 */
export function mirrorWatch(parts: WatchParts & { slack: WebClient }): () => Promise<void> {
  const { database, config, slack, now, log } = parts;
  const shown = new Map<string, { users: string; at: number }>();
  const mirrored = [...config.schedules].filter(([, { mirror }]) => mirror.length > 0);

  async function show(schedule: string, target: string, users: readonly string[]): Promise<void> {
    const key = `${schedule} ${target}`;
    const [last, at] = [shown.get(key), now().getTime()];
    if (last?.users === users.join() && at - last.at < driftMs) return;
    const [kind, id = ''] = target.split(':');
    try {
      if (kind === 'usergroup') await mirrorGroup(slack, id, users, last === undefined);
      else await mirrorTopic(slack, id, schedule, users);
    } catch (error) {
      log.warn({ err: error, schedule, target }, 'What mirrors a schedule could not be changed.');
      // A Slack that was not reached is asked again in a minute.
      if (!(error instanceof MirrorRefused)) return;
      await tellRefused(parts, schedule, target, error.message);
    }
    shown.set(key, { users: users.join(), at });
  }

  return async () => {
    if (mirrored.length === 0) return;
    const overrides = await overridesFrom(database.db, now());
    for (const [schedule, turns] of mirrored) {
      const { users } = onCallAt(turns, now(), overrides.get(schedule), 1);
      if (users.length > 0) for (const target of turns.mirror) await show(schedule, target, users);
    }
  };
}

/** The schedule's channel hears of each trouble once a day. */
async function tellRefused(parts: WatchParts, schedule: string, target: string, sentence: string): Promise<void> {
  const { schedules, channels } = parts.config;
  const at = parts.now().toISOString();
  const key = `mirror-${schedule}-${target}-${sentence.slice(0, 40)}-${at.slice(0, 10)}`;
  await tell(parts, key, [schedules.get(schedule)?.channel ?? channels.default], {
    about: 'mirror-refused',
    schedule,
    from: at,
    until: at,
    target,
    sentence,
  });
}
