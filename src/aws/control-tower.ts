import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { AwsRestJsonProtocol } from '@aws-sdk/core/protocols';
import type { StaticOperationSchema, StaticStructureSchema } from '@smithy/types';
import { commandOf, listOf, ownSettings, structureOf } from './own-client.ts';

const namespace = 'com.amazonaws.controltower';

/**
 * AWS Control Tower, for what is asked of landing zones: the SDK's package has none of these operations.
 * Source: AWS Control Tower API reference; its API model for paths and shapes.
 */
export class ControlTowerClient extends STSClient {
  constructor(settings: STSClientConfig) {
    super(
      ownSettings(settings, {
        serviceId: 'ControlTower',
        signingName: 'controltower',
        protocol: AwsRestJsonProtocol,
        protocolSettings: { defaultNamespace: namespace },
        host: ({ region, suffix }) => `controltower.${region}.${suffix}`,
      }),
    );
  }
}

const structure = (name: string, members: Parameters<typeof structureOf>[2]) => structureOf(namespace, name, members);
const list = (name: string, member: Parameters<typeof listOf>[2]) => listOf(namespace, name, member);
const operation = (
  name: string,
  path: string,
  input: StaticStructureSchema,
  output: StaticStructureSchema,
): StaticOperationSchema => [9, namespace, name, { http: ['POST', path, 200] }, () => input, () => output];

const drift = structure('DriftStatus', { status: 0 });
const status = structure('StatusSummary', { status: 0 });
const paged = { nextToken: 0, maxResults: 1, includeChildren: 2 } as const;

const landingZones = operation(
  'ListLandingZones',
  '/list-landingzones',
  structure('ListLandingZonesInput', { nextToken: 0, maxResults: 1 }),
  structure('ListLandingZonesOutput', {
    landingZones: list('LandingZones', structure('LandingZoneSummary', { arn: 0 })),
    nextToken: 0,
  }),
);

const landingZone = operation(
  'GetLandingZone',
  '/get-landingzone',
  structure('GetLandingZoneInput', { landingZoneIdentifier: 0 }),
  structure('GetLandingZoneOutput', {
    landingZone: structure('LandingZoneDetail', {
      arn: 0,
      version: 0,
      latestAvailableVersion: 0,
      status: 0,
      driftStatus: drift,
      manifest: 15,
    }),
  }),
);

const enabledControls = operation(
  'ListEnabledControls',
  '/list-enabled-controls',
  structure('ListEnabledControlsInput', paged),
  structure('ListEnabledControlsOutput', {
    enabledControls: list(
      'EnabledControls',
      structure('EnabledControlSummary', {
        arn: 0,
        controlIdentifier: 0,
        targetIdentifier: 0,
        statusSummary: status,
        driftStatusSummary: structure('DriftStatusSummary', {
          driftStatus: 0,
          types: structure('EnabledControlDriftTypes', { inheritance: drift, resource: drift }),
        }),
      }),
    ),
    nextToken: 0,
  }),
);

const baselines = operation(
  'ListBaselines',
  '/list-baselines',
  structure('ListBaselinesInput', { nextToken: 0, maxResults: 1 }),
  structure('ListBaselinesOutput', {
    baselines: list('Baselines', structure('BaselineSummary', { arn: 0, name: 0 })),
    nextToken: 0,
  }),
);

const enabledBaselines = operation(
  'ListEnabledBaselines',
  '/list-enabled-baselines',
  structure('ListEnabledBaselinesInput', paged),
  structure('ListEnabledBaselinesOutput', {
    enabledBaselines: list(
      'EnabledBaselines',
      structure('EnabledBaselineSummary', {
        arn: 0,
        baselineIdentifier: 0,
        baselineVersion: 0,
        targetIdentifier: 0,
        statusSummary: status,
        driftStatusSummary: structure('EnabledBaselineDriftStatusSummary', {
          types: structure('EnabledBaselineDriftTypes', { inheritance: drift }),
        }),
      }),
    ),
    nextToken: 0,
  }),
);

const command = commandOf('ControlTower');

export class ListLandingZonesCommand extends command({}, () => [], 'ListLandingZones', landingZones) {}
export class GetLandingZoneCommand extends command({}, () => [], 'GetLandingZone', landingZone) {}
export class ListEnabledControlsCommand extends command({}, () => [], 'ListEnabledControls', enabledControls) {}
export class ListBaselinesCommand extends command({}, () => [], 'ListBaselines', baselines) {}
export class ListEnabledBaselinesCommand extends command({}, () => [], 'ListEnabledBaselines', enabledBaselines) {}
