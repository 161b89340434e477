import { changeBucket, removeBucket } from '../../aws/services/buckets.ts';
import { flowLogBucket } from '../../aws/services/networks.ts';
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    id: 'access-logs-off',
    step: 7,
    check: 's3-logged',
    title: 'Turn off the access logs of the bucket of flow logs',
    break: (organization) => changeBucket(organization, flowLogBucket(organization), { logging: null }),
  },
  {
    id: 'access-logs-lost',
    step: 7,
    check: 's3-target-works',
    title: 'Delete the bucket that takes the access logs of prod-payments',
    break: (organization) => removeBucket(organization, 'prod-payments-access-logs'),
  },
];
