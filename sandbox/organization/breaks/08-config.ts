import { breakConfigDelivery, breakRecorder, breakSource, recordingOf } from '../../aws/services/recorders.ts';
import { known } from '../accounts.ts';
import { homeRegion } from '../traces.ts';
import type { Break } from './break.ts';

const trouble = (code: string, message: string) => ({ code, message, since: new Date(Date.now() - 2 * 86_400_000) });

export const breaks: readonly Break[] = [
  {
    id: 'recorder-stopped',
    step: 8,
    check: 'config-recording',
    title: 'Stop the recorder of prod-payments',
    break: (organization) => {
      recordingOf(organization, known.payments, homeRegion).stopped = new Date();
    },
  },
  {
    id: 'recorder-fails',
    step: 8,
    check: 'config-recording',
    title: 'Take a permission from the recorder of prod-data',
    break: (organization) =>
      breakRecorder(organization, known.data, homeRegion, trouble('AccessDenied', 'The role may not read.')),
  },
  {
    id: 'iam-unrecorded',
    step: 8,
    check: 'config-iam-recorded',
    title: 'Leave IAM out of what staging records',
    break: (organization) => {
      const { recorder } = recordingOf(organization, known.staging, homeRegion);
      if (recorder?.recordingGroup !== undefined) recorder.recordingGroup.includeGlobalResourceTypes = false;
    },
  },
  {
    id: 'config-refused',
    step: 8,
    check: 'config-delivers',
    title: 'Let the archive refuse what prod-web records',
    break: (organization) =>
      breakConfigDelivery(organization, known.web, homeRegion, trouble('AccessDenied', 'The bucket refuses.')),
  },
  {
    id: 'source-lost',
    step: 8,
    check: 'config-aggregator',
    title: 'Let the aggregator lose dev',
    break: (organization) => breakSource(organization, known.dev, homeRegion, 'FAILED'),
  },
];
