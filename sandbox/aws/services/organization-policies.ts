import type {
  AttachPolicyRequest,
  CreatePolicyRequest,
  CreatePolicyResponse,
  DescribePolicyRequest,
  DescribePolicyResponse,
  DetachPolicyRequest,
  DisablePolicyTypeRequest,
  DisablePolicyTypeResponse,
  EnablePolicyTypeRequest,
  EnablePolicyTypeResponse,
  ListPoliciesForTargetRequest,
  ListPoliciesForTargetResponse,
  ListPoliciesRequest,
  ListPoliciesResponse,
  ListTargetsForPolicyRequest,
  ListTargetsForPolicyResponse,
  PolicySummary,
  PolicyType,
  PolicyTypeSummary,
  Root,
  UpdatePolicyRequest,
  UpdatePolicyResponse,
} from '@aws-sdk/client-organizations';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { hexOf } from '../../organization/stable.ts';
import { AwsError, type Call } from '../service.ts';
import { listed, requireAdministrator, requireManagement } from './organization-callers.ts';

/** A policy of the organization. */
export interface OrganizationPolicy {
  id: string;
  name: string;
  description: string;
  type: PolicyType;
  awsManaged: boolean;
  /** JSON. */
  content: string;
  /** Ids of the root, units and accounts that it is attached to. */
  targets: Set<string>;
}

/** What may not be done in any account, but by the roles that Control Tower works with. */
const auditGuard = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'KeepTheAudit',
      Effect: 'Deny',
      Action: [
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
      ],
      Resource: '*',
      Condition: { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/AWSControlTowerExecution' } },
    },
    { Sid: 'StayInTheOrganization', Effect: 'Deny', Action: 'organizations:LeaveOrganization', Resource: '*' },
  ],
};

const regionGuard = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'KnownRegionsAlone',
      Effect: 'Deny',
      NotAction: ['iam:*', 'organizations:*', 'sts:*', 'support:*', 'cloudfront:*', 'route53:*'],
      Resource: '*',
      Condition: { StringNotEquals: { 'aws:RequestedRegion': ['eu-west-1', 'eu-central-1', 'us-east-1'] } },
    },
  ],
};

const policyTypes = perOrganization(() => new Set<PolicyType>(['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY']));

const policiesOf = perOrganization((organization): OrganizationPolicy[] => {
  const { rootId, organizationalUnits, accounts } = organization;
  const everything = [rootId, ...organizationalUnits.map(({ id }) => id), ...accounts.map(({ id }) => id)];
  const full = (Effect: 'Allow', more: object = {}) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Action: '*', Resource: '*', ...more }] });
  const own = (name: string, content: object, targets: readonly string[]): OrganizationPolicy => ({
    id: `p-${hexOf('policy', name).slice(0, 10)}`,
    name,
    description: '',
    type: 'SERVICE_CONTROL_POLICY',
    awsManaged: false,
    content: JSON.stringify(content),
    targets: new Set(targets),
  });
  return [
    {
      id: 'p-FullAWSAccess',
      name: 'FullAWSAccess',
      description: 'Allows access to every operation',
      type: 'SERVICE_CONTROL_POLICY',
      awsManaged: true,
      content: full('Allow'),
      targets: new Set(everything),
    },
    {
      id: 'p-RCPFullAWSAccess',
      name: 'RCPFullAWSAccess',
      description: 'Allows access to every resource',
      type: 'RESOURCE_CONTROL_POLICY',
      awsManaged: true,
      content: full('Allow', { Principal: '*' }),
      targets: new Set(everything),
    },
    own(
      'aws-guardrails-audit',
      auditGuard,
      organizationalUnits.filter(({ parentId }) => parentId === rootId).map(({ id }) => id),
    ),
    own('regions', regionGuard, ['ou-tw01-workload']),
  ];
});

/** Changes the policies of the organization by no call. */
export const changePolicies = (
  organization: Organization,
  change: (policies: OrganizationPolicy[], types: Set<PolicyType>) => void,
): void => change(policiesOf(organization), policyTypes(organization));

/** The texts of the service control policies on the way from an account up to the root; none bind the management account. */
export function policiesOver(organization: Organization, account: string): string[] {
  const { accounts, organizationalUnits, managementAccount } = organization;
  if (account === managementAccount || !policyTypes(organization).has('SERVICE_CONTROL_POLICY')) return [];
  const path = [account];
  let at = accounts.find(({ id }) => id === account)?.organizationalUnitId;
  while (at !== undefined) {
    path.push(at);
    at = organizationalUnits.find(({ id }) => id === at)?.parentId;
  }
  return policiesOf(organization)
    .filter(({ type, targets }) => type === 'SERVICE_CONTROL_POLICY' && path.some((id) => targets.has(id)))
    .map(({ content }) => content);
}

/** The types of policies that are on. */
export const enabledTypes = (organization: Organization): PolicyTypeSummary[] =>
  [...policyTypes(organization)].map((Type) => ({ Type, Status: 'ENABLED' }));

/** Policies of the organization. Source: AWS Organizations API reference. */
export const policyOperations = {
  ListPolicies: (call: Call<ListPoliciesRequest>): ListPoliciesResponse => {
    requireAdministrator(call);
    const all = policiesOf(call.organization).filter(({ type }) => type === call.input.Filter);
    const { items, next } = listed(call, all);
    return { Policies: items.map((policy) => summaryOf(call, policy)), NextToken: next };
  },

  ListPoliciesForTarget: (call: Call<ListPoliciesForTargetRequest>): ListPoliciesForTargetResponse => {
    requireAdministrator(call);
    const { Filter, TargetId = '' } = call.input;
    const all = policiesOf(call.organization).filter(({ type, targets }) => type === Filter && targets.has(TargetId));
    const { items, next } = listed(call, all);
    return { Policies: items.map((policy) => summaryOf(call, policy)), NextToken: next };
  },

  DescribePolicy: (call: Call<DescribePolicyRequest>): DescribePolicyResponse => {
    requireAdministrator(call);
    const policy = foundPolicy(call);
    return { Policy: { PolicySummary: summaryOf(call, policy), Content: policy.content } };
  },

  ListTargetsForPolicy: (call: Call<ListTargetsForPolicyRequest>): ListTargetsForPolicyResponse => {
    requireAdministrator(call);
    const { organization } = call;
    const { items, next } = listed(call, [...foundPolicy(call).targets]);
    return {
      Targets: items.map((TargetId) => ({
        TargetId,
        Name:
          organization.accounts.find(({ id }) => id === TargetId)?.name ??
          organization.organizationalUnits.find(({ id }) => id === TargetId)?.name ??
          'Root',
        Type: TargetId.startsWith('r-') ? 'ROOT' : TargetId.startsWith('ou-') ? 'ORGANIZATIONAL_UNIT' : 'ACCOUNT',
      })),
      NextToken: next,
    };
  },

  CreatePolicy: (call: Call<CreatePolicyRequest>): CreatePolicyResponse => {
    requireManagement(call);
    const { Name = '', Description = '', Content = '', Type = 'SERVICE_CONTROL_POLICY' } = call.input;
    const known = policiesOf(call.organization);
    if (known.some(({ name, type }) => name === Name && type === Type))
      throw new AwsError('DuplicatePolicyException', 'A policy with the same name already exists.');
    const policy: OrganizationPolicy = {
      id: `p-${hexOf('policy', Name, known.length).slice(0, 10)}`,
      name: Name,
      description: Description,
      type: Type,
      awsManaged: false,
      content: requireJson(Content),
      targets: new Set(),
    };
    known.push(policy);
    return { Policy: { PolicySummary: summaryOf(call, policy), Content: policy.content } };
  },

  UpdatePolicy: (call: Call<UpdatePolicyRequest>): UpdatePolicyResponse => {
    requireManagement(call);
    const policy = foundPolicy(call);
    if (call.input.Content !== undefined) policy.content = requireJson(call.input.Content);
    return { Policy: { PolicySummary: summaryOf(call, policy), Content: policy.content } };
  },

  AttachPolicy: (call: Call<AttachPolicyRequest>): object => {
    requireManagement(call);
    const { targets, type } = foundPolicy(call);
    const { TargetId = '' } = call.input;
    if (!policyTypes(call.organization).has(type))
      throw new AwsError(
        'PolicyTypeNotEnabledException',
        'This operation can be performed only for enabled policy types.',
      );
    if (targets.has(TargetId))
      throw new AwsError('DuplicatePolicyAttachmentException', 'The policy is attached to the target already.');
    targets.add(TargetId);
    return {};
  },

  DetachPolicy: (call: Call<DetachPolicyRequest>): object => {
    requireManagement(call);
    if (!foundPolicy(call).targets.delete(call.input.TargetId ?? ''))
      throw new AwsError('PolicyNotAttachedException', "The policy isn't attached to the specified target.");
    return {};
  },

  EnablePolicyType: (call: Call<EnablePolicyTypeRequest>): EnablePolicyTypeResponse => {
    requireManagement(call);
    const { PolicyType = 'SERVICE_CONTROL_POLICY' } = call.input;
    const types = policyTypes(call.organization);
    if (types.has(PolicyType))
      throw new AwsError('PolicyTypeAlreadyEnabledException', 'The specified policy type is already enabled.');
    types.add(PolicyType);
    return { Root: rootOf(call.organization) };
  },

  DisablePolicyType: (call: Call<DisablePolicyTypeRequest>): DisablePolicyTypeResponse => {
    requireManagement(call);
    policyTypes(call.organization).delete(call.input.PolicyType ?? 'SERVICE_CONTROL_POLICY');
    return { Root: rootOf(call.organization) };
  },
};

/** The root with the types of policies that are on. */
export const rootOf = (organization: Organization): Root => ({
  Id: organization.rootId,
  Arn: `arn:aws:organizations::${organization.managementAccount}:root/${organization.id}/${organization.rootId}`,
  Name: 'Root',
  PolicyTypes: enabledTypes(organization),
});

function foundPolicy({ organization, input }: Call<{ PolicyId: string | undefined }>): OrganizationPolicy {
  const found = policiesOf(organization).find(({ id }) => id === input.PolicyId);
  if (found === undefined)
    throw new AwsError('PolicyNotFoundException', "We can't find a policy with the PolicyId that you specified.");
  return found;
}

function requireJson(content: string): string {
  try {
    JSON.parse(content);
    return content;
  } catch {
    throw new AwsError('MalformedPolicyDocumentException', 'The provided policy document is not JSON.');
  }
}

function summaryOf({ organization }: Call<unknown>, policy: OrganizationPolicy): PolicySummary {
  const { id, name, description, type, awsManaged } = policy;
  const kind = type.toLowerCase();
  return {
    Id: id,
    Arn: awsManaged
      ? `arn:aws:organizations::aws:policy/${kind}/${id}`
      : `arn:aws:organizations::${organization.managementAccount}:policy/${organization.id}/${kind}/${id}`,
    Name: name,
    Description: description,
    Type: type,
    AwsManaged: awsManaged,
  };
}
