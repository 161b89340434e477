import type { Asking } from '../../../asks.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { activeAccounts, type Estate, organizationSpot, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass } from '../../../verdict.ts';

const about: About = {
  id: 'org-all-features',
  version: 1,
  title: 'The accounts are one organization with all features',
  severity: 'high',
  why: 'Without all features there are no guardrails, no organization trail and no central security services.',
  passes: 'The organization’s feature set is ALL.',
  fix: 'aws organizations enable-all-features',
  references: [
    'Security Hub Account.2',
    'SRA-ORGANIZATIONS-01',
    'SRA-ORGANIZATIONS-05',
    'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_org_support-all-features.html',
  ],
};

export const check = organizationCheck(about, estateOnly, judge);

/** Everything is known of the run. */
// biome-ignore lint/correctness/useYield: the estate says it all, nothing is asked.
function* estateOnly(): Asking<null> {
  return null;
}

function judge(_: null, estate: Estate): Judged[] {
  const spot = organizationSpot(estate);
  const { organization } = estate;
  if (organization.is === 'unknown') return [unknownFrom(spot, organization)];
  if (organization.is === 'absent') {
    const count = activeAccounts(estate).length;
    return count > 1
      ? [fail(spot, `${count} accounts belong to no organization.`)]
      : [notApplicable(spot, 'There is one account alone.')];
  }
  return organization.value.allFeatures
    ? [pass(spot, `The organization ${organization.value.id} has all features.`)]
    : [fail(spot, `The organization ${organization.value.id} has consolidated billing alone.`)];
}
