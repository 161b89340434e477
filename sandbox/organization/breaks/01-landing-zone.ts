import { changeZone } from '../../aws/services/controltower.ts';
import { changePolicies } from '../../aws/services/organization-policies.ts';
import { changeOrganization } from '../../aws/services/organizations.ts';
import { known } from '../accounts.ts';
import { homeRegion } from '../traces.ts';
import { strayWorkloads } from '../workloads.ts';
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    id: 'billing-only',
    step: 1,
    check: 'org-all-features',
    title: 'Leave the organization nothing but its bill',
    break: (organization) => changeOrganization(organization, { billingOnly: true }),
  },
  {
    id: 'policies-off',
    step: 1,
    check: 'org-policies-on',
    title: 'Turn service control policies off',
    break: (organization) =>
      changePolicies(organization, (_, types) => {
        types.delete('SERVICE_CONTROL_POLICY');
      }),
  },
  {
    id: 'guard-gone',
    step: 1,
    check: 'org-guard-audit',
    title: 'Take the guardrail of the audit off the workloads',
    break: (organization) =>
      changePolicies(organization, (policies) => {
        for (const { name, targets } of policies)
          if (name === 'aws-guardrails-audit') targets.delete('ou-tw01-workload');
      }),
  },
  {
    id: 'account-astray',
    step: 1,
    check: 'org-accounts-placed',
    title: 'Move prod-web out of its unit',
    break: ({ accounts, rootId }) => {
      const account = accounts.find(({ id }) => id === known.web);
      if (account !== undefined) account.organizationalUnitId = rootId;
    },
  },
  {
    id: 'management-busy',
    step: 1,
    check: 'org-mgmt-empty',
    title: 'Run a function in the management account',
    break: (organization) => {
      const { managementAccount: account } = organization;
      strayWorkloads(organization).push({
        account,
        region: homeRegion,
        type: 'AWS::Lambda::Function',
        name: 'nightly-billing-export',
      });
    },
  },
  {
    id: 'guardduty-undelegated',
    step: 1,
    check: 'org-delegated-admins',
    title: 'Take GuardDuty from the security account',
    break: (organization) => changeOrganization(organization, { undelegated: 'guardduty.amazonaws.com' }),
  },
  {
    id: 'zone-drifted',
    step: 1,
    check: 'lz-healthy',
    title: 'Let the landing zone drift',
    break: (organization) =>
      changeZone(organization, (zone) => {
        zone.drift = 'DRIFTED';
      }),
  },
  {
    id: 'control-drifted',
    step: 1,
    check: 'lz-controls-sync',
    title: 'Let a control drift',
    break: (organization) =>
      changeZone(organization, ({ controls: [first] }) => {
        if (first !== undefined) first.drift = 'DRIFTED';
      }),
  },
  {
    id: 'account-not-enrolled',
    step: 1,
    check: 'lz-accounts-governed',
    title: 'Let the baseline of prod-data drift',
    break: (organization) =>
      changeZone(organization, ({ baselines }) => {
        for (const baseline of baselines) if (baseline.target.endsWith(`/${known.data}`)) baseline.drift = 'DRIFTED';
      }),
  },
];
