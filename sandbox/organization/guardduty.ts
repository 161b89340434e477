import type {
  AutoEnableMembers,
  DetectorFeatureResult,
  DetectorStatus,
  FeatureStatus,
  FilterAction,
  FindingCriteria,
  FindingPublishingFrequency,
  OrgFeature,
  OrgFeatureStatus,
  PublishingStatus,
} from '@aws-sdk/client-guardduty';
import { known } from './accounts.ts';
import { detectorId } from './findings.ts';
import type { Organization } from './organization.ts';
import { perOrganization } from './per-organization.ts';
import { homeRegion } from './traces.ts';

export interface DetectorState {
  id: string;
  status: DetectorStatus;
  frequency: FindingPublishingFrequency;
  features: Map<DetectorFeatureResult, FeatureStatus>;
}

interface FilterState {
  action: FilterAction;
  criteria: FindingCriteria;
  rank: number;
}

export interface DestinationState {
  bucketArn: string;
  keyArn: string;
  status: PublishingStatus;
  /** Milliseconds; 0: it never failed. */
  failedSince: number;
}

/** What the administrator has set for the organization in one region. */
export interface RegionState {
  /** Null: nobody administers GuardDuty there. */
  administrator: string | null;
  autoEnable: AutoEnableMembers;
  features: Map<OrgFeature, OrgFeatureStatus>;
  /** Members that the administrator has paused, or that left, by account. */
  relationships: Map<string, string>;
  filters: Map<string, FilterState>;
  destinations: Map<string, DestinationState>;
  /** Resources that runtime monitoring watches. */
  coverage: { healthy: number; unhealthy: number };
}

/** Protections that GuardDuty offers beside its foundational sources. */
const protections = [
  'S3_DATA_EVENTS',
  'EKS_AUDIT_LOGS',
  'EBS_MALWARE_PROTECTION',
  'RDS_LOGIN_EVENTS',
  'LAMBDA_NETWORK_LOGS',
  'RUNTIME_MONITORING',
] as const;

const states = perOrganization(() => ({
  /** By account and region; null: it was deleted. What is not in it is as it was at first. */
  detectors: new Map<string, DetectorState | null>(),
  regions: new Map<string, RegionState>(),
}));

/** Whether an account had a detector in a region from the start: the newest one was forgotten in its last region. */
function wasCovered({ accounts }: Organization, account: string, region: string): boolean {
  const newest = accounts.findLast(({ state }) => state === 'ACTIVE');
  return newest?.id !== account || newest.regions.at(-1) !== region;
}

/** The detector of a place as it is now; undefined: there is none. */
export function detectorAt(organization: Organization, account: string, region: string): DetectorState | undefined {
  const { detectors } = states(organization);
  const key = `${account} ${region}`;
  const now = detectors.get(key);
  if (now !== undefined) return now ?? undefined;
  return wasCovered(organization, account, region) ? createDetector(organization, account, region) : undefined;
}

/** Turns GuardDuty on in a place. */
export function createDetector(organization: Organization, account: string, region: string): DetectorState {
  const made: DetectorState = {
    id: detectorId(account, region),
    status: 'ENABLED',
    frequency: 'FIFTEEN_MINUTES',
    features: new Map<DetectorFeatureResult, FeatureStatus>([
      ['CLOUD_TRAIL', 'ENABLED'],
      ['DNS_LOGS', 'ENABLED'],
      ['FLOW_LOGS', 'ENABLED'],
      // Somebody of the developers found the audit logs of their clusters too dear.
      ...protections.map((name): [DetectorFeatureResult, FeatureStatus] => [
        name,
        name === 'EKS_AUDIT_LOGS' && account === known.dev && region === homeRegion ? 'DISABLED' : 'ENABLED',
      ]),
    ]),
  };
  states(organization).detectors.set(`${account} ${region}`, made);
  return made;
}

/** Turns GuardDuty off in a place, as the root user of an account outside of any organization could. */
export function deleteDetector(organization: Organization, account: string, region: string): void {
  states(organization).detectors.set(`${account} ${region}`, null);
}

/** What is set for the organization in a region. */
export function regionOf(organization: Organization, region: string): RegionState {
  const { regions } = states(organization);
  const made = regions.get(region) ?? createRegion(organization, region);
  regions.set(region, made);
  return made;
}

function createRegion({ homeAccount }: Organization, region: string): RegionState {
  return {
    administrator: homeAccount,
    autoEnable: 'NEW',
    features: new Map(protections.map((name) => [name, 'NEW' as const])),
    relationships: new Map(),
    filters: new Map<string, FilterState>([
      [
        'scanner-probes',
        {
          action: 'ARCHIVE',
          rank: 1,
          criteria: { Criterion: { type: { Eq: ['Recon:EC2/PortProbeUnprotectedPort'] }, severity: { Lt: 4 } } },
        },
      ],
      // Made on a noisy weekend and forgotten: it hides everything there.
      ...(region === 'us-east-1'
        ? [
            [
              'quiet-weekend',
              { action: 'ARCHIVE', rank: 2, criteria: { Criterion: { severity: { Gte: 1 } } } },
            ] as const,
          ]
        : []),
    ]),
    destinations: new Map(
      region === homeRegion
        ? [
            [
              detectorId('destination', region),
              {
                bucketArn: `arn:aws:s3:::guardduty-findings-${known.logArchive}`,
                keyArn: `arn:aws:kms:${region}:${known.logArchive}:key/0f6b1c52-7a1d-4a44-9a0f-3f1c2f6f7a10`,
                status: 'PUBLISHING',
                failedSince: 0,
              },
            ],
          ]
        : [],
    ),
    coverage: { healthy: 40, unhealthy: 2 },
  };
}

/** How the administrator of a region sees an account; undefined: it does not. */
export function relationshipOf(organization: Organization, account: string, region: string): string | undefined {
  const set = regionOf(organization, region).relationships.get(account);
  if (set !== undefined) return set;
  const state = organization.accounts.find(({ id }) => id === account)?.state;
  if (state !== 'ACTIVE') return 'AccountSuspended';
  const detector = detectorAt(organization, account, region);
  if (detector === undefined) return undefined;
  return detector.status === 'ENABLED' ? 'Enabled' : 'Disabled';
}
