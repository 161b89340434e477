import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';

const folder = mkdtempSync(join(tmpdir(), 'trailwatch-config-'));
const path = join(folder, 'trailwatch.yaml');
const good = `sns:
  topics: ["arn:aws:sns:eu-west-1:111122223333:security-alerts"]
channels: { default: C0ALERTS, digest: C0AUDIT }
`;
const load = (yaml: string, env: Record<string, string> = {}) => {
  writeFileSync(path, yaml);
  return loadConfig(path, env);
};
const problems = (yaml: string): string[] => {
  const loaded = load(yaml);
  return 'problems' in loaded ? loaded.problems.map(formatProblem) : [];
};

test('the smallest configuration loads', () => {
  expect(load(good)).toMatchObject({ config: { channels: { default: 'C0ALERTS' }, routes: [] } });
});

test('the example file loads as it stands', () => {
  const loaded = loadConfig(join(import.meta.dirname, '..', '..', 'trailwatch.example.yaml'), {});
  expect('problems' in loaded ? loaded.problems.map(formatProblem) : []).toEqual([]);
});

const everyTheme = `sns:
  topics: ["arn:aws:sns:eu-west-1:111122223333:security-alerts"]   # only these are accepted
  trustedCertificates: []
sqs:
  queues: []
channels: { default: C0ALERTS, digest: C0AUDIT }
routes:                        # first match wins
  - match: { severity: [critical, high], account: ["prod-*"] }
    channel: C0SEC
    escalation: primary
escalation:
  primary:
    - { notify: ["schedule:security"], after: 0m }
    - { notify: ["usergroup:S0SECLEADS"], after: 15m }
    - { notify: ["pagerduty:security", "user:U0CISO"], after: 30m }
schedules: { security: { timezone: Europe/Prague, rotation: weekly, handoff: "Mon 09:00", users: [U1, U2] } }
access:
  respond: ["usergroup:S0ONCALL"]
  investigate: ["usergroup:S0SEC"]
  administer: ["user:U0ADMIN"]
accounts: { discover: organizations, role: trailwatch-read, externalId: "…", regions: [eu-west-1] }
history: { logGroup: cloudtrail }
digests:
  credentialReport: { cron: "0 8 * * 1", timezone: Europe/Prague, channel: C0AUDIT }
  evidence: { cron: "0 8 * * 1", timezone: Europe/Prague, channel: C0AUDIT }
`;

test('a file with every theme in it loads, durations in milliseconds', () => {
  const loaded = load(everyTheme, {
    PAGERDUTY_ROUTING_KEY_SECURITY: 'k',
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_APP_TOKEN: 'xapp-1',
  });
  if ('problems' in loaded) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  expect(loaded.config.escalation.get('primary')).toEqual({
    steps: [
      { notify: ['schedule:security'], afterMs: 0 },
      { notify: ['usergroup:S0SECLEADS'], afterMs: 900_000 },
      { notify: ['pagerduty:security', 'user:U0CISO'], afterMs: 1_800_000 },
    ],
    repeat: 0,
    ackTimeoutMs: {},
  });
  expect(loaded.config.schedules.get('security')).toMatchObject({
    layers: [{ rotation: { unit: 'weeks', every: 1 }, start: '2024-01-01', handoff: 540, users: [['U1'], ['U2']] }],
  });
  const day = 86_400_000;
  expect(loaded.config.retention).toEqual({
    alertsMs: 400 * day,
    newsMs: 90 * day,
    messagesMs: 14 * day,
    answersMs: day,
  });
  expect(loaded.config.digests.evidence).toMatchObject({ cron: '0 8 * * 1', channel: 'C0AUDIT' });
  expect(loaded.environment.callVariables.get('PAGERDUTY_ROUTING_KEY_SECURITY')).toBe('k');
  expect(loaded.warnings).toEqual([]);
});

test('two people for the worst: of critical and any two, unless the policy says more', () => {
  const policy = (twoPeople: string) =>
    load(`${good}escalation: { a: { steps: [{ notify: ["user:U0ANA"], after: 0m }], twoPeople: ${twoPeople} } }\n`);
  const second = (twoPeople: string) => {
    const loaded = policy(twoPeople);
    return 'problems' in loaded ? loaded.problems.map(formatProblem) : loaded.config.escalation.get('a')?.second;
  };
  expect(second('{}')).toEqual({ of: ['critical'], lead: null });
  expect(second('{ severity: [critical, high], lead: ["usergroup:S0LEADS"] }')).toEqual({
    of: ['critical', 'high'],
    lead: ['usergroup:S0LEADS'],
  });
  expect(second('{ lead: ["pagerduty:x"] }')).toEqual([expect.stringMatching(/twoPeople\.lead.*not understood here/)]);
});

test('what a target needs of the environment is read, from a file too, and what is missing is named', () => {
  const yaml = `${good}escalation: { a: [{ notify: ["webhook:on-call", "voice:+420123456789"], after: 0m }] }\n`;
  const loaded = load(yaml, { WEBHOOK_URL_ON_CALL: 'https://hooks.example.com/x', SLACK_BOT_TOKEN: 'xoxb-1' });
  if ('problems' in loaded) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  expect(loaded.environment.callVariables.get('WEBHOOK_URL_ON_CALL')).toBe('https://hooks.example.com/x');
  expect(loaded.warnings.map(({ key }) => key)).toEqual(
    expect.arrayContaining(['WEBHOOK_SECRET_ON_CALL', 'VOICE_ORIGINATION']),
  );
  const wrong = load(yaml, { WEBHOOK_URL_ON_CALL: 'ftp://secret.example.com' });
  expect(JSON.stringify(wrong)).toMatch(/WEBHOOK_URL_ON_CALL.*must be a URL/);
  expect(JSON.stringify(wrong)).not.toContain('secret.example.com');
});

test.each([
  ['an unknown key, with the nearest one', `${good}chanels: {}\n`, /:4:1 .*chanels.*channels/],
  [
    'a digest that nobody makes',
    `${good}digests: { nobodys: {} }\n`,
    /unknown key; known here: credentialReport, evidence/,
  ],
  ['a digest with a slip', `${good}digests: { evidance: {} }\n`, /unknown key.*did you mean "?evidence/i],
  [
    'an unknown key deep inside',
    `${good}routes:\n  - match: { sevrity: [high] }\n`,
    /:5:\d+ routes\[0\]\.match\.sevrity: unknown key; did you mean "severity"\?/,
  ],
  [
    'a wrong type',
    good.replace('["arn:aws:sns:eu-west-1:111122223333:security-alerts"]', '5'),
    /:2:\d+ sns\.topics: expected a list, found the number "5"/,
  ],
  [
    'a policy that is not there',
    `${good}routes:\n  - { match: { severity: [high] }, escalation: primry }\nescalation:\n  primary: [{ notify: ["user:U0ANA"], after: 5m }]\n`,
    /primry.*primary/,
  ],
  [
    'a schedule that is not there',
    `${good}escalation:\n  primary: [{ notify: ["schedule:secrity"], after: 5m }]\nschedules:\n  security: { timezone: Europe/Prague, rotation: weekly, handoff: "Mon 09:00", users: [U0ANA] }\n`,
    /secrity.*security/,
  ],
  [
    'a schedule without users',
    `${good}schedules:\n  security:\n    timezone: Europe/Prague\n    rotation: weekly\n    handoff: "Mon 09:00"\n    users: []\n`,
    /:9:\d+ schedules\.security\.users: is empty, so nobody would be on call/,
  ],
  [
    'a handoff that is missing, in the short form',
    `${good}schedules: { security: { timezone: Europe/Prague, rotation: weekly, users: [U0ANA] } }\n`,
    /schedules\.security\.handoff: is missing/,
  ],
  [
    'a rotation by months without a day',
    `${good}schedules:\n  s: { timezone: UTC, layers: [{ rotation: monthly, handoff: "09:00", users: [U0ANA] }] }\n`,
    /schedules\.s\.layers\[0\]\.handoff: says no day; a rotation by months hands over on one, as in "1 09:00"/,
  ],
  [
    'two lengths of a turn',
    `${good}schedules:\n  s: { timezone: UTC, rotation: { days: 1, weeks: 1 }, handoff: "09:00", users: [U0ANA] }\n`,
    /schedules\.s\.rotation: says more than one length/,
  ],
  [
    'hours with one weekday',
    `${good}schedules:\n  s: { timezone: UTC, rotation: daily, handoff: "09:00", users: [U0ANA], restrictions: { from: "Fri 17:00", to: "09:00" } }\n`,
    /schedules\.s\.restrictions: names a weekday in one of from and to/,
  ],
  [
    'a day that is in no calendar',
    `${good}schedules:\n  s: { timezone: UTC, rotation: daily, handoff: "09:00", users: [U0ANA], holidays: [2027-02-30] }\n`,
    /schedules\.s\.holidays\[0\]: "2027-02-30" is no date/,
  ],
  [
    'a step in the short form of a policy',
    `${good}escalation:\n  primary:\n    - { notify: ["user:U0ANA"], after: 5m }\n    - { notify: ["user:U0BEN"], after: 1m }\n`,
    /:7:\d+ escalation\.primary\[1\]\.after: is before the step above/,
  ],
  [
    'ids that are forgotten while SQS can bring their messages again',
    `${good}retention: { messages: 13d }\n`,
    /:4:\d+ retention\.messages: is less than 2 weeks: SQS can bring a message again for so long/,
  ],
  ['a time that is none', `${good}retention: { alerts: forever }\n`, /retention\.alerts: "forever" is no duration/],
  ['a channel name where an id belongs', good.replace('C0ALERTS', '"#alerts"'), /channels\.default.*id/i],
  [
    'a route that can never match',
    `${good}routes:\n  - { match: {}, channel: C0ALL }\n  - { match: { severity: [high] }, channel: C0SEC }\n`,
    /:6:\d+ routes\[1\]: can never match/,
  ],
  [
    'a key written twice',
    `${good}channels: { default: C0ALERTS, digest: C0AUDIT }\n`,
    /:4:1: the key "channels" is here twice/,
  ],
  ['what is no YAML', 'sns: [', /:1:\d+: not valid YAML/],
])('%s is one line that names the place', (_name, yaml, line) => {
  const told = problems(yaml);
  expect(told.join('\n')).toMatch(line);
  for (const each of told) expect(each).not.toContain('\n');
});

test('a file that is not there says where it was looked for', () => {
  const loaded = loadConfig(join(folder, 'nothing.yaml'), {});
  expect('problems' in loaded && loaded.problems.map(formatProblem).join('\n')).toMatch(/nothing\.yaml/);
});

test('a problem of the environment names the variable and never its value', () => {
  const loaded = load(good, { PORT: 'xoxb-secret' });
  const told = 'problems' in loaded ? loaded.problems.map(formatProblem).join('\n') : '';
  expect(told).toMatch(/PORT/);
  expect(told).not.toContain('xoxb-secret');
});

const schedules = (yaml: string) => {
  const loaded = load(
    `${good}escalation: { all: { steps: [{ notify: ["schedule:s"], after: 5m }], repeat: 2, ackTimeout: { high: 4h } } }\nschedules:\n${yaml}`,
  );
  if ('problems' in loaded) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.config;
};

test('a schedule in short is one of one layer; a policy may repeat', () => {
  const short = schedules(
    '  s: { timezone: UTC, rotation: { days: 14 }, handoff: "Tue 09:00", users: [U1, [U2, U3]] }\n',
  );
  expect(short.escalation.get('all')).toMatchObject({ repeat: 2, ackTimeoutMs: { high: 14_400_000 } });
  expect(short.schedules.get('s')).toEqual({
    timezone: 'UTC',
    channel: null,
    holidays: [],
    holidayUsers: [],
    mayBeEmpty: false,
    mirror: [],
    layers: [
      {
        name: 'layer 1',
        timezone: 'UTC',
        rotation: { unit: 'weeks', every: 2 },
        start: '2024-01-02',
        handoff: 540,
        users: [['U1'], ['U2', 'U3']],
        restrictions: [],
        onHolidays: true,
      },
    ],
  });
});

test('a layer that keeps to weekdays keeps holidays; hours over midnight end on the next day', () => {
  const layers = schedules(`  s:
    timezone: UTC
    holidays: { dates: [2027-12-24], users: [U9] }
    layers:
      - { name: office, rotation: daily, handoff: "09:00", users: [U1], restrictions: { from: "09:00", to: "24:00", days: [Mon, Fri] } }
      - { name: night, rotation: daily, handoff: "09:00", users: [U1], restrictions: [{ from: "22:00", to: "06:00" }] }
      - { name: weekend, rotation: workingDays, handoff: "09:00", users: [U1], restrictions: [{ from: "Fri 17:00", to: "Mon 09:00" }], onHolidays: true }
`).schedules.get('s')?.layers;
  expect(layers?.map(({ onHolidays }) => onHolidays)).toEqual([false, true, true]);
  expect(layers?.[0]?.restrictions).toEqual([1, 5].map((weekday) => ({ weekday, from: 540, days: 1, to: 0 })));
  expect(layers?.[1]?.restrictions).toHaveLength(7);
  expect(layers?.[2]?.restrictions).toEqual([{ weekday: 5, from: 1020, days: 3, to: 540 }]);
});

/** An iCalendar file beside the configuration, and a schedule that takes its holidays from it. */
function withHolidays(events: readonly string[], timezone = 'Europe/Prague') {
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//holidays//EN', ...events, 'END:VCALENDAR', ''];
  writeFileSync(join(folder, 'holidays.ics'), lines.join('\r\n'));
  return holidaySchedule(timezone);
}
const holidaySchedule = (timezone = 'Europe/Prague') =>
  `${good}escalation: { all: [{ notify: ["schedule:s"], after: 5m }] }
routes: [{ match: {}, escalation: all }]
schedules:
  s:
    timezone: ${timezone}
    holidays: { dates: [2027-05-01], file: holidays.ics, users: [U9] }
    rotation: daily
    handoff: "09:00"
    users: [U1]
`;
const event = (...lines: string[]): string[] => [
  'BEGIN:VEVENT',
  `UID:${lines.join('')}`,
  'SUMMARY:Day off',
  ...lines,
  'END:VEVENT',
];
const holidaysOf = (yaml: string): readonly string[] | undefined => {
  const loaded = load(yaml);
  if ('problems' in loaded) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.config.schedules.get('s')?.holidays.filter((date) => date < '2030');
};

test('holidays come from an iCalendar file too: all-day events, those with times of a zone, and what recurs', () => {
  const days = (events: readonly string[], timezone?: string) => holidaysOf(withHolidays(events, timezone));
  const christmas = ['DTSTART;VALUE=DATE:20271224', 'DTEND;VALUE=DATE:20271227'];
  expect(days(event(...christmas))).toEqual(['2027-05-01', '2027-12-24', '2027-12-25', '2027-12-26']);
  // The last days of October have 24 and 25 hours.
  const inPrague = ['DTSTART;TZID=Europe/Prague:20271030T000000', 'DTEND;TZID=Europe/Prague:20271101T000000'];
  expect(days(event(...inPrague))).toEqual(['2027-05-01', '2027-10-30', '2027-10-31']);
  expect(days(event('DTSTART:20270705T220000Z', 'DURATION:P1D'))).toEqual(['2027-05-01', '2027-07-06']);
  expect(days(event('DTSTART:20270705T000000', 'DTEND:20270706T000000'), 'America/New_York')).toContain('2027-07-05');
  const described = [
    ...['BEGIN:VTIMEZONE', 'TZID:Somewhere', 'BEGIN:STANDARD', 'DTSTART:19700101T000000'],
    ...['TZOFFSETFROM:+0100', 'TZOFFSETTO:+0100', 'END:STANDARD', 'END:VTIMEZONE'],
    ...event('DTSTART;TZID=Somewhere:20270101T000000', 'DTEND;TZID=Somewhere:20270102T000000'),
  ];
  expect(days(described)).toEqual(['2027-05-01', '2027-01-01']);
  const yearly = event(
    'DTSTART;VALUE=DATE:20261117',
    'RRULE:FREQ=YEARLY',
    'EXDATE;VALUE=DATE:20281117',
    'RDATE;VALUE=DATE:20271118',
  );
  expect(days(yearly)).toEqual(['2027-05-01', '2026-11-17', '2027-11-17', '2027-11-18', '2029-11-17']);
  const thanksgiving = event('DTSTART;VALUE=DATE:20261126', 'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH');
  expect(days(thanksgiving)).toEqual(['2027-05-01', '2026-11-26', '2027-11-25', '2028-11-23', '2029-11-22']);
  const [begin = '', uid = '', ...rest] = event('DTSTART;VALUE=DATE:20270101', 'RRULE:FREQ=YEARLY;COUNT=3');
  const moved = [begin, uid, 'RECURRENCE-ID;VALUE=DATE:20280101', 'DTSTART;VALUE=DATE:20280103', 'END:VEVENT'];
  const cancelled = [
    begin,
    uid,
    'RECURRENCE-ID;VALUE=DATE:20290101',
    'DTSTART;VALUE=DATE:20290101',
    'STATUS:CANCELLED',
    'END:VEVENT',
  ];
  expect(days([begin, uid, ...rest, ...moved, ...cancelled])).toEqual(['2027-05-01', '2027-01-01', '2028-01-03']);
});

test.each([
  ['no calendar', 'hello', /is no iCalendar file: BEGIN:VCALENDAR is missing/],
  ['no event', [], /holds no event of a whole day/],
  ['an hour only', event('DTSTART:20270101T100000Z', 'DTEND:20270101T110000Z'), /holds no event of a whole day/],
  ['a day that is none', event('DTSTART;VALUE=DATE:20279999'), /an event begins at "2027-99-99"/],
  ['no beginning', event('DTEND;VALUE=DATE:20270101'), /an event begins at no time/],
  [
    'an unknown rule',
    event('DTSTART;VALUE=DATE:20270101', 'RRULE:FREQ=ODDLY'),
    /cannot be read as iCalendar: invalid freq/,
  ],
  [
    'each minute',
    event('DTSTART:20270101T000000', 'DURATION:P1D', 'RRULE:FREQ=MINUTELY'),
    /recurs more than 2000 times/,
  ],
  [
    'no days that recur',
    event('DTSTART;VALUE=DATE:20270101', 'RRULE:FREQ=MINUTELY'),
    /cannot be read as iCalendar: Same/,
  ],
  [
    'a day that never comes, looked for day by day',
    event('DTSTART;VALUE=DATE:20270101', 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30'),
    /recurs by FREQ=DAILY with BYMONTHDAY: write it with FREQ=YEARLY/,
  ],
  [
    'a month, looked for minute by minute',
    event('DTSTART:20270201T000000', 'RRULE:FREQ=MINUTELY;BYMONTH=1'),
    /recurs by FREQ=MINUTELY with BYMONTH: /,
  ],
  ['a century', event('DTSTART;VALUE=DATE:20270101', 'DTEND;VALUE=DATE:21270101'), /more than 2000 days/],
])('a file of holidays with %s is one sentence with its key', (_, content, sentence) => {
  const yaml = typeof content === 'string' ? holidaySchedule() : withHolidays(content);
  if (typeof content === 'string') writeFileSync(join(folder, 'holidays.ics'), content);
  const found = problems(yaml);
  expect(found).toEqual([expect.stringMatching(sentence)]);
  expect(found[0]).toMatch(/trailwatch\.yaml:\d+:\d+ schedules\.s\.holidays\.file: "holidays\.ics" /);
});

test('a file of holidays that is not there is a problem; one that is over, or has parts of days, is doubtful', () => {
  const yaml = holidaySchedule();
  expect(problems(yaml.replace('holidays.ics', 'nowhere.ics'))).toEqual([
    expect.stringMatching(/schedules\.s\.holidays\.file: "nowhere\.ics" cannot be read \(ENOENT\)/),
  ]);
  const loaded = load(
    withHolidays([
      ...event('DTSTART;VALUE=DATE:20200101'),
      ...event('DTSTART:20270101T100000Z', 'DTEND:20270101T110000Z'),
    ]),
    { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' },
  );
  expect('warnings' in loaded && loaded.warnings.map(formatProblem)).toEqual([
    expect.stringMatching(/holidays\.file: "holidays\.ics" holds 1 event without a whole day, left out: "Day off"/),
    expect.stringMatching(/holidays\.file: "holidays\.ics" ends on 2020-01-01: get one with the holidays to come/),
  ]);
});

test('a secret may be in a file that NAME_FILE names, with the line break that ends it', () => {
  const file = join(folder, 'secret');
  writeFileSync(file, 'xoxb-1234-from-a-file\n');
  const secretFile = join(folder, 'signing');
  writeFileSync(secretFile, 'signing-secret');
  const loaded = load(good, { SLACK_BOT_TOKEN_FILE: file, SLACK_SIGNING_SECRET_FILE: secretFile });
  expect(loaded).toMatchObject({
    environment: { slack: { botToken: 'xoxb-1234-from-a-file', signingSecret: 'signing-secret' } },
  });
  const sentences = (env: Record<string, string>): string[] => {
    const wrong = load(good, env);
    return 'problems' in wrong ? wrong.problems.map(formatProblem) : [];
  };
  expect(sentences({ DATABASE_URL_FILE: join(folder, 'nowhere') })).toEqual([
    expect.stringMatching(/DATABASE_URL_FILE.*names a file that cannot be read \(ENOENT\)/),
  ]);
  const both = sentences({ SLACK_BOT_TOKEN_FILE: file, SLACK_BOT_TOKEN: 'xoxb-other' });
  expect(both).toEqual([expect.stringMatching(/SLACK_BOT_TOKEN_FILE.*is set beside SLACK_BOT_TOKEN/)]);
  expect(both.join()).not.toContain('xoxb');
  // What is no secret is read as it stands: a certificate's file stays a file.
  expect(load(good, { AWS_WEB_IDENTITY_TOKEN_FILE: '/nowhere' })).toHaveProperty('config');
});

test('the keys before the one of the audit log, and only with it', () => {
  const [now, older, oldest] = ['n', 'o', 'a'].map((letter) => letter.repeat(32));
  const read = (env: Record<string, string>) => load(good, env);
  expect(read({ AUDIT_LOG_KEY: `${now}`, AUDIT_LOG_KEYS_BEFORE: ` ${older}\n${oldest} ` })).toMatchObject({
    environment: { auditKey: now, auditKeysBefore: [older, oldest] },
  });
  expect(read({})).toMatchObject({ environment: { auditKeysBefore: [] } });
  expect(JSON.stringify(read({ AUDIT_LOG_KEYS_BEFORE: `${older}` }))).toContain('is set without AUDIT_LOG_KEY');
  const short = JSON.stringify(read({ AUDIT_LOG_KEY: `${now}`, AUDIT_LOG_KEYS_BEFORE: `${older} short` }));
  expect(short).toContain('AUDIT_LOG_KEYS_BEFORE","message":"holds a key that is shorter than 32 characters');
  expect(short).not.toContain(older);
});

test('keys and tokens that are too short to be kept from guessing are refused', () => {
  for (const name of ['AUDIT_LOG_KEY', 'METRICS_TOKEN']) {
    const loaded = load(good, { [name]: 'short' });
    expect('problems' in loaded ? loaded.problems.map(formatProblem) : []).toEqual([
      expect.stringMatching(new RegExp(`${name}.*is shorter than 32 characters: make .* with openssl rand -hex 32`)),
    ]);
  }
});
