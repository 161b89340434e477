import { isWord } from '../../../../words/text.ts';
import { dayMs } from '../../../../words/time.ts';
import { type Answer, type Asking, all, ask, mapped, type Place } from '../../../asks.ts';
import { type Delegation, getChangeLogs, getDelegations } from '../../../calls/audit-manager.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { type ActiveAssessment, type ActiveFacts, activeAssessments, everyActive, judgeActive } from '../facts.ts';

const about: About = {
  id: 'am-reviews',
  version: 1,
  title: 'Evidence is reviewed in time',
  severity: 'medium',
  why: 'Evidence that nobody reviewed is a promise: the auditor finds it unread.',
  passes:
    'No control set has been UNDER_REVIEW for more than 30 days, no delegation has waited for more than 14 days. Controls without any evidence are noted.',
  fix: 'Ask the reviewer (`/audit evidence` names them), then:\naws auditmanager update-assessment-control-set-status --assessment-id <assessment> --control-set-id {name} --status REVIEWED --comment reviewed --region {region}',
  references: ['https://docs.aws.amazon.com/audit-manager/latest/userguide/delegate.html'],
};

const daysAllowed = { review: 30, delegation: 14 } as const;

interface Review {
  assessment: string;
  controlSet: string;
  /** Since when; null: the change log does not say. */
  since: Answer<Date | null>;
}

interface Facts {
  assessments: Answer<readonly ActiveAssessment[]>;
  reviews: readonly Review[];
  delegations: Answer<readonly Delegation[]>;
}

export const check = organizationCheck(about, everyActive(reviews), judge);

function* reviews(place: Place): Asking<Facts> {
  const assessments = yield* activeAssessments(place);
  const delegations = mapped(yield* ask(getDelegations, place), ({ delegations }) => delegations);
  const open = (assessments.is === 'value' ? assessments.value : []).flatMap((assessment) =>
    (assessment.detail.framework?.controlSets ?? []).flatMap(({ id, status }) =>
      id !== undefined && isWord(status, 'UNDER_REVIEW') ? [{ assessment, controlSet: id }] : [],
    ),
  );
  return { assessments, delegations, reviews: yield* all(open.map((one) => sinceWhen(place, one))) };
}

function* sinceWhen(
  place: Place,
  { assessment, controlSet }: { assessment: ActiveAssessment; controlSet: string },
): Asking<Review> {
  const changes = yield* ask(getChangeLogs, place, { assessmentId: assessment.id, controlSetId: controlSet });
  const since = mapped(changes, ({ changeLogs }) => {
    const times = changeLogs.flatMap(({ action, createdAt }) =>
      isWord(action, 'UNDER_REVIEW') && createdAt !== undefined ? [createdAt] : [],
    );
    return times.toSorted((a, b) => b.getTime() - a.getTime())[0] ?? null;
  });
  return { assessment: assessment.name ?? assessment.id, controlSet, since };
}

function judge(answer: Answer<readonly ActiveFacts<Facts>[]>, estate: Estate): Judged[] {
  const olderThan = (at: Date | undefined | null, days: number): at is Date =>
    at != null && estate.now.getTime() - at.getTime() > days * dayMs;
  return judgeActive(answer, estate, ({ assessments, reviews, delegations }, spot) => {
    if (assessments.is === 'unknown') return [unknownFrom(spot, assessments)];
    if (delegations.is === 'unknown') return [unknownFrom(spot, delegations)];
    const waiting = reviews.flatMap(({ assessment, controlSet, since }): Judged[] => {
      const where = { ...spot, resource: `${assessment}/${controlSet}` };
      if (since.is === 'unknown') return [unknownFrom(where, since)];
      const at = since.is === 'value' ? since.value : null;
      return olderThan(at, daysAllowed.review)
        ? [
            fail(
              where,
              `The control set ${controlSet} of ${assessment} is under review since ${at.toISOString().slice(0, 10)}.`,
            ),
          ]
        : [];
    });
    const delegated = (delegations.is === 'value' ? delegations.value : []).flatMap(
      ({ status, creationTime, controlSetName = '', assessmentName = '' }): Judged[] =>
        isWord(status, 'IN_PROGRESS') && olderThan(creationTime, daysAllowed.delegation)
          ? [
              fail(
                { ...spot, resource: `${assessmentName}/${controlSetName}/delegation` },
                `The delegation of ${controlSetName} of ${assessmentName} waits since ${creationTime.toISOString().slice(0, 10)}.`,
              ),
            ]
          : [],
    );
    const open = [...waiting, ...delegated];
    const list = assessments.is === 'value' ? assessments.value : [];
    return open.length > 0 ? open : [pass(spot, `Nothing waits for too long${withoutEvidence(list)}.`)];
  });
}

/** Controls of which no evidence ever came, as a note. */
function withoutEvidence(assessments: readonly ActiveAssessment[]): string {
  const bare = assessments.flatMap(({ detail }) =>
    (detail.framework?.controlSets ?? []).flatMap(({ controls }) =>
      controls.flatMap(({ name = 'a control', evidenceCount }) => (evidenceCount === 0 ? [name] : [])),
    ),
  );
  return bare.length === 0 ? '' : `; ${bare.length} controls have no evidence: ${bare.slice(0, 5).join(', ')}`;
}
