import { createHash } from 'node:crypto';
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { AwsError } from '../../sandbox/aws/service.ts';
import type { StoredMessage } from '../../sandbox/slack/state.ts';
import { verifyAuditLog } from '../../src/store/audit-log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { said, shows, until } from './digests.ts';
import { type Evening, testInTurn } from './world.ts';

const test = testInTurn();

const weekMs = 7 * 86_400_000;

const sha256 = (bytes: Uint8Array | undefined): string =>
  createHash('sha256')
    .update(bytes ?? '')
    .digest('hex');

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

let standing: Promise<StoredMessage> | undefined;

/** The one report that people decide about: it is made for whoever needs it first. */
const theReport = (evening: Evening): Promise<StoredMessage> => {
  standing ??= report(evening);
  return standing;
};

/** The list of a report's findings, as somebody opens it. */
async function listOf(evening: Evening, who: 'ana' | 'ben', message: StoredMessage): Promise<StoredMessage> {
  const person = evening.person(who);
  await person.press(message, 'Open list');
  return person.expectEphemeral(/Credential report: 1–10 of \d+/);
}

/** An account that answers. */
const someAccount = '111122334444';

const sent = (evening: Evening, message: { ts: string }) =>
  evening
    .channel('C0AUDIT')
    .messages()
    .filter(({ threadTs }) => threadTs === message.ts)
    .flatMap(({ files }) => files.map(({ name }) => name));

/** The text of a file in the thread of a report. */
function fileOf(evening: Evening, { ts }: { ts: string }, name: string): string {
  const files = evening
    .channel('C0AUDIT')
    .messages()
    .filter(({ threadTs }) => threadTs === ts)
    .flatMap((each) => each.files);
  const id = files.find((file) => file.name === name)?.id ?? '';
  return Buffer.from(evening.world.slack.state.files.get(id)?.bytes ?? '').toString();
}

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
    ).toEqual(['.zip', 'findings.csv', 'manifest.json', 'report.pdf', 'report.xlsx']);

    const ben = evening.person('ben');
    const list = await listOf(evening, 'ben', message);
    await ben.press(list, 'Next ▶');
    const second = await ben.expectEphemeral(/Credential report: 11–20 of \d+/);
    await ben.press(second, '◀ Back');
    await ben.expectEphemeral(/Credential report: 1–10 of \d+/);
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
    const [ana, ben] = [evening.person('ana'), evening.person('ben')];
    const list = await listOf(evening, 'ana', message);
    await ana.choose(list, 'Assign…');
    const form = await ana.expectModal(/To whom/);
    await evening.world.moveClock(3 * 86_400_000);
    // The moment the message shows its files: whoever still works on the run continues it.
    await ana.press(message, 'Ask them again');
    await ana.expectEphemeral(/2 accounts are asked again/);
    await shows(evening, message, /Edition 2/);
    expect(said(evening, message)).toMatch(/Nothing is known about 1 account/);
    // The files of the second edition say when they were made, of what they are, and what changed since the first.
    const manifest = await until(
      evening,
      () => sent(evening, message).find((name) => name.endsWith('edition-2-manifest.json')),
      'the manifest of the second edition',
    );
    const [first, second] = ['-manifest.json', '-edition-2-manifest.json'].map((end) =>
      z
        .looseObject({ edition: z.number(), askedAt: z.string(), createdAt: z.string() })
        .parse(JSON.parse(fileOf(evening, message, manifest.replace('-edition-2-manifest.json', end)))),
    );
    expect(second).toMatchObject({ edition: 2, askedAt: first?.askedAt });
    expect(Date.parse(second?.createdAt ?? '') - Date.parse(first?.createdAt ?? '')).toBeGreaterThan(3 * 86_400_000);
    expect(said(evening, message)).toMatch(
      /Edition 2: prod-web answered, which had not before\. Open findings: \d+, in edition 1 \d+\./,
    );
    // Both editions lie in the thread; each kind of file is named once.
    await until(evening, () => sent(evening, message).length >= 10 || undefined, 'the files of both editions');
    await shows(evening, message, /In the thread: All findings \(CSV\)((?!All findings)[^"])*\(ZIP\)"/);

    // What was drawn of the first edition names other findings now: it is refused, and a list that is opened anew serves.
    await form.submit({ to: { selected_user: 'U0BEN' } });
    await ana.expectModal(/Accounts were asked again, so the list has changed/);
    await ana.choose(list, 'Assign…');
    await ana.expectEphemeral(/Accounts were asked again, so the list has changed/);
    await ben.choose(await listOf(evening, 'ben', message), 'Assign…');
    await (await ben.expectModal(/To whom/)).submit({ to: { selected_user: 'U0ANA' } });
    await evening.channel('C0AUDIT').expectUpdate(message, /of 1 assigned/);

    await ana.type('/audit report retry 999');
    await ana.expectEphemeral(/There is no run 999/);
    await ana.type('/audit report now credential-report evidence');
    await ana.expectEphemeral(/"evidence" is not understood here\. Type \/audit report now/);
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
    await until(evening, () => sent(evening, message).length >= 5 || undefined, 'five files');
    const names = sent(evening, message);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(5);
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
    await until(evening, () => sent(evening, message).length >= 5 || undefined, 'five files');
    const generated = evening.world.aws
      .calls()
      .slice(before.calls)
      .filter(({ operation }) => operation === 'iam:GetCredentialReport')
      .map(({ account }) => account);
    expect(new Set(generated).size).toBe(generated.length);
    expect(tops()).toBe(before.tops + 1);
    expect(new Set(sent(evening, message)).size).toBe(5);
    expect(sent(evening, message)).toHaveLength(5);
  }, 180_000);

  for (const [what, operation, at] of [
    ['how root is kept, before any account', 'iam:ListOrganizationsFeatures', /Asking which accounts/],
    ['whose an account is, for the files', 'organizations:ListTagsForResource', /being written/],
  ] as const)
    test(`a stop does not wait until AWS says ${what}, and the next start goes on`, async ({ evening }) => {
      const withdraw = evening.world.aws.faults.inject({ operation, effect: { delayMs: 9000 } });
      const audit = evening.channel('C0AUDIT');
      const tops = audit.messages().length;
      await evening.person('ana').type('/audit report now');
      const message = await until(evening, () => audit.messages()[tops], 'a message of the report');
      await shows(evening, message, at);
      const begun = performance.now();
      await evening.restart(async () => expect(performance.now() - begun).toBeLessThan(4000));
      withdraw();
      await shows(evening, message, /In the thread: [^"]*ZIP/);
      await until(evening, () => sent(evening, message).length >= 5 || undefined, 'five files');
      expect(new Set(sent(evening, message)).size).toBe(5);
      expect(sent(evening, message)).toHaveLength(5);
    }, 180_000);

  test('a risk is accepted for a time, by a second person', async ({ evening }) => {
    const audit = evening.channel('C0AUDIT');
    const [ana, ben] = [evening.person('ana'), evening.person('ben')];
    const message = await theReport(evening);
    const ask = async (who: typeof ana, reason: string) => {
      await who.choose(await listOf(evening, who.id === 'U0ANA' ? 'ana' : 'ben', message), 'Accept the risk…');
      await (await who.expectModal(/Why may this stay/)).submit({ reason: { value: reason } });
      return audit.expectMessage(new RegExp(`asks to accept a risk.*${reason}`));
    };
    // She who may approve may not approve what she asked for herself.
    const own = await ask(ana, 'It is mine');
    await ana.press(own, 'Approve');
    await ana.expectEphemeral(/another person has to approve it/);
    await ana.press(own, 'Refuse');
    await audit.expectMessage(/refused to accept a risk/);

    const asked = await ask(ben, 'Behind a jump host until March');
    await ben.press(asked, 'Approve');
    await ben.expectEphemeral(/can change how Trailwatch works/);
    await ana.press(asked, 'Approve');
    await audit.expectMessage(/approved that a risk is accepted/);
    await ana.press(asked, 'Refuse');
    await ana.expectEphemeral(/already approved by/);
    const next = await report(evening);
    expect(said(evening, next)).toMatch(/Behind \*Open list\*: [^"]*Accepted risks \(1\)/);
    expect(JSON.stringify((await listOf(evening, 'ben', next)).blocks)).toMatch(
      /Accepted risks.*· Ben \(U0BEN\), until/,
    );
  }, 180_000);

  test('a run is signed off once, by somebody who did not ask for it, and knows what is not in it', async ({
    evening,
  }) => {
    const [ana, ben] = [evening.person('ana'), evening.person('ben')];
    const audit = evening.channel('C0AUDIT');
    const message = await theReport(evening);
    await ana.press(message, 'Sign off…');
    await ana.expectEphemeral(/You asked for this run yourself/);
    await ben.press(message, 'Sign off…');
    const form = await ben.expectModal(/Your verdict[\s\S]*sandbox-experiments/);
    const accepted = { outcome: { selected_option: { value: 'accepted' } } };
    await form.submit({ ...accepted, gaps: { selected_option: { value: 'seen' } } });
    await audit.expectUpdate(message, /Reviewed by <@U0BEN>/);
    // The certificate lies with the files, and names exactly those that were seen.
    const name = await until(
      evening,
      () => sent(evening, message).find((each) => each.endsWith('sign-off.json')),
      'the certificate',
    );
    expect(JSON.parse(fileOf(evening, message, name))).toMatchObject({
      format: 'trailwatch-sign-off-1',
      outcome: 'accepted',
      manifestSha256: hashesIn(evening, message).get('manifest.json'),
      reviewer: { id: 'U0BEN' },
      askedBy: { id: 'U0ANA' },
      gaps: [expect.stringMatching(/sandbox-experiments/)],
    });
  }, 180_000);

  test('a channel that refuses is told to whoever administers, and the digest is shown in the default channel', async ({
    evening,
  }) => {
    const ana = evening.person('ana');
    const withdrawn = { method: 'chat.postMessage', channel: 'C0AUDIT', kind: { error: 'not_in_channel' }, times: 99 };
    evening.world.slack.fault(withdrawn);
    await evening.person('ben').type('/audit report now alert-numbers');
    await ana.expectDirectMessage(/A digest cannot be shown.*not_in_channel.*default channel/);
    await evening.channel('C0ALERTS').expectMessage(/Alerts of the week/);
    await ana.type('/audit status');
    await ana.expectEphemeral(/has trouble: Digests.*not_in_channel in C0AUDIT/);
  }, 180_000);

  test('whoever has a finding to fix is reminded once a week, however often anybody looks, until it is done', async ({
    evening,
  }) => {
    const ben = evening.person('ben');
    const message = await theReport(evening);
    const list = await listOf(evening, 'ben', message);
    await ben.choose(list, 'Assign…');
    const due = Math.floor(evening.world.now().getTime() / 1000) + 3 * 86_400;
    await (await ben.expectModal(/To whom.*Until when/s)).submit({
      to: { selected_user: 'U0BEN' },
      due: { selected_date_time: due },
      ticket: { value: 'SEC-12' },
    });
    // The task says what is to be fixed, where it has to be, and until when.
    await ben.expectDirectMessage(/asks you to fix this: .*, [\w-]+ \(\d{12}\): .+\..*Due <!date.*, ticket SEC-12/s);
    await evening.channel('C0AUDIT').expectUpdate(message, /of [1-9] assigned/);

    // On the day on which it is due, and once a week from then on.
    await evening.world.moveClock(3 * 86_400_000 + 60_000);
    await ben.expectDirectMessage(/Still open since.*reminder 1.*It was due/s);
    await evening.world.moveClock(weekMs - 3_600_000);
    await evening.app.sweep();
    await evening.world.moveClock(3_600_000);
    const task = await ben.expectDirectMessage(/Still open since.*reminder 2/);
    await ben.press(task, 'Done');
    await ben.expectEphemeral(/Done\. The next digest says whether the finding is gone/);
    await ben.press(task, 'Done');
    await ben.expectEphemeral(/already done by <@U0BEN>/);
    await evening.world.moveClock(weekMs + 60_000);
  }, 180_000);

  test('what people did above is on the record, and what was signed lies in the thread', async ({ evening }) => {
    const files = hashesIn(evening, await theReport(evening));
    await evening.world.stopApp(evening.app);
    const database = await openDatabase({ databaseUrl: evening.databaseUrl, dataDir: evening.dataDir });
    try {
      // No reminder came after it was done.
      const tasks = await database.db.selectFrom('digest_task').select(['chased', 'assignee']).execute();
      expect(tasks).toContainEqual({ chased: 2, assignee: 'U0BEN' });

      const rows = await database.db.selectFrom('audit_log').select(['action', 'detail']).execute();
      // The log has the hash of the manifest, and of each file at its making.
      const manifestSha256 = files.get('manifest.json');
      const review = rows.find(({ action }) => action === 'digest-review');
      expect(review?.detail).toMatchObject({ manifestSha256 });
      const made = rows.find(
        ({ action, detail }) => action === 'digest' && JSON.stringify(detail).includes(`${manifestSha256}`),
      );
      expect(made?.detail).toMatchObject({
        manifestSha256,
        files: expect.arrayContaining(
          ['findings.csv', 'report.pdf'].map((name) => ({ name, sha256: files.get(name) })),
        ),
      });
      expect([...new Set(rows.map(({ action }) => action))]).toEqual(
        expect.arrayContaining([
          'digest',
          'digest-assign',
          'digest-exception-ask',
          'digest-exception-refuse',
          'digest-exception-approve',
          'digest-task-done',
          'digest-review',
        ]),
      );
      expect(await verifyAuditLog(database.db)).toMatchObject({ ok: true });
    } finally {
      await database.close();
    }
  }, 180_000);
});

/** The SHA-256 of each file in the thread of a report, by the end of its name. */
const hashesIn = (evening: Evening, { ts }: { ts: string }): ReadonlyMap<string, string> =>
  new Map(
    evening
      .channel('C0AUDIT')
      .messages()
      .filter(({ threadTs }) => threadTs === ts)
      .flatMap(({ files }) =>
        files.map(({ id, name }) => [
          name.replace(/^.*-\d\d-/, ''),
          sha256(evening.world.slack.state.files.get(id)?.bytes),
        ]),
      ),
  );
