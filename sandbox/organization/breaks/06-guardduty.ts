import { known } from '../accounts.ts';
import { deleteDetector, detectorAt, regionOf } from '../guardduty.ts';
import { homeRegion } from '../traces.ts';
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    id: 'guardduty-administrator-gone',
    step: 6,
    check: 'gd-admin',
    title: 'Take the administrator of GuardDuty away in us-east-1',
    break: (organization) => {
      regionOf(organization, 'us-east-1').administrator = null;
    },
  },
  {
    id: 'guardduty-off',
    step: 6,
    check: 'gd-enabled-everywhere',
    title: 'Delete the detector of prod-web in one region',
    break: (organization) => deleteDetector(organization, known.web, homeRegion),
  },
  {
    id: 'guardduty-not-by-itself',
    step: 6,
    check: 'gd-auto-enable',
    title: 'Leave new accounts out of GuardDuty',
    break: (organization) => {
      regionOf(organization, homeRegion).autoEnable = 'NONE';
    },
  },
  {
    id: 'guardduty-without-s3',
    step: 6,
    check: 'gd-protections',
    title: 'Turn S3 protection off in prod-web',
    break: (organization) => {
      detectorAt(organization, known.web, homeRegion)?.features.set('S3_DATA_EVENTS', 'DISABLED');
    },
  },
  {
    id: 'guardduty-export-fails',
    step: 6,
    check: 'gd-publishing',
    title: 'Let the bucket refuse what GuardDuty exports',
    break: (organization) => {
      for (const destination of regionOf(organization, homeRegion).destinations.values()) {
        destination.status = 'UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY';
        destination.failedSince = Date.now() - 3 * 86_400_000;
      }
    },
  },
  {
    id: 'guardduty-silenced',
    step: 6,
    check: 'gd-not-silenced',
    title: 'Archive whatever GuardDuty finds',
    break: (organization) => {
      const { filters } = regionOf(organization, homeRegion);
      filters.set('calm', { action: 'ARCHIVE', rank: 1, criteria: { Criterion: { severity: { Gte: 1 } } } });
    },
  },
  {
    id: 'guardduty-agents-sick',
    step: 6,
    check: 'gd-agents',
    title: 'Let a third of the agents of runtime monitoring fail',
    break: (organization) => {
      regionOf(organization, homeRegion).coverage = { healthy: 20, unhealthy: 10 };
    },
  },
];
