import type { State } from './state.ts';

/** `&`, `<` and `>` as Slack sends them. */
export const entities = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * What Slack makes of a slash command's text where the manifest says `should_escape`: people, groups and channels that it knows
 * become mentions, addresses become links. Source: docs.slack.dev, "Implementing slash commands".
 */
export function escaped({ users, usergroups, channels }: State, text: string): string {
  return entities(text).replace(
    /(?<![^\s("'=])(?:(https?:\/\/[^\s"']+)|([\w.+-]+@[\w-]+(?:\.[\w-]+)+)|@([\w.-]+)|#([\w-]+))/g,
    (typed, url?: string, email?: string, name?: string, place?: string) => {
      if (url !== undefined) return `<${url}>`;
      if (email !== undefined) return `<mailto:${email}|${email}>`;
      const user = users.find((one) => one.name === name);
      if (user !== undefined) return `<@${user.id}|${user.name}>`;
      const group = usergroups.find((one) => one.handle === name);
      if (group !== undefined) return `<!subteam^${group.id}|@${group.handle}>`;
      const channel = channels.find((one) => one.name === place && one.kind === 'channel');
      return channel === undefined ? typed : `<#${channel.id}|${channel.name}>`;
    },
  );
}
