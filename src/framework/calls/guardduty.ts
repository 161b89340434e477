import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const service = 'guardDuty';
/** What only the administrator may ask is refused to members as a bad request. */
const elsewhere = ['BadRequestException'];

const Administrators = z.object({
  AdminAccounts: z
    .array(z.object({ AdminAccountId: z.string().optional(), AdminStatus: z.string().optional() }))
    .default([]),
});
/** Of one region, in the management account. */
export const listGuardDutyAdministrators: Call<z.output<typeof Administrators>> = {
  service,
  operation: 'ListOrganizationAdminAccounts',
  output: Administrators,
  pages: pagedBy('NextToken', 'AdminAccounts'),
  elsewhere,
};

const Detectors = z.object({ DetectorIds: z.array(z.string()).default([]) });
/** Empty: GuardDuty was never turned on in the region. */
export const listDetectors: Call<z.output<typeof Detectors>> = {
  service,
  operation: 'ListDetectors',
  output: Detectors,
  pages: pagedBy('NextToken', 'DetectorIds'),
};

const Features = z
  .array(
    z.object({
      Name: z.string().optional(),
      Status: z.string().optional(),
      /** `GUARDDUTY_POLICY`: set by a policy of the organization, and to be changed there. */
      ManagedBy: z.string().optional(),
    }),
  )
  .default([]);
export type DetectorFeatures = z.output<typeof Features>;

const Detector = z.object({
  Status: z.string(),
  FindingPublishingFrequency: z.string().optional(),
  Features,
});
export const getDetector: Call<z.output<typeof Detector>> = { service, operation: 'GetDetector', output: Detector };
export type Detector = z.output<typeof Detector>;

const Members = z.object({
  Members: z
    .array(
      z.object({
        AccountId: z.string(),
        DetectorId: z.string().optional(),
        RelationshipStatus: z.string(),
      }),
    )
    .default([]),
});
/** Never the administrator itself; with `OnlyAssociated: 'false'` those too that left. */
export const listGuardDutyMembers: Call<z.output<typeof Members>> = {
  service,
  operation: 'ListMembers',
  output: Members,
  pages: pagedBy('NextToken', 'Members'),
  elsewhere,
};
export type GuardDutyMember = z.output<typeof Members>['Members'][number];

const MemberDetectors = z.object({
  MemberDataSourceConfigurations: z.array(z.object({ AccountId: z.string(), Features })).default([]),
  UnprocessedAccounts: z.array(z.object({ AccountId: z.string(), Result: z.string() })).default([]),
});
/** Of at most 50 members. */
export const getMemberDetectors: Call<z.output<typeof MemberDetectors>> = {
  service,
  operation: 'GetMemberDetectors',
  output: MemberDetectors,
  elsewhere,
};

const OrganizationConfiguration = z.object({
  AutoEnable: z.boolean().optional(),
  AutoEnableOrganizationMembers: z.string().optional(),
  MemberAccountLimitReached: z.boolean().optional(),
  Features: z
    .array(
      z.object({ Name: z.string().optional(), AutoEnable: z.string().optional(), ManagedBy: z.string().optional() }),
    )
    .default([]),
});
export const describeGuardDutyOrganization: Call<z.output<typeof OrganizationConfiguration>> = {
  service,
  operation: 'DescribeOrganizationConfiguration',
  output: OrganizationConfiguration,
  pages: pagedBy('NextToken', 'Features'),
  elsewhere,
};
export type GuardDutyOrganization = z.output<typeof OrganizationConfiguration>;

const Administrator = z.object({ Administrator: z.object({ AccountId: z.string().optional() }).optional() });
/** Of an account that is asked itself: who administers it. */
export const getGuardDutyAdministrator: Call<z.output<typeof Administrator>> = {
  service,
  operation: 'GetAdministratorAccount',
  output: Administrator,
};

const Destinations = z.object({
  Destinations: z.array(z.object({ DestinationId: z.string(), Status: z.string() })).default([]),
});
export const listPublishingDestinations: Call<z.output<typeof Destinations>> = {
  service,
  operation: 'ListPublishingDestinations',
  output: Destinations,
  pages: pagedBy('NextToken', 'Destinations'),
};

const Destination = z.object({
  Status: z.string(),
  /** Milliseconds since 1970, or seconds: the reference does not say; 0 while there is no failure. */
  PublishingFailureStartTimestamp: z.number().optional(),
  DestinationProperties: z.object({ DestinationArn: z.string().optional() }).optional(),
});
export const describePublishingDestination: Call<z.output<typeof Destination>> = {
  service,
  operation: 'DescribePublishingDestination',
  output: Destination,
};
export type PublishingDestination = z.output<typeof Destination>;

const Filters = z.object({ FilterNames: z.array(z.string()).default([]) });
export const listFilters: Call<z.output<typeof Filters>> = {
  service,
  operation: 'ListFilters',
  output: Filters,
  pages: pagedBy('NextToken', 'FilterNames'),
};

const Condition = z.object({
  Eq: z.array(z.string()).optional(),
  Neq: z.array(z.string()).optional(),
  Equals: z.array(z.string()).optional(),
  NotEquals: z.array(z.string()).optional(),
  Lt: z.number().optional(),
  Lte: z.number().optional(),
  LessThan: z.number().optional(),
  LessThanOrEqual: z.number().optional(),
  Gt: z.number().optional(),
  Gte: z.number().optional(),
  GreaterThan: z.number().optional(),
  GreaterThanOrEqual: z.number().optional(),
});
export type FindingCondition = z.output<typeof Condition>;

const Filter = z.object({
  Name: z.string(),
  Action: z.string(),
  FindingCriteria: z.object({ Criterion: z.record(z.string(), Condition).default({}) }),
});
export const getFilter: Call<z.output<typeof Filter>> = { service, operation: 'GetFilter', output: Filter };
export type FindingFilter = z.output<typeof Filter>;

const IpSets = z.object({ IpSetIds: z.array(z.string()).default([]) });
export const listIpSets: Call<z.output<typeof IpSets>> = {
  service,
  operation: 'ListIPSets',
  output: IpSets,
  pages: pagedBy('NextToken', 'IpSetIds'),
};

const IpSet = z.object({ Name: z.string(), Location: z.string(), Status: z.string() });
/** A list of addresses of which GuardDuty reports nothing. */
export const getIpSet: Call<z.output<typeof IpSet>> = { service, operation: 'GetIPSet', output: IpSet };
export type IpSet = z.output<typeof IpSet>;

const Coverage = z.object({
  CoverageStatistics: z.object({ CountByCoverageStatus: z.record(z.string(), z.number()).default({}) }).optional(),
});
export const getCoverageStatistics: Call<z.output<typeof Coverage>> = {
  service,
  operation: 'GetCoverageStatistics',
  output: Coverage,
};

const FindingIds = z.object({ FindingIds: z.array(z.string()).default([]) });
export const listGuardDutyFindings: Call<z.output<typeof FindingIds>> = {
  service,
  operation: 'ListFindings',
  output: FindingIds,
  pages: pagedBy('NextToken', 'FindingIds'),
};

const Findings = z.object({
  Findings: z
    .array(
      z.object({
        Arn: z.string(),
        AccountId: z.string(),
        Type: z.string(),
        Severity: z.number(),
        CreatedAt: z.string(),
      }),
    )
    .default([]),
});
/** Of at most 50 ids. */
export const getGuardDutyFindings: Call<z.output<typeof Findings>> = {
  service,
  operation: 'GetFindings',
  output: Findings,
};
export type GuardDutyFinding = z.output<typeof Findings>['Findings'][number];
