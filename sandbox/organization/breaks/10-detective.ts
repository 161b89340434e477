import { known } from '../accounts.ts';
import { detectiveSettings } from '../detective.ts';
import { dayMs } from '../stable.ts';
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    id: 'detective-graph-deleted',
    step: 10,
    check: 'det-graph',
    title: 'Delete the behavior graph',
    break: (organization) => detectiveSettings(organization).graphs.clear(),
  },
  {
    id: 'detective-member-missing',
    step: 10,
    check: 'det-members',
    title: 'Leave prod-web out of the behavior graph',
    break: (organization) => {
      detectiveSettings(organization).absent.add(known.web);
    },
  },
  {
    id: 'detective-not-by-itself',
    step: 10,
    check: 'det-auto',
    title: 'Leave new accounts out of the behavior graph',
    break: (organization) => {
      detectiveSettings(organization).autoEnable = false;
    },
  },
  {
    id: 'detective-dry',
    step: 10,
    check: 'det-sources',
    title: 'Let nothing flow into the behavior graph for five days',
    break: (organization) => {
      detectiveSettings(organization).countedAgoMs = 5 * dayMs;
    },
  },
];
