import { analyzers } from '../analyzers.ts';
import type { Organization } from '../organization.ts';
import type { Break } from './break.ts';

const external = (organization: Organization) =>
  analyzers(organization).find(({ summary }) => summary.type === 'ORGANIZATION');

export const breaks: readonly Break[] = [
  {
    id: 'analyzer-disabled',
    step: 12,
    check: 'aa-external',
    title: 'Take trusted access from the analyzers of external access',
    break: (organization) => {
      for (const { summary } of analyzers(organization))
        if (summary.type === 'ORGANIZATION' || summary.type === 'ACCOUNT')
          Object.assign(summary, { status: 'DISABLED', statusReason: { code: 'AWS_SERVICE_ACCESS_DISABLED' } });
    },
  },
  {
    id: 'analyzer-archives-public',
    step: 12,
    check: 'aa-archive-rules',
    title: 'Archive whatever is open to everybody',
    break: (organization) => {
      const at = new Date();
      external(organization)?.rules.set('calm', {
        filter: { isPublic: { eq: ['true'] } },
        createdAt: at,
        updatedAt: at,
      });
    },
  },
];
