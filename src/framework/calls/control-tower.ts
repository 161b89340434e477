import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const service = 'controlTower';

const LandingZones = z.object({ landingZones: z.array(z.object({ arn: z.string().optional() })).default([]) });
/** Empty in every region but the landing zone's own, and where there is none. */
export const listLandingZones: Call<z.output<typeof LandingZones>> = {
  service,
  operation: 'ListLandingZones',
  output: LandingZones,
  pages: pagedBy('nextToken', 'landingZones'),
};

const LandingZone = z.object({
  landingZone: z.object({
    arn: z.string().optional(),
    version: z.string(),
    latestAvailableVersion: z.string().optional(),
    status: z.string().optional(),
    driftStatus: z.object({ status: z.string().optional() }).optional(),
    manifest: z.unknown(),
  }),
});
export const getLandingZone: Call<z.output<typeof LandingZone>> = {
  service,
  operation: 'GetLandingZone',
  output: LandingZone,
  absent: ['ResourceNotFoundException'],
};
export type LandingZone = z.output<typeof LandingZone>['landingZone'];

const status = z.object({ status: z.string().optional() }).optional();
const EnabledControls = z.object({
  enabledControls: z
    .array(
      z.object({
        arn: z.string(),
        controlIdentifier: z.string().optional(),
        targetIdentifier: z.string().optional(),
        statusSummary: status,
        driftStatusSummary: z
          .object({
            driftStatus: z.string().optional(),
            types: z.object({ inheritance: status, resource: status }).optional(),
          })
          .optional(),
      }),
    )
    .default([]),
});
/** Of every organizational unit at once. */
export const listEnabledControls: Call<z.output<typeof EnabledControls>> = {
  service,
  operation: 'ListEnabledControls',
  output: EnabledControls,
  pages: pagedBy('nextToken', 'enabledControls'),
};
export type EnabledControl = z.output<typeof EnabledControls>['enabledControls'][number];

const Baselines = z.object({ baselines: z.array(z.object({ arn: z.string(), name: z.string() })).default([]) });
export const listBaselines: Call<z.output<typeof Baselines>> = {
  service,
  operation: 'ListBaselines',
  output: Baselines,
  pages: pagedBy('nextToken', 'baselines'),
};

const EnabledBaselines = z.object({
  enabledBaselines: z
    .array(
      z.object({
        arn: z.string(),
        baselineIdentifier: z.string(),
        baselineVersion: z.string().optional(),
        targetIdentifier: z.string(),
        statusSummary: status,
        driftStatusSummary: z.object({ types: z.object({ inheritance: status }).optional() }).optional(),
      }),
    )
    .default([]),
});
export const listEnabledBaselines: Call<z.output<typeof EnabledBaselines>> = {
  service,
  operation: 'ListEnabledBaselines',
  output: EnabledBaselines,
  pages: pagedBy('nextToken', 'enabledBaselines'),
};
export type EnabledBaseline = z.output<typeof EnabledBaselines>['enabledBaselines'][number];
