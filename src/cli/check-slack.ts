import type { WebClient } from '@slack/web-api';
import type { Config } from '../config/config.ts';
import { botScopes } from '../slack/manifest.ts';
import { messageOf } from '../words/text.ts';

/** The calls that are made: of the Web API client, or of what stands in for it. */
export interface AskedSlack {
  auth: { test: () => Promise<{ team?: string | undefined; response_metadata?: { scopes?: string[] } | undefined }> };
  conversations: { info: (ask: { channel: string }) => ReturnType<WebClient['conversations']['info']> };
  users: { info: (ask: { user: string }) => ReturnType<WebClient['users']['info']> };
  usergroups: {
    users: { list: (ask: { usergroup: string }) => ReturnType<WebClient['usergroups']['users']['list']> };
  };
}

/** Ids as Slack makes them, alone or behind the kind of a target. Source: docs.slack.dev, object types. */
const slackId = /^(?:(?:channel|user|usergroup):([CGUWS][A-Z0-9]{2,20})|([CGUW][A-Z0-9]{4,20}))$/;

/** Every text in a value, however deep. */
function* texts(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (value instanceof Map) for (const inner of value.values()) yield* texts(inner);
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) yield* texts(inner);
}

/** The channels, people and groups of Slack that the configuration names, each once. */
const idsIn = ({ channels, routes, escalation, schedules, access, digests }: Config): string[] => [
  ...new Set(
    [...texts([channels, routes, escalation, schedules, access, digests])].flatMap((text) => {
      const [, target, bare] = slackId.exec(text) ?? [];
      // A route names its policy, which may look like an id.
      return target ?? (bare === undefined || escalation.has(bare) ? [] : bare);
    }),
  ),
];

/**
 * Asks Slack whether what the configuration names is there, and whether the app may do what it needs. One sentence for each
 * thing that is wrong; none: all is well. @throws what the client throws where the token itself is refused
 */
export async function slackProblems(slack: AskedSlack, config: Config): Promise<string[]> {
  const { response_metadata } = await slack.auth.test();
  const granted = response_metadata?.scopes ?? [];
  const missing = granted.length === 0 ? [] : botScopes().filter((scope) => !granted.includes(scope));
  const problems =
    missing.length === 0
      ? []
      : [`The app lacks the scopes ${missing.join(', ')}: paste the new manifest and install the app again.`];
  for (const id of idsIn(config)) {
    const problem = await problemOf(slack, id).catch((error: unknown) => `${id}: Slack says "${messageOf(error)}".`);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

async function problemOf(slack: AskedSlack, id: string): Promise<string | undefined> {
  if (id.startsWith('S')) {
    const { users = [] } = await slack.usergroups.users.list({ usergroup: id });
    return users.length === 0 ? `The user group ${id} has nobody in it.` : undefined;
  }
  if (/^[UW]/.test(id)) {
    const { user } = await slack.users.info({ user: id });
    return user === undefined || user.deleted === true ? `The person ${id} has left the workspace.` : undefined;
  }
  const { channel } = await slack.conversations.info({ channel: id });
  if (channel === undefined) return `There is no channel ${id}.`;
  if (channel.is_archived === true) return `The channel #${channel.name ?? id} (${id}) is archived.`;
  return channel.is_member === true
    ? undefined
    : `The bot is not in the channel #${channel.name ?? id} (${id}): type /invite @Trailwatch there.`;
}
