import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { configPath, loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { type Deciding, type Explanation, explainMessage } from '../explain.ts';
import type { Io } from './io.ts';

/**
 * `trailwatch explain FILE…|- [--json] [--at TIME] [--cert PEM]`: signature, signal, judgement, route and message of
 * each file, without sending anything. Exit code 0 when each would be taken, 2 when one is refused, 1 when it could not
 * be told.
 */
export async function explain(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: 'boolean' }, at: { type: 'string' }, cert: { type: 'string', multiple: true } },
  });
  if (positionals.length === 0)
    throw new Error('Name the files to explain, or - for standard input: trailwatch explain message.json');
  const at = values.at === undefined ? new Date() : new Date(values.at);
  if (Number.isNaN(at.getTime())) throw new Error(`"${values.at}" is no time: write it as 2026-11-23T14:00:00Z.`);
  const certificates = await Promise.all((values.cert ?? []).map((path) => file(io, path)));
  const config = configuration(io);
  if (config === undefined) return 1;

  let refused = false;
  for (const path of positionals) {
    const message = path === '-' ? await text(io.stdin) : await file(io, path);
    const explanation = await explainMessage(message, config, { at, certificates });
    refused ||= isRefused(explanation);
    io.stdout.write(values.json ? `${JSON.stringify(explanation)}\n` : explanationInWords(path, explanation));
  }
  return refused ? 2 : 0;
}

const isRefused = ({ signature }: Explanation): boolean => signature !== 'valid' && signature !== 'none';

async function file(io: Io, path: string): Promise<string> {
  try {
    return await readFile(resolve(io.cwd, path), 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new Error(`${path} ${missing ? 'is not there' : `cannot be read (${String(error)})`}.`);
  }
}

/** The configuration, null when there is no file; undefined when the file has problems, which are reported. */
function configuration(io: Io): Deciding | null | undefined {
  const path = resolve(io.cwd, configPath(io.env));
  if ((io.env['TRAILWATCH_CONFIG'] ?? '') === '' && !existsSync(path)) return null;
  const loaded = loadConfig(path, io.env);
  if (!('problems' in loaded)) return loaded.config;
  for (const problem of loaded.problems) io.stderr.write(`${formatProblem(problem)}\n`);
  return undefined;
}

/** An explanation for people to read, under the name of what is explained. */
export function explanationInWords(
  path: string,
  { signature, signal, more, route, calls, callsNote, text: said }: Explanation,
): string {
  if (signal === undefined || route === undefined)
    return signature === 'valid'
      ? `${path}\n  signature  valid\n  what       confirms a subscription of the bot, and is no alert\n\n`
      : `${path}\n  refused    ${signature}\n\n`;
  const lines: [string, string | undefined][] = [
    ['signature', signature === 'none' ? 'none: a bare payload, read as if it had come through SNS' : signature],
    ['source', `${signal.source}, ${signal.kind}`],
    [
      'severity',
      signal.severity === route.severity ? signal.severity : `${signal.severity}, routed as ${route.severity}`,
    ],
    ['judged', signal.judgement?.reasons.join('; ')],
    ['technique', signal.judgement?.technique],
    ['what', signal.sentence],
    ['account', [signal.account, signal.accountName, signal.region].filter(Boolean).join(', ')],
    ['resource', signal.resource?.arn ?? signal.resource?.name],
    ['who', signal.actor && [signal.actor.name, signal.actor.human].filter(Boolean).join(', in truth ')],
    ['from', signal.sourceIp],
    ['time', signal.time],
    ['key', signal.dedupKey],
    [
      'over',
      signal.state === 'resolved'
        ? 'it resolves the open alert with this key; where there is none, nothing is posted'
        : undefined,
    ],
    [
      'route',
      route.mode === 'drop' ? `dropped (${route.because})` : `${route.mode} in ${route.channel} (${route.because})`,
    ],
    ['escalates', route.escalation ?? undefined],
    ...(calls ?? []).map(({ level, at, who }): [string, string] => [
      `level ${level}`,
      `${at.toISOString()} ${who.join(' and ') || 'nobody: the next level is called at once'}`,
    ]),
    ['but', callsNote],
    ['copies', route.copies.map((copy) => copy.channel).join(', ')],
    ['message', said],
    ['and', more && `${more.length} more in the same message: ${more.map((each) => each.title).join('; ')}`],
  ];
  const body = lines.flatMap(([name, value]) =>
    value ? [`  ${name.padEnd(10)} ${value.replaceAll('\n', ' ')}\n`] : [],
  );
  return `${path}\n${body.join('')}\n`;
}
