import { type Answer, type Asking, ask } from '../../../asks.ts';
import { type EnabledBaseline, listBaselines, listEnabledBaselines } from '../../../calls/control-tower.ts';
import type { About } from '../../../check.ts';
import { activeAccounts, type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { type FoundZone, sharedAccounts, zoneFacts, zoneSpot } from '../landing-zone.ts';

const about: About = {
  id: 'lz-accounts-governed',
  version: 1,
  title: 'Every account is governed by Control Tower',
  severity: 'high',
  why: 'An account that was never enrolled, or was moved without being updated, has none of the guardrails.',
  passes: 'Each active account has the baseline AWSControlTowerBaseline, which succeeded and did not drift.',
  fix: 'aws controltower reset-enabled-baseline --enabled-baseline-identifier {resource} --region {region}',
  references: ['https://docs.aws.amazon.com/controltower/latest/userguide/types-of-baselines.html'],
};

type Facts = Answer<readonly EnabledBaseline[]>;

export const check = zoneFacts(about, baselines, judge);

/** The baselines of accounts and units of the one kind that enrolls. */
function* baselines({ place }: FoundZone): Asking<Facts> {
  const kinds = yield* ask(listBaselines, place);
  const enabled = yield* ask(listEnabledBaselines, place, { includeChildren: true });
  if (kinds.is !== 'value') return kinds;
  if (enabled.is !== 'value') return enabled;
  const meant = kinds.value.baselines.find(({ name }) => name === 'AWSControlTowerBaseline')?.arn;
  return {
    ...enabled,
    value: enabled.value.enabledBaselines.filter(({ baselineIdentifier }) => baselineIdentifier === meant),
  };
}

function judge(answer: Facts, found: FoundZone, estate: Estate): Judged[] {
  if (answer.is === 'unknown') return [unknownFrom(zoneSpot(found), answer)];
  const all = answer.is === 'value' ? answer.value : [];
  const { logging, security } = sharedAccounts(found.zone);
  const own: ReadonlyMap<string, string> = new Map([
    [found.place.account, 'The management account is not enrolled.'],
    ...(logging === null ? [] : [[logging, 'Control Tower made this account for its logs.'] as const]),
    ...(security === null ? [] : [[security, 'Control Tower made this account for audits.'] as const]),
  ]);
  return activeAccounts(estate).map(({ id }) => {
    const spot = { account: id, region: found.place.region };
    const special = own.get(id);
    if (special !== undefined) return notApplicable(spot, special);
    return judgeAccount(
      all.find(({ targetIdentifier }) => targetIdentifier.endsWith(`/${id}`)),
      spot,
    );
  });
}

function judgeAccount(baseline: EnabledBaseline | undefined, spot: { account: string; region: string }): Judged {
  if (baseline === undefined) return fail(spot, 'The account is not enrolled in Control Tower.');
  const at = { ...spot, resource: baseline.arn };
  const status = baseline.statusSummary?.status ?? 'unknown';
  const drift = baseline.driftStatusSummary?.types?.inheritance?.status ?? 'unknown';
  if (/^under_change$/i.test(status)) return unknown(at, 'pending', 'The account is being enrolled or updated.');
  if (/^failed$/i.test(status)) return fail(at, 'Enrolling the account failed.');
  if (/^drifted$/i.test(drift))
    return fail(at, 'The account was moved: the baseline of its new unit is not the one that it has.');
  if (/^succeeded$/i.test(status) && /^in_sync$/i.test(drift))
    return pass(at, `The account is enrolled, version ${baseline.baselineVersion ?? 'not named'}.`);
  return unknown(at, 'not asked', `Whether the account is governed is not known: ${status}, drift ${drift}.`);
}
