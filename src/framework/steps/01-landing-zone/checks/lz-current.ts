import type { About } from '../../../check.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { type FoundZone, zoneCheck, zoneSpot } from '../landing-zone.ts';

const about: About = {
  id: 'lz-current',
  version: 1,
  title: 'The landing zone is the newest version',
  severity: 'low',
  why: 'Only the newest version can be reset after a drift, and it has the newest guardrails.',
  passes: 'Its version is the latest that is available.',
  fix: 'aws controltower update-landing-zone --landing-zone-identifier {resource} --landing-zone-version LATEST --manifest file://manifest.json --region {region}',
  references: ['https://docs.aws.amazon.com/controltower/latest/userguide/update-controltower.html'],
};

export const check = zoneCheck(about, judge);

function judge(found: FoundZone): Judged[] {
  const spot = zoneSpot(found);
  const { version, latestAvailableVersion: latest } = found.zone;
  if (latest === undefined) return [unknown(spot, 'not asked', 'Control Tower names no latest version.')];
  return older(version, latest)
    ? [fail(spot, `The landing zone is ${version}, the latest is ${latest}.`)]
    : [pass(spot, `The landing zone is ${version}, the latest.`)];
}

/** `3.10` is newer than `3.9`. */
function older(version: string, latest: string): boolean {
  const [own, other] = [version, latest].map((text) => text.split('.').map(Number));
  for (let at = 0; at < Math.max(own?.length ?? 0, other?.length ?? 0); at++) {
    const difference = (own?.[at] ?? 0) - (other?.[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
