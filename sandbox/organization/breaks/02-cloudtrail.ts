import { forgeDigest, newestDigests, removeTrailFile } from '../../aws/services/trail-files.ts';
import { breakDelivery, changeTrail, silence } from '../../aws/services/trails.ts';
import { known } from '../accounts.ts';
import type { Organization } from '../organization.ts';
import { delay } from '../own-calls.ts';
import { dayMs, hourMs, uuidOf } from '../stable.ts';
import type { Break } from './break.ts';

const ago = (ms: number): Date => new Date(Date.now() - ms);

export const breaks: readonly Break[] = [
  {
    id: 'trail-stopped',
    step: 2,
    check: 'trail-org-wide',
    title: 'Stop the trail of the organization',
    break: (organization) => changeTrail(organization, { stopped: ago(hourMs) }),
  },
  {
    id: 'account-silent',
    step: 2,
    check: 'trail-account-covered',
    title: 'Let nothing of prod-web arrive for three days',
    break: (organization) => silence(organization, known.web, ago(3 * dayMs)),
  },
  {
    id: 'trail-narrowed',
    step: 2,
    check: 'trail-all-management',
    title: 'Record writing calls alone',
    break: (organization) =>
      changeTrail(organization, {
        selectors: { EventSelectors: [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }] },
      }),
  },
  {
    id: 'trail-unsigned',
    step: 2,
    check: 'trail-validation',
    title: 'Turn the digests off',
    break: (organization) => changeTrail(organization, { trail: { LogFileValidationEnabled: false } }),
  },
  {
    id: 'trail-refused',
    step: 2,
    check: 'trail-delivers',
    title: 'Let the archive refuse log files for nine days',
    break: (organization) =>
      breakDelivery(organization, { what: 'files', error: 'AccessDenied', since: ago(9 * dayMs) }),
  },
  {
    id: 'trail-without-logs',
    step: 2,
    check: 'trail-to-logs',
    title: 'Let nothing reach the log group since yesterday',
    break: (organization) => breakDelivery(organization, { what: 'logs', error: 'AccessDenied', since: ago(dayMs) }),
  },
  {
    id: 'trail-touched',
    step: 2,
    check: 'trail-no-shadow-stop',
    title: 'Stop and start the trail in the night',
    break: touchTrail,
  },
  {
    id: 'own-call-lost',
    step: 2,
    check: 'trail-reads-back',
    title: 'Lose what Trailwatch calls in prod-web on its way to the log group',
    break: (organization) => delay(organization, known.web, 'lost'),
  },
  {
    id: 'digest-forged',
    step: 2,
    check: 'trail-chain',
    title: 'Put a forged digest in place of the last one of prod-web',
    break: (organization) => forgeDigest(organization, known.web, new Date()),
  },
  {
    id: 'digest-taken',
    step: 2,
    check: 'trail-chain',
    title: 'Take a digest of prod-web away',
    break: (organization) =>
      removeTrailFile(organization, newestDigests(organization, known.web, new Date()).at(-4) ?? ''),
  },
];

/** Somebody stopped the trail two days ago and started it again: only event history knows. */
function touchTrail(organization: Organization): void {
  const { events, managementAccount, trail } = organization;
  const at = ago(2 * dayMs)
    .toISOString()
    .replace(/\.\d+/, '');
  const record = {
    eventVersion: '1.11',
    eventID: uuidOf('touch', at),
    eventTime: at,
    eventName: 'StopLogging',
    eventSource: 'cloudtrail.amazonaws.com',
    awsRegion: trail.region,
    sourceIPAddress: '198.51.100.23',
    userAgent: 'aws-cli/2.31.5',
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: managementAccount,
    userIdentity: {
      type: 'IAMUser',
      userName: 'night-owl',
      accountId: managementAccount,
      arn: `arn:aws:iam::${managementAccount}:user/night-owl`,
    },
    requestParameters: { name: trail.arn },
  };
  const touched = [record, ...events(managementAccount, trail.region)].toSorted((a, b) =>
    a.eventTime < b.eventTime ? 1 : -1,
  );
  organization.events = (account, region) =>
    account === managementAccount && region === trail.region ? touched : events(account, region);
}
