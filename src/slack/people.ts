import { type UsersInfoResponse, WebAPIPlatformError, type WebClient } from '@slack/web-api';
import type { Config } from '../config/config.ts';

/** The time zone that a person has set in Slack (IANA name); UTC where Slack does not tell. */
export async function zoneOf(slack: WebClient, user: string): Promise<string> {
  try {
    const { user: found } = await slack.users.info({ user });
    return found?.tz ?? 'UTC';
  } catch {
    // A question with its times in UTC, which the answer names, is better than none.
    return 'UTC';
  }
}

/** A person as a file names them, for readers without Slack: `Ana Novák (U0ANA)`; the id alone where Slack does not tell. */
export async function nameOf(slack: WebClient, user: string): Promise<string> {
  try {
    const { user: found } = await slack.users.info({ user });
    const name = found?.profile?.real_name || found?.name;
    return name ? `${name} (${user})` : user;
  } catch {
    return user;
  }
}

/** How the workspace names people, without calling them: "@ana"; the id where Slack does not tell. */
export async function namesOf(slack: WebClient, users: readonly string[]): Promise<(user: string) => string> {
  const names = new Map(
    await Promise.all(
      users.map(async (user) => {
        const found = await slack.users.info({ user }).catch(() => undefined);
        const name = found?.user?.profile?.display_name || found?.user?.name;
        return [user, name ? `@${name}` : user] as const;
      }),
    ),
  );
  return (user) => names.get(user) ?? user;
}

/** What Slack says of a person; undefined: it knows nobody of this id. Throws what the Web API client throws. */
export async function infoOf(slack: WebClient, user: string): Promise<UsersInfoResponse['user']> {
  try {
    return (await slack.users.info({ user })).user;
  } catch (error) {
    if (error instanceof WebAPIPlatformError && error.data.error === 'user_not_found') return undefined;
    throw error;
  }
}

/** People of the workspace as they stand in a text. */
export const mentions = /<@([UW][A-Z0-9]+)>/g;

/** The people of the workspace (`<@U0BEN>`) that a text names, with their e-mail addresses; null: Slack tells none. */
export async function addressesIn(slack: WebClient, text: string): Promise<Map<string, string | null>> {
  const addresses = new Map<string, string | null>();
  for (const [mention, user = ''] of text.matchAll(mentions))
    addresses.set(mention, (await infoOf(slack, user))?.profile?.email ?? null);
  return addresses;
}

/** The conversation between the bot and a person. Throws what the Web API client throws. */
export async function directChannel(slack: WebClient, user: string): Promise<string> {
  const { channel } = await slack.conversations.open({ users: user });
  if (channel?.id === undefined) throw new Error('Slack opened no conversation with this person.');
  return channel.id;
}

/**
 * Until when Slack keeps quiet for a person (Do Not Disturb); null: it rings. Throws what the Web API client throws. Source: Slack,
 * dnd.info, which tells of a snooze by hand to its owner alone.
 */
export async function quietUntil(slack: WebClient, user: string, now: Date): Promise<Date | null> {
  const dnd = await slack.dnd.info({ user });
  const seconds = now.getTime() / 1000;
  const { dnd_enabled: enabled, next_dnd_start_ts: starts = 0, next_dnd_end_ts: ends = 0 } = dnd;
  return enabled === true && starts <= seconds && seconds < ends ? new Date(ends * 1000) : null;
}

/**
 * Why a person is not to be called at all; null: they are. A guest may not act on alerts, unless `access` names them. Throws what
 * the Web API client throws.
 */
export async function whyUnreachable(
  slack: WebClient,
  user: string,
  { respond, administer }: Pick<Config['access'], 'respond' | 'administer'>,
): Promise<string | null> {
  const found = await infoOf(slack, user);
  if (found === undefined) return 'is not in the workspace';
  if (found.deleted === true) return 'has left the workspace';
  if (found.is_bot === true) return 'is a bot';
  const guest = found.is_restricted === true || found.is_ultra_restricted === true;
  const listed = [...(respond ?? []), ...administer].includes(`user:${user}`);
  return guest && !listed ? 'is a guest, who may not act on alerts' : null;
}
