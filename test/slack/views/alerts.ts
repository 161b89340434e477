import fc from 'fast-check';
import type { Alert, TimelineEvent } from '../../../src/alerts/alert.ts';
import { resolutions } from '../../../src/alerts/resolution.ts';
import { severities } from '../../../src/alerts/severity.ts';
import { anyCharacter } from '../../characters.ts';

const at = new Date('2026-11-23T09:30:00Z');
const later = (minutes: number) => new Date(at.getTime() + minutes * 60_000);

/** A well-formed alert that nobody has in hand yet. */
export const firing: Alert = {
  id: 1042,
  dedupKey: 'cloudtrail/StopLogging/org-trail',
  state: 'firing',
  mode: 'alert',
  severity: 'critical',
  signal: {
    source: 'cloudtrail',
    kind: 'StopLogging',
    dedupKey: 'cloudtrail/StopLogging/org-trail',
    severity: 'critical',
    state: 'firing',
    title: 'CloudTrail logging was stopped',
    sentence: 'Role Admin (session ana) stopped logging of the trail org-trail, so calls are no longer recorded.',
    account: '111122223333',
    accountName: 'prod-payments',
    region: 'eu-west-1',
    partition: 'aws',
    resource: {
      arn: 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/org-trail',
      name: 'org-trail',
      type: 'CloudTrail trail',
    },
    actor: {
      type: 'role',
      name: 'Admin/ana',
      human: 'ana@example.com',
      mfa: false,
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
    },
    sourceIp: '203.0.113.9',
    time: '2026-11-23T09:29:12.000Z',
    links: [
      {
        title: 'CloudTrail event in the console',
        url: 'https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/1_a',
      },
    ],
    fields: [
      { name: 'User agent', value: 'aws-cli/2.17 Python/3.12' },
      { name: 'Outcome', value: 'Success' },
    ],
    judgement: {
      severity: 'critical',
      reasons: ['logging was stopped', 'no MFA'],
      technique: 'T1562.008 Disable or Modify Cloud Logs',
      tactic: 'Defense Evasion',
      why: 'Attackers stop the trail first, so that what they do next leaves no trace.',
    },
    raw: { detail: { eventName: 'StopLogging' } },
  },
  count: 1,
  firstSeen: at,
  lastSeen: at,
  channel: 'C0SEC',
  mention: ['usergroup:S0ONCALL'],
  runbook: 'https://wiki.example.com/runbooks/stop-logging',
  escalation: 'primary',
  level: 1,
  round: 0,
  firingSince: at,
  calledAt: at,
  exhaustedAt: null,
  quietHours: null,
  dueAt: later(15),
  snoozedUntil: null,
  assignee: null,
  acknowledgedBy: null,
  acknowledgedAt: null,
  heldAt: null,
  secondWanted: null,
  remindedAt: null,
  resolvedBy: null,
  resolvedAt: null,
  resolvedAs: null,
  flaps: [],
  stormId: null,
  incidentId: null,
  leads: false,
  version: 7,
};

export const acknowledged: Alert = {
  ...firing,
  state: 'acknowledged',
  acknowledgedBy: 'U0ANA',
  acknowledgedAt: later(3),
  assignee: 'U0ANA',
  dueAt: null,
};
export const snoozed: Alert = { ...firing, state: 'snoozed', snoozedUntil: later(120), dueAt: later(120) };
export const resolved: Alert = { ...acknowledged, state: 'resolved', resolvedBy: 'U0BEN', resolvedAt: later(130) };
export const endedByAws: Alert = { ...firing, state: 'resolved', dueAt: null, resolvedAt: later(5) };
export const flapping: Alert = { ...firing, count: 12, lastSeen: later(9), flaps: [later(1), later(5), later(9)] };

const attacks = [
  '<!channel> <!here> <!everyone>',
  '<@U0ANA> <!subteam^S0ONCALL> <#C0SEC>',
  '<https://evil.example|Acknowledge>',
  'https://evil.example/login @channel @here',
  '*bold* _italic_ ~struck~ `code` ```block```',
  '> quoted\n> again',
  '&lt;!channel&gt; &amp;amp;',
  '<!date^1392734382^{date}|x>',
  '\u202egnp.exe\u202c \u200b\u200b\u2066x\u2069 العربية עברית',
  '👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿'.repeat(50),
  ':tada: :rotating_light:',
  '\ud800 lone \udfff',
  '\u0000\u0007\u001b[31m',
  '',
  ' ',
  '<'.repeat(10_000),
  '&'.repeat(10_000),
  '😀'.repeat(10_000),
  'a'.repeat(10_000),
  ['$', '{alert.title} {{title}}'].join(''),
];

/** Text as an attacker would write it, of any length. */
export const hostile = fc.oneof(
  fc.constantFrom(...attacks),
  fc.string({ unit: anyCharacter, maxLength: 50 }),
  fc.array(fc.constantFrom(...'<>&|@#!^*_~`:\n \t😀a'), { maxLength: 60 }).map((letters) => letters.join('')),
);

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const date = fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true });
const user = fc.oneof(fc.constantFrom('U0ANA', 'W0BEN'), hostile);
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const texts = (names: readonly string[]) => fc.record(Object.fromEntries(names.map((name) => [name, hostile])));

/** Leaves out what is undefined: our own types know no undefined fields. */
const given = <T extends object>(record: T) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

const links = fc.array(
  fc.record({
    title: hostile,
    url: fc.oneof(hostile, fc.constant(`https://console.example/${'x'.repeat(2900)}`), fc.webUrl()),
  }),
  { maxLength: 12 },
);

/** Any alert that the types allow, and texts that nobody should trust. */
export const anyAlert: fc.Arbitrary<Alert> = fc
  .record({
    state: fc.constantFrom(...(['firing', 'acknowledged', 'snoozed', 'resolved'] as const)),
    mode: fc.constantFrom(...(['alert', 'notification'] as const)),
    severity: fc.constantFrom(...severities),
    id: fc.integer({ min: 1, max: 999_999_999 }),
    count: fc.integer({ min: 1, max: 10_000_000 }),
    level: fc.integer({ min: 0, max: 9 }),
    mention: fc.array(fc.oneof(fc.constantFrom('user:U0ANA', 'usergroup:S0ONCALL'), hostile), { maxLength: 30 }),
    runbook: orNull(fc.oneof(hostile, fc.webUrl())),
    assignee: orNull(user),
    acknowledgedBy: orNull(user),
    resolvedBy: orNull(user),
    resolvedAs: orNull(fc.constantFrom(...resolutions)),
    dates: fc.record({ firstSeen: date, lastSeen: date }),
    nullDates: fc.record({
      dueAt: orNull(date),
      snoozedUntil: orNull(date),
      acknowledgedAt: orNull(date),
      resolvedAt: orNull(date),
    }),
    flaps: fc.array(date, { maxLength: 5 }),
    must: texts(['source', 'kind', 'dedupKey', 'title', 'sentence', 'time']),
    may: texts(['account', 'accountName', 'region', 'sourceIp', 'runbook']),
    has: fc.record({
      account: fc.boolean(),
      accountName: fc.boolean(),
      region: fc.boolean(),
      sourceIp: fc.boolean(),
      runbook: fc.boolean(),
    }),
    resource: maybe(fc.record({ arn: hostile, name: hostile, type: hostile })),
    actor: maybe(
      fc.record({
        type: fc.constantFrom(
          ...(['root', 'user', 'role', 'federated', 'service', 'account', 'anonymous', 'unknown'] as const),
        ),
        name: hostile,
        arn: hostile,
        account: hostile,
        accessKeyId: hostile,
        human: hostile,
        mfa: fc.boolean(),
      }),
    ),
    judgement: maybe(
      fc.record({
        severity: fc.constantFrom(...severities),
        reasons: fc.array(hostile, { maxLength: 12 }),
        technique: hostile,
        tactic: hostile,
        why: hostile,
      }),
    ),
    links,
    fields: fc.array(fc.record({ name: hostile, value: hostile }), { maxLength: 10 }),
    raw: fc.oneof(fc.jsonValue(), hostile),
  })
  .map(({ dates, nullDates, must, may, has, resource, actor, judgement, links, fields, raw, ...alert }) => ({
    ...firing,
    ...alert,
    ...dates,
    ...nullDates,
    dedupKey: must.dedupKey ?? '',
    signal: {
      ...firing.signal,
      ...must,
      ...given(
        Object.fromEntries(
          Object.entries(may).map(([name, text]) => [
            name,
            Object.entries(has).some(([key, shown]) => key === name && shown) ? text : undefined,
          ]),
        ),
      ),
      ...given({ resource, actor, judgement }),
      links,
      fields,
      raw,
    },
  }));

export const anyEvent: fc.Arbitrary<TimelineEvent> = fc
  .record({
    kind: fc.constantFrom(
      ...([
        'opened',
        'seen-again',
        'changed',
        'acknowledged',
        'unacknowledged',
        'escalated',
        'assigned',
        'noted',
        'snoozed',
        'woken',
        'resolved',
        'reopened',
        'flapping',
      ] as const),
    ),
    at: date,
    by: fc.oneof(
      fc.constantFrom({ type: 'aws' as const }, { type: 'timer' as const }, { type: 'trailwatch' as const }),
      user.map((id) => ({ type: 'user' as const, id })),
    ),
    text: maybe(hostile),
    detail: maybe(hostile),
  })
  .map(({ text, detail, ...event }) => ({ ...event, ...given({ text, detail }) }));
