import { describe, expect } from 'vitest';
import { AwsError } from '../../sandbox/aws/service.ts';
import type { StoredMessage } from '../../sandbox/slack/state.ts';
import { verifyAuditLog } from '../../src/store/audit-log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { said, shows, until } from './digests.ts';
import { type Evening, testInTurn } from './world.ts';

const test = testInTurn();

const weekMs = 7 * 86_400_000;

/** Asks for a report and waits until its files are sent. */
async function report(evening: Evening, name = 'credential-report'): Promise<StoredMessage> {
  const before = new Set(
    evening
      .channel('C0AUDIT')
      .messages()
      .map(({ ts }) => ts),
  );
  await evening.person('ana').type(`/audit report now ${name}`);
  const message = await until(
    evening,
    () =>
      evening
        .channel('C0AUDIT')
        .messages()
        .find(({ ts, threadTs }) => threadTs === undefined && !before.has(ts)),
    'a message of the report',
  );
  await shows(evening, message, /In the thread: [^"]*ZIP/);
  return message;
}

/** An account that answers. */
const someAccount = '111122334444';

const sent = (evening: Evening, message: { ts: string }) =>
  evening
    .channel('C0AUDIT')
    .messages()
    .filter(({ threadTs }) => threadTs === message.ts)
    .flatMap(({ files }) => files.map(({ name }) => name));

describe('the credential report', () => {
  test('shows coverage, numbers and files, and names the account that denies', async ({ evening }) => {
    const message = await report(evening);
    expect(said(evening, message)).toMatch(/10 of 11 accounts answered/);
    expect(said(evening, message)).toMatch(/Nothing is known about 1 account.*sandbox-experiments/);
    expect(said(evening, message)).toMatch(/This is the first run/);
    expect(
      sent(evening, message)
        .map((name) => name.replace(/^.*-\d\d-?\d*-?/, ''))
        .toSorted(),
    ).toEqual(['.zip', 'findings.csv', 'manifest.json', 'report.pdf']);

    const ben = evening.person('ben');
    await ben.press(message, 'Open list');
    const list = await ben.expectEphemeral(/Credential report: 1–10 of \d+/);
    await ben.press(list, 'Next ▶');
    await ben.expectEphemeral(/Credential report: 11–20 of \d+/);
  }, 180_000);

  test('an account that failed is asked again, and the files are made anew', async ({ evening }) => {
    const withdraw = evening.world.aws.faults.inject({
      operation: 'iam:GenerateCredentialReport',
      account: someAccount,
      effect: new AwsError('AccessDenied', 'Not now.', 403),
    });
    const message = await report(evening);
    expect(said(evening, message)).toMatch(/Nothing is known about 2 accounts/);
    withdraw();
    // The moment the message shows its files: whoever still works on the run goes on with it.
    await evening.person('ana').press(message, 'Ask them again');
    await evening.person('ana').expectEphemeral(/2 accounts are asked again/);
    await shows(evening, message, /Edition 2/);
    expect(said(evening, message)).toMatch(/Nothing is known about 1 account/);
  }, 180_000);

  test('throttling only delays; a file that Slack refuses is named, and sent later', async ({ evening }) => {
    evening.world.aws.faults.inject({
      operation: 'iam:GetCredentialReport',
      times: 6,
      effect: new AwsError('Throttling', 'Rate exceeded', 400),
    });
    evening.world.slack.fault({ method: 'files.completeUploadExternal', kind: '500', times: 1 });
    const message = await report(evening);
    expect(said(evening, message)).toMatch(/10 of 11 accounts answered/);
    await until(evening, () => sent(evening, message).length >= 4 || undefined, 'four files');
    const names = sent(evening, message);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(4);
  }, 180_000);

  test('a restart in the middle asks nobody twice who answered, and posts once', async ({ evening }) => {
    const withdraw = evening.world.aws.faults.inject({
      operation: 'iam:GenerateCredentialReport',
      account: someAccount,
      effect: { delayMs: 8000 },
    });
    const audit = evening.channel('C0AUDIT');
    const tops = () => audit.messages().filter(({ threadTs }) => threadTs === undefined).length;
    const before = { calls: evening.world.aws.calls().length, tops: tops() };
    await evening.person('ana').type('/audit report now');
    const message = await audit.expectMessage(/under way/);
    await shows(evening, message, /(9|10) of 11 accounts/);
    await evening.restart();
    withdraw();
    await shows(evening, message, /In the thread: [^"]*ZIP/);
    await until(evening, () => sent(evening, message).length >= 4 || undefined, 'four files');
    const generated = evening.world.aws
      .calls()
      .slice(before.calls)
      .filter(({ operation }) => operation === 'iam:GetCredentialReport')
      .map(({ account }) => account);
    expect(new Set(generated).size).toBe(generated.length);
    expect(tops()).toBe(before.tops + 1);
    expect(new Set(sent(evening, message)).size).toBe(4);
    expect(sent(evening, message)).toHaveLength(4);
  }, 180_000);

  test('a finding is assigned and chased, a risk accepted by a second person, the run signed off once', async ({
    evening,
  }) => {
    const audit = evening.channel('C0AUDIT');
    const [ana, ben] = [evening.person('ana'), evening.person('ben')];
    const message = await report(evening);

    await ben.choose(message, 'Assign…');
    const form = await ben.expectModal(/To whom/);
    await form.submit({ to: { selected_user: 'U0BEN' } });
    await ben.expectDirectMessage(/asks you to mend this/);
    await audit.expectUpdate(message, /<@U0BEN>/);

    await ben.choose(message, 'Accept the risk…');
    const accept = await ben.expectModal(/Why may this stay/);
    await accept.submit({ reason: { value: 'Behind a jump host until March' } });
    const asked = await audit.expectMessage(/asks to accept a risk/);
    await ben.press(asked, 'Approve');
    await ben.expectEphemeral(/You may not|another person/);
    await ana.press(asked, 'Approve');
    await audit.expectMessage(/approved that a risk is accepted/);
    expect(said(evening, await report(evening))).toMatch(/Accepted risks/);
    await ana.press(asked, 'Refuse');
    await ana.expectEphemeral(/already approved by/);

    await Promise.all([ana.press(message, 'Reviewed'), ben.press(message, 'Reviewed')]);
    await audit.expectUpdate(message, /Reviewed by <@U0(ANA|BEN)>/);
    await Promise.any([ana.expectEphemeral(/already reviewed by/), ben.expectEphemeral(/already reviewed by/)]);

    await evening.world.moveClock(weekMs + 60_000);
    await ben.expectDirectMessage(/Still open since/);
    await evening.world.stopApp(evening.app);
    const database = await openDatabase({ databaseUrl: evening.databaseUrl, dataDir: evening.dataDir });
    try {
      const rows = await database.db.selectFrom('audit_log').select(['action']).execute();
      const actions = new Set(rows.map(({ action }) => action));
      for (const action of [
        'digest',
        'digest-assign',
        'digest-exception-ask',
        'digest-exception-approve',
        'digest-review',
      ])
        expect(actions).toContain(action);
      expect(await verifyAuditLog(database.db)).toMatchObject({ ok: true });
    } finally {
      await database.close();
    }
  }, 240_000);
});
