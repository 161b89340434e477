import { breakFlowLogs, deleteFlowLogs, narrowFlowLogs } from '../../aws/services/networks.ts';
import { breakQueryLogs } from '../../aws/services/route53resolver.ts';
import { known } from '../accounts.ts';
import { networks } from '../network.ts';
import type { Organization } from '../organization.ts';
import { homeRegion } from '../traces.ts';
import type { Break } from './break.ts';

/** The network of an account in the home region. */
const homeNetwork = (organization: Organization, account: string): string =>
  networks(organization).find((vpc) => vpc.account === account && vpc.region === homeRegion)?.id ?? '';

export const breaks: readonly Break[] = [
  {
    id: 'flow-log-deleted',
    step: 5,
    check: 'flow-vpc-covered',
    title: 'Delete the flow log of prod-payments',
    break: (organization) => deleteFlowLogs(organization, homeNetwork(organization, known.payments)),
  },
  {
    id: 'flow-log-narrowed',
    step: 5,
    check: 'flow-traffic',
    title: 'Record accepted traffic of prod-web alone',
    break: (organization) => narrowFlowLogs(organization, homeNetwork(organization, known.web)),
  },
  {
    id: 'flow-log-refused',
    step: 5,
    check: 'flow-delivers',
    title: 'Let the archive refuse the flow logs of prod-data',
    break: (organization) => breakFlowLogs(organization, homeNetwork(organization, known.data), 'Access error'),
  },
  {
    id: 'dns-log-refused',
    step: 5,
    check: 'dns-vpc-covered',
    title: 'Let the archive refuse the DNS queries of prod-web',
    break: (organization) => breakQueryLogs(organization, homeNetwork(organization, known.web), 'ACCESS_DENIED'),
  },
];
