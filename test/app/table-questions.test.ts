import { describe, expect } from 'vitest';
import type { Person } from '../../sandbox/slack/people.ts';
import { readable } from '../../sandbox/slack/people.ts';
import { test } from './world.ts';

/** The first question of a process imports the SDK and takes a role in every account: longer than a person waits. */
async function answered(person: Person, pattern: RegExp) {
  for (let tries = 0; ; tries++)
    try {
      return await person.expectEphemeral(pattern);
    } catch (error) {
      if (tries === 5) throw error;
    }
}

describe('answers that are tables', () => {
  test('sessions are listed, shared and sent as files; a screen is for the one who asks alone', async ({ evening }) => {
    const ben = evening.person('ben');
    await ben.type('/audit sessions --account prod-payments --region eu-west-1');
    const list = await answered(ben, /\d sessions/);
    expect(list.ephemeralFor).toBe('U0BEN');
    expect(list.text).toMatch(/1 of 1 account, 1 of 1 region/);

    await ben.press(list, 'Share to channel');
    await evening.channel('C0ALERTS').expectMessage(/\d sessions/);
    await ben.press(list, 'Send me the files');
    await answered(ben, /rows are in your direct messages/);
    const files = [...evening.world.slack.state.files.values()];
    expect(files.map(({ name }) => name.replace(/-\d+/, ''))).toEqual(['sessions.csv', 'sessions.json']);

    const [screen = ''] = /Screen of ana@example\.com \d{4}-\d\d-\d\d \d\d:\d\d/.exec(readable(list.blocks)) ?? [];
    await ben.press(list, screen);
    const transcript = await answered(ben, /7 lines: ana@example.com/);
    const shown = JSON.stringify(transcript.blocks);
    // Hostile text is shown as the text it is, in cells that format nothing; no code moves a cursor, no key is shown.
    expect(shown).toContain('<!channel> *urgent* <https://example.com|click here> red');
    expect(shown).not.toMatch(/\\u001b|wJalrXUtnFEMI/);
    expect(readable(transcript.blocks)).not.toMatch(/Share to channel/);

    await evening.person('dana').type('/audit sessions');
    await answered(evening.person('dana'), /Guests|may not/);
  }, 180_000);

  test('what takes long says how far it is', async ({ evening }) => {
    const ben = evening.person('ben');
    evening.world.aws.faults.inject({ operation: 'iam:GetRole', effect: { delayMs: 3000 } });
    await ben.type('/audit access ops-admin --account prod-web');
    await answered(ben, /Asking AWS: access ops-admin/);
    const access = await answered(ben, /services unused for 90 days: ops-admin/);
    expect(readable(access.blocks)).toMatch(/another account, without an external id/);
  }, 180_000);

  test('requests to a bucket are listed as what they are, and lead on to who made them', async ({ evening }) => {
    const ben = evening.person('ben');
    await ben.type('/audit s3 payments-exports cards/ --since 4h');
    const requests = await answered(ben, /\d+ requests: payments-exports/);
    expect(JSON.stringify(requests.blocks)).toContain('md/\\"botocore\\" <!here>');
    expect(readable(requests.blocks)).toMatch(/best-effort[\s\S]*Calls from 198\.51\.100\.23/);
    await ben.press(requests, 'Share to channel');
    await evening.channel('C0ALERTS').expectMessage(/\d+ requests: payments-exports/);
  }, 180_000);

  test('accounts are listed, hostile tags as text', async ({ evening }) => {
    const ben = evening.person('ben');
    await ben.type('/audit accounts sandbox*');
    const accounts = await answered(ben, /1 account: sandbox/);
    expect(accounts.text).toMatch(/0 of 1 active accounts can be read/);
    expect(readable(accounts.blocks)).toContain('@channel _free_for_all_');
    await ben.type('/audit accounts --all');
    await answered(ben, /no option --all/);
  }, 180_000);
});
