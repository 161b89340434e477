import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { type Reach, slackManifest } from '../slack/manifest.ts';
import type { Io } from './io.ts';

/**
 * `trailwatch manifest --http URL | --socket [--json]`: the Slack app manifest, as YAML. Without either, the environment
 * decides: SLACK_APP_TOKEN means Socket Mode, TRAILWATCH_PUBLIC_URL names the address.
 */
export async function manifest(args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { http: { type: 'string' }, socket: { type: 'boolean' }, json: { type: 'boolean' } },
  });
  const reach = reachOf(values, io);
  if (reach === undefined) {
    io.stderr.write(
      'Say how Slack reaches the bot: --http https://trailwatch.example.com, or --socket for Socket Mode.\n',
    );
    return 1;
  }
  const made = slackManifest(reach);
  io.stdout.write(values.json ? `${JSON.stringify(made)}\n` : stringify(made));
  return 0;
}

function reachOf(values: { http?: string | undefined; socket?: boolean | undefined }, io: Io): Reach | undefined {
  if (values.socket && values.http !== undefined)
    throw new Error('--http and --socket are two ways for Slack to reach the bot: give one of them.');
  if (values.socket || (values.http === undefined && io.env['SLACK_APP_TOKEN'])) return { mode: 'socket' };
  const url = values.http ?? (io.env['TRAILWATCH_PUBLIC_URL'] || undefined);
  if (url === undefined) return undefined;
  const parsed = URL.parse(url);
  if (parsed?.protocol !== 'https:')
    throw new Error(`"${url}" is no https address: Slack sends its requests to https only.`);
  if (parsed.pathname !== '/')
    throw new Error(`"${url}" has a path: the bot answers at the root of its address, like ${parsed.origin}.`);
  return { mode: 'http', publicUrl: parsed.origin };
}
