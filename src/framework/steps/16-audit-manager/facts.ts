import { isWord } from '../../../words/text.ts';
import { type Answer, type Asking, all, ask, mapped, type Place, together } from '../../asks.ts';
import {
  type Assessment,
  type AssessmentName,
  getAccountStatus,
  getAssessment,
  listAssessments,
} from '../../calls/audit-manager.ts';
import { getEnabledStandards } from '../../calls/security-hub-standards.ts';
import { administratorOf, type Estate, organizationSpot, regionsOf, unknownFrom } from '../../estate.ts';
import { type Judged, notApplicable, type Spot } from '../../verdict.ts';

/** Audit Manager in one region of the account that administers it. */
export interface AuditPlace {
  place: Place;
  status: Answer<string>;
}

/** How Audit Manager stands in each region of its administrator. */
export function* auditPlaces(estate: Estate): Asking<Answer<readonly AuditPlace[]>> {
  const administrator = administratorOf(estate, 'auditmanager.amazonaws.com');
  if (administrator.is !== 'value') return administrator;
  const places = regionsOf(estate).map((region) => ({ account: administrator.value, region }));
  const answers = yield* all(places.map((place) => ask(getAccountStatus, place)));
  const found = answers.flatMap((answer, at) => {
    const place = places[at];
    return place === undefined ? [] : [{ place, status: mapped(answer, ({ status = 'INACTIVE' }) => status) }];
  });
  return { ...administrator, value: found };
}

export const isActive = ({ status }: AuditPlace): boolean => status.is === 'value' && isWord(status.value, 'ACTIVE');

/** What was asked of Audit Manager in a region where it is active. */
export interface ActiveFacts<Facts> {
  place: Place;
  facts: Facts;
}

/** Asks Audit Manager wherever it is active. */
export const everyActive =
  <Facts>(askOf: (place: Place, estate: Estate) => Asking<Facts>) =>
  (estate: Estate): Asking<Answer<readonly ActiveFacts<Facts>[]>> =>
    activeFacts(estate, askOf);

function* activeFacts<Facts>(
  estate: Estate,
  askOf: (place: Place, estate: Estate) => Asking<Facts>,
): Asking<Answer<readonly ActiveFacts<Facts>[]>> {
  const places = yield* auditPlaces(estate);
  if (places.is !== 'value') return places;
  const active = places.value.filter(isActive);
  const unknown = places.value.find(({ status }) => status.is === 'unknown');
  // Nobody knows whether it is in use: that is not the same as not in use.
  if (active.length === 0 && unknown?.status.is === 'unknown') return unknown.status;
  const facts = yield* all(active.map(({ place }) => askOf(place, estate)));
  return {
    ...places,
    value: active.flatMap(({ place }, at) => {
      const mine = facts[at];
      return mine === undefined ? [] : [{ place, facts: mine }];
    }),
  };
}

/** Judges Audit Manager where it is active; where it is nowhere, the packs and Security Hub decide. */
export function judgeActive<Facts>(
  answer: Answer<readonly ActiveFacts<Facts>[]>,
  estate: Estate,
  judge: (facts: Facts, spot: Spot) => Judged[],
): Judged[] {
  const whole = organizationSpot(estate);
  if (answer.is === 'unknown') return [unknownFrom(whole, answer)];
  if (answer.is === 'absent' || answer.value.length === 0)
    return [
      notApplicable(whole, 'Audit Manager is not set up: conformance packs and Security Hub stand in its place.'),
    ];
  return answer.value.flatMap(({ place, facts }) => judge(facts, place));
}

/** An assessment that collects evidence. */
export interface ActiveAssessment extends AssessmentName {
  detail: Assessment;
}

export function* activeAssessments(place: Place): Asking<Answer<readonly ActiveAssessment[]>> {
  const listed = yield* ask(listAssessments, place, { status: 'ACTIVE' });
  if (listed.is !== 'value') return listed;
  const names = listed.value.assessmentMetadata;
  const details = together(yield* all(names.map(({ id }) => ask(getAssessment, place, { assessmentId: id }))));
  return mapped(details, (found) =>
    names.flatMap((name, at) => {
      const detail = found[at]?.assessment;
      return detail === undefined ? [] : [{ ...name, detail }];
    }),
  );
}

/** Whether Security Hub judges by a standard in a region of its administrator; absent: it is off there. */
export function* standardsIn(estate: Estate, region: string): Asking<Answer<Standards>> {
  const administrator = administratorOf(estate, 'securityhub.amazonaws.com');
  if (administrator.is !== 'value') return administrator;
  const place = { account: administrator.value, region };
  return mapped(yield* ask(getEnabledStandards, place), ({ StandardsSubscriptions }) => ({
    place,
    standards: StandardsSubscriptions,
  }));
}

export interface Standards {
  place: Place;
  standards: readonly { StandardsArn: string; StandardsStatus?: string | undefined }[];
}
