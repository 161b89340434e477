/** One call to AWS as a report names it: operation, parameters, what it is for. */
export type NamedCall = readonly [call: string, parameters: string, purpose: string];

/** What every digest asks to know the accounts. */
export const organizationCalls: readonly NamedCall[] = [
  ['sts:AssumeRole', 'RoleArn, ExternalId, SourceIdentity', 'The role that reads, in each account'],
  ['organizations:ListRoots', '', 'Where the organization begins'],
  ['organizations:ListOrganizationalUnitsForParent', 'ParentId', 'Its organizational units'],
  ['organizations:ListAccountsForParent', 'ParentId', 'All accounts of the organization'],
  ['organizations:ListTagsForResource', 'ResourceId', 'Who answers for an account'],
];

export const credentialReportCalls: readonly NamedCall[] = [
  ...organizationCalls,
  ['organizations:DescribeOrganization', '', 'Which account manages the organization'],
  ['iam:ListOrganizationsFeatures', '', 'Whether root credentials are managed centrally'],
  ['iam:GenerateCredentialReport', '', 'Has AWS make the report, at most every four hours'],
  ['iam:GetCredentialReport', '', 'Users, passwords, keys, MFA, with the report’s time'],
  ['iam:GetAccountAuthorizationDetails', 'Filter=User, Group', 'Groups, policies and owner of each user'],
  ['iam:GetAccountSummary', '', 'Number of users; whether the root user has a password'],
  ['iam:GetAccountPasswordPolicy', '', 'The password policy'],
  ['iam:ListVirtualMFADevices', 'AssignmentStatus=Assigned', 'Whether the root user’s MFA device is virtual'],
  ['iam:ListServiceSpecificCredentials', 'AllUsers=true', 'Credentials and API keys that the report leaves out'],
  ['iam:ListServerCertificates', '', 'Expired server certificates'],
];

export const openFindingsCalls: readonly NamedCall[] = [
  ['ec2:DescribeRegions', '', 'The regions of an account'],
  ...organizationCalls,
  ['guardduty:ListDetectors', '', 'Whether GuardDuty is on'],
  ['guardduty:GetDetector', 'DetectorId', 'Whether it is suspended'],
  ['guardduty:ListFindings', 'DetectorId, service.archived=false, accountId', 'What is open'],
  ['guardduty:GetFindings', 'DetectorId, FindingIds', 'The findings, and whether former ones are archived'],
  ['access-analyzer:ListAnalyzers', '', 'Which analyzers look'],
  [
    'access-analyzer:ListFindingsV2',
    'analyzerArn, status=ACTIVE; id, status=ARCHIVED',
    'What is open; what was archived',
  ],
];
