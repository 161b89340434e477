import type { Config } from '../../config/config.ts';
import { putOut } from '../../store/deliveries.ts';
import { messageOf } from '../../words/text.ts';
import type { RunParts } from './digest.ts';

type TellingParts = Pick<RunParts, 'database' | 'slack' | 'now' | 'log'> & {
  config: Pick<Config, 'access'>;
  wakes: Pick<RunParts['wakes'], 'deliver'>;
};

/** Tells whoever administers, each once for a key: people by direct message, channels where they are. */
export async function tellAdministrators(
  parts: TellingParts,
  { key, title, sentence }: { key: string; title: string; sentence: string },
): Promise<void> {
  const targets = await administrators(parts);
  const rows = targets.map((target) => ({
    key: `${key}-to-${target}`,
    alertId: null,
    notice: { kind: 'digest' as const, target, news: { about: 'trouble' as const, title, sentence } },
  }));
  await parts.database.transaction((trx) => putOut(trx, rows, parts.now()));
  for (const target of targets) parts.wakes.deliver(target);
}

/** Who administers, as targets of messages: people, the members of groups, channels. */
async function administrators({ config, slack, log }: TellingParts): Promise<string[]> {
  const found: string[] = [];
  for (const holder of config.access.administer ?? []) {
    const id = holder.slice(holder.indexOf(':') + 1);
    if (!holder.startsWith('usergroup:')) found.push(id);
    else
      try {
        const { users = [] } = await slack.usergroups.users.list({ usergroup: id });
        found.push(...users);
      } catch (error) {
        log.warn({ group: id, error: messageOf(error) }, 'Slack did not say who is in a group that administers.');
      }
  }
  return [...new Set(found)];
}
