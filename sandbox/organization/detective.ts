import { graphArn } from './graph.ts';
import { perOrganization } from './per-organization.ts';
import { hourMs } from './stable.ts';
import { homeRegion } from './traces.ts';

/** What is set in Detective, and may be changed. */
export const detectiveSettings = perOrganization((organization) => ({
  /** ARNs of graphs by account and region of their administrators. */
  graphs: new Map([[`${organization.homeAccount} ${homeRegion}`, graphArn(organization)]]),
  autoEnable: true,
  /** Accounts that were never made members. */
  absent: new Set<string>(),
  /** Accounts that somebody made members, or set going again. */
  enabled: new Set<string>(),
  /** Sources that were never started, or are stopped. */
  stopped: new Set<string>(['EKS_AUDIT']),
  /** How long ago the volume of members was counted. */
  countedAgoMs: 6 * hourMs,
}));
