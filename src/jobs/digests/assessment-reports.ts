import type { Notice } from '../../alerts/notices.ts';
import { assessmentReports } from '../../aws/audit-manager.ts';
import { putOut } from '../../store/deliveries.ts';
import { endReport, reportsUnderWay } from '../../store/digests/people.ts';
import { dayMs } from '../../words/time.ts';
import type { RunParts } from './digest.ts';

/** An asked report that is not made in this time will not be. */
const patienceMs = dayMs;
/** Audit Manager is not asked more often than this. */
const everyMs = 30_000;
const lastAsked = new WeakMap<object, number>();

/** Looks after reports that were asked for, and tells the channel of those that are made, checked by Audit Manager itself. */
export async function followReports(parts: RunParts): Promise<void> {
  const { database, now } = parts;
  if (now().getTime() - (lastAsked.get(database) ?? 0) < everyMs) return;
  const waiting = await reportsUnderWay(database.db);
  if (waiting.length === 0) return;
  lastAsked.set(database, now().getTime());
  const auditManager = await assessmentReports(parts.aws, 'digest');
  const states = new Map<string, string>();
  for await (const { id, status } of auditManager.reports()) states.set(id, status);
  for (const report of waiting) {
    const status = states.get(report.id);
    const late = now().getTime() - report.asked_at.getTime() > patienceMs;
    if (status !== 'COMPLETE' && status !== 'FAILED' && !late) continue;
    const sentence =
      status === 'COMPLETE'
        ? await auditManager.integrityOf(report.assessment, report.id)
        : 'Audit Manager could not make this report.';
    await database.transaction(async (trx) => {
      if (!(await endReport(trx, report.id, now()))) return;
      const notice: Notice = {
        kind: 'digest',
        target: report.channel,
        news: { about: 'assessment-report', name: report.name, link: null, sentence, askedBy: report.asked_by },
      };
      await putOut(trx, [{ key: `assessment-report-${report.id}`, alertId: null, notice }], now());
    });
    parts.wakes.deliver(report.channel);
  }
}
