import { isWord } from '../../../../words/text.ts';
import type { Answer } from '../../../asks.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, organizationSpot, unknownFrom } from '../../../estate.ts';
import { type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { type AuditPlace, auditPlaces, isActive } from '../facts.ts';

const about: About = {
  id: 'am-state',
  version: 1,
  title: 'Audit Manager is active, or not in use',
  severity: 'medium',
  why: 'Audit Manager is closed to new customers since 2026-04-30: where it is off, conformance packs and Security Hub collect the evidence.',
  passes:
    'GetAccountStatus is ACTIVE in a region of the administrator; where it is INACTIVE everywhere the check does not apply.',
  fix: 'aws auditmanager register-account --region {region}  # only where the account had it before 2026-04-30',
  references: [
    'SRA-AUDITMANAGER-01',
    'https://docs.aws.amazon.com/audit-manager/latest/APIReference/API_GetAccountStatus.html',
  ],
};

export const check = organizationCheck(about, auditPlaces, judge);

function judge(answer: Answer<readonly AuditPlace[]>, estate: Estate): Judged[] {
  const whole = organizationSpot(estate);
  if (answer.is === 'unknown') return [unknownFrom(whole, answer)];
  const places = answer.is === 'value' ? answer.value : [];
  const rows = places.flatMap((one): Judged[] => {
    const { place, status } = one;
    if (isActive(one)) return [pass(place, 'Audit Manager is active.', { proof: 'proven' })];
    if (status.is === 'unknown') return [unknownFrom(place, status)];
    const word = status.is === 'value' ? status.value : 'INACTIVE';
    if (isWord(word, 'PENDING_ACTIVATION')) return [unknown(place, 'pending', 'Audit Manager is being set up.')];
    if (isWord(word, 'INACTIVE')) return [];
    return [unknown(place, 'not asked', `The account's status is ${word}, a word that is not known.`)];
  });
  return rows.length > 0 ? rows : [notApplicable(whole, 'Audit Manager is not set up in any region.')];
}
