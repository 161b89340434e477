import { type Answer, type Asking, ask, type Place } from '../../../asks.ts';
import { type AuditSettings, getAuditAdministrator, getAuditSettings } from '../../../calls/audit-manager.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { type ActiveFacts, everyActive, judgeActive } from '../facts.ts';

const about: About = {
  id: 'am-org',
  version: 1,
  title: 'Audit Manager collects for the whole organization',
  severity: 'low',
  why: 'Without the organization each account would have to be set up and reviewed by itself.',
  passes: 'isAwsOrgEnabled is true, and the account that is asked is the delegated administrator.',
  fix: 'aws auditmanager register-organization-admin-account --admin-account-id {account} --region {region}  # in the management account',
  references: [
    'SRA-AUDITMANAGER-02',
    'https://docs.aws.amazon.com/audit-manager/latest/userguide/setup-recommendations.html',
  ],
};

interface Facts {
  settings: Answer<AuditSettings>;
  administrator: Answer<{ adminAccountId?: string | undefined }>;
}

export const check = organizationCheck(about, everyActive(organization), judge);

function* organization(place: Place, estate: Estate): Asking<Facts> {
  const asked = estate.organization.is === 'value' ? estate.organization.value.managementAccount : place.account;
  return {
    settings: yield* ask(getAuditSettings, place, { attribute: 'ALL' }),
    administrator: yield* ask(getAuditAdministrator, { account: asked, region: place.region }),
  };
}

function judge(answer: Answer<readonly ActiveFacts<Facts>[]>, estate: Estate): Judged[] {
  if (estate.organization.is === 'absent') return [];
  return judgeActive(answer, estate, ({ settings, administrator }, spot) => {
    if (settings.is === 'unknown') return [unknownFrom(spot, settings)];
    if (administrator.is === 'unknown') return [unknownFrom(spot, administrator)];
    if (settings.is === 'absent' || settings.value.settings?.isAwsOrgEnabled !== true)
      return [fail(spot, 'Audit Manager is not connected with the organization.')];
    const named = administrator.is === 'value' ? administrator.value.adminAccountId : undefined;
    return [
      named === spot.account
        ? pass(spot, `${named} administers Audit Manager for the organization.`)
        : fail(spot, `${named ?? 'Nobody'} administers Audit Manager for the organization, not this account.`),
    ];
  });
}
