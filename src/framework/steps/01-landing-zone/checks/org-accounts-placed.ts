import type { Asking } from '../../../asks.ts';
import type { About } from '../../../check.ts';
import { type Estate, type EstateAccount, isActive } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { inOrganization, root } from '../facts.ts';

const about: About = {
  id: 'org-accounts-placed',
  version: 1,
  title: 'Every account is in an organizational unit',
  severity: 'medium',
  why: 'An account under the root itself gets none of the guardrails that its unit would give it.',
  passes: 'No active account but the management account is directly under the root.',
  fix: 'aws organizations move-account --account-id {account} --source-parent-id {resource} --destination-parent-id UNIT-ID',
  references: [
    'CIS v7.0 2.1.4',
    'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_best-practices_mgmt-acct.html',
  ],
};

export const check = inOrganization(about, rootId, judge);

function* rootId(estate: Estate): Asking<string | null> {
  const top = yield* root(estate);
  return top.is === 'value' ? top.value.Id : null;
}

function judge(top: string | null, estate: Estate): Judged[] {
  const { organization, accounts } = estate;
  const management = organization.is === 'value' ? organization.value.managementAccount : null;
  return accounts.map((account) => judgeAccount(account, top, management));
}

function judgeAccount(
  { id, state, parent, organizationalUnits }: EstateAccount,
  top: string | null,
  management: string | null,
): Judged {
  const spot = { account: id, region: 'global' };
  if (!isActive({ state })) return notApplicable(spot, `The account is ${state}.`);
  if (parent === null) return unknown(spot, 'not asked', 'Where the account is in the organization is not known.');
  const underRoot = parent === top || parent.startsWith('r-');
  if (id === management)
    return pass(
      spot,
      underRoot
        ? 'The management account is under the root, where no policy binds it anyway.'
        : `The management account is in ${organizationalUnits.join('/')}: keep workloads out of there.`,
    );
  return underRoot
    ? fail({ ...spot, resource: parent }, 'The account is directly under the root.')
    : pass(spot, `The account is in ${organizationalUnits.join('/')}.`);
}
