import { isWord } from '../../../../words/text.ts';
import { dayMs } from '../../../../words/time.ts';
import { type Answer, type Asking, all, ask } from '../../../asks.ts';
import {
  describeHubOrganization,
  getHubFindings,
  type HubOrganization,
} from '../../../calls/security-hub-organization.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, organizationSpot, regionsOf, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { type Standards, standardsIn } from '../facts.ts';

const about: About = {
  id: 'sh-evaluates',
  version: 1,
  title: 'Security Hub judges by its standards every day, in new accounts too',
  severity: 'high',
  why: 'A standard that is INCOMPLETE shows a score over the controls that happened to work.',
  passes:
    'Each enabled standard of the administrator is READY, new accounts are enabled by themselves, and a finding was updated within a day.',
  fix: `aws securityhub batch-enable-standards --standards-subscription-requests StandardsArn=<standard> --region {region}
aws securityhub update-organization-configuration --auto-enable --region {region}`,
  references: [
    ...['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11'].map((number) => `SRA-SECURITYHUB-${number}`),
    'https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-standards-enable-disable.html',
  ],
  provenForMs: dayMs,
};

interface Facts {
  region: string;
  standards: Answer<Standards>;
  organization: Answer<HubOrganization> | null;
  /** Whether a finding was updated within the day. */
  updated: Answer<boolean> | null;
}

export const check = organizationCheck(about, hubs, judge);

function* hubs(estate: Estate): Asking<Facts[]> {
  return yield* all(regionsOf(estate).map((region) => hubIn(estate, region)));
}

function* hubIn(estate: Estate, region: string): Asking<Facts> {
  const standards = yield* standardsIn(estate, region);
  if (standards.is !== 'value') return { region, standards, organization: null, updated: null };
  const { place } = standards.value;
  const organization = estate.organization.is === 'absent' ? null : yield* ask(describeHubOrganization, place);
  const findings = yield* ask(getHubFindings, place, {
    Filters: { UpdatedAt: [{ DateRange: { Value: 1, Unit: 'DAYS' } }] },
    MaxResults: 1,
  });
  const updated = findings.is === 'value' ? { ...findings, value: findings.value.Findings.length > 0 } : findings;
  return { region, standards, organization, updated };
}

function judge(regions: readonly Facts[], estate: Estate): Judged[] {
  const rows = regions.flatMap((facts) => judgeRegion(facts, estate));
  return rows.length > 0
    ? rows
    : [notApplicable(organizationSpot(estate), 'Security Hub is not in use in any region.')];
}

function judgeRegion({ region, standards, organization, updated }: Facts, estate: Estate): Judged[] {
  const whole = { account: organizationSpot(estate).account, region };
  if (standards.is === 'unknown') return [unknownFrom(whole, standards)];
  // Where Security Hub is off the packs decide.
  if (standards.is === 'absent') return [];
  const { place, standards: list } = standards.value;
  if (list.length === 0) return [fail(place, 'Security Hub is on, but no standard is enabled.')];
  const pending = list.find(({ StandardsStatus }) => isWord(StandardsStatus, 'PENDING'));
  const broken = list.filter(({ StandardsStatus: is }) =>
    ['FAILED', 'INCOMPLETE', 'DELETING'].includes(is?.toUpperCase() ?? ''),
  );
  const strange = list.find(
    ({ StandardsStatus: is }) =>
      !['READY', 'PENDING', 'FAILED', 'INCOMPLETE', 'DELETING'].includes(is?.toUpperCase() ?? ''),
  );
  if (broken.length > 0)
    return broken.map(({ StandardsArn, StandardsStatus }) =>
      fail({ ...place, resource: StandardsArn }, `The standard is ${StandardsStatus}.`, {
        ...(isWord(StandardsStatus, 'INCOMPLETE') ? { cause: 'config-recording' } : {}),
      }),
    );
  if (strange !== undefined)
    return [unknown(place, 'not asked', `A standard is ${strange.StandardsStatus}, a word that is not known.`)];
  if (pending !== undefined)
    return [unknown(place, 'pending', `The standard ${pending.StandardsArn} is being enabled.`)];
  if (organization?.is === 'unknown') return [unknownFrom(place, organization)];
  if (organization?.is === 'value' && !enablesItself(organization.value))
    return [fail(place, 'New accounts are not enabled in Security Hub by themselves.')];
  if (updated === null || updated.is === 'unknown')
    return [
      updated === null ? unknown(place, 'not asked', 'Nobody was asked for findings.') : unknownFrom(place, updated),
    ];
  return [
    updated.is === 'value' && updated.value
      ? pass(place, `${list.length} standards are READY, and findings were updated within a day.`, { proof: 'proven' })
      : fail(place, `${list.length} standards are READY, but no finding was updated within a day.`, { proof: 'stale' }),
  ];
}

/** Central configuration counts as its policies do; local configuration by AutoEnable. */
function enablesItself({ AutoEnable, OrganizationConfiguration }: HubOrganization): boolean {
  const { ConfigurationType, Status } = OrganizationConfiguration ?? {};
  return isWord(ConfigurationType, 'CENTRAL') ? isWord(Status, 'ENABLED') : AutoEnable === true;
}
