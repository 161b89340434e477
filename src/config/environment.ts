import { z } from 'zod';
import { didYouMean } from '../alerts/nearest.ts';
import type { Environment, SlackConnection } from './config.ts';
import type { Problem } from './problem.ts';

/** Variables by name, as in `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>;

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const roles = ['web', 'worker', 'all'] as const;

/** Values are never repeated in a message: half of them are secrets. */
const startsWith = (prefixes: readonly string[], where: string) =>
  z
    .string()
    .refine((value) => prefixes.some((prefix) => value.startsWith(prefix)), {
      error: `must start with ${prefixes[0]} (${where})`,
    })
    .optional();

const url = (protocols: readonly string[], wrong: string) =>
  z
    .string()
    .refine((value) => protocols.includes(URL.parse(value)?.protocol ?? ''), { error: wrong })
    .optional();

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, {
    error: ({ input }) => `must be one of ${values.join(', ')}${didYouMean(String(input), values)}`,
  });

const variables = z.object({
  SLACK_BOT_TOKEN: startsWith(['xoxb-', 'xoxe.xoxb-'], "the app's page at api.slack.com, OAuth & Permissions"),
  SLACK_APP_TOKEN: startsWith(['xapp-'], "the app's page at api.slack.com, Basic Information, App-Level Tokens"),
  SLACK_SIGNING_SECRET: z.string().optional(),
  SLACK_API_URL: url(['https:', 'http:'], 'must be a URL, like https://slack.com/api/').default(
    'https://slack.com/api/',
  ),
  DATABASE_URL: url(
    ['postgres:', 'postgresql:'],
    'must be the URL of a PostgreSQL database: postgres://USER:PASSWORD@HOST:5432/NAME',
  ),
  REDIS_URL: url(['redis:', 'rediss:'], 'must be the URL of a Redis or Valkey server: redis://HOST:6379'),
  DATA_DIR: z.string().default('./data'),
  PORT: z
    .string()
    .refine((value) => /^\d{1,5}$/.test(value) && Number(value) < 65_536, { error: 'must be a port number, like 3000' })
    .transform(Number)
    .default(3000),
  LOG_LEVEL: oneOf(logLevels).default('info'),
  ROLE: oneOf(roles).default('all'),
  PAGERDUTY_EVENTS_URL: url(
    ['https:', 'http:'],
    'must be a URL, like https://events.eu.pagerduty.com/v2/enqueue',
  ).default('https://events.pagerduty.com/v2/enqueue'),
  TRAILWATCH_PUBLIC_URL: z
    .string()
    .refine(isPublic, { error: 'must be an https address without a path, like https://trailwatch.example.com' })
    .transform((value) => new URL(value).origin)
    .optional(),
});

/** Slack and SNS call by https; plain http serves on the machine itself. */
function isPublic(value: string): boolean {
  const url = URL.parse(value);
  if (url === null || url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname));
}

/** The variable that holds the integration key of `pagerduty:<name>`. */
export const pagerDutyVariable = (name: string): string =>
  `PAGERDUTY_ROUTING_KEY_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;

const about = (variable: string, message: string): Problem => ({
  file: null,
  line: null,
  column: null,
  key: variable,
  message,
});

/**
 * The environment, checked. An empty variable counts as not set. `pagerDutyNames` are those of the
 * `pagerduty:<name>` targets in the file. Problems name the variable and never show its value.
 */
export function readEnvironment(
  env: Variables,
  pagerDutyNames: Iterable<string>,
): { environment: Environment; warnings: Problem[] } | { problems: Problem[] } {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = variables.safeParse(set);
  if (!parsed.success)
    return { problems: parsed.error.issues.map((issue) => about(String(issue.path[0]), issue.message)) };

  const { data } = parsed;
  if (data.ROLE !== 'all' && data.DATABASE_URL === undefined)
    return {
      problems: [about('ROLE', `${data.ROLE} needs DATABASE_URL: the embedded database serves one process alone`)],
    };

  const warnings: Problem[] = [];
  const pagerDutyKeys = new Map<string, string>();
  for (const name of new Set(pagerDutyNames)) {
    const key = set[pagerDutyVariable(name)];
    if (key === undefined)
      warnings.push(about(pagerDutyVariable(name), `is not set, so pagerduty:${name} cannot be called`));
    else pagerDutyKeys.set(name, key);
  }
  const slack = slackConnection(data, warnings);
  return {
    environment: {
      slack,
      databaseUrl: data.DATABASE_URL ?? null,
      redisUrl: data.REDIS_URL ?? null,
      dataDir: data.DATA_DIR,
      port: data.PORT,
      logLevel: data.LOG_LEVEL,
      role: data.ROLE,
      publicUrl: data.TRAILWATCH_PUBLIC_URL ?? null,
      pagerDutyKeys,
      pagerDutyUrl: data.PAGERDUTY_EVENTS_URL,
    },
    warnings,
  };
}

function slackConnection(data: z.output<typeof variables>, warnings: Problem[]): SlackConnection | null {
  const { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken, SLACK_SIGNING_SECRET: signingSecret } = data;
  if (botToken === undefined) warnings.push(about('SLACK_BOT_TOKEN', 'is not set: the bot cannot start without it'));
  if (appToken === undefined && signingSecret === undefined)
    warnings.push(
      about(
        'SLACK_SIGNING_SECRET',
        'is not set, nor is SLACK_APP_TOKEN (Socket Mode): the bot needs one of the two to start',
      ),
    );
  if (appToken !== undefined && signingSecret !== undefined)
    warnings.push(about('SLACK_SIGNING_SECRET', 'is not used: SLACK_APP_TOKEN is set, so the bot uses Socket Mode'));
  if (botToken === undefined) return null;
  const common = { botToken, apiUrl: data.SLACK_API_URL };
  if (appToken !== undefined) return { ...common, mode: 'socket', appToken };
  return signingSecret === undefined ? null : { ...common, mode: 'http', signingSecret };
}
