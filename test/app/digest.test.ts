import { describe, expect } from 'vitest';
import { test } from './world.ts';

describe('the credential report', () => {
  test('asked for in Slack: progress, result, files', async ({ evening }) => {
    const audit = evening.channel('C0AUDIT');
    await evening.person('ana').type('/audit report now credential-report');
    await evening.person('ana').expectEphemeral(/under way/);
    const message = await audit.expectMessage(/Credential report/);
    await audit.expectUpdate(message, /open findings?/i);
    await audit.expectUpdate(message, /In the thread: /);
    expect(JSON.stringify(evening.world.slack.state.message('C0AUDIT', message.ts)?.blocks)).toMatch(/10 of 11 accounts/);
  }, 60_000);
});
