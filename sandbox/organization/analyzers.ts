import type { AnalyzerSummary, Criterion } from '@aws-sdk/client-accessanalyzer';
import type { Organization } from './organization.ts';
import { perOrganization } from './per-organization.ts';
import { dayMs, hourMs } from './stable.ts';
import { homeRegion } from './traces.ts';

/** An archive rule of an analyzer. */
interface RuleState {
  filter: Record<string, Criterion>;
  createdAt: Date;
  updatedAt: Date;
}

/** An analyzer with its archive rules by name. */
export interface AnalyzerState {
  account: string;
  region: string;
  summary: AnalyzerSummary & { arn: string; name: string };
  rules: Map<string, RuleState>;
}

type AnalyzerType = NonNullable<AnalyzerSummary['type']>;

const made = perOrganization((organization): AnalyzerState[] => {
  const accounts = organization.accounts.map(({ id }) =>
    createAnalyzer(organization, { account: id, region: homeRegion, name: 'account-external', type: 'ACCOUNT' }),
  );
  const home = { account: organization.homeAccount, region: homeRegion };
  const external = createAnalyzer(organization, { ...home, name: 'organization-external', type: 'ORGANIZATION' });
  const unused = createAnalyzer(organization, {
    ...home,
    name: 'organization-unused',
    type: 'ORGANIZATION_UNUSED_ACCESS',
  });
  // The partner's queues are shared on purpose; the other rule was made in a hurry.
  const at = new Date(organization.attack.from.getTime() - 200 * dayMs);
  external.rules.set('partner-orders', {
    filter: { 'principal.AWS': { eq: ['444455556666'] }, isPublic: { eq: ['false'] } },
    createdAt: at,
    updatedAt: at,
  });
  external.rules.set('no-buckets-please', {
    filter: { resourceType: { eq: ['AWS::S3::Bucket'] } },
    createdAt: at,
    updatedAt: at,
  });
  return [...accounts, external, unused];
});

/** The analyzers of the organization, of all places; what is added here is there from now on. */
export const analyzers = (organization: Organization): AnalyzerState[] => made(organization);

export function createAnalyzer(
  organization: Organization,
  { account, region, name, type }: { account: string; region: string; name: string; type: AnalyzerType },
): AnalyzerState {
  return {
    account,
    region,
    summary: {
      arn: `arn:aws:access-analyzer:${region}:${account}:analyzer/${name}`,
      name,
      type,
      createdAt: organization.accounts.find(({ id }) => id === account)?.joined,
      lastResourceAnalyzed: `arn:aws:iam::${account}:role/trailwatch-read`,
      status: 'ACTIVE',
      ...(type === 'ORGANIZATION_UNUSED_ACCESS' && { configuration: { unusedAccess: { unusedAccessAge: 90 } } }),
    },
    rules: new Map(),
  };
}

/** Analyzers of a place as they are now: what is active has scanned within the hour. */
export const analyzersAt = (
  organization: Organization,
  { account, region, now }: { account: string; region: string; now: Date },
): AnalyzerState['summary'][] =>
  analyzers(organization).flatMap((one) =>
    one.account === account && one.region === region
      ? [
          {
            ...one.summary,
            ...(one.summary.status === 'ACTIVE' && { lastResourceAnalyzedAt: new Date(now.getTime() - hourMs) }),
          },
        ]
      : [],
  );
