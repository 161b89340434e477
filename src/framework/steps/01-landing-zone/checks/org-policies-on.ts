import { type Answer, type Asking, mapped } from '../../../asks.ts';
import type { About } from '../../../check.ts';
import { type Estate, organizationSpot, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { type CustomPolicy, customPolicies, inOrganization, root } from '../facts.ts';

const about: About = {
  id: 'org-policies-on',
  version: 1,
  title: 'Service control policies are in use',
  severity: 'high',
  why: 'They are the only guardrail that an administrator of a member account cannot take off.',
  passes: 'The policy type is on at the root, and a policy of your own is attached to the root or a unit.',
  fix: [
    'aws organizations enable-policy-type --root-id {resource} --policy-type SERVICE_CONTROL_POLICY',
    'aws organizations create-policy --name keep-the-audit --type SERVICE_CONTROL_POLICY --description "Keep the audit" --content file://keep-the-audit.json',
    'aws organizations attach-policy --policy-id POLICY-ID --target-id {resource}',
  ].join('\n'),
  references: [
    'CIS v7.0 2.1.2',
    'SRA-ORGANIZATIONS-06',
    'SRA-ORGANIZATIONS-07',
    'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html',
  ],
};

interface Facts {
  /** Types that are on at the root, with the root's id; `strange`: a state of the type that is not known. */
  root: Answer<{ id: string; on: readonly string[]; strange: string | null }>;
  policies: Answer<readonly CustomPolicy[]>;
}

/** Source: Organizations API reference, PolicyTypeSummary. */
const stateWords = ['ENABLED', 'PENDING_ENABLE', 'PENDING_DISABLE'];

export const check = inOrganization(about, facts, judge);

function* facts(estate: Estate): Asking<Facts> {
  const top = mapped(yield* root(estate), ({ Id, PolicyTypes }) => ({
    id: Id,
    on: PolicyTypes.flatMap(({ Type, Status }) =>
      Status?.toUpperCase() === 'ENABLED' && Type !== undefined ? [Type] : [],
    ),
    strange:
      PolicyTypes.find(
        ({ Type, Status = '' }) => Type === 'SERVICE_CONTROL_POLICY' && !stateWords.includes(Status.toUpperCase()),
      )?.Status ?? null,
  }));
  return { root: top, policies: yield* customPolicies(estate, 'SERVICE_CONTROL_POLICY') };
}

function judge({ root: top, policies }: Facts, estate: Estate): Judged[] {
  const whole = organizationSpot(estate);
  const { organization } = estate;
  if (organization.is === 'value' && !organization.value.allFeatures)
    return [fail(whole, 'Without all features there are no service control policies.', { cause: 'org-all-features' })];
  if (top.is === 'unknown') return [unknownFrom(whole, top)];
  if (top.is === 'absent') return [unknown(whole, 'not asked', top.message)];
  const spot = { ...whole, resource: top.value.id };
  if (top.value.strange !== null)
    return [unknown(spot, 'not asked', `Service control policies are ${top.value.strange} at the root.`)];
  if (!top.value.on.includes('SERVICE_CONTROL_POLICY'))
    return [fail(spot, 'Service control policies are off at the root.')];
  if (policies.is === 'unknown') return [unknownFrom(spot, policies)];
  const attached =
    policies.is === 'value' ? policies.value.filter(({ targets }) => targets.some((id) => /^(?:r|ou)-/.test(id))) : [];
  if (attached.length === 0)
    return [fail(spot, 'No policy of your own is attached to the root or a unit: FullAWSAccess guards nothing.')];
  const note = top.value.on.includes('RESOURCE_CONTROL_POLICY') ? '' : ' Resource control policies are off.';
  return [pass(spot, `Attached: ${attached.map(({ name }) => name).join(', ')}.${note}`)];
}
