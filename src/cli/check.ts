import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { formatDuration } from '../alerts/durations.ts';
import { describeMatcher } from '../alerts/matcher.ts';
import { nextHandoff, onCallAt } from '../alerts/oncall.ts';
import type { Route } from '../alerts/routing.ts';
import type { Config, Environment } from '../config/config.ts';
import { configPath, loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import type { Io } from './io.ts';

/**
 * `trailwatch check [--json]`: what the configuration and the environment mean, in words, or every problem on a line of
 * its own and exit code 1. Secrets are never printed.
 */
export async function check(args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean' } } });
  const loaded = loadConfig(resolve(io.cwd, configPath(io.env)), io.env);
  if ('problems' in loaded) {
    if (values.json) io.stdout.write(`${JSON.stringify({ ok: false, problems: loaded.problems })}\n`);
    else for (const problem of loaded.problems) io.stderr.write(`${formatProblem(problem)}\n`);
    return 1;
  }
  const { config, environment, warnings } = loaded;
  const understood = sections(config, environment, new Date());
  if (values.json) {
    io.stdout.write(`${JSON.stringify({ ok: true, understood: Object.fromEntries(understood), warnings })}\n`);
    return 0;
  }
  for (const [title, lines] of understood) io.stdout.write(`${title}\n${lines.map((line) => `  ${line}\n`).join('')}`);
  for (const warning of warnings) io.stderr.write(`Warning: ${formatProblem(warning)}\n`);
  return 0;
}

/** The configuration in words, by theme. */
function sections(config: Config, environment: Environment, now: Date): [string, string[]][] {
  const orNone = (lines: string[], none: string) => (lines.length === 0 ? [none] : lines);
  return [
    [
      'Alerts come in from',
      orNone(
        [...config.sns.topics.map(topic), ...config.sqs.queues.map(({ url }) => `the queue ${url}`)],
        'nowhere: list a topic under sns.topics',
      ),
    ],
    [
      'Routes, the first that matches wins',
      [...config.routes.map(route), `${config.routes.length + 1}. everything else goes to ${config.channels.default}`],
    ],
    [
      'Escalation',
      orNone(
        [...config.escalation].map(
          ([name, steps]) =>
            `${name}: ${steps.map((step) => `${step.afterMs === 0 ? 'at once' : `after ${formatDuration(step.afterMs)}`} ${step.notify.join(' and ')}`).join(', ')}`,
        ),
        'no policy: nobody is called by the clock',
      ),
    ],
    [
      'On call',
      orNone(
        [...config.schedules].map(([name, schedule]) => {
          const next = nextHandoff(schedule, now);
          return `${name}: ${onCallAt(schedule, now) ?? 'nobody'}${next === undefined ? '' : ` until ${next.at.toISOString()}, then ${next.user}`}`;
        }),
        'no schedule',
      ),
    ],
    [
      'Who may',
      [
        `respond to alerts: ${config.access.respond === null ? 'every full member of the workspace' : config.access.respond.join(', ')}`,
        `investigate: ${config.access.investigate.join(', ') || 'nobody'}`,
        `administer: ${config.access.administer.join(', ') || 'nobody'}`,
      ],
    ],
    [
      'Grouping',
      [
        `an alert that fires again within ${formatDuration(config.grouping.reopenWindowMs)} is opened again`,
        `more than ${config.grouping.storm} new alerts of one kind in a channel within a minute are one storm`,
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

const topic = ({ arn, signatureVersion }: Config['sns']['topics'][number]): string =>
  `${arn}${signatureVersion === '1' ? ' (old SHA-1 signatures accepted)' : ''}`;

function route(rule: Route, place: number): string {
  const what = describeMatcher(rule.match) || 'everything';
  const where = rule.mode === 'drop' ? 'is dropped' : `goes to ${rule.channel ?? 'the default channel'}`;
  const more = [
    rule.mode === 'notification' ? 'as a notification' : '',
    rule.mode === 'digest' ? 'is only stored' : '',
    rule.escalation === null ? '' : `escalates by ${rule.escalation}`,
    rule.mention.length === 0 ? '' : `mentions ${rule.mention.join(', ')}`,
    rule.severity === null ? '' : `counts as ${rule.severity}`,
    rule.continue ? 'and the search goes on' : '',
  ];
  return [`${place + 1}. ${what} ${where}`, ...more.filter((part) => part !== '')].join(', ');
}
