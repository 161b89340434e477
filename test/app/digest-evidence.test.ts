import { describe, expect } from 'vitest';
import { archiveBucket, buckets } from '../../sandbox/aws/services/buckets.ts';
import { signingKeyArn } from '../../sandbox/aws/services/kms.ts';
import { assessmentsOf } from '../../sandbox/organization/assessments.ts';
import { createOrganization } from '../../sandbox/organization/create.ts';
import type { StoredMessage } from '../../sandbox/slack/state.ts';
import { lastDue, nextRunAt } from '../../src/jobs/digests/due.ts';
import { said, shows, until } from './digests.ts';
import { type Evening, sandboxConfig, testInTurn } from './world.ts';

const weekMs = 7 * 86_400_000;

/** The sandbox's configuration with a weekly schedule, and all that is opt-in. */
function configFile(): string {
  const organization = createOrganization({ until: new Date(), usersPerAccount: 1, eventsPerAccount: 1 });
  const [assessment] = assessmentsOf(organization);
  const [set] = assessment?.controlSets ?? [];
  const target = { assessment: assessment?.id, controlSet: set?.id, control: set?.controls[0]?.id };
  const digests = {
    evidence: { cron: '0 8 * * 1', timezone: 'Europe/Prague', createReports: true, attachReviews: [target] },
    alertNumbers: { cron: '0 8 * * 1', timezone: 'Europe/Prague' },
    archive: {
      bucket: archiveBucket(organization.homeAccount),
      prefix: 'digests/',
      retainDays: 400,
      legalHold: true,
      mode: 'COMPLIANCE',
    },
    keepWeeks: 14,
    sign: { key: signingKeyArn(organization) },
  };
  return sandboxConfig({ digests });
}

const test = testInTurn(configFile());

/** The messages of a digest at the top of the channel, the oldest first. */
const digestMessages = (evening: Evening, title: string): StoredMessage[] =>
  evening
    .channel('C0AUDIT')
    .messages()
    .filter(({ threadTs, text }) => threadTs === undefined && text.startsWith(title));

/** Waits for the digest number `count`, with its files. */
async function finished(evening: Evening, title: string, count: number): Promise<StoredMessage> {
  const message = await until(evening, () => digestMessages(evening, title)[count - 1], `${title} number ${count}`);
  await shows(evening, message, /In the thread: [^"]*ZIP/);
  return message;
}

const calls = (evening: Evening, operation: string): number =>
  evening.world.aws.calls().filter((call) => call.operation === operation).length;

describe('the evidence of each week', () => {
  test('comes once a week, however many look for what is due, with its files under object lock', async ({
    evening,
  }) => {
    // From here on the schedule stands. AWS keeps no history of insights: they are fetched once a day, and kept.
    await evening.app.sweep();
    await evening.app.sweep();
    await expect.poll(() => calls(evening, 'auditmanager:GetInsights')).toBe(1);
    evening.alarm('cpu-high-web-7');
    await evening.channel('C0ALERTS').expectMessage(/cpu-high-web-7/);
    expect(calls(evening, 'auditmanager:GetInsights')).toBe(1);
    const before = calls(evening, 's3:PutObject');
    await evening.world.moveClock(weekMs);
    await Promise.all([evening.app.sweep(), evening.app.sweep(), evening.app.sweep()]);
    const message = await finished(evening, 'Evidence', 1);
    // Late as it is, it counts the week that it is for, which the alarm is in.
    const alerts = await finished(evening, 'Alerts of the week', 1);
    expect(said(evening, alerts)).toMatch(/1 alert in the week/);
    const due = lastDue({ cron: '0 8 * * 1', timezone: 'Europe/Prague' }, new Date(0), evening.world.now())?.at;
    const manifest = evening
      .channel('C0AUDIT')
      .messages()
      .filter(({ threadTs }) => threadTs === alerts.ts)
      .flatMap(({ files }) => files)
      .find(({ name }) => name.endsWith('manifest.json'));
    expect(manifest?.name).toContain(due?.toISOString().slice(0, 10));
    const bytes = evening.world.slack.state.files.get(manifest?.id ?? '')?.bytes;
    expect(JSON.parse(Buffer.from(bytes ?? '').toString())).toMatchObject({
      period: { from: new Date(Number(due) - weekMs).toISOString(), to: due?.toISOString() },
    });
    expect(alerts.text).toContain(due?.toISOString().slice(0, 10));
    expect(said(evening, message)).toMatch(/in 3 active assessments have evidence against them/);
    // No run was before this one: the week is compared with what the daily job kept.
    expect(said(evening, message)).toMatch(/\d+ (newly so|put right)/);
    const ana = evening.person('ana');
    await ana.press(message, 'Open list');
    await ana.expectEphemeral(/\d+ compliant \(\d+ the last time\)/);
    expect(said(evening, message)).toMatch(/From AWS Audit Manager/);
    expect(said(evening, message)).toMatch(/Under review/);
    expect(said(evening, message)).toMatch(/Evidence that stopped coming/);
    expect(said(evening, message)).toMatch(/Without any evidence/);
    const sent = evening
      .channel('C0AUDIT')
      .messages()
      .filter(({ threadTs }) => threadTs !== undefined)
      .flatMap(({ files }) => files);
    await until(evening, () => calls(evening, 's3:PutObject') - before >= sent.length || undefined, 'the copies');
    expect(calls(evening, 's3:PutObject') - before).toBe(sent.length);
    const { organization } = evening.world;
    const copies = [...(buckets(organization).get(archiveBucket(organization.homeAccount))?.objects.values() ?? [])];
    expect(new Set(copies.flat().map(({ retention }) => retention?.mode))).toEqual(new Set(['COMPLIANCE']));
    expect(copies.flat().every(({ held }) => held)).toBe(true);
  }, 240_000);

  test('three weeks without the app are caught up once, and compared with the last one', async ({ evening }) => {
    await evening.restart(() => evening.world.moveClock(3 * weekMs));
    await evening.app.sweep();
    const message = await finished(evening, 'Evidence', 2);
    await evening.app.sweep();
    expect(digestMessages(evening, 'Evidence')).toHaveLength(2);
    expect(said(evening, message)).toMatch(/\d+ (newly so|put right)/);
    const ana = evening.person('ana');
    await ana.press(message, 'Open list');
    await ana.expectEphemeral(/compliant \(\d+ the last time\)/);
  }, 240_000);

  test('reports are made for those who administer, checked, and linked to on request', async ({ evening }) => {
    const [ana, ben] = [evening.person('ana'), evening.person('ben')];
    const audit = evening.channel('C0AUDIT');
    const [message] = digestMessages(evening, 'Evidence').slice(-1);
    if (message === undefined) throw new Error('There is no evidence.');
    await ben.press(message, 'Make assessment reports');
    await ben.expectEphemeral(/can change how Trailwatch works/);
    expect(calls(evening, 'auditmanager:CreateAssessmentReport')).toBe(0);
    await ana.press(message, 'Make assessment reports');
    await ana.expectEphemeral(/Audit Manager makes 3 reports/);
    await evening.world.moveClock(600_000);
    const made = await audit.expectMessage(/The report is made, and its signature is valid/);
    const id = /evidence link ([0-9a-f-]{36})/.exec(said(evening, made))?.[1] ?? '';
    await ben.type(`/audit evidence link ${id}`, 'C0AUDIT');
    await ben.expectEphemeral(/this link holds for 1 min\S*, for whoever has it/);
    await ben.type('/audit evidence link no-such-report', 'C0AUDIT');
    await ben.expectEphemeral(/Audit Manager has no report no-such-report/);
  }, 240_000);

  test('a review is attached to Audit Manager, and a run that is signed off stays as it is', async ({ evening }) => {
    const ana = evening.person('ana');
    const [message] = digestMessages(evening, 'Evidence').slice(-1);
    if (message === undefined) throw new Error('There is no evidence.');
    await ana.press(message, 'Open list');
    await ana.expectEphemeral(/Evidence: 1–\d+ of \d+/);
    await ana.press(message, 'Sign off…');
    const form = await ana.expectModal(/Your verdict/);
    await form.submit({
      outcome: { selected_option: { value: 'remarks' } },
      comment: { value: 'Two controls to be looked at again' },
    });
    await evening
      .channel('C0AUDIT')
      .expectUpdate(message, /Reviewed with remarks by <@U0ANA>.*“Two controls to be looked at again”/);
    expect(calls(evening, 'auditmanager:BatchImportEvidenceToAssessmentControl')).toBe(1);
    await ana.type('/audit report history', 'C0AUDIT');
    const history = await ana.expectEphemeral(/The last reports/);
    const next = nextRunAt({ cron: '0 8 * * 1', timezone: 'Europe/Prague' }, evening.world.now());
    for (const title of ['Evidence', 'Alerts of the week'])
      expect(JSON.stringify(history.blocks)).toContain(`🗓 ${title} · <!date^${next.getTime() / 1000}^`);
    const run = /\*(\d+)\* · Evidence/.exec(JSON.stringify(history.blocks))?.[1] ?? '';
    await ana.type(`/audit report retry ${run}`, 'C0AUDIT');
    await ana.expectEphemeral(/was signed off, so its files stay as they are/);
    await ana.type('/audit report retry', 'C0AUDIT');
    await ana.expectEphemeral(/Say which run/);
    await ana.type('/audit evidence', 'C0AUDIT');
    await ana.expectEphemeral(/Evidence: 1–/);
    await ana.type('/audit evidence now', 'C0AUDIT');
    await ana.expectEphemeral(/Evidence: under way/);
    await finished(evening, 'Evidence', 3);
  }, 240_000);

  test('after the time that is configured only the newest run is kept', async ({ evening }) => {
    const ana = evening.person('ana');
    await evening.world.moveClock(16 * weekMs);
    await finished(evening, 'Evidence', 4);
    /** How many runs the history shows. */
    const kept = async (): Promise<number | undefined> => {
      const told = evening.world.slack.state.messages.length;
      await ana.type('/audit report history evidence', 'C0AUDIT');
      const history = await until(
        evening,
        () =>
          evening.world.slack.state.messages
            .slice(told)
            .find((each) => each.ephemeralFor === ana.id && /The last reports/.test(JSON.stringify(each.blocks))),
        'the history',
      );
      return JSON.stringify(history.blocks).match(/· Evidence ·/g)?.length;
    };
    // The last run that is done is kept until the new one is done too, which is a moment after its message.
    // What is over is thrown away once an hour.
    while ((await kept()) !== 1) await evening.world.moveClock(3_600_000);
  }, 240_000);
});
