import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type AskedSlack, slackProblems } from '../../src/cli/check-slack.ts';
import { loadConfig } from '../../src/config/load.ts';
import { botScopes } from '../../src/slack/manifest.ts';

const configOf = (yaml: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-check-slack-'));
  const path = join(folder, 'trailwatch.yaml');
  writeFileSync(path, yaml);
  const loaded = loadConfig(path, {});
  rmSync(folder, { recursive: true });
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
};

const config = configOf(`channels: { default: C0ALERTS, digest: C0AUDIT }
routes:
  - { match: { severity: [high] }, channel: C0OLD, escalation: GOLDEN, mention: ["user:U0ANA"] }
escalation:
  GOLDEN: [{ notify: ["usergroup:S0EMPTY", "channel:C0GONE"], after: 5m }]
schedules:
  security: { timezone: UTC, rotation: weekly, handoff: "Mon 09:00", users: [U0LEFT, U0ANA] }
`);

const slack = (scopes: string[]): AskedSlack => ({
  auth: { test: async () => ({ response_metadata: { scopes } }) },
  conversations: {
    info: async ({ channel }) => {
      if (channel === 'C0GONE') throw new Error('channel_not_found');
      return {
        ok: true,
        channel: { name: channel.toLowerCase(), is_member: channel !== 'C0AUDIT', is_archived: channel === 'C0OLD' },
      };
    },
  },
  users: { info: async ({ user }) => ({ ok: true, user: { deleted: user === 'U0LEFT' } }) },
  usergroups: { users: { list: async () => ({ ok: true, users: [] }) } },
});

test('what the configuration names and Slack does not have is said, each once', async () => {
  expect(await slackProblems(slack(botScopes()), config)).toEqual([
    'The bot is not in the channel #c0audit (C0AUDIT): type /invite @Trailwatch there.',
    'The channel #c0old (C0OLD) is archived.',
    'The user group S0EMPTY has nobody in it.',
    'C0GONE: Slack says "channel_not_found".',
    'The person U0LEFT has left the workspace.',
  ]);
});

test('scopes that the token lacks are named first', async () => {
  const [first] = await slackProblems(slack(botScopes().filter((scope) => scope !== 'users:read')), config);
  expect(first).toBe('The app lacks the scopes users:read: paste the new manifest and install the app again.');
});
