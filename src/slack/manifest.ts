import type { AppsManifestCreateArguments } from '@slack/web-api';

type Manifest = AppsManifestCreateArguments['manifest'];

/** The Web API methods that the code calls, with the bot scopes each needs. Source: docs.slack.dev, each method's page. */
export const scopesByMethod = {
  'auth.test': [],
  'chat.getPermalink': [],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': ['channels:history', 'groups:history', 'im:history'],
  'conversations.info': ['channels:read', 'groups:read'],
  'conversations.members': ['channels:read', 'groups:read'],
  'conversations.open': ['im:write'],
  'conversations.replies': ['channels:history', 'groups:history', 'im:history'],
  'conversations.setTopic': ['channels:write.topic', 'groups:write.topic'],
  'dnd.info': ['dnd:read'],
  'files.completeUploadExternal': ['files:write'],
  'files.getUploadURLExternal': ['files:write'],
  'usergroups.users.list': ['usergroups:read'],
  'usergroups.users.update': ['usergroups:write'],
  'users.info': ['users:read'],
  'users.lookupByEmail': ['users:read.email'],
  'views.open': [],
  'views.publish': [],
  'views.push': [],
  'views.update': [],
} as const satisfies Record<string, readonly string[]>;

/** Where Slack sends its requests: to an address of ours, or down a connection that we open. */
export type Reach = { mode: 'http'; publicUrl: string } | { mode: 'socket' };

/** The scopes that the bot's token has to have. */
export const botScopes = () => [...new Set(['commands' as const, ...Object.values(scopesByMethod).flat()])].sort();

/** The Slack app as Slack's manifest says it. Scopes are exactly those that the calls need, and `commands` for /audit. */
export function slackManifest(reach: Reach): Manifest {
  const url = reach.mode === 'http' ? { url: `${reach.publicUrl}/slack/events` } : {};
  const request = reach.mode === 'http' ? { request_url: `${reach.publicUrl}/slack/events` } : {};
  return {
    _metadata: { major_version: 1 },
    display_information: {
      name: 'Trailwatch',
      description: 'AWS security alerts that people act on, and who did what',
      background_color: '#1f2a37',
    },
    features: {
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: 'Trailwatch', always_online: true },
      slash_commands: [
        {
          command: '/audit',
          description: 'Alerts, who is on call, and who did what in AWS',
          usage_hint: 'help',
          // Without it a person arrives as the letters "@ben", which say nobody's id.
          should_escape: true,
          ...url,
        },
      ],
    },
    oauth_config: { scopes: { bot: botScopes() } },
    settings: {
      event_subscriptions: { bot_events: ['app_home_opened'], ...request },
      interactivity: { is_enabled: true, ...request },
      org_deploy_enabled: false,
      socket_mode_enabled: reach.mode === 'socket',
      token_rotation_enabled: false,
    },
  };
}
