import { type Answer, type Asking, all, ask, mapped, together } from '../../../asks.ts';
import { type Simulated, simulatePrincipalPolicy } from '../../../calls/iam.ts';
import { getCallerIdentity } from '../../../calls/sts.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { type Estate, globalPlace, unknownFrom } from '../../../estate.ts';
import { type Statement, speaksOf } from '../../../policies.ts';
import { fail, type Judged, notApplicable, pass, type Spot, unknown } from '../../../verdict.ts';
import { type CustomPolicy, customPolicies, parents, pathOf } from '../facts.ts';

const about: About = {
  id: 'org-guard-audit',
  version: 1,
  title: 'No account can switch its own audit off',
  severity: 'high',
  why: 'Whoever takes over an account turns off the recording first.',
  passes:
    'On the way from the root to each account policies deny stopping CloudTrail, Config, GuardDuty, the alarms and leaving the organization; single roles may be left out.',
  fix: [
    'aws organizations create-policy --name keep-the-audit --type SERVICE_CONTROL_POLICY --description "Keep the audit" --content file://keep-the-audit.json',
    'aws organizations attach-policy --policy-id POLICY-ID --target-id ROOT-OR-UNIT-ID',
  ].join('\n'),
  references: [
    'CIS v7.0 2.1.2',
    'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html',
  ],
};

/** What an account must not do to its own audit. */
const guarded = [
  'cloudtrail:StopLogging',
  'cloudtrail:DeleteTrail',
  'cloudtrail:UpdateTrail',
  'cloudtrail:PutEventSelectors',
  'config:StopConfigurationRecorder',
  'config:DeleteConfigurationRecorder',
  'config:DeleteDeliveryChannel',
  'guardduty:DeleteDetector',
  'guardduty:DisassociateFromAdministratorAccount',
  'guardduty:UpdateDetector',
  'events:DeleteRule',
  'events:DisableRule',
  'logs:DeleteLogGroup',
  'organizations:LeaveOrganization',
];

interface Facts {
  known: Answer<{ policies: readonly CustomPolicy[]; above: ReadonlyMap<string, string> }>;
  /** What the policy simulator says of the bot's own role there; null: it was not asked. */
  simulated: Answer<{ EvaluationResults: readonly Simulated[] }> | null;
}

export const check = accountCheck(about, facts, judge);

function* facts({ estate, account }: AccountScope): Asking<Facts> {
  const { organization } = estate;
  if (organization.is !== 'value') return { known: organization, simulated: null };
  const policies = together(
    yield* all([customPolicies(estate, 'SERVICE_CONTROL_POLICY'), customPolicies(estate, 'RESOURCE_CONTROL_POLICY')]),
  );
  if (policies.is !== 'value') return { known: policies, simulated: null };
  const known = mapped(yield* parents(estate), (above) => ({ policies: policies.value.flat(), above }));
  const bound = account.id !== organization.value.managementAccount;
  return { known, simulated: bound ? yield* simulation(estate, account.id) : null };
}

/** Asked of the bot's own role, as if it were an administrator: nothing is done. */
function* simulation(estate: Estate, account: string): Asking<Facts['simulated']> {
  const place = globalPlace(estate, account);
  const identity = yield* ask(getCallerIdentity, place);
  const name = identity.is === 'value' ? identity.value.Arn.split('/')[1] : undefined;
  if (name === undefined) return null;
  return yield* ask(simulatePrincipalPolicy, place, {
    PolicySourceArn: `arn:${estate.home.partition}:iam::${account}:role/${name}`,
    PolicyInputList: [administrator],
    ActionNames: guarded,
  });
}

const administrator = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});

function judge({ known, simulated }: Facts, { account, estate }: AccountScope): Judged[] {
  const { organization } = estate;
  const spot = { account: account.id, region: 'global' };
  if (organization.is === 'absent') return [notApplicable(spot, 'The account belongs to no organization.')];
  if (organization.is === 'unknown') return [unknownFrom(spot, organization)];
  if (account.id === organization.value.managementAccount)
    return [notApplicable(spot, 'Service control policies never bind the management account: it is not covered.')];
  if (!organization.value.allFeatures)
    return [fail(spot, 'Without all features nothing is denied.', { cause: 'org-all-features' })];
  if (known.is === 'unknown') return [unknownFrom(spot, known)];
  if (known.is === 'absent') return [unknown(spot, 'not asked', known.message)];
  const path = pathOf(account, known.value.above);
  if (path === null) return [unknown(spot, 'not asked', 'Where the account is in the organization is not known.')];
  const onPath = known.value.policies.filter(({ targets }) => targets.some((id) => path.includes(id)));
  return [judgePath(onPath, simulated, spot)];
}

function judgePath(onPath: readonly CustomPolicy[], simulated: Facts['simulated'], spot: Spot): Judged {
  const statements = onPath.flatMap((policy) => policy.statements ?? []).filter(isGuard);
  const open = guarded.filter((action) => !statements.some((statement) => speaksOf(statement, action)));
  if (open.length > 0) {
    const dark = onPath.filter((policy) => policy.statements === null);
    if (dark.length > 0)
      return unknown(spot, 'not asked', `The policy ${dark.map(({ name }) => name).join(', ')} cannot be read.`);
    return fail(spot, `No policy on its path denies ${open.join(', ')}.`);
  }
  const names = onPath.filter((policy) => (policy.statements ?? []).some(isGuard)).map(({ name }) => name);
  const exempt = [...new Set(statements.flatMap(exempted))];
  const note = exempt.length === 0 ? '' : ` Left out: ${exempt.join(', ')}.`;
  const results = simulated?.is === 'value' ? simulated.value.EvaluationResults : [];
  const refused = results.filter(
    ({ OrganizationsDecisionDetail }) => OrganizationsDecisionDetail?.AllowedByOrganizations === false,
  );
  // The simulator leaves out statements with conditions, so what it allows proves nothing.
  const proven = refused.length === guarded.length;
  return pass(spot, `Switching the audit off is denied by ${names.join(', ')}.${note}`, {
    proof: proven ? 'proven' : 'configured',
  });
}

/** A deny counts whoever it leaves out, but not where it depends on anything else than who asks. */
const isGuard = (statement: Statement): boolean =>
  statement.effect === 'Deny' &&
  statement.conditions.every(({ key }) => key.startsWith('aws:principal')) &&
  guarded.some((action) => speaksOf(statement, action));

/** Whom a deny leaves out, in the policy's own words. */
const exempted = ({ conditions }: Statement): readonly string[] => conditions.flatMap(({ values }) => values);
