import type { About } from '../../../check.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { type FoundZone, zoneCheck, zoneSpot } from '../landing-zone.ts';

const about: About = {
  id: 'lz-healthy',
  version: 1,
  title: 'The landing zone is as it was set up',
  severity: 'high',
  why: 'A landing zone that drifted no longer holds the guardrails that it shows.',
  passes:
    'Control Tower says ACTIVE and IN_SYNC. It does not look after its log archive and audit parts: steps 2, 3 and 8 do.',
  fix: 'aws controltower reset-landing-zone --landing-zone-identifier {resource} --region {region}',
  references: ['https://docs.aws.amazon.com/controltower/latest/userguide/drift.html'],
};

export const check = zoneCheck(about, judge);

function judge(found: FoundZone): Judged[] {
  const spot = zoneSpot(found);
  const { status = 'unknown', driftStatus, version } = found.zone;
  const drift = driftStatus?.status ?? 'unknown';
  switch (status.toUpperCase()) {
    case 'PROCESSING':
      return [unknown(spot, 'pending', 'Control Tower is working on the landing zone.')];
    case 'FAILED':
      return [fail(spot, 'Control Tower says that the landing zone failed.')];
    case 'ACTIVE':
      break;
    default:
      return [unknown(spot, 'not asked', `The landing zone has a state that is not known here: ${status}.`)];
  }
  if (drift.toUpperCase() === 'DRIFTED') return [fail(spot, 'The landing zone drifted from how it was set up.')];
  return drift.toUpperCase() === 'IN_SYNC'
    ? [pass(spot, `The landing zone ${version} is active and in sync.`)]
    : [unknown(spot, 'not asked', `Whether the landing zone drifted is not known: ${drift}.`)];
}
