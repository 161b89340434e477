import { type Answer, type Asking, ask } from '../../../asks.ts';
import { listOrganizationsFeatures } from '../../../calls/iam-organizations.ts';
import type { About } from '../../../check.ts';
import { type Estate, globalPlace, organizationSpot, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { inOrganization } from '../facts.ts';

const about: About = {
  id: 'org-root-central',
  version: 1,
  title: 'Root credentials of members are managed in one place',
  severity: 'high',
  why: 'A root user that has no password and no keys cannot be taken over.',
  passes: 'IAM’s central management of root credentials is on for the organization.',
  fix: [
    'aws organizations enable-aws-service-access --service-principal iam.amazonaws.com',
    'aws iam enable-organizations-root-credentials-management',
  ].join('\n'),
  references: ['CIS v7.0 2.1.1', 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html'],
};

type Features = Answer<{ EnabledFeatures: readonly string[] }>;

export const check = inOrganization(about, facts, judge);

/** Asked in the management account, else where the bot is: that may be IAM's delegate. */
function* facts(estate: Estate): Asking<Features> {
  const { account } = organizationSpot(estate);
  const theirs = yield* ask(listOrganizationsFeatures, globalPlace(estate, account));
  if (theirs.is !== 'unknown' || account === estate.home.account) return theirs;
  const own = yield* ask(listOrganizationsFeatures, globalPlace(estate, estate.home.account));
  return own.is === 'unknown' ? theirs : own;
}

function judge(features: Features, estate: Estate): Judged[] {
  const spot = organizationSpot(estate);
  if (features.is === 'unknown') return [unknownFrom(spot, features)];
  const on = features.is === 'value' ? features.value.EnabledFeatures : [];
  if (!on.includes('RootCredentialsManagement'))
    return [fail(spot, 'Each member’s root user has credentials of its own: central management is off.')];
  const note = on.includes('RootSessions') ? '' : ' Root sessions are off.';
  return [pass(spot, `Root credentials are managed centrally.${note}`)];
}
