import { dayMs } from '../../../../words/time.ts';
import { type Answer, type Asking, all, ask, mapped, type Place, together } from '../../../asks.ts';
import {
  type AssessmentName,
  type EvidenceFolder,
  getEvidenceFolders,
  getInsights,
  listAssessments,
} from '../../../calls/audit-manager.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, type Spot, unknown } from '../../../verdict.ts';
import { type ActiveFacts, everyActive, judgeActive } from '../facts.ts';

const about: About = {
  id: 'am-evidence-fresh',
  version: 1,
  title: 'Evidence came in yesterday',
  severity: 'high',
  why: 'An assessment that collects nothing looks the same as one that does, until the auditor asks.',
  passes:
    'The insights were updated within 48 hours, the newest evidence is at most 2 days old, and within the week compliance checks and user activity came in.',
  fix: 'Look at what feeds it: user activity comes from CloudTrail (step 2), compliance checks from Config and Security Hub (step 8):\naws auditmanager get-settings --attribute ALL --region {region}\naws cloudtrail start-logging --name <trail>\naws configservice start-configuration-recorder --configuration-recorder-name default',
  references: ['https://docs.aws.amazon.com/audit-manager/latest/userguide/evidence-collection-issues.html'],
  provenForMs: 2 * dayMs,
};

const week = 7 * dayMs;
const freshMs = 2 * dayMs;
/** A new assessment shows nothing for a day. */
const newMs = dayMs;

interface Facts {
  insights: Answer<Date | null>;
  assessments: Answer<readonly AssessmentName[]>;
  folders: Answer<readonly EvidenceFolder[]>;
}

export const check = organizationCheck(about, everyActive(evidence), judge);

function* evidence(place: Place): Asking<Facts> {
  const insights = mapped(yield* ask(getInsights, place), ({ insights }) => insights?.lastUpdated ?? null);
  const listed = yield* ask(listAssessments, place, { status: 'ACTIVE' });
  if (listed.is !== 'value') return { insights, assessments: listed, folders: listed };
  const names = listed.value.assessmentMetadata;
  const folders = together(
    yield* all(names.map(({ id }) => ask(getEvidenceFolders, place, { assessmentId: id, maxResults: 1000 }))),
  );
  return {
    insights,
    assessments: { ...listed, value: names },
    folders: mapped(folders, (lists) => lists.flatMap(({ evidenceFolders }) => evidenceFolders)),
  };
}

function judge(answer: Answer<readonly ActiveFacts<Facts>[]>, estate: Estate): Judged[] {
  return judgeActive(answer, estate, ({ insights, assessments, folders }, spot) => {
    if (insights.is === 'unknown') return [unknownFrom(spot, insights)];
    if (assessments.is === 'unknown') return [unknownFrom(spot, assessments)];
    if (folders.is === 'unknown') return [unknownFrom(spot, folders)];
    const names = assessments.is === 'value' ? assessments.value : [];
    const list = folders.is === 'value' ? folders.value : [];
    if (names.length === 0)
      return [fail(spot, 'There is no active assessment that collects.', { cause: 'am-assessments' })];
    return [judgeEvidence(spot, { updated: insights.is === 'value' ? insights.value : null, names, list }, estate.now)];
  });
}

interface Seen {
  updated: Date | null;
  names: readonly AssessmentName[];
  list: readonly EvidenceFolder[];
}

function judgeEvidence(spot: Spot, { updated, names, list }: Seen, now: Date): Judged {
  const ageMs = (at: Date | undefined | null): number =>
    at == null ? Number.POSITIVE_INFINITY : now.getTime() - at.getTime();
  const newest = list.flatMap(({ date }) => date ?? []).toSorted((a, b) => b.getTime() - a.getTime())[0];
  if (newest === undefined && names.every(({ creationTime }) => ageMs(creationTime) < newMs))
    return unknown(spot, 'pending', 'The assessment is new: its first evidence comes within 24 hours.');
  if (newest === undefined) return fail(spot, 'No evidence was ever collected.', { proof: 'proven' });
  if (ageMs(updated) > freshMs)
    return fail(spot, `The insights were updated last ${updated?.toISOString() ?? 'never'}.`, { proof: 'stale' });
  if (ageMs(newest) > freshMs + dayMs)
    return fail(spot, `The newest evidence is of ${newest.toISOString().slice(0, 10)}.`, { proof: 'stale' });
  const recent = list.filter(({ date }) => ageMs(date) < week + dayMs);
  const sum = (of: (folder: EvidenceFolder) => number | undefined) =>
    recent.reduce((all, one) => all + (of(one) ?? 0), 0);
  if (sum(({ evidenceByTypeUserActivityCount: count }) => count) === 0)
    return fail(spot, 'No user activity came in within a week: it comes from CloudTrail.', {
      proof: 'proven',
      cause: 'trail-org-wide',
    });
  if (sum(({ evidenceByTypeComplianceCheckCount: count }) => count) === 0)
    return fail(spot, 'No compliance check came in within a week: they come from Config and Security Hub.', {
      proof: 'proven',
      cause: 'config-recording',
    });
  return pass(
    spot,
    `Evidence of ${newest.toISOString().slice(0, 10)} is there, in ${recent.length} folders of the week.`,
    { proof: 'proven' },
  );
}
