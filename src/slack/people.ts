import type { WebClient } from '@slack/web-api';

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

/** The conversation between the bot and a person. Throws what the Web API client throws. */
export async function directChannel(slack: WebClient, user: string): Promise<string> {
  const { channel } = await slack.conversations.open({ users: user });
  if (channel?.id === undefined) throw new Error('Slack opened no conversation with this person.');
  return channel.id;
}
