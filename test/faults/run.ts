import { atRestFaults } from './at-rest.ts';
import { copyFaults, moveFault, runningCopyFault } from './copies.ts';
import type { Fault, Outcome } from './faults.ts';
import { kills } from './kills.ts';
import { diskFaults, outsideFaults } from './outside.ts';
import { replicaFaults } from './replicas.ts';
import { openEmbedded, openServers, type Storage } from './servers.ts';
import { serverFaults } from './servers-away.ts';
import { openStage } from './stage.ts';

/**
 * `npm run test:faults [-- --short] [--points=N] [embedded|servers] [WORDS]`: brings faults about, and looks whether what was promised is
 * kept: what was answered is neither lost nor doubled. Prints a table; exit code 1 when something was wrong.
 */
const args = process.argv.slice(2);
const short = args.includes('--short');
/** At so many of a story's steps the bot is ended, evenly over all of them. */
const points = Number(args.find((arg) => arg.startsWith('--points='))?.slice('--points='.length) ?? (short ? 2 : 30));
const [where, ...words] = args.filter((arg) => !arg.startsWith('--'));
const server = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

const storages: Record<string, { open: () => Promise<Storage>; faults: readonly Fault[] }> = {
  embedded: {
    open: openEmbedded,
    faults: [
      ...kills,
      ...diskFaults,
      ...outsideFaults,
      runningCopyFault,
      ...copyFaults,
      moveFault(server),
      ...atRestFaults(server),
    ],
  },
  servers: {
    open: () => openServers(server),
    faults: [...kills, ...replicaFaults, ...serverFaults, ...outsideFaults, ...atRestFaults(server)],
  },
};

/** What is wrong; a fault under which nothing was taken in at all has proven nothing. */
const wrongIn = ({ sent, wrong }: Outcome): string[] =>
  sent.length > 0 && !sent.some(({ accepted }) => accepted) ? [...wrong, 'no alarm was taken in'] : wrong;

function rowOf(storage: string, name: string, outcome: Outcome, ms: number): string {
  const { tried, places, steps, sent } = outcome;
  const wrong = wrongIn(outcome);
  const accepted = sent.filter((each) => each.accepted).length;
  const pressed = sent.filter(({ press }) => press === 'acknowledged').length;
  const cells = [
    storage,
    name,
    `${tried}${places === undefined ? '' : ` (${places} places of ${steps} steps)`}`,
    `${accepted} of ${sent.length}`,
    pressed,
    wrong.length === 0 ? '0 lost, 0 doubled' : wrong.slice(0, 5).join('; '),
    Math.round(ms / 1000),
  ];
  return `| ${cells.join(' | ')} |`;
}

let failed = 0;
const rows: string[] = [];
for (const [name, { open, faults }] of Object.entries(storages)) {
  if (where !== undefined && where !== name) continue;
  const storage = await open();
  const stage = await openStage(storage);
  for (const fault of faults) {
    if (words.length > 0 && !words.every((word) => fault.name.includes(word))) continue;
    const began = performance.now();
    const outcome = await fault
      .run(stage, { short, points })
      .catch((error: unknown): Outcome => ({ tried: 0, sent: [], wrong: [String(error)] }));
    const row = rowOf(storage.name, fault.name, outcome, performance.now() - began);
    if (wrongIn(outcome).length > 0) failed += 1;
    rows.push(row);
    console.log(row);
  }
  for (const bot of stage.bots) await bot.stop();
  const wrong = await stage.wrongInTheBooks();
  if (wrong.length > 0) failed += 1;
  console.log(`${storage.name}: ${wrong.length === 0 ? 'the books are right' : wrong.join('; ')}`);
  await stage.close();
  await storage.close();
}
console.log(
  `\n| storage | fault | times | answered 200 | presses answered | afterwards | s |\n|---|---|---|---|---|---|---|\n${rows.join('\n')}`,
);
process.exit(failed === 0 ? 0 : 1);
