import { type Answer, type Asking, ask, mapped } from '../../../asks.ts';
import { listAccountsForParent } from '../../../calls/organizations.ts';
import type { About } from '../../../check.ts';
import { type Estate, type EstateAccount, globalPlace, isActive, unknownFrom } from '../../../estate.ts';
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

/** The root, and whether what is below it could be read. */
function* rootId(estate: Estate): Asking<Answer<string>> {
  const top = yield* root(estate);
  if (top.is !== 'value') return top;
  const inside = yield* ask(listAccountsForParent, globalPlace(estate, estate.home.account), {
    ParentId: top.value.Id,
  });
  return mapped(inside, () => top.value.Id);
}

function judge(top: Answer<string>, estate: Estate): Judged[] {
  const { organization, accounts } = estate;
  const management = organization.is === 'value' ? organization.value.managementAccount : null;
  return accounts.map((account) => judgeAccount(account, top, management));
}

function judgeAccount(
  { id, state, parent, organizationalUnits }: EstateAccount,
  top: Answer<string>,
  management: string | null,
): Judged {
  const spot = { account: id, region: 'global' };
  if (!isActive({ state })) return notApplicable(spot, `The account is ${state}.`);
  if (parent === null && top.is === 'unknown') return unknownFrom(spot, top);
  if (parent === null) return unknown(spot, 'not asked', 'Where the account is in the organization is not known.');
  const underRoot = parent.startsWith('r-') || (top.is === 'value' && parent === top.value);
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
