import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { columns as header } from '../../../sandbox/organization/credential-report.ts';
import type { AccountFacts } from '../../../src/framework/credential-report/facts.ts';
import { parseCredentialReport } from '../../../src/framework/credential-report/parse.ts';

/** The columns of the reports that AWS gives today, in their order. */
export { header };

export type Cells = Partial<Record<(typeof header)[number], string>>;

export const account = '111122223333';

/** A user without any credential, but for what is given. */
export const user = (name: string, cells: Cells = {}): Cells => ({
  user: name,
  arn: `arn:aws:iam::${account}:user/${name}`,
  user_creation_time: '2020-01-01T00:00:00+00:00',
  password_enabled: 'false',
  mfa_active: 'false',
  ...cells,
});

/** A root user with MFA and no keys, but for what is given. */
export const root = (cells: Cells = {}): Cells =>
  user('<root_account>', {
    arn: `arn:aws:iam::${account}:root`,
    password_enabled: 'not_supported',
    mfa_active: 'true',
    ...cells,
  });

/** The report as AWS would write it: what is not given is `N/A`, or false for what is active. */
export const report = (rows: readonly Cells[]): string =>
  stringify([
    [...header],
    ...rows.map((cells) => header.map((name) => cells[name] ?? (name.endsWith('_active') ? 'false' : 'N/A'))),
  ]);

export const generatedAt = new Date('2026-11-23T08:00:00Z');

/** An account where everything is known and well, but for its rows and what is given. */
export function facts(rows: readonly Cells[], given: Partial<AccountFacts> = {}): AccountFacts {
  const read = parseCredentialReport(report(rows), account);
  return {
    account,
    name: 'prod-payments',
    generatedAt,
    askedAt: generatedAt,
    rows: read.rows,
    missingColumns: read.missingColumns,
    unreadRows: read.unreadRows,
    passwordPolicy: { known: true, value: { minimumLength: 14, reusePrevention: 24 } },
    summary: { known: true, value: { users: null, rootPassword: null } },
    virtualMfa: { known: true, value: [] },
    serviceSpecific: { known: true, value: [] },
    serverCertificates: { known: true, value: [] },
    rootCentrallyManaged: { known: true, value: false },
    ...given,
  };
}

/** Whole-second ISO text some days before the report, as AWS writes it. */
export const daysAgo = (days: number, zone = '+00:00'): string =>
  new Date(generatedAt.getTime() - days * 86_400_000).toISOString().replace('.000Z', zone);

/** Times around the edges of every rule, to the second. */
const moment = fc
  .tuple(
    fc.constantFrom(0, 1, 6, 7, 8, 29, 30, 31, 44, 45, 46, 89, 90, 91, 400),
    fc.constantFrom(-1, 0, 1, 3600),
    fc.constantFrom('+00:00', 'Z'),
  )
  .map(([days, seconds, zone]) => daysAgo(days + seconds / 86_400, zone));

const flag = fc.constantFrom('true', 'false', 'TRUE', 'FALSE');
const nothing = fc.constantFrom('N/A', 'no_information');

const key = fc.oneof(
  fc.record({ active: fc.constantFrom('false', 'FALSE'), rotated: fc.constant('N/A'), used: fc.constant('N/A') }),
  fc.record({ active: flag, rotated: moment, used: fc.oneof(moment, nothing) }),
);

/** A user with any mix of credentials at the edges of the rules, some of whose keys were made with the user. */
export const anyUser = fc
  .record({
    created: moment,
    enabled: flag,
    lastUsed: fc.oneof(moment, nothing),
    changed: fc.oneof(moment, fc.constant('N/A')),
    mfa: flag,
    first: key,
    second: key,
    withUser: fc.boolean(),
    certificate: flag,
  })
  .map(
    ({ created, enabled, lastUsed, changed, mfa, first, second, withUser, certificate }): Cells => ({
      user_creation_time: created,
      password_enabled: enabled,
      password_last_used: enabled.toLowerCase() === 'true' ? lastUsed : 'N/A',
      password_last_changed: enabled.toLowerCase() === 'true' ? changed : 'N/A',
      mfa_active: mfa,
      access_key_1_active: first.active,
      access_key_1_last_rotated: withUser && first.rotated !== 'N/A' ? created : first.rotated,
      access_key_1_last_used_date: first.used,
      access_key_2_active: second.active,
      access_key_2_last_rotated: second.rotated,
      access_key_2_last_used_date: second.used,
      cert_1_active: certificate,
      cert_1_last_rotated: certificate.toLowerCase() === 'true' ? created : 'N/A',
    }),
  );

/** Names as AWS allows them and as it does not: a reader has to stand both. */
const anyName = fc.oneof(
  fc.stringMatching(/^[\w+=,.@-]{1,64}$/),
  fc.string({ unit: fc.constantFrom(...'a,"\n\r;=é漢\u202E'), minLength: 1, maxLength: 12 }).map((name) => `x${name}x`),
);

export const anyReport = fc
  .tuple(
    anyUser,
    fc.constantFrom('not_supported', 'true', 'FALSE'),
    fc.uniqueArray(fc.tuple(anyName, anyUser), { selector: ([name]) => name, maxLength: 12 }),
  )
  .map(([rootCells, password, users]): Cells[] => [
    root({ ...rootCells, password_enabled: password, password_last_changed: 'not_supported' }),
    ...users.map(([name, cells]) => user(name, cells)),
  ]);
