import { stringify } from 'csv-stringify/sync';
import { known } from './accounts.ts';
import type { OrganizationAccount, OrganizationUser, UserKey } from './organization.ts';

/** The columns of IAM's report, in order. Source: IAM user guide, "Getting credential reports"; live reports have these 22. */
export const columns = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  'access_key_1_active',
  'access_key_1_last_rotated',
  'access_key_1_last_used_date',
  'access_key_1_last_used_region',
  'access_key_1_last_used_service',
  'access_key_2_active',
  'access_key_2_last_rotated',
  'access_key_2_last_used_date',
  'access_key_2_last_used_region',
  'access_key_2_last_used_service',
  'cert_1_active',
  'cert_1_last_rotated',
  'cert_2_active',
  'cert_2_last_rotated',
] as const;

const time = (date: Date): string => `${date.toISOString().slice(0, 19)}+00:00`;

const noKey = ['false', 'N/A', 'N/A', 'N/A', 'N/A'];

const keyCells = (key: UserKey | null): readonly string[] =>
  key === null
    ? noKey
    : [
        String(key.active),
        time(key.created),
        ...(key.lastUsed === null
          ? ['N/A', 'N/A', 'N/A']
          : [time(key.lastUsed.at), key.lastUsed.region, key.lastUsed.service]),
      ];

function userRow(user: OrganizationUser): readonly string[] {
  const { password } = user;
  return [
    user.name,
    user.arn,
    time(user.created),
    String(password !== null),
    ...(password === null
      ? ['N/A', 'N/A', 'N/A']
      : [password.lastUsed === null ? 'no_information' : time(password.lastUsed), time(password.changed), 'N/A']),
    String(user.mfa),
    ...keyCells(user.keys[0]),
    ...keyCells(user.keys[1]),
    ...(user.certificate === null ? ['false', 'N/A'] : ['true', time(user.certificate)]),
    'false',
    'N/A',
  ];
}

/**
 * The root user. The management account's signs in with a password and MFA; the legacy account's still has a key and no
 * MFA; other members have no root credentials, as where root access is managed centrally.
 */
function rootRow(account: OrganizationAccount, at: Date): readonly string[] {
  const management = account.id === known.management;
  const legacy = account.id === known.legacy;
  const used = new Date(account.joined.getTime() + 3_600_000);
  const monthMs = 30 * 86_400_000;
  const monthly = new Date(Math.floor(at.getTime() / monthMs) * monthMs);
  return [
    '<root_account>',
    `arn:aws:iam::${account.id}:root`,
    time(account.joined),
    management || legacy ? 'not_supported' : 'false',
    management ? time(monthly) : legacy ? time(used) : 'no_information',
    'not_supported',
    'not_supported',
    String(management),
    ...(legacy ? ['true', time(account.joined), time(used), 'us-east-1', 'iam'] : noKey),
    ...noKey,
    'false',
    'N/A',
    'false',
    'N/A',
  ];
}

/** An account's credential report as CSV: the root user, then the users by name. */
export function credentialReport(account: OrganizationAccount, users: readonly OrganizationUser[], at: Date): string {
  const byName = users.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return stringify([columns, rootRow(account, at), ...byName.map(userRow)]);
}
