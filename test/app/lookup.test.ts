import { describe, expect } from 'vitest';
import type { Person } from '../../sandbox/slack/people.ts';
import { readable } from '../../sandbox/slack/people.ts';
import { openDatabase } from '../../src/store/database.ts';
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

describe('lookup', () => {
  test('is answered to the one who asked, then shared, sent as files and asked on', async ({ evening }) => {
    const ben = evening.person('ben');
    const { attack } = evening.world.organization;
    await ben.type(`/audit lookup key ${attack.leakedKey} --since ${attack.from.toISOString()}`);
    const message = await answered(ben, /events: key/);
    expect(message.ephemeralFor).toBe('U0BEN');
    // One account of the organization lets nobody in.
    expect(message.text).toMatch(/not everything was searched.*\d+ of \d+ accounts/);

    await ben.press(message, 'Share to channel');
    await evening.channel('C0ALERTS').expectMessage(/events: key/);

    await ben.press(message, 'Send me the files');
    await answered(ben, /are in your direct messages/);
    const files = [...evening.world.slack.state.files.values()];
    expect(files.map(({ name }) => name.split('.').at(-1))).toEqual(['csv', 'json']);
    const { Records } = JSON.parse(files[1]?.bytes.toString('utf8') ?? '{}');
    expect(files[0]?.bytes.toString('utf8').trimEnd().split('\n')).toHaveLength(Records.length + 1);
    for (const { userIdentity } of Records) expect(userIdentity.accessKeyId).toBe(attack.leakedKey);

    const [who = ''] = /Who is behind \w+\?/.exec(readable(message.blocks)) ?? [];
    await ben.press(message, who);
    await answered(ben, /is behind/);

    await evening.person('dana').type('/audit lookup user alice');
    await answered(evening.person('dana'), /Guests|may not/);
  }, 180_000);

  test('without an argument a form asks, and says at the field what is wrong', async ({ evening }) => {
    const ben = evening.person('ben');
    await ben.type('/audit lookup user --since 7d');
    const modal = await ben.expectModal(/Who did what/);
    await modal.submit({ value: { value: 'al*ce' } });
    await modal.expectError(/not by a pattern/);
    await modal.submit({ value: { value: 'nobody-of-this-name' }, since: { value: '2h' } });
    await answered(ben, /Nothing found.*nobody-of-this-name|Searching user nobody/);
    await ben.type('/audit lookup user @chris --since 1h');
    await answered(ben, /user chris@example\.com/);
    await ben.type('/audit lookup ip 198.51.100.7 --user @trailwatch');
    await answered(ben, /Slack tells no e-mail address of this person/);
    await ben.type('/audit lookup usr alice');
    await answered(ben, /did you mean "lookup user"/);
  }, 180_000);

  test('an account or a region that there is not is a typing error, and nothing is asked or found', async ({
    evening,
  }) => {
    const ben = evening.person('ben');
    await ben.type('/audit lookup user deploy-bot --region eu-west-9');
    const region = await answered(ben, /eu-west-9/);
    expect(region.text).toMatch(/^There is no region eu-west-9; did you mean "eu-west-\d"\?$/);
    await ben.type('/audit lookup user deploy-bot --account nonexist');
    const account = await answered(ben, /nonexist/);
    expect(account.text).toMatch(/^There is no account nonexist among the \d+ that are read/);
    expect(evening.world.aws.calls().filter(({ operation }) => operation.endsWith('LookupEvents'))).toEqual([]);

    await ben.type('/audit lookup');
    const modal = await ben.expectModal(/Who did what/);
    await modal.submit({
      kind: { selected_option: { value: 'user' } },
      value: { value: 'deploy-bot' },
      account: { value: 'nonexist' },
    });
    await modal.expectError(/There is no account nonexist/);
  }, 180_000);

  test('words that nobody reads are refused, with what can be typed', async ({ evening }) => {
    const ben = evening.person('ben');
    for (const [line, usage] of [
      ['oncall override ben 2h', 'oncall'],
      ['status now', 'status'],
      ['status --verbose', 'status'],
      ['alerts high firing low', 'alerts \\['],
      ['help lookup user', 'help \\['],
      ['evidence now twice', 'evidence now'],
      ['report history evidence 3', 'report history \\['],
      ['investigate list everything', 'investigate ARN'],
      ['who AKIAIOSFODNN7EXAMPLE --verbose', 'who KEY'],
    ] as const) {
      await ben.type(`/audit ${line}`);
      await ben.expectEphemeral(
        new RegExp(
          `(not understood|too many|no option).*Type /audit ${usage}|no option.*type /audit ${usage}|is nobody: mention a person`,
        ),
      );
    }
  }, 180_000);

  test('who stands behind a session is shown as steps, each with its event', async ({ evening }) => {
    const ben = evening.person('ben');
    const { attack } = evening.world.organization;
    const [id] = [...attack.behind].find(([event, who]) => who === attack.human && attack.eventIds.includes(event)) ?? [
      '',
    ];
    await ben.type(`/audit who ${id}`);
    const message = await answered(ben, /is behind/);
    expect(message.text).toContain(/:(.*)@/.exec(attack.human)?.[1]);
    expect(readable(message.blocks)).toMatch(/proved: the event that made the session gave out the very key/);
  }, 180_000);

  test('investigations of Detective are listed and shown; starting one must be allowed', async ({ evening }) => {
    const ben = evening.person('ben');
    await ben.type('/audit investigate list');
    const list = await answered(ben, /\d active investigations/);
    await ben.press(list, 'Show');
    const shown = await answered(ben, /Detective: .* for /);
    expect(readable(shown.blocks)).toMatch(/Show how it stands/);
    await ben.type('/audit investigate user bob');
    await answered(ben, /Detective wants an ARN/);

    await evening.world.stopApp(evening.app);
    const database = await openDatabase({ databaseUrl: evening.databaseUrl, dataDir: evening.dataDir });
    try {
      const rows = await database.db
        .selectFrom('audit_log')
        .select(['subject', 'detail'])
        .where('action', '=', 'answer')
        .orderBy('seq')
        .execute();
      expect(rows).toMatchObject([
        { subject: 'investigations', detail: { shown: new Set(readable(list.blocks).match(/\d{21}/g)).size } },
        { detail: { shown: readable(shown.blocks).match(/• /g)?.length ?? 0 } },
      ]);
    } finally {
      await database.close();
    }
  }, 180_000);

  test('what takes long shows how far it is, and stops when it is cancelled', async ({ evening }) => {
    const ben = evening.person('ben');
    await ben.type('/audit lookup everything --since 30d --all');
    const message = await answered(ben, /Searching everything/);
    await ben.press(message, 'Cancel');
    const final = await answered(ben, /stopped early/);
    expect(final.text).toMatch(/stopped early/);
    expect(evening.world.slack.state.message(message.channel, message.ts)).toBeUndefined();
  }, 180_000);
});
