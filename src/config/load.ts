import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { doubts, notifyTargets, remarksAcross, secretsIn } from './checks.ts';
import type { Config, Environment } from './config.ts';
import { readEnvironment, type Variables } from './environment.ts';
import { readHolidays } from './holidays.ts';
import { type Problem, quote } from './problem.ts';
import { type File, fileSchema } from './schema.ts';
import { plainWords, remarksOf } from './words.ts';
import { type Remark, readYaml } from './yaml.ts';

export interface Loaded {
  config: Config;
  environment: Environment;
  /** What works but is most likely not what was meant. */
  warnings: Problem[];
}

/** Where the configuration is: `TRAILWATCH_CONFIG`, or `trailwatch.yaml` in the working directory. */
export const configPath = (env: Variables): string => env['TRAILWATCH_CONFIG'] || './trailwatch.yaml';

/**
 * Reads and checks the configuration file and the environment, and tells all problems at once, each with its place.
 * Paths in the file are relative to the file. What a user can write is never a reason to throw.
 */
export function loadConfig(path: string, env: Variables): Loaded | { problems: Problem[] } {
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    const { problems } = asProblems(readEnvironment(env, []));
    return { problems: [unreadable(path, error), ...problems] };
  }
  const yaml = readYaml(path, source);
  const environment = readEnvironment(
    env,
    notifyTargets(yaml.data).map(({ target }) => target),
  );
  if (yaml.data === undefined) return { problems: [...yaml.problems, ...asProblems(environment).problems] };

  const file = fileSchema.safeParse(yaml.data, { error: plainWords });
  const certificates = readCertificates(path, file.data?.sns.trustedCertificates ?? [], ['sns', 'trustedCertificates']);
  const stampers = readCertificates(path, file.data?.digests.timeStamp?.certificates ?? [], [
    'digests',
    'timeStamp',
    'certificates',
  ]);
  const holidays = readHolidays(path, file.data?.schedules ?? {}, new Date());
  const remarks = [
    ...(file.error?.issues.flatMap(remarksOf) ?? []),
    ...remarksAcross(yaml.data),
    ...certificates.problems,
    ...stampers.problems,
    ...holidays.problems,
  ];
  const problems = [...yaml.problems, ...remarks.map(yaml.place)].sort(byPlace);
  if (!file.success || 'problems' in environment || problems.length > 0)
    return { problems: [...problems, ...asProblems(environment).problems] };

  const warnings = [
    ...doubts(file.data),
    ...certificates.warnings,
    ...stampers.warnings,
    ...holidays.warnings,
    ...secretsIn(yaml),
  ];
  return {
    config: normalise(file.data, {
      trustedCertificates: certificates.texts,
      stampers: stampers.texts,
      holidays: holidays.days,
    }),
    environment: environment.environment,
    warnings: [...warnings.map(yaml.place).sort(byPlace), ...environment.warnings],
  };
}

const asProblems = (environment: ReturnType<typeof readEnvironment>): { problems: Problem[] } =>
  'problems' in environment ? environment : { problems: [] };

const byPlace = (a: Problem, b: Problem): number => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);

function unreadable(path: string, error: unknown): Problem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const message =
    code === 'ENOENT'
      ? 'there is no such file; make one with: cp trailwatch.example.yaml trailwatch.yaml (TRAILWATCH_CONFIG names another place)'
      : `cannot be read (${code})`;
  return { file: path, line: null, column: null, key: '', message };
}

/** The pinned certificates: PEM files, each with one or more certificates in it. */
function readCertificates(configFile: string, paths: readonly string[], key: Remark['path']) {
  const texts: string[] = [];
  const problems: Remark[] = [];
  const warnings: Remark[] = [];
  for (const [index, path] of paths.entries()) {
    const remark = (message: string): Remark => ({ path: [...key, index], message });
    try {
      const pem = readFileSync(resolve(dirname(configFile), path), 'utf8');
      const found = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
      if (found.length === 0) problems.push(remark(`there is no PEM certificate in ${quote(path)}`));
      for (const text of found) {
        const { validToDate } = new X509Certificate(text);
        if (validToDate < new Date()) warnings.push(remark(`a certificate expired on ${validToDate.toISOString()}`));
        texts.push(text);
      }
    } catch (error) {
      const why = error instanceof Error && 'code' in error ? String(error.code) : 'not a certificate';
      problems.push(remark(`${quote(path)} cannot be read as a certificate (${why})`));
    }
  }
  return { texts, problems, warnings };
}

function normalise(
  file: File,
  {
    trustedCertificates,
    stampers,
    holidays,
  }: { trustedCertificates: string[]; stampers: string[]; holidays: ReadonlyMap<string, string[]> },
): Config {
  const { timeStamp } = file.digests;
  return {
    sns: { topics: file.sns.topics, trustedCertificates },
    sqs: file.sqs,
    channels: { default: file.channels.default, digest: file.channels.digest ?? file.channels.default },
    routes: file.routes,
    escalation: new Map(Object.entries(file.escalation)),
    schedules: new Map(
      Object.entries(file.schedules).map(([name, { holidayFile: _, ...schedule }]) => [
        name,
        { ...schedule, holidays: [...schedule.holidays, ...(holidays.get(name) ?? [])] },
      ]),
    ),
    access: file.access,
    auditLog: file.auditLog,
    accounts: { ...file.accounts, discover: file.accounts.discover !== null },
    history: file.history,
    logs: file.logs,
    detective: file.detective,
    cadence: { floorMs: file.cadence.floor },
    heartbeat: file.heartbeat,
    retention: {
      alertsMs: file.retention.alerts,
      newsMs: file.retention.news,
      messagesMs: file.retention.messages,
      answersMs: file.retention.answers,
    },
    digests: { ...file.digests, timeStamp: timeStamp && { ...timeStamp, certificates: stampers } },
    framework: file.framework,
    networks: new Map(Object.entries(file.networks).map(([name, addresses]) => [name.toLowerCase(), addresses])),
    grouping: {
      reopenWindowMs: file.grouping.reopenWindow,
      storm: file.grouping.storm,
      incidentWindowMs: file.grouping.incidentWindow,
      isOwn: file.grouping.ownAddresses,
    },
  };
}
