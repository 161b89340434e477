import type {
  AwsSecurityFinding,
  BatchEnableStandardsRequest,
  BatchEnableStandardsResponse,
  BatchGetSecurityControlsRequest,
  BatchGetSecurityControlsResponse,
  DateFilter,
  DescribeHubRequest,
  DescribeHubResponse,
  DescribeOrganizationConfigurationRequest,
  DescribeOrganizationConfigurationResponse,
  DescribeStandardsControlsRequest,
  DescribeStandardsControlsResponse,
  GetEnabledStandardsRequest,
  GetEnabledStandardsResponse,
  GetFindingsRequest,
  GetFindingsResponse,
  ListMembersRequest,
  ListMembersResponse,
  ListOrganizationAdminAccountsRequest,
  ListOrganizationAdminAccountsResponse,
  ListSecurityControlDefinitionsRequest,
  ListSecurityControlDefinitionsResponse,
  StandardsSubscription,
  StringFilter,
  UpdateOrganizationConfigurationRequest,
} from '@aws-sdk/client-securityhub';
import { judge, type Rule, rules } from '../../organization/compliance.ts';
import { evidenceSettings } from '../../organization/evidence.ts';
import { dayMs, uuidOf } from '../../organization/stable.ts';
import { homeRegion } from '../../organization/traces.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';

const standards = [
  { path: 'standards/aws-foundational-security-best-practices/v/1.0.0', of: (rule: Rule) => rule.securityHub },
  { path: 'standards/cis-aws-foundations-benchmark/v/1.4.0', of: (rule: Rule) => rule.cis },
] as const;

type Standard = (typeof standards)[number];

/**
 * AWS Security Hub CSPM in the home region of every account, with two standards; the home account sees the findings of
 * all accounts. How resources stand is what AWS Config says too, at the same time.
 * Source: AWS Security Hub API reference.
 */
export const securityHub: Service = {
  signingName: 'securityhub',
  sdk: () => import('@aws-sdk/client-securityhub'),
  operations: {
    DescribeHub: (call: Call<DescribeHubRequest>): DescribeHubResponse => {
      requireHub(call);
      return {
        HubArn: `arn:aws:securityhub:${call.region}:${call.account}:hub/default`,
        SubscribedAt: joined(call).toISOString(),
        AutoEnableControls: true,
        ControlFindingGenerator: 'SECURITY_CONTROL',
      };
    },

    GetEnabledStandards: (call: Call<GetEnabledStandardsRequest>): GetEnabledStandardsResponse => {
      requireHub(call);
      const { NextToken: token, MaxResults: size = 100, ...request } = call.input;
      const wanted = enabled(call)
        .map((standard) => subscriptionOf(call, standard))
        .filter(
          ({ StandardsSubscriptionArn = '' }) =>
            request.StandardsSubscriptionArns?.includes(StandardsSubscriptionArn) ?? true,
        );
      const { items, next } = pageOf(wanted, { token, size, request, refusal: badToken });
      return { StandardsSubscriptions: items, NextToken: next };
    },

    BatchEnableStandards: (call: Call<BatchEnableStandardsRequest>): BatchEnableStandardsResponse => {
      requireHub(call);
      const { hub } = evidenceSettings(call.organization);
      for (const { StandardsArn = '' } of call.input.StandardsSubscriptionRequests ?? [])
        hub.without.delete(StandardsArn.split('::')[1] ?? '');
      hub.status = 'READY';
      return { StandardsSubscriptions: enabled(call).map((standard) => subscriptionOf(call, standard)) };
    },

    DescribeOrganizationConfiguration: (
      call: Call<DescribeOrganizationConfigurationRequest>,
    ): DescribeOrganizationConfigurationResponse => {
      requireHub(call);
      requireHubAdministrator(call);
      return {
        AutoEnable: evidenceSettings(call.organization).hub.autoEnable,
        AutoEnableStandards: 'DEFAULT',
        MemberAccountLimitReached: false,
        OrganizationConfiguration: { ConfigurationType: 'LOCAL', Status: 'ENABLED' },
      };
    },

    UpdateOrganizationConfiguration: (call: Call<UpdateOrganizationConfigurationRequest>): object => {
      requireHub(call);
      requireHubAdministrator(call);
      evidenceSettings(call.organization).hub.autoEnable = call.input.AutoEnable === true;
      return {};
    },

    ListOrganizationAdminAccounts: ({
      account,
      region,
      organization,
    }: Call<ListOrganizationAdminAccountsRequest>): ListOrganizationAdminAccountsResponse => {
      if (account !== organization.managementAccount)
        throw new AwsError('AccessDeniedException', 'Only the management account may ask for administrators.', 403);
      const AdminAccounts =
        region === homeRegion ? [{ AccountId: organization.homeAccount, Status: 'ENABLED' as const }] : [];
      return { AdminAccounts };
    },

    ListMembers: (call: Call<ListMembersRequest>): ListMembersResponse => {
      requireHub(call);
      requireHubAdministrator(call);
      const { NextToken: token, MaxResults: size = 50, ...request } = call.input;
      const members = call.organization.accounts.filter(({ id, state }) => id !== call.account && state === 'ACTIVE');
      const { items, next } = pageOf(members, { token, size, request, refusal: badToken });
      return {
        Members: items.map(({ id, email, joined: InvitedAt }) => ({
          AccountId: id,
          Email: email,
          AdministratorId: call.account,
          MemberStatus: 'Enabled',
          InvitedAt,
          UpdatedAt: InvitedAt,
        })),
        NextToken: next,
      };
    },

    DescribeStandardsControls: (call: Call<DescribeStandardsControlsRequest>): DescribeStandardsControlsResponse => {
      requireHub(call);
      const { NextToken: token, MaxResults: size = 100, ...request } = call.input;
      const standard = standards.find(
        (one) => subscriptionOf(call, one).StandardsSubscriptionArn === request.StandardsSubscriptionArn,
      );
      if (standard === undefined)
        throw new AwsError('ResourceNotFoundException', 'The standards subscription does not exist.', 404);
      const wanted = rules.filter((rule) => standard.of(rule) !== null);
      const { items, next } = pageOf(wanted, { token, size, request, refusal: badToken });
      const control = subscriptionArn(call, standard).replace(':subscription/', ':control/');
      return {
        Controls: items.map((rule) => ({
          StandardsControlArn: `${control}/${standard.of(rule)}`,
          ControlStatus: 'ENABLED',
          ControlStatusUpdatedAt: joined(call),
          ControlId: standard.of(rule) ?? '',
          Title: rule.title,
          Description: `This control checks this: ${rule.title}.`,
          RemediationUrl: remediation(rule),
          SeverityRating: rule.severity,
          RelatedRequirements: requirementsOf(rule),
        })),
        NextToken: next,
      };
    },

    ListSecurityControlDefinitions: (
      call: Call<ListSecurityControlDefinitionsRequest>,
    ): ListSecurityControlDefinitionsResponse => {
      requireHub(call);
      const { NextToken: token, MaxResults: size = 100, ...request } = call.input;
      const standard = standards.find((one) => standardArn(call, one) === request.StandardsArn);
      if (standard === undefined && request.StandardsArn !== undefined) throw invalid('The StandardsArn is not known.');
      const wanted = rules.filter((rule) => standard === undefined || standard.of(rule) !== null);
      const { items, next } = pageOf(wanted, { token, size, request, refusal: badToken });
      return {
        SecurityControlDefinitions: items.map((rule) => ({
          SecurityControlId: rule.securityHub,
          Title: rule.title,
          Description: `This control checks this: ${rule.title}.`,
          RemediationUrl: remediation(rule),
          SeverityRating: rule.severity,
          CurrentRegionAvailability: 'AVAILABLE',
        })),
        NextToken: next,
      };
    },

    BatchGetSecurityControls: (call: Call<BatchGetSecurityControlsRequest>): BatchGetSecurityControlsResponse => {
      requireHub(call);
      const asked = call.input.SecurityControlIds ?? [];
      const found = rules.filter(({ securityHub }) =>
        asked.some((id) => id === securityHub || id.endsWith(`:security-control/${securityHub}`)),
      );
      const missing = asked.filter((id) => !found.some(({ securityHub }) => id.endsWith(securityHub)));
      return {
        SecurityControls: found.map((rule) => ({
          SecurityControlId: rule.securityHub,
          SecurityControlArn: `arn:aws:securityhub:${call.region}:${call.account}:security-control/${rule.securityHub}`,
          Title: rule.title,
          Description: `This control checks this: ${rule.title}.`,
          RemediationUrl: remediation(rule),
          SeverityRating: rule.severity,
          SecurityControlStatus: 'ENABLED',
          UpdateStatus: 'READY',
          Parameters: {},
        })),
        UnprocessedIds: missing.map((SecurityControlId) => ({
          SecurityControlId,
          ErrorCode: 'NOT_FOUND',
          ErrorReason: 'The security control does not exist.',
        })),
      };
    },

    GetFindings: (call: Call<GetFindingsRequest>): GetFindingsResponse => {
      requireHub(call);
      const { NextToken: token, MaxResults: size = 100, ...request } = call.input;
      const filters = Object.entries(request.Filters ?? {});
      const wanted = [...findingsOf(call), ...inspectorFindings(call)].filter((finding) =>
        filters.every(([field, filter]) => matches(call, finding, field, filter)),
      );
      const [criterion] = request.SortCriteria ?? [];
      const field = criterion?.Field ?? 'UpdatedAt';
      const sign = criterion?.SortOrder === 'asc' ? 1 : -1;
      const sorted = wanted.toSorted((a, b) => {
        const [one = '', other = ''] = [textsOf(a, field)[0], textsOf(b, field)[0]];
        return one === other ? 0 : one < other ? -sign : sign;
      });
      const { items, next } = pageOf(sorted, { token, size, request, refusal: badToken });
      return { Findings: items, NextToken: next };
    },
  },
};

const invalid = (message: string) => new AwsError('InvalidInputException', message);
const badToken = invalid('The NextToken is not valid.');

function requireHub({ account, region }: Call<unknown>): void {
  if (region !== homeRegion)
    throw new AwsError('InvalidAccessException', `Account ${account} is not subscribed to AWS Security Hub`, 401);
}

function requireHubAdministrator({ account, organization }: Call<unknown>): void {
  if (account !== organization.homeAccount)
    throw new AwsError('AccessDeniedException', 'The account is not the delegated administrator of Security Hub.', 403);
}

const enabled = ({ organization }: Call<unknown>): readonly Standard[] =>
  standards.filter(({ path }) => !evidenceSettings(organization).hub.without.has(path));

const joined = ({ account, organization }: Call<unknown>): Date =>
  organization.accounts.find(({ id }) => id === account)?.joined ?? new Date(0);

const standardArn = ({ region }: Call<unknown>, { path }: Standard): string => `arn:aws:securityhub:${region}::${path}`;

const subscriptionArn = ({ region, account }: Call<unknown>, { path }: Standard): string =>
  `arn:aws:securityhub:${region}:${account}:${path.replace('standards/', 'subscription/')}`;

const subscriptionOf = (call: Call<unknown>, standard: Standard): StandardsSubscription => ({
  StandardsSubscriptionArn: subscriptionArn(call, standard),
  StandardsArn: standardArn(call, standard),
  StandardsInput: {},
  StandardsStatus: evidenceSettings(call.organization).hub.status,
  StandardsControlsUpdatable: 'READY_FOR_UPDATES',
});

const remediation = ({ securityHub }: Rule): string =>
  `https://docs.aws.amazon.com/console/securityhub/${securityHub}/remediation`;

const requirementsOf = ({ cis, pci }: Rule): string[] => [
  ...(cis === null ? [] : [`CIS AWS Foundations Benchmark v1.4.0/${cis}`]),
  ...(pci === null ? [] : [`PCI DSS v3.2.1/${pci}`]),
];

const statuses = {
  COMPLIANT: { compliance: 'PASSED', workflow: 'RESOLVED' },
  NON_COMPLIANT: { compliance: 'FAILED', workflow: 'NEW' },
  INSUFFICIENT_DATA: { compliance: 'WARNING', workflow: 'NEW' },
} as const;

/** Controls are checked every day; a finding is as old as its Monday's ruling. */
function findingsOf(call: Call<unknown>): (AwsSecurityFinding & { Id: string })[] {
  const { account, region, organization, now } = call;
  const seen = organization.accounts.filter(
    ({ id, state }) => state === 'ACTIVE' && (account === organization.homeAccount || id === account),
  );
  const today = new Date(Math.floor(now.getTime() / dayMs) * dayMs).toISOString();
  return seen.flatMap(({ id, name }) =>
    judge(id, region, now).map(({ rule, resourceId, ruling }) => {
      const { compliance, workflow } = statuses[ruling];
      const finding = uuidOf('securityhub', id, region, rule.securityHub, resourceId);
      const generator = `security-control/${rule.securityHub}`;
      const created = joined({ ...call, account: id }).toISOString();
      return {
        SchemaVersion: '2018-10-08',
        Id: `arn:aws:securityhub:${region}:${id}:${generator}/finding/${finding}`,
        ProductArn: `arn:aws:securityhub:${region}::product/aws/securityhub`,
        ProductName: 'Security Hub',
        CompanyName: 'AWS',
        Region: region,
        GeneratorId: generator,
        AwsAccountId: id,
        AwsAccountName: name,
        Types: ['Software and Configuration Checks/Industry and Regulatory Standards'],
        CreatedAt: created,
        FirstObservedAt: created,
        LastObservedAt: today,
        UpdatedAt: today,
        Severity: { Label: ruling === 'COMPLIANT' ? 'INFORMATIONAL' : rule.severity, Original: rule.severity },
        Title: rule.title,
        Description: `This control checks this: ${rule.title}.`,
        Remediation: { Recommendation: { Text: 'See the documentation of the control.', Url: remediation(rule) } },
        Resources: [{ Type: rule.resourceType, Id: resourceId, Partition: 'aws', Region: region }],
        Compliance: {
          Status: compliance,
          SecurityControlId: rule.securityHub,
          RelatedRequirements: requirementsOf(rule),
          AssociatedStandards: standards
            .filter((standard) => standard.of(rule) !== null)
            .map(({ path }) => ({ StandardsId: path })),
        },
        WorkflowState: 'NEW',
        Workflow: { Status: workflow },
        RecordState: 'ACTIVE',
      } satisfies AwsSecurityFinding;
    }),
  );
}

/** Findings of Amazon Inspector, which are about software and have no compliance status. */
const inspectorFindings = ({ account, region, organization, now }: Call<unknown>): AwsSecurityFinding[] =>
  Array.from({ length: evidenceSettings(organization).hub.inspector.get(account) ?? 0 }, (_, n) => ({
    SchemaVersion: '2018-10-08',
    Id: `arn:aws:inspector2:${region}:${account}:finding/${n}`,
    ProductArn: `arn:aws:securityhub:${region}::product/aws/inspector`,
    ProductName: 'Inspector',
    CompanyName: 'Amazon',
    Region: region,
    GeneratorId: 'AWSInspector',
    AwsAccountId: account,
    Types: ['Software and Configuration Checks/Vulnerabilities/CVE'],
    CreatedAt: now.toISOString(),
    UpdatedAt: now.toISOString(),
    Severity: { Label: 'MEDIUM' },
    Title: `CVE-2026-${10_000 + n} - openssl`,
    Description: 'A package has a known vulnerability.',
    Resources: [{ Type: 'AwsEc2Instance', Id: `arn:aws:ec2:${region}:${account}:instance/i-${n}`, Partition: 'aws' }],
    WorkflowState: 'NEW',
    Workflow: { Status: 'NEW' },
    RecordState: 'ACTIVE',
  }));

/** What findings can be asked for by, as far as anybody here asks. Source: AwsSecurityFindingFilters. */
const values: Readonly<Record<string, (finding: AwsSecurityFinding) => string | undefined | string[]>> = {
  Id: ({ Id }) => Id,
  AwsAccountId: ({ AwsAccountId }) => AwsAccountId,
  Region: ({ Region }) => Region,
  GeneratorId: ({ GeneratorId }) => GeneratorId,
  ProductName: ({ ProductName }) => ProductName,
  Title: ({ Title }) => Title,
  Type: ({ Types }) => Types,
  RecordState: ({ RecordState }) => RecordState,
  WorkflowStatus: ({ Workflow }) => Workflow?.Status,
  SeverityLabel: ({ Severity }) => Severity?.Label,
  ComplianceStatus: ({ Compliance }) => Compliance?.Status,
  ComplianceSecurityControlId: ({ Compliance }) => Compliance?.SecurityControlId,
  ComplianceAssociatedStandardsId: ({ Compliance }) =>
    Compliance?.AssociatedStandards?.flatMap(({ StandardsId }) => StandardsId ?? []),
  ResourceId: ({ Resources }) => Resources?.[0]?.Id,
  ResourceType: ({ Resources }) => Resources?.[0]?.Type,
  CreatedAt: ({ CreatedAt }) => CreatedAt,
  UpdatedAt: ({ UpdatedAt }) => UpdatedAt,
  LastObservedAt: ({ LastObservedAt }) => LastObservedAt,
};

function textsOf(finding: AwsSecurityFinding, field: string): string[] {
  const read = Object.hasOwn(values, field) ? values[field] : undefined;
  if (read === undefined) throw invalid(`The sandbox does not know the attribute ${field} of findings.`);
  return [read(finding) ?? []].flat();
}

type Filter = Partial<StringFilter> & Partial<DateFilter>;

/** Positive filters of a field are joined by OR, negative ones by AND. Source: StringFilter. */
function matches(call: Call<unknown>, finding: AwsSecurityFinding, field: string, filters: readonly Filter[]): boolean {
  const texts = textsOf(finding, field);
  const [negative, positive] = [true, false].map((not) =>
    filters.filter(({ Comparison = '' }) => Comparison.includes('NOT') === not),
  );
  return (
    (negative ?? []).every((filter) => texts.every((text) => holds(call, text, filter))) &&
    (positive?.length === 0 || texts.some((text) => positive?.some((filter) => holds(call, text, filter))))
  );
}

function holds({ now }: Call<unknown>, value: string, filter: Filter): boolean {
  const { Value = '', Comparison, Start, End, DateRange } = filter;
  if (DateRange !== undefined)
    return Date.parse(value) >= now.getTime() - (DateRange.Value ?? 0) * dayMs && Date.parse(value) <= now.getTime();
  if (Start !== undefined || End !== undefined)
    return (
      (Start === undefined || Date.parse(value) >= Date.parse(Start)) &&
      (End === undefined || Date.parse(value) <= Date.parse(End))
    );
  switch (Comparison) {
    case 'PREFIX':
      return value.startsWith(Value);
    case 'NOT_EQUALS':
      return value !== Value;
    case 'PREFIX_NOT_EQUALS':
      return !value.startsWith(Value);
    case 'CONTAINS':
      return value.includes(Value);
    case 'NOT_CONTAINS':
      return !value.includes(Value);
    default:
      return value === Value;
  }
}
