import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../src/cli/start.ts';
import { openWorld } from './world.ts';

/** `npm run demo`: the real bot with a Slack workspace and AWS alerts on this machine, empty at each start. */
const port = Number(process.env['SANDBOX_PORT'] ?? 4000);
const log = createLog('warn');
const dataDir = mkdtempSync(join(tmpdir(), 'trailwatch-demo-'));
process.stdout.write('Starting Trailwatch and its sandbox …\n');
try {
  const world = await openWorld({ port, log });
  await world.startApp({ dataDir });
  process.stdout.write(
    `\n  Open ${world.slack.url}\n\n  Choose "Play: an evening, with captions" or "Play: leaked access key" in the panel. Ctrl-C ends the demo.\n\n`,
  );
  const stop = async () => {
    await world.close();
    rmSync(dataDir, { recursive: true, force: true });
    process.exit(0);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
} catch (error) {
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  process.stderr.write(
    taken
      ? `Port ${port} is in use: set SANDBOX_PORT to another one.\n`
      : `${error instanceof Error ? error.message : String(error)}\n`,
  );
  rmSync(dataDir, { recursive: true, force: true });
  process.exit(1);
}
