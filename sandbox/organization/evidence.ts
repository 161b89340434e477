import type { StandardsStatus } from '@aws-sdk/client-securityhub';
import { perOrganization } from './per-organization.ts';
import { hourMs } from './stable.ts';

/** What collects evidence beside what the clock does, and may be changed. */
export const evidenceSettings = perOrganization((organization) => ({
  packs: {
    /** Whether the organization has its packs. */
    deployed: true,
    /** Accounts in which the packs could not be made. */
    failed: new Set<string>(),
    /** Packs whose rules see nothing. */
    blind: new Set<string>(),
    /** How long ago rules were evaluated last. */
    evaluatedAgoMs: 3 * hourMs,
  },
  hub: {
    autoEnable: true,
    status: 'READY' as StandardsStatus,
    /** Standards that are not enabled, by the end of their ARN. */
    without: new Set<string>(),
    /** How many findings of Amazon Inspector lie beside those of controls, by account. */
    inspector: new Map<string, number>(),
  },
  audit: {
    connected: true,
    administrator: organization.homeAccount,
    /** Accounts that are in no scope. */
    outOfScope: new Set<string>(),
    destination: `s3://audit-reports-${organization.homeAccount}/reports` as string | null,
    /** How long ago the dashboard was counted beyond what is usual. */
    lateMs: 0,
    /** How much longer than usual reviews take. */
    reviewsLateMs: 0,
    /** Control sets that somebody reviewed here, by assessment and set. */
    reviewed: new Set<string>(),
    /** No user activity comes in. */
    withoutActivity: false,
  },
}));
