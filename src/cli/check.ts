import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DateTime } from 'luxon';
import type { EscalationPolicy, SecondPerson } from '../alerts/ladder.ts';
import { describeMatcher } from '../alerts/matcher.ts';
import { type OnCallSchedule, withoutStore } from '../alerts/oncall/schedule.ts';
import { nextHandoff, onCallAt } from '../alerts/oncall/shifts.ts';
import type { QuietHours } from '../alerts/quiet-hours.ts';
import type { Route } from '../alerts/routing.ts';
import type { Config, Environment } from '../config/config.ts';
import { digestChannel, digestNames } from '../config/digests/index.ts';
import { configPath, loadConfig } from '../config/load.ts';
import { formatProblem, hideSecrets } from '../config/problem.ts';
import { slackClient } from '../slack/client.ts';
import { formatDuration } from '../words/durations.ts';
import { messageOf } from '../words/text.ts';
import { slackProblems } from './check-slack.ts';
import type { Io } from './io.ts';

/**
 * `trailwatch check [--json] [--slack]`: what the configuration and the environment mean, in words, or every problem on a line of
 * its own and exit code 1. With --json one object: `{ config, runtime, onCall, onCallNote, warnings }` or `{ problems }`. With --slack it asks
 * Slack too whether channels, people, groups and scopes are there. Secrets are never printed.
 */
export async function check(args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean' }, slack: { type: 'boolean' } } });
  const loaded = loadConfig(resolve(io.cwd, configPath(io.env)), io.env);
  if ('problems' in loaded) {
    if (values.json) io.stdout.write(`${json({ problems: loaded.problems })}\n`);
    else for (const problem of loaded.problems) io.stderr.write(`${formatProblem(problem)}\n`);
    return 1;
  }
  const { config, environment, warnings } = loaded;
  const now = new Date();
  if (values.json) {
    const onCall = new Map(
      [...config.schedules].map(([name, schedule]) => [
        name,
        { now: onCallAt(schedule, now).users, next: nextHandoff(schedule, now) ?? null },
      ]),
    );
    const onCallNote = onCall.size === 0 ? {} : { onCallNote: withoutStore };
    io.stdout.write(`${json({ config, runtime: runtime(environment), onCall, ...onCallNote, warnings })}\n`);
    return 0;
  }
  for (const [title, lines] of sections(config, environment, now))
    io.stdout.write([title, ...lines.map((line) => `  ${hideSecrets(line)}`), ''].join('\n'));
  for (const warning of warnings) io.stderr.write(`Warning: ${formatProblem(warning)}\n`);
  return values.slack ? checkSlack(config, environment, io) : 0;
}

async function checkSlack(config: Config, { slack }: Environment, io: Io): Promise<number> {
  if (slack === null) {
    io.stderr.write('Slack cannot be asked: set SLACK_BOT_TOKEN.\n');
    return 1;
  }
  const problems = await slackProblems(slackClient(slack.botToken, slack.apiUrl), config).catch((error: unknown) => [
    `Slack refuses the token: ${messageOf(error)}.`,
  ]);
  for (const problem of problems) io.stderr.write(`${hideSecrets(problem)}\n`);
  if (problems.length === 0) io.stdout.write('Slack: channels, people, groups and scopes are all there.\n');
  return problems.length === 0 ? 0 : 1;
}

/** Maps become objects; what looks like a token or a password in the file is masked. */
const json = (value: object): string =>
  JSON.stringify(value, (_, inner: unknown) => {
    if (inner instanceof Map) return Object.fromEntries(inner);
    return typeof inner === 'string' ? hideSecrets(inner) : inner;
  });

/** What the environment chooses, without the addresses and tokens in it. */
const runtime = ({ databaseUrl, dataDir, redisUrl, slack, port, role, publicUrl }: Environment) => ({
  storage: databaseUrl === null ? { kind: 'embedded', dataDir } : { kind: 'postgresql' },
  queue: redisUrl === null ? 'database' : 'redis',
  slack: slack?.mode ?? null,
  port,
  role,
  publicUrl,
});

/** The configuration in words, by theme. */
function sections(config: Config, environment: Environment, now: Date): [string, string[]][] {
  const { access, accounts, grouping } = config;
  return [
    [
      'Alerts come in from',
      orNone(
        [
          ...config.sns.topics.map(topic),
          ...config.sqs.queues.map(({ url, deadLetter }) => `the ${deadLetter ? 'dead-letter ' : ''}queue ${url}`),
        ],
        'nowhere: list a topic under sns.topics',
      ),
    ],
    ['Channels', [`default: ${config.channels.default}`, `digests: ${config.channels.digest}`]],
    [
      'Routes, the first that matches wins',
      [
        ...config.routes.map(route),
        `${config.routes.length + 1}. everything else: ${config.channels.default}`,
        'what is for information only is one line without buttons, by whichever route',
      ],
    ],
    [
      'Escalation, counted from when an alert begins to fire; when nobody answers, the default channel',
      orNone(
        [...config.escalation].map(([name, policy]) => `${name}: ${steps(policy)}`),
        'no policy: nobody is called by the clock',
      ),
    ],
    [
      'On call',
      orNone(
        [
          ...[...config.schedules].map(([name, schedule]) => `${name}: ${turn(schedule, now)}`),
          ...(config.schedules.size === 0 ? [] : [withoutStore]),
        ],
        'no schedule',
      ),
    ],
    [
      'Who may',
      [
        `see alerts: ${access.see === null ? 'every full member of the workspace' : access.see.join(', ')}`,
        `respond to alerts: ${access.respond === null ? 'every full member of the workspace' : access.respond.join(', ')}`,
        `investigate: ${access.investigate.join(', ') || 'nobody'}`,
        `administer: ${access.administer.join(', ') || 'nobody'}`,
      ],
    ],
    [
      'Accounts',
      [
        ...accounts.list.map(({ id, name, organizationalUnit }) =>
          [id, name, organizationalUnit].filter((part) => part !== null).join(', '),
        ),
        ...(accounts.discover ? ['those that AWS Organizations knows'] : []),
        accounts.role === null
          ? 'read: only the own account of the bot'
          : `read by the role ${accounts.role}, in ${accounts.regions.join(', ') || 'every enabled region'}`,
      ],
    ],
    [
      'Digests',
      orNone(
        digestNames.flatMap((name) => {
          const digest = config.digests[name];
          return digest === undefined
            ? []
            : [`${name}: cron ${digest.cron} (${digest.timezone}) to ${digestChannel(config, name)}`];
        }),
        'none',
      ),
    ],
    [
      'Grouping',
      [
        `an alert that fires again within ${formatDuration(grouping.reopenWindowMs)} is opened again`,
        `more than ${grouping.storm} new alerts of one kind in a channel within a minute are one storm`,
      ],
    ],
    [
      'Runs with',
      [
        environment.databaseUrl === null
          ? `the embedded database in ${environment.dataDir}`
          : 'PostgreSQL at DATABASE_URL',
        environment.redisUrl === null ? 'the queue in the database' : 'the queue in Redis at REDIS_URL',
        environment.slack === null
          ? 'Slack not set up yet'
          : environment.slack.mode === 'http'
            ? `Slack over HTTP, port ${environment.port}`
            : 'Slack by Socket Mode',
      ],
    ],
  ];
}

const orNone = (lines: string[], none: string): string[] => (lines.length === 0 ? [none] : lines);

const topic = ({ arn, signatureVersion }: Config['sns']['topics'][number]): string =>
  `${arn}${signatureVersion === '1' ? ' (old SHA-1 signatures accepted)' : ''}`;

/** `1. critical or high, account prod-*: C0SEC, escalates by primary` */
function route(rule: Route, place: number): string {
  const outcome = {
    alert: rule.channel ?? 'the default channel',
    notification: `${rule.channel ?? 'the default channel'}, as a notification`,
    digest: 'only stored, for the digests',
    drop: 'dropped',
  }[rule.mode];
  const more = [
    rule.escalation === null ? [] : `escalates by ${rule.escalation}`,
    rule.mention.length === 0 ? [] : `mentions ${rule.mention.join(' and ')}`,
    rule.severity === null ? [] : `counts as ${rule.severity}`,
    rule.quietHours === null ? [] : quiet(rule.quietHours),
    rule.continue ? 'and the routes below are tried too' : [],
  ].flat();
  return [`${place + 1}. ${describeMatcher(rule.match)}: ${outcome}`, ...more].join(', ');
}

const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

const quiet = ({ from, to, timezone, days, below }: QuietHours): string => {
  const on = days.length === 7 ? '' : ` on ${dayNames.filter((_, i) => days.includes(i + 1)).join(' ')}`;
  return `quiet below ${below} from ${clock(from)} to ${clock(to)}${on} (${timezone})`;
};

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

const twoPeople = ({ of, lead }: SecondPerson): string =>
  `what is ${of.join(' or ')} takes two people${lead === null ? '' : `, one of them of ${lead.join(' or ')}`}`;

const steps = ({ steps, repeat, second }: EscalationPolicy): string =>
  steps
    .map(
      ({ afterMs, notify }) =>
        `${afterMs === 0 ? 'at once' : `after ${formatDuration(afterMs)}`} ${notify.join(' and ')}`,
    )
    .concat(repeat === 0 ? [] : [`all of it ${repeat === 1 ? 'once' : `${repeat} times`} more`])
    .concat(second === undefined ? [] : [twoPeople(second)])
    .join(', ');

/** `U0ANA until Mon 30 Nov 2026 09:00 (Europe/Prague), then U0BEN` */
function turn(schedule: OnCallSchedule, now: Date): string {
  const named = (users: readonly string[]): string => users.join(' and ') || 'nobody';
  const user = named(onCallAt(schedule, now).users);
  const next = nextHandoff(schedule, now);
  if (next === undefined) return `${user}, always`;
  const handoff = DateTime.fromJSDate(next.at, { zone: schedule.timezone }).setLocale('en');
  return `${user} until ${handoff.toFormat('ccc d LLL yyyy HH:mm')} (${schedule.timezone}), then ${named(next.users)}`;
}
