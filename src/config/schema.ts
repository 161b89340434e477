import { z } from 'zod';
import { askModes } from '../alerts/asking.ts';
import type { OwnAddress } from '../alerts/incidents.ts';
import type { EscalationPolicy } from '../alerts/ladder.ts';
import type { QuietHours } from '../alerts/quiet-hours.ts';
import type { Route } from '../alerts/routing.ts';
import { severities } from '../alerts/severity.ts';
import { targetKindNames } from '../alerts/targets/index.ts';
import { type FrameworkSettings, frameworkDefaults } from '../framework/settings.ts';
import { formatDuration, parseDuration } from '../words/durations.ts';
import { isIn, networkList } from '../words/networks.ts';
import { dayMs, hourMs } from '../words/time.ts';
import type { AthenaHistory, LogTable, SqsQueue } from './config.ts';
import { digests } from './digests/index.ts';
import { quote } from './problem.ts';
import { schedule } from './schedules.ts';
import {
  accountId,
  channelId,
  day,
  kept,
  object,
  oneOf,
  oneOrMore,
  target,
  text,
  timeOfDay,
  timezone,
} from './values.ts';

const duration = text(parseDuration, (value) => `${quote(value)} is no duration; write one like 90s, 15m, 1h30m or 2d`);

/** How long something is kept: at least so long, and why. */
const keptFor = (leastMs: number, why: string) =>
  duration.refine((ms) => ms >= leastMs, { error: `is less than ${formatDuration(leastMs)}: ${why}` });

const network = text(
  (value) => (networkList([value]) === undefined ? undefined : value),
  (value) => `${quote(value)} is no address or network; write one like 203.0.113.7 or 203.0.113.0/24`,
);

const pattern = z.string().min(1, 'is empty, so nothing can match').max(256, 'is longer than 256 characters');

const accountPattern = pattern.refine((value) => !/^\d+$/.test(value) || value.length === 12, {
  error: ({ input }) => `${quote(input)} can never match: an account id has 12 digits`,
});

const matcher = object({
  severity: oneOrMore(oneOf(severities)).optional(),
  source: oneOrMore(pattern).optional(),
  kind: oneOrMore(pattern).optional(),
  account: oneOrMore(accountPattern).optional(),
  organizationalUnit: oneOrMore(pattern).optional(),
  region: oneOrMore(pattern).optional(),
  tag: z.record(z.string(), oneOrMore(pattern)).optional(),
  actor: oneOrMore(pattern).optional(),
  resource: oneOrMore(pattern).optional(),
  text: oneOrMore(pattern).optional(),
});

const quietHours = object({
  from: timeOfDay,
  to: timeOfDay,
  timezone,
  days: oneOrMore(day).default([1, 2, 3, 4, 5, 6, 7]),
  below: oneOf(severities).default('critical'),
})
  .refine(({ from, to }) => from !== to, {
    error: 'from and to are the same; the whole day is from 00:00 to 24:00',
  })
  .refine(({ below }) => below !== 'info', { error: 'nothing is less severe than info, so nothing would be quiet' })
  .transform((quiet): QuietHours => quiet);

export const routeSchema = object({
  match: matcher.default({}),
  channel: channelId.nullable().default(null),
  mention: oneOrMore(target('user', 'usergroup')).default([]),
  escalation: z.string().nullable().default(null),
  severity: oneOf(severities).nullable().default(null),
  runbook: text(readHttps, (value) => `${quote(value)} is no https address`)
    .nullable()
    .default(null),
  mode: oneOf(['alert', 'notification', 'digest', 'drop']).default('alert'),
  quietHours: quietHours.nullable().default(null),
  ask: oneOf(askModes).nullable().default(null),
  show: oneOrMore(z.string().trim().min(1).max(60)).pipe(z.array(z.string()).max(8)).nullable().default(null),
  continue: z.boolean().default(false),
})
  .superRefine(({ mode, channel, mention, escalation, quietHours, ask, show, ...rest }, context) => {
    const senseless = {
      alert: {},
      notification: { escalation: escalation !== null, ask: ask !== null },
      digest: {
        escalation: escalation !== null,
        ask: ask !== null,
        mention: mention.length > 0,
        quietHours: quietHours !== null,
        show: show !== null,
      },
      drop: {
        channel: channel !== null,
        escalation: escalation !== null,
        ask: ask !== null,
        mention: mention.length > 0,
        quietHours: quietHours !== null,
        show: show !== null,
        continue: rest.continue,
      },
    }[mode];
    for (const [key, given] of Object.entries(senseless))
      if (given) context.addIssue({ code: 'custom', path: [key], message: `has no meaning with mode: ${mode}` });
  })
  .transform((route): Route => route);

function readHttps(value: string): string | undefined {
  const url = URL.parse(value);
  return url?.protocol === 'https:' && url.username === '' && url.password === '' ? value : undefined;
}

const partition = 'aws|aws-cn|aws-us-gov';
const topicArn = text(
  kept(new RegExp(`^arn:(?:${partition}):sns:[a-z]{2}(?:-[a-z]+)+-\\d:\\d{12}:[\\w-]{1,256}(?:\\.fifo)?$`)),
  (value) =>
    /^arn:[a-z-]+:sns:[^:]+:\d{12}:[^:]+:./.test(value)
      ? `${quote(value)} is the ARN of a subscription; leave off what follows the topic's name`
      : `${quote(value)} is no topic ARN; one looks like arn:aws:sns:eu-west-1:111122223333:security-alerts`,
);

const topic = z.preprocess(
  (value) => (typeof value === 'string' ? { arn: value } : value),
  object({
    arn: topicArn,
    signatureVersion: z
      .preprocess((value) => (typeof value === 'number' ? String(value) : value), oneOf(['1', '2']))
      .default('2'),
  }),
);

/** A queue by its URL, or by its ARN. */
function readQueue(value: string): Pick<SqsQueue, 'url' | 'region'> | undefined {
  const arn = new RegExp(
    `^arn:(${partition}):sqs:([a-z]{2}(?:-[a-z]+)+-\\d):(\\d{12}):([\\w-]{1,80}(?:\\.fifo)?)$`,
  ).exec(value);
  if (arn !== null) {
    const [, name, region = '', account, queue] = arn;
    const domain = name === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
    return { url: `https://sqs.${region}.${domain}/${account}/${queue}`, region };
  }
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol) || !/^\/\d{12}\/[\w-]{1,80}(?:\.fifo)?$/.test(url.pathname))
    return undefined;
  return { url: value, region: /^sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(url.hostname)?.[1] ?? null };
}

const queue = z.preprocess(
  (value) => (typeof value === 'string' ? { queue: value } : value),
  object({
    queue: text(
      readQueue,
      (value) =>
        `${quote(value)} is neither the URL nor the ARN of a queue; one looks like https://sqs.eu-west-1.amazonaws.com/111122223333/alerts`,
    ),
    deadLetter: z.boolean().default(false),
  }).transform(({ queue, deadLetter }): SqsQueue => ({ ...queue, deadLetter })),
);

const step = object({
  notify: oneOrMore(target(...targetKindNames)),
  after: duration,
}).transform(({ notify, after }) => ({ notify, afterMs: after }));

const steps = z
  .array(step)
  .min(1, 'has no steps')
  .superRefine((steps, context) => {
    steps.forEach(({ afterMs }, i) => {
      const before = steps[i - 1];
      if (before !== undefined && afterMs < before.afterMs)
        context.addIssue({
          code: 'custom',
          path: [i, 'after'],
          message: 'is before the step above; steps go by time, counted from when the alert began to fire',
        });
    });
  });

/** A list of steps stands for a policy that says no more than that. */
const policy = z.preprocess(
  (value) => (Array.isArray(value) ? { steps: value } : value),
  object({
    steps,
    repeat: z.int().min(0).max(10).default(0),
    ackTimeout: z
      .preprocess(
        (value) => (typeof value === 'string' ? Object.fromEntries(severities.map((each) => [each, value])) : value),
        z.partialRecord(oneOf(severities), duration),
      )
      .prefault({}),
    twoPeople: object({
      severity: oneOrMore(oneOf(severities)).default(['critical']),
      lead: oneOrMore(target('user', 'usergroup')).nullable().default(null),
    }).optional(),
  }).transform(
    ({ ackTimeout, twoPeople, ...policy }): EscalationPolicy => ({
      ...policy,
      ackTimeoutMs: ackTimeout,
      ...(twoPeople === undefined ? {} : { second: { of: twoPeople.severity, lead: twoPeople.lead } }),
    }),
  ),
);

const whoMay = z.array(target('user', 'usergroup', 'channel'));

const account = z.preprocess(
  (value) => (typeof value === 'string' ? { id: value } : value),
  object({
    id: accountId,
    name: z.string().nullable().default(null),
    organizationalUnit: z.string().nullable().default(null),
  }),
);

const region = text(
  kept(/^[a-z]{2}(?:-[a-z]+)+-\d$/),
  (value) => `${quote(value)} is no region; one looks like eu-west-1`,
);

const sqlName = text(
  kept(/^\w{1,128}$/),
  (value) => `${quote(value)} is no name in Athena; letters, digits and _ are allowed`,
);

const athenaTable = {
  database: sqlName,
  table: sqlName,
  workGroup: z
    .string()
    .regex(/^[\w.-]{1,128}$/, 'is no name of a workgroup')
    .default('primary'),
  output: text(
    kept(/^s3:\/\/[a-z0-9.-]{3,63}(?:\/.*)?$/),
    (value) => `${quote(value)} is no place in S3; one looks like s3://bucket/athena/`,
  )
    .nullable()
    .default(null),
  account: accountId.nullable().default(null),
  region: region.nullable().default(null),
};
const athenaHistory = object(athenaTable).transform((history): AthenaHistory => history);

const logTables = z
  .array(
    object({
      bucket: text(kept(/^[a-z0-9][a-z0-9.-]{2,62}$/), (value) => `${quote(value)} is no name of a bucket`),
      parquet: z.boolean().default(false),
      ...athenaTable,
    }).transform((table): LogTable => table),
  )
  .default([]);

/** `trailwatch.yaml`, top to bottom. */
export const fileSchema = object({
  sns: object({
    topics: z.array(topic).default([]),
    trustedCertificates: z.array(z.string()).default([]),
  }).prefault({}),
  sqs: object({ queues: z.array(queue).default([]) }).prefault({}),
  channels: object({ default: channelId, digest: channelId.nullable().default(null) }),
  routes: z.array(routeSchema).default([]),
  escalation: z.record(z.string(), policy).default({}),
  schedules: z.record(z.string(), schedule).default({}),
  access: object({
    see: whoMay
      .min(1, 'is empty, so only those with another right could see alerts; without the key, every full member may')
      .nullable()
      .default(null),
    respond: whoMay
      .min(1, 'is empty, so nobody could acknowledge an alert; without the key, every full member of the workspace may')
      .nullable()
      .default(null),
    audit: whoMay.default([]),
    investigate: whoMay.default([]),
    administer: whoMay.default([]),
  }).prefault({}),
  auditLog: object({
    anchors: object({
      channel: channelId.nullable().default(null),
      archive: z.boolean().default(false),
      timeStamp: z.boolean().default(false),
    }).prefault({}),
  }).prefault({}),
  accounts: object({
    discover: oneOf(['organizations']).nullable().default(null),
    list: z.array(account).default([]),
    role: text(
      kept(/^[\w+=,.@/-]{1,512}$/),
      (value) => `${quote(value)} is no role name; write the name alone, like trailwatch-read`,
    )
      .nullable()
      .default(null),
    externalId: z.string().min(1, 'is empty').nullable().default(null),
    regions: z.array(region).default([]),
  }).prefault({}),
  history: object({
    logGroup: text(
      kept(/^(?:arn:[a-z-]+:logs:[a-z0-9-]+:\d{12}:log-group:)?[\w./#-]{1,512}$/),
      (value) =>
        `${quote(value)} is neither the name nor the ARN of a log group; one looks like arn:aws:logs:eu-west-1:111122223333:log-group:cloudtrail`,
    )
      .nullable()
      .default(null),
    athena: athenaHistory.nullable().default(null),
    eventDataStore: text(
      kept(/^arn:[a-z-]+:cloudtrail:[a-z0-9-]+:\d{12}:eventdatastore\/[0-9a-f-]{36}$/),
      (value) => `${quote(value)} is no ARN of an event data store of CloudTrail Lake`,
    )
      .nullable()
      .default(null),
    askAboveDays: z.int().min(0, 'is below 0').default(180),
  }).prefault({}),
  logs: object({ flows: logTables, dns: logTables, s3: logTables }).prefault({}),
  detective: object({ start: z.boolean().default(false) }).prefault({}),
  cadence: object({
    floor: duration
      .refine((ms) => ms >= hourMs && ms <= 14 * dayMs, {
        error: 'must be between 1h and 14d: what is heard is counted by the hour, and learned from for six weeks',
      })
      .default(6 * hourMs),
  }).prefault({}),
  heartbeat: object({
    url: text(readHttps, (value) => `${quote(value)} is no https address`)
      .nullable()
      .default(null),
  }).prefault({}),
  retention: object({
    alerts: keptFor(35 * dayMs, 'the framework looks back 30 days').default(400 * dayMs),
    news: keptFor(35 * dayMs, 'some of it is told again where nobody knows any more that it was').default(90 * dayMs),
    messages: keptFor(14 * dayMs, 'SQS can bring a message again for so long').default(14 * dayMs),
    answers: keptFor(hourMs, 'their files and buttons are used for a while').default(dayMs),
  }).prefault({}),
  digests: digests.prefault({}),
  framework: object({
    logArchive: accountId.nullable().default(frameworkDefaults.logArchive),
    securityAccount: accountId.nullable().default(frameworkDefaults.securityAccount),
    controlTower: oneOf(['required']).nullable().default(null),
    detective: oneOf(['required', 'none']).default('required'),
    keepDays: z.int().min(1).max(3650).default(frameworkDefaults.keepDays),
    paidChecks: z.boolean().default(false),
    readDigests: z.boolean().default(false),
    canaries: object({ events: z.boolean().default(false) }).prefault({}),
    guardDutyProtections: z.array(z.string()).default([...frameworkDefaults.guardDutyProtections]),
    trailInsights: z.boolean().default(false),
    accessAnalyzers: object({ unused: z.boolean().default(false), internal: z.boolean().default(false) }).prefault({}),
    sensitiveBuckets: z.array(z.string()).default([]),
    breakGlassRoles: z.array(z.string()).default([]),
    expectedUsers: z.array(z.string()).default([]),
  })
    .prefault({})
    .transform((settings): FrameworkSettings => settings),
  networks: z
    .record(
      text(kept(/^[a-z][\w-]{0,39}$/i), (value) => `${quote(value)} is no name of a network; write one like office`),
      oneOrMore(network),
    )
    .default({}),
  grouping: object({
    reopenWindow: duration.default(hourMs),
    storm: z.int().min(2).max(10_000).default(10),
    incidentWindow: duration.default(2 * hourMs),
    ownAddresses: z
      .array(network)
      .default([])
      .transform((written): OwnAddress => {
        const own = networkList(written);
        return (address) => own !== undefined && isIn(own, address);
      }),
  }).prefault({}),
});

export type File = z.output<typeof fileSchema>;
