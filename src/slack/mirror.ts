import { WebAPIPlatformError, type WebClient } from '@slack/web-api';
import { topicWith } from '../alerts/oncall/topic.ts';
import { asTyped } from './as-typed.ts';
import { namesOf } from './people.ts';

/** Slack refused, for a reason that a person has to do something about. */
export class MirrorRefused extends Error {
  override name = 'MirrorRefused';
}

/**
 * Makes users the members of a user group, if they are not. With `probe` it writes in any case: whether the workspace lets a bot
 * edit groups shows in nothing else. @throws MirrorRefused, and what the client throws where Slack cannot be reached
 */
export async function mirrorGroup(
  slack: WebClient,
  group: string,
  users: readonly string[],
  probe: boolean,
): Promise<void> {
  await explained(groupTroubles, async () => {
    const { users: members = [] } = await slack.usergroups.users.list({ usergroup: group });
    const same = members.length === users.length && users.every((user) => members.includes(user));
    if (probe || !same) await slack.usergroups.users.update({ usergroup: group, users: users.join(',') });
  });
}

/** Names users in a channel's topic. @throws MirrorRefused, and what the client throws where Slack cannot be reached */
export async function mirrorTopic(
  slack: WebClient,
  channel: string,
  schedule: string,
  users: readonly string[],
): Promise<void> {
  const nameOf = await namesOf(slack, users);
  await explained(topicTroubles, async () => {
    const { channel: found } = await slack.conversations.info({ channel });
    const topic = topicWith(topicAsTyped(found?.topic?.value ?? ''), schedule, users.map(nameOf));
    if (topic !== undefined) await slack.conversations.setTopic({ channel, topic });
  });
}

/** A topic names people, as it is set: Slack tells it with mentions. */
const topicAsTyped = (topic: string): string => asTyped(topic.replace(/<@[^|>]*\|([^>]+)>/g, '@$1'));

/** Slack's errors, and what to do about each. Source: docs.slack.dev, usergroups.users.update. */
const noFullMember = 'somebody on call is no full member of the workspace (a guest, or they have left)';
const groupTroubles: Readonly<Record<string, string>> = {
  permission_denied:
    'Slack lets a bot edit user groups only where everybody may: Tools & settings > Workspace settings > Permissions > User Groups',
  missing_scope: 'the app lacks the scope usergroups:write; install it again from `trailwatch manifest`',
  plan_upgrade_required: 'this workspace has no user groups in its plan',
  no_such_subteam: 'there is no such user group',
  subteam_not_found: 'there is no such user group',
  invalid_users: noFullMember,
  invalid_user: noFullMember,
  failed_for_some_users: noFullMember,
  single_channel_guests_cannot_be_added: noFullMember,
};
/** Source: docs.slack.dev, conversations.setTopic. */
const topicTroubles: Readonly<Record<string, string>> = {
  missing_scope:
    'the app lacks the scope channels:write.topic or groups:write.topic; install it again from `trailwatch manifest`',
  not_in_channel: 'the bot is not in the channel: type /invite @Trailwatch there',
  channel_not_found: 'there is no such channel, or it is private and the bot is not in it',
  is_archived: 'the channel is archived',
  too_long: 'the topic would be longer than 250 characters: shorten what else it says',
  user_is_restricted: 'the workspace does not let the bot set topics',
};

async function explained(troubles: Readonly<Record<string, string>>, ask: () => Promise<void>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof WebAPIPlatformError)) throw error;
    const { error: said } = error.data;
    throw new MirrorRefused(troubles[said] ?? `Slack says "${said}"`, { cause: error });
  }
}
