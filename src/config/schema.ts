import { CronExpressionParser } from 'cron-parser';
import { DateTime, IANAZone } from 'luxon';
import { z } from 'zod';
import { parseDuration } from '../alerts/durations.ts';
import { didYouMean } from '../alerts/nearest.ts';
import type { Schedule } from '../alerts/oncall.ts';
import type { QuietHours } from '../alerts/quiet-hours.ts';
import type { Route } from '../alerts/routing.ts';
import { severities } from '../alerts/severity.ts';
import type { AthenaHistory, Queue } from './config.ts';
import { quote } from './problem.ts';

/** An object that knows its keys. For an unknown one the message is the list of them, which the loader turns into words. */
const object = <Shape extends z.core.$ZodLooseShape>(shape: Shape, wrong?: (value: unknown) => string) =>
  z.strictObject(shape, {
    error: ({ code, input }) =>
      code === 'unrecognized_keys'
        ? Object.keys(shape).join(' ')
        : code === 'invalid_type' && input !== undefined
          ? wrong?.(input)
          : undefined,
  });

/** A list of at least one; a single value stands for a list of one. */
const oneOrMore = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(item).min(1, 'the list is empty, so nothing can match'),
  );

/** Text that a function turns into a value; `undefined` from it is a problem, in the words of `wrong`. */
const text = <T>(read: (value: string) => T | undefined, wrong: (value: string) => string) =>
  z.string().transform((value, context) => {
    const result = read(value);
    if (result !== undefined) return result;
    context.issues.push({ code: 'custom', message: wrong(value), input: value });
    return z.NEVER;
  });

const kept = (pattern: RegExp) => (value: string) => (pattern.test(value) ? value : undefined);

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, {
    error: ({ input }) =>
      typeof input === 'string'
        ? `${quote(input)} is none of ${values.join(', ')}${didYouMean(input, values)}`
        : undefined,
  });

const channelId = text(kept(/^[CG][A-Z0-9]{1,20}$/), (value) =>
  /^#|^[a-z0-9_-]+$/.test(value)
    ? `${quote(value)} is a channel's name; write its id, like C0123456789 (in Slack: the channel's details, at the end of "About")`
    : `${quote(value)} is no channel id; one looks like C0123456789`,
);

const idShapes = {
  user: { shape: /^[UW][A-Z0-9]{1,20}$/, example: 'user:U0123456789' },
  usergroup: { shape: /^S[A-Z0-9]{1,20}$/, example: 'usergroup:S0123456789' },
  channel: { shape: /^[CG][A-Z0-9]{1,20}$/, example: 'channel:C0123456789' },
  schedule: { shape: /./, example: 'schedule:NAME' },
  pagerduty: { shape: /^[A-Za-z0-9_-]+$/, example: 'pagerduty:NAME' },
} as const;

type TargetKind = keyof typeof idShapes;

/** `user:U…` and the like, of the kinds that make sense in this place. */
const target = (...kinds: TargetKind[]) => {
  const examples = kinds.map((kind) => idShapes[kind].example).join(' or ');
  return text(
    (value) => (kinds.some((kind) => value.startsWith(`${kind}:`) && isTarget(value, kind)) ? value : undefined),
    (value) => {
      const bare = kinds.find(
        (kind) => kind !== 'schedule' && kind !== 'pagerduty' && idShapes[kind].shape.test(value),
      );
      if (bare !== undefined) return `${quote(value)} does not say what it is; write "${bare}:${value}"`;
      const [kind = ''] = value.split(':');
      const known = kinds.find((other) => other === kind);
      if (known !== undefined) return `${quote(value)} has no ${known} id; write ${idShapes[known].example}`;
      return `${quote(value)} is not understood here; write ${examples}${didYouMean(kind, kinds)}`;
    },
  );
};

const isTarget = (value: string, kind: TargetKind): boolean => idShapes[kind].shape.test(value.slice(kind.length + 1));

const duration = text(parseDuration, (value) => `${quote(value)} is no duration; write one like 90s, 15m, 1h30m or 2d`);

const zones = Intl.supportedValuesOf('timeZone');
const timezone = text(
  (value) => (IANAZone.isValidZone(value) ? value : undefined),
  (value) => `${quote(value)} is no time zone; write one like Europe/Prague or UTC${didYouMean(value, zones)}`,
);

const cron = text(readCron, (value) => {
  const fields = value.trim().split(/\s+/).length;
  const why = fields === 5 ? '' : ` (${fields} field${fields === 1 ? '' : 's'})`;
  return `${quote(value)} is no cron expression${why}; five fields are wanted: minute, hour, day of month, month, day of week, as in "0 8 * * 1"`;
});

function readCron(value: string): string | undefined {
  if (value.trim().split(/\s+/).length !== 5) return undefined;
  try {
    CronExpressionParser.parse(value).next();
    return value.trim();
  } catch {
    return undefined;
  }
}

/** Minutes after midnight of `09:00`. */
function readTime(value: string): number | undefined {
  const match = /^(\d{1,2}):(\d{2})$/.exec(value);
  const [hour, minute] = [Number(match?.[1]), Number(match?.[2])];
  return match !== null && minute < 60 && hour * 60 + minute <= 1440 ? hour * 60 + minute : undefined;
}

const timeOfDay = text(readTime, (value) => `${quote(value)} is no time of day; write one like 09:00 or 18:30`);

const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const longDayNames = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** 1 for Monday … 7 for Sunday. */
function readDay(value: string): number | undefined {
  const written = value.toLowerCase();
  const index = longDayNames.findIndex((name) => written === name || written === name.slice(0, 3));
  return index < 0 ? undefined : index + 1;
}

const day = text(readDay, (value) => `${quote(value)} is no day; write one of ${dayNames.join(', ')}`);

const pattern = z.string().min(1, 'is empty, so nothing can match').max(256, 'is longer than 256 characters');

const accountId = text(kept(/^\d{12}$/), (value) => `${quote(value)} is no account id; one has 12 digits`);

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
  continue: z.boolean().default(false),
})
  .superRefine(({ mode, channel, mention, escalation, quietHours, ...rest }, context) => {
    const senseless = {
      alert: {},
      notification: { escalation: escalation !== null },
      digest: { escalation: escalation !== null, mention: mention.length > 0, quietHours: quietHours !== null },
      drop: {
        channel: channel !== null,
        escalation: escalation !== null,
        mention: mention.length > 0,
        quietHours: quietHours !== null,
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
function readQueue(value: string): Pick<Queue, 'url' | 'region'> | undefined {
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
  }).transform(({ queue, deadLetter }): Queue => ({ ...queue, deadLetter })),
);

const step = object({
  notify: oneOrMore(target('user', 'usergroup', 'schedule', 'channel', 'pagerduty')),
  after: duration,
}).transform(({ notify, after }) => ({ notify, afterMs: after }));

const policy = z
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

const rotation = z.preprocess(
  (value) => (value === 'daily' ? { days: 1 } : value === 'weekly' ? { days: 7 } : value),
  object(
    { days: z.int().min(1).max(366) },
    (value) => `${quote(value)} is no rotation; write daily, weekly or { days: 14 }`,
  ),
);

const schedule = object({
  timezone,
  rotation,
  handoff: text(
    (value) => {
      const [first = '', second] = value.trim().split(/\s+/);
      const weekday = second === undefined ? null : readDay(first);
      const minutes = readTime(second ?? first);
      return weekday === undefined || minutes === undefined || minutes === 1440 ? undefined : { weekday, minutes };
    },
    (value) => `${quote(value)} is no handoff; write one like "Mon 09:00", or "09:00" for a daily rotation`,
  ),
  start: text(
    (value) => (/^\d{4}-\d{2}-\d{2}$/.test(value) && DateTime.fromISO(value).isValid ? value : undefined),
    (value) => `${quote(value)} is no date; write one like 2026-01-05`,
  )
    .nullable()
    .default(null),
  users: oneOrMore(
    text(
      kept(idShapes.user.shape),
      (value) =>
        `${quote(value)} is no user id; one looks like U0123456789 (in Slack: the person's profile, "Copy member ID")`,
    ),
  ),
}).transform(({ timezone, rotation, handoff, start, users }, context): Schedule => {
  const weekly = rotation.days % 7 === 0;
  if (weekly !== (handoff.weekday !== null))
    context.issues.push({
      code: 'custom',
      path: ['handoff'],
      input: handoff,
      message: weekly
        ? 'says no day; a rotation by weeks hands over on one, as in "Mon 09:00"'
        : 'says a day, but the rotation is not by weeks; write the time alone, as in "09:00"',
    });
  return {
    timezone,
    users,
    days: rotation.days,
    handoff: { hour: Math.floor(handoff.minutes / 60), minute: handoff.minutes % 60 },
    start: firstHandoff(start ?? '2024-01-01', handoff.weekday),
  };
});

/** The first date on or after a date that is this day of the week. */
function firstHandoff(date: string, weekday: number | null): string {
  const start = DateTime.fromISO(date, { zone: 'utc' });
  const wait = weekday === null ? 0 : (weekday - start.weekday + 7) % 7;
  return start.plus({ days: wait }).toISODate() ?? date;
}

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

const digest = { cron, timezone, channel: channelId.nullable().default(null) };

const days = z.int().min(1).max(3650);

/** What is accepted for a time: who answers for it, why, and who else agreed. */
const exception = object({
  account: accountId,
  principal: text(
    kept(/^arn:[a-z-]+:iam::\d{12}:.+/),
    (value) => `${quote(value)} is no ARN of IAM; findings name theirs`,
  ),
  rule: z.string().min(1, 'is empty'),
  slot: z.string().nullable().default(null),
  owner: z.string().min(1, 'is empty'),
  reason: z.string().min(1, 'is empty').max(500, 'is longer than 500 characters'),
  requestedBy: z.string().min(1, 'is empty'),
  approvedBy: z.string().min(1, 'is empty'),
  expires: text(
    readDate,
    (value) => `${quote(value)} is no date; write one like 2027-03-31, the last day on which the exception holds`,
  ),
}).refine(({ requestedBy, approvedBy }) => requestedBy !== approvedBy, {
  path: ['approvedBy'],
  error: 'is who asked for it; an exception needs the approval of a second person',
});

/** The end of a day, in UTC. */
function readDate(value: string): Date | undefined {
  const day = DateTime.fromISO(value, { zone: 'utc' });
  return /^\d{4}-\d{2}-\d{2}$/.test(value) && day.isValid ? day.endOf('day').toJSDate() : undefined;
}

const archive = object({
  bucket: text(kept(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/), (value) => `${quote(value)} is no name of an S3 bucket`),
  prefix: z.string().max(500).default('trailwatch/'),
  retainDays: days,
});

const sqlName = text(
  kept(/^\w{1,128}$/),
  (value) => `${quote(value)} is no name in Athena; letters, digits and _ are allowed`,
);

const athenaHistory = object({
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
}).transform((history): AthenaHistory => history);

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
    respond: whoMay
      .min(1, 'is empty, so nobody could acknowledge an alert; without the key, every full member of the workspace may')
      .nullable()
      .default(null),
    investigate: whoMay.default([]),
    administer: whoMay.default([]),
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
  detective: object({ start: z.boolean().default(false) }).prefault({}),
  digests: object({
    credentialReport: object({
      ...digest,
      thresholds: object({
        unusedDays: days.optional(),
        rotationDays: days.optional(),
        overlapDays: days.optional(),
        rootUsedDays: days.optional(),
        passwordLength: days.optional(),
        passwordReuse: days.optional(),
      }).prefault({}),
      exceptions: z.array(exception).default([]),
    }).optional(),
    evidence: object({
      ...digest,
      createReports: z.boolean().default(false),
      attachReviews: z
        .array(
          object({
            assessment: z.string().min(1, 'is empty'),
            controlSet: z.string().min(1, 'is empty'),
            control: z.string().min(1, 'is empty'),
          }),
        )
        .default([]),
    }).optional(),
    framework: object(digest).optional(),
    openFindings: object(digest).optional(),
    alertNumbers: object(digest).optional(),
    keepWeeks: z.int().min(14, 'is less than the 14 weeks that the trend of 12 weeks needs').max(1040).default(104),
    archive: archive.nullable().default(null),
  }).prefault({}),
  grouping: object({
    reopenWindow: duration.default(3_600_000),
    storm: z.int().min(2).max(10_000).default(10),
  }).prefault({}),
});

export type File = z.output<typeof fileSchema>;
