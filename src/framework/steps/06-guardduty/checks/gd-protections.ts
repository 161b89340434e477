import { isWord } from '../../../../words/text.ts';
import { type Answer, type Asking, ask } from '../../../asks.ts';
import {
  type DetectorFeatures,
  describeGuardDutyOrganization,
  type GuardDutyOrganization,
} from '../../../calls/guardduty.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, type Spot, unknown } from '../../../verdict.ts';
import { centralIn, detectorArn, featuresOf } from '../facts.ts';

const about: About = {
  id: 'gd-protections',
  version: 2,
  title: 'The protections of GuardDuty that are wanted are on',
  severity: 'medium',
  why: 'Without its protections GuardDuty sees API calls, DNS and flows alone: nothing of data in S3, of Kubernetes, of processes on machines.',
  passes:
    'Each protection of `framework.guardDutyProtections` that GuardDuty offers in the region is ENABLED in each account, and turned on in new ones.',
  fix: `aws guardduty update-organization-configuration --detector-id <administrator's detector> --features Name=RUNTIME_MONITORING,AutoEnable=ALL --region {region}
aws guardduty update-member-detectors --detector-id <administrator's detector> --account-ids {account} --features Name=RUNTIME_MONITORING,Status=ENABLED --region {region}
aws guardduty update-detector --detector-id <detector> --features Name=RUNTIME_MONITORING,Status=ENABLED --region {region}  # in the administrator itself; one that is managed by GUARDDUTY_POLICY is changed in that policy of the organization`,
  references: [
    ...[5, 6, 7, 8, 9, 10, 11, 12, 13].map((number) => `Security Hub GuardDuty.${number}`),
    'SRA-GUARDDUTY-06',
    'SRA-GUARDDUTY-20',
    'https://docs.aws.amazon.com/guardduty/latest/ug/guardduty-features-activation-model.html',
  ],
};

interface Facts {
  features: Answer<DetectorFeatures>;
  /** What new accounts get, asked where the account is the administrator; null: it is not. */
  organization: { resource: string; settings: Answer<GuardDutyOrganization> } | null;
}

export const check = regionCheck(about, protections, judge);

function* protections(scope: RegionScope): Asking<Facts> {
  const { estate, account, region } = scope;
  const features = yield* featuresOf(scope);
  const central = yield* centralIn(estate, region);
  if (central.is !== 'value' || central.value.account !== account.id || estate.organization.is === 'absent')
    return { features, organization: null };
  const input = { DetectorId: central.value.detector };
  const settings = yield* ask(describeGuardDutyOrganization, { account: account.id, region }, input);
  return { features, organization: { resource: detectorArn(estate, central.value), settings } };
}

function judge({ features, organization }: Facts, { estate, account, region }: RegionScope): Judged[] {
  const spot = { account: account.id, region };
  const wanted = estate.settings.guardDutyProtections;
  if (wanted.length === 0)
    return [notApplicable(spot, 'No protection is wanted: framework.guardDutyProtections is empty.')];
  const own = judgeFeatures(features, spot, wanted);
  return organization === null
    ? [own]
    : [own, judgeOrganization(organization.settings, { ...spot, resource: organization.resource }, wanted)];
}

function judgeFeatures(features: Answer<DetectorFeatures>, spot: Spot, wanted: readonly string[]): Judged {
  if (features.is === 'unknown') return unknownFrom(spot, features);
  if (features.is === 'absent') return fail(spot, features.message, { cause: 'gd-enabled-everywhere' });
  const of = (name: string) => features.value.find(({ Name }) => isWord(Name, name));
  // The older of the two is there where the newer one is not: in part.
  const older = (name: string) => isWord(name, 'RUNTIME_MONITORING') && of('EKS_RUNTIME_MONITORING') !== undefined;
  const offered = wanted.filter((name) => of(name) !== undefined || older(name));
  if (offered.length === 0) return notApplicable(spot, 'GuardDuty offers none of the protections here.');
  const off = offered.filter((name) => of(name) === undefined || isWord(of(name)?.Status, 'DISABLED'));
  const strange = offered.find((name) => !off.includes(name) && !isWord(of(name)?.Status, 'ENABLED'));
  if (off.length > 0) return fail(spot, `Not on: ${off.map((name) => described(name, features.value)).join(', ')}.`);
  if (strange !== undefined)
    return unknown(spot, 'not asked', `${strange} is ${of(strange)?.Status}, a word that is not known.`);
  const missing = wanted.filter((name) => !offered.includes(name));
  return pass(
    spot,
    `${offered.length} protections are on${missing.length === 0 ? '' : `; not offered here: ${missing.join(', ')}`}.`,
  );
}

/** A protection that is off, with what has to be known to turn it on. */
function described(name: string, features: DetectorFeatures): string {
  const feature = features.find(({ Name }) => isWord(Name, name));
  const older = features.find(({ Name }) => isWord(Name, 'EKS_RUNTIME_MONITORING'));
  const notes = [
    ...(isWord(name, 'RUNTIME_MONITORING') && isWord(older?.Status, 'ENABLED')
      ? ['in part: the older EKS_RUNTIME_MONITORING is on']
      : []),
    ...(isWord(feature?.ManagedBy, 'GUARDDUTY_POLICY') ? ['set by a GUARDDUTY_POLICY of the organization'] : []),
  ];
  return notes.length === 0 ? name : `${name} (${notes.join('; ')})`;
}

function judgeOrganization(settings: Answer<GuardDutyOrganization>, spot: Spot, wanted: readonly string[]): Judged {
  if (settings.is === 'unknown') return unknownFrom(spot, settings);
  if (settings.is === 'absent') return fail(spot, settings.message);
  const offered = settings.value.Features.filter(({ Name }) => wanted.some((name) => isWord(Name, name)));
  if (offered.length === 0) return notApplicable(spot, 'GuardDuty offers none of the protections here.');
  const strange = offered.find(({ AutoEnable }) => !['ALL', 'NEW', 'NONE'].includes(AutoEnable?.toUpperCase() ?? ''));
  const off = offered.filter(({ AutoEnable }) => isWord(AutoEnable, 'NONE'));
  if (off.length > 0) return fail(spot, `New accounts do not get ${off.map(({ Name }) => Name).join(', ')}.`);
  if (strange !== undefined)
    return unknown(
      spot,
      'not asked',
      `AutoEnable of ${strange.Name} is ${strange.AutoEnable}, a word that is not known.`,
    );
  return pass(spot, `New accounts get ${offered.length} protections by themselves.`);
}
