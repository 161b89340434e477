import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { targetKinds, variablesOf } from '../alerts/targets/index.ts';
import type { TargetKind, Variable } from '../alerts/targets/target.ts';
import { didYouMean } from '../words/nearest.ts';
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

const long = (what: string) =>
  z
    .string()
    .min(32, { error: `is shorter than 32 characters: make ${what} with openssl rand -hex 32` })
    .optional();

const port = z
  .string()
  .refine((value) => /^\d{1,5}$/.test(value) && Number(value) < 65_536, { error: 'must be a port number, like 3000' })
  .transform(Number);

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
  PORT: port.default(3000),
  METRICS_PORT: port.optional(),
  LOG_LEVEL: oneOf(logLevels).default('info'),
  ROLE: oneOf(roles).default('all'),
  AUDIT_LOG_KEY: long('a key'),
  AUDIT_LOG_KEYS_BEFORE: z
    .string()
    .transform((value) => value.trim().split(/\s+/))
    .refine((keys) => keys.every((key) => key.length >= 32), {
      error:
        'holds a key that is shorter than 32 characters: write the keys that AUDIT_LOG_KEY replaces, the newest first, with spaces between',
    })
    .default([]),
  METRICS_TOKEN: long('a token'),
  OTEL_SDK_DISABLED: z.string().optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(['https:', 'http:'], 'must be the URL of a collector, like http://localhost:4318'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url(['https:', 'http:'], 'must be the URL that takes traces'),
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: url(['https:', 'http:'], 'must be the URL that takes metrics'),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf(['http/json']).optional(),
  OTEL_TRACES_EXPORTER: oneOf(['otlp', 'none']).default('otlp'),
  OTEL_METRICS_EXPORTER: oneOf(['otlp', 'none']).default('otlp'),
  DIGEST_UPLOAD_SECRET: z.string().optional(),
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

const about = (variable: string, message: string): Problem => ({
  file: null,
  line: null,
  column: null,
  key: variable,
  message,
});

const secrets =
  /^(?:SLACK_BOT_TOKEN|SLACK_APP_TOKEN|SLACK_SIGNING_SECRET|DATABASE_URL|REDIS_URL|AUDIT_LOG_KEY|AUDIT_LOG_KEYS_BEFORE|METRICS_TOKEN|DIGEST_UPLOAD_SECRET)_FILE$/;

/** What is set. A secret may be in a file that NAME_FILE names, as Docker, Kubernetes and systemd hand secrets over. */
function withFiles(env: Variables, ofCalls: readonly Variable[]): { set: Record<string, string>; problems: Problem[] } {
  const handedOver = new Set(ofCalls.filter(({ secret }) => secret).map(({ name }) => `${name}_FILE`));
  const set: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(env)) if (value !== undefined && value !== '') set[name] = value;
  for (const [name, path] of Object.entries(set)) {
    if (!secrets.test(name) && !handedOver.has(name)) continue;
    const plain = name.replace(/_FILE$/, '');
    if (set[plain] !== undefined) problems.push(about(name, `is set beside ${plain}: keep one of the two`));
    else
      try {
        set[plain] = readFileSync(path, 'utf8').trimEnd();
      } catch (error) {
        const why = error instanceof Error && 'code' in error ? String(error.code) : 'it is no file';
        problems.push(about(name, `names a file that cannot be read (${why})`));
      }
  }
  return { set, problems };
}

/** What the services that people choose for themselves need, whoever they call. */
const ofAnybody: readonly Variable[] = Object.values<TargetKind>(targetKinds).flatMap(({ personal, variables }) =>
  personal === undefined ? [] : (variables?.('') ?? []),
);

/**
 * The environment, checked. An empty variable counts as not set. `targets` are those of the policies in the file, which say what
 * they need. Problems name the variable and never show its value.
 */
export function readEnvironment(
  env: Variables,
  targets: readonly string[],
): { environment: Environment; warnings: Problem[] } | { problems: Problem[] } {
  const ofCalls = [...ofAnybody, ...targets.flatMap(variablesOf)];
  const { set, problems } = withFiles(env, ofCalls);
  if (problems.length > 0) return { problems };
  const callVariables = new Map(ofCalls.flatMap(({ name }) => (set[name] === undefined ? [] : [[name, set[name]]])));
  for (const { name, url: isUrl } of ofCalls)
    if (isUrl && callVariables.has(name) && !/^https?:$/.test(URL.parse(callVariables.get(name) ?? '')?.protocol ?? ''))
      return { problems: [about(name, 'must be a URL that begins with https:// or http://')] };
  const parsed = variables.safeParse(set);
  if (!parsed.success)
    return { problems: parsed.error.issues.map((issue) => about(String(issue.path[0]), issue.message)) };

  const { data } = parsed;
  if (data.ROLE !== 'all' && data.DATABASE_URL === undefined)
    return {
      problems: [about('ROLE', `${data.ROLE} needs DATABASE_URL: the embedded database serves one process alone`)],
    };

  if (data.METRICS_PORT === data.PORT && data.PORT !== 0)
    return { problems: [about('METRICS_PORT', 'is that of PORT: name another, or leave it out')] };

  if (data.AUDIT_LOG_KEYS_BEFORE.length > 0 && data.AUDIT_LOG_KEY === undefined)
    return {
      problems: [about('AUDIT_LOG_KEYS_BEFORE', 'is set without AUDIT_LOG_KEY, the key that takes their place')],
    };

  const warnings: Problem[] = [];
  for (const target of new Set(targets))
    for (const { name, needed } of variablesOf(target))
      if (needed && !callVariables.has(name)) warnings.push(about(name, `is not set, so ${target} cannot be called`));
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
      callVariables,
      auditKey: data.AUDIT_LOG_KEY ?? null,
      auditKeysBefore: data.AUDIT_LOG_KEYS_BEFORE,
      metricsPort: data.METRICS_PORT ?? null,
      metricsToken: data.METRICS_TOKEN ?? null,
      telemetry: telemetryOf(data),
      uploadSecret: data.DIGEST_UPLOAD_SECRET ?? null,
    },
    warnings,
  };
}

/** Off without the address of a collector. Source: opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables. */
function telemetryOf(data: z.output<typeof variables>): Environment['telemetry'] {
  const isSent = (own: string | undefined, exporter: 'otlp' | 'none'): boolean =>
    data.OTEL_SDK_DISABLED?.toLowerCase() !== 'true' &&
    exporter === 'otlp' &&
    (own ?? data.OTEL_EXPORTER_OTLP_ENDPOINT) !== undefined;
  return {
    traces: isSent(data.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, data.OTEL_TRACES_EXPORTER),
    metrics: isSent(data.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, data.OTEL_METRICS_EXPORTER),
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
