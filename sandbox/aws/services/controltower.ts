import { known } from '../../organization/accounts.ts';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { hexOf, uuidOf } from '../../organization/stable.ts';
import { homeRegion } from '../../organization/traces.ts';
import { modelled } from '../modelled.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';

/** What Control Tower knows of a control or baseline that is on. */
interface Enabled {
  arn: string;
  /** The control's or the baseline's ARN. */
  of: string;
  target: string;
  status: 'SUCCEEDED' | 'FAILED' | 'UNDER_CHANGE';
  drift: 'IN_SYNC' | 'DRIFTED' | 'NOT_CHECKING' | 'UNKNOWN';
  /** Whether it is still what its parent unit hands down; left out: it is. */
  inheritance?: 'DRIFTED';
}

interface Zone {
  arn: string;
  version: string;
  status: 'ACTIVE' | 'PROCESSING' | 'FAILED';
  drift: 'IN_SYNC' | 'DRIFTED';
  controls: Enabled[];
  baselines: Enabled[];
}

const latestVersion = '3.4';
const baselineNames = ['AWSControlTowerBaseline', 'AuditBaseline', 'LogArchiveBaseline', 'IdentityCenterBaseline'];
const controlNames = [
  'AWS-GR_CLOUDTRAIL_ENABLED',
  'AWS-GR_CLOUDTRAIL_CHANGE_PROHIBITED',
  'AWS-GR_CONFIG_CHANGE_PROHIBITED',
];

const baselineArn = (name: string): string =>
  `arn:aws:controltower:${homeRegion}::baseline/${hexOf('baseline', name).slice(0, 16).toUpperCase()}`;

/**
 * The landing zone of the organization; null: the organization has none. It is one version behind, and the baseline of one
 * account drifted when the account was moved.
 */
const zones = perOrganization((organization): { zone: Zone | null } => {
  const { managementAccount: account, accounts, organizationalUnits, id } = organization;
  const own = `arn:aws:controltower:${homeRegion}:${account}`;
  const enabled = (kind: string, of: string, target: string, drift: Enabled['drift']): Enabled => ({
    arn: `${own}:${kind}/${hexOf(kind, of, target).slice(0, 16).toUpperCase()}`,
    of,
    target,
    status: 'SUCCEEDED',
    drift,
  });
  const units = organizationalUnits.map((unit) => `arn:aws:organizations::${account}:ou/${id}/${unit.id}`);
  const governed = accounts.filter(
    (one) => one.state === 'ACTIVE' && ![account, known.logArchive, known.audit].includes(one.id),
  );
  const baseline = baselineArn('AWSControlTowerBaseline');
  return {
    zone: {
      arn: `${own}:landingzone/1A2B3C4D5E6F7G8H`,
      version: '3.3',
      status: 'ACTIVE',
      drift: 'IN_SYNC',
      controls: units.flatMap((unit) =>
        controlNames.map((name, at) =>
          enabled(
            'enabledcontrol',
            `arn:aws:controltower:${homeRegion}::control/${name}`,
            unit,
            at === 0 ? 'NOT_CHECKING' : 'IN_SYNC',
          ),
        ),
      ),
      baselines: [
        ...units.map((unit) => enabled('enabledbaseline', baseline, unit, 'IN_SYNC')),
        ...governed.map((one) =>
          enabled(
            'enabledbaseline',
            baseline,
            `arn:aws:organizations::${account}:account/${id}/${one.id}`,
            one.id === known.staging ? 'DRIFTED' : 'IN_SYNC',
          ),
        ),
      ],
    },
  };
});

/** Changes the landing zone by no call; `null`: there is none. */
export function changeZone(organization: Organization, change: ((zone: Zone) => void) | null): void {
  const kept = zones(organization);
  if (change === null) kept.zone = null;
  else if (kept.zone !== null) change(kept.zone);
}

interface Listing {
  nextToken?: string;
  maxResults?: number;
}

/** The landing zone, as the management account sees it in its home region. Source: AWS Control Tower API reference. */
export const controlTower: Service = {
  signingName: 'controltower',
  sdk: async () => modelled('controltower'),
  operations: {
    ListLandingZones: (call: Call<Listing>) => {
      const { items, next } = listed(call, seen(call) === null ? [] : [{ arn: seen(call)?.arn }]);
      return { landingZones: items, nextToken: next };
    },

    GetLandingZone: (call: Call<{ landingZoneIdentifier: string }>) => {
      const zone = foundZone(call, call.input.landingZoneIdentifier);
      return {
        landingZone: {
          arn: zone.arn,
          version: zone.version,
          latestAvailableVersion: latestVersion,
          status: zone.status,
          driftStatus: { status: zone.drift },
          manifest: {
            governedRegions: [homeRegion, 'us-east-1'],
            centralizedLogging: { accountId: known.logArchive, enabled: true },
            securityRoles: { accountId: known.audit, enabled: true },
            accessManagement: { enabled: true },
          },
        },
      };
    },

    ResetLandingZone: (call: Call<{ landingZoneIdentifier: string }>) => {
      foundZone(call, call.input.landingZoneIdentifier).drift = 'IN_SYNC';
      return started(call);
    },

    UpdateLandingZone: (call: Call<{ landingZoneIdentifier: string; version: string }>) => {
      const zone = foundZone(call, call.input.landingZoneIdentifier);
      zone.version = call.input.version;
      zone.status = 'ACTIVE';
      return started(call);
    },

    ListEnabledControls: (call: Call<Listing & { targetIdentifier?: string }>) => {
      const { targetIdentifier: target } = call.input;
      const all = seen(call)?.controls.filter((one) => target === undefined || one.target === target) ?? [];
      const { items, next } = listed(call, all);
      return {
        enabledControls: items.map((one) => ({
          arn: one.arn,
          controlIdentifier: one.of,
          targetIdentifier: one.target,
          statusSummary: { status: one.status },
          driftStatusSummary: {
            driftStatus: one.drift,
            types: { inheritance: { status: one.inheritance ?? 'IN_SYNC' } },
          },
        })),
        nextToken: next,
      };
    },

    ResetEnabledControl: (call: Call<{ enabledControlIdentifier: string }>) =>
      reset(call, seen(call)?.controls, call.input.enabledControlIdentifier),

    ListBaselines: (call: Call<Listing>) => {
      requireManagement(call);
      const { items, next } = listed(call, baselineNames);
      return { baselines: items.map((name) => ({ arn: baselineArn(name), name })), nextToken: next };
    },

    ListEnabledBaselines: (call: Call<Listing & { includeChildren?: boolean }>) => {
      const all = seen(call)?.baselines ?? [];
      const { items, next } = listed(
        call,
        call.input.includeChildren === true ? all : all.filter(({ target }) => target.includes(':ou/')),
      );
      return {
        enabledBaselines: items.map((one) => ({
          arn: one.arn,
          baselineIdentifier: one.of,
          baselineVersion: '4.0',
          targetIdentifier: one.target,
          statusSummary: { status: one.status },
          driftStatusSummary: { types: { inheritance: { status: one.drift } } },
        })),
        nextToken: next,
      };
    },

    ResetEnabledBaseline: (call: Call<{ enabledBaselineIdentifier: string }>) =>
      reset(call, seen(call)?.baselines, call.input.enabledBaselineIdentifier),
  },
};

function requireManagement({ account, organization }: Call<unknown>): void {
  if (account !== organization.managementAccount)
    throw new AwsError('AccessDeniedException', 'AWS Control Tower is asked in the management account alone.', 403);
}

function seen(call: Call<unknown>): Zone | null {
  requireManagement(call);
  return call.region === homeRegion ? zones(call.organization).zone : null;
}

function foundZone(call: Call<unknown>, arn: string): Zone {
  const zone = seen(call);
  if (zone === null || zone.arn !== arn)
    throw new AwsError('ResourceNotFoundException', 'There is no such landing zone.', 404);
  return zone;
}

const started = ({ now }: Call<unknown>) => ({ operationIdentifier: uuidOf('operation', now.toISOString()) });

function reset(call: Call<unknown>, all: readonly Enabled[] | undefined, arn: string) {
  const found = all?.find((one) => one.arn === arn);
  if (found === undefined) throw new AwsError('ResourceNotFoundException', 'It is not enabled.', 404);
  found.drift = 'IN_SYNC';
  delete found.inheritance;
  found.status = 'SUCCEEDED';
  return started(call);
}

function listed<T>({ input }: Call<Listing>, all: readonly T[]): { items: T[]; next: string | undefined } {
  const { nextToken: token, maxResults: size = 20, ...request } = input;
  return pageOf(all, { token, size, request });
}
