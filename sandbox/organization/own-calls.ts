import type { Organization, TrailRecord } from './organization.ts';
import { perOrganization } from './per-organization.ts';
import { dayMs, hexOf, hourMs, minuteMs, uuidOf } from './stable.ts';

/** As which the bot's digests call. */
export const digestSession = 'trailwatch-digest';

/** What became of the bot's own calls on their way to the log group, by account. */
const ways = perOrganization(() => new Map<string, 'lost' | 'late'>());

/** Lets the bot's own calls in an account get lost, or come two hours late. */
export const delay = (organization: Organization, account: string, way: 'lost' | 'late'): void => {
  ways(organization).set(account, way);
};

/** When a call of the bot came to the log group; null: it never does. */
export function ingestedAt(organization: Organization, account: string, { eventTime }: TrailRecord): number | null {
  const way = ways(organization).get(account);
  return way === 'lost' ? null : Date.parse(eventTime) + (way === 'late' ? 2 * hourMs : 4 * minuteMs);
}

/**
 * The newest call of the bot's watch, which looks at three every night; null: it has not been in the account. It is found by
 * its user name alone: the stories that other look-ups tell are not about it.
 */
export function nightlyCall(
  { accounts }: Organization,
  { account, region }: { account: string; region: string },
  now: Date,
): TrailRecord | null {
  const of = accounts.find(({ id }) => id === account);
  const night = Math.floor((now.getTime() - 4 * hourMs) / dayMs) * dayMs + 3 * hourMs;
  if (of === undefined || of.state !== 'ACTIVE' || of.deniesReadRole || night < of.joined.getTime()) return null;
  const roleId = `AROA${hexOf('trailwatch-read', account).slice(0, 17).toUpperCase()}`;
  return {
    eventVersion: '1.11',
    eventID: uuidOf('nightly', account, region, night),
    eventTime: new Date(night).toISOString().replace(/\.\d+/, ''),
    eventName: 'DescribeTrails',
    eventSource: 'cloudtrail.amazonaws.com',
    awsRegion: region,
    sourceIPAddress: '192.0.2.10',
    userAgent: 'aws-sdk-js/3.1169.0',
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    eventCategory: 'Management',
    recipientAccountId: account,
    userIdentity: {
      type: 'AssumedRole',
      principalId: `${roleId}:${digestSession}`,
      arn: `arn:aws:sts::${account}:assumed-role/trailwatch-read/${digestSession}`,
      accountId: account,
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: roleId,
          arn: `arn:aws:iam::${account}:role/trailwatch-read`,
          accountId: account,
          userName: 'trailwatch-read',
        },
        sourceIdentity: digestSession,
      },
    },
    requestParameters: { includeShadowTrails: true },
    responseElements: null,
  };
}
