import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { linesOf } from '../words/lines.ts';
import { copyOf } from './copy.ts';
import type { Database } from './database.ts';

/** In the directory of the embedded database, which one process at a time can open. */
const socketIn = (dataDir: string): string => join(dataDir, 'copy.sock');

/** A reader that takes nothing for so long is cut off: whoever reads has the database to himself. */
const patienceMs = 5000;

/**
 * Lets `trailwatch backup` have a copy while this process has the embedded database open: whoever may connect to the socket
 * in its directory, its owner alone, is sent the copy's lines. Other statements wait meanwhile. Returns the way to stop.
 * @throws what the system throws for a path that is too long for a socket (about 100 bytes)
 */
export async function serveCopies(database: Database, dataDir: string): Promise<() => Promise<void>> {
  const path = socketIn(dataDir);
  // What a process left that was killed; this one holds the directory's lock.
  await rm(path, { force: true });
  const server = createServer(async (socket) => {
    socket.setTimeout(patienceMs, () => socket.destroy()).on('error', () => {});
    try {
      for await (const line of copyOf(database)) {
        if (socket.destroyed) return;
        if (!socket.write(`${line}\n`)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
      }
      socket.end();
    } catch {
      // Without its last line the copy is known to be cut short.
      socket.destroy();
    }
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  await chmod(path, 0o600);
  return async () => void server.close();
}

/** The copy's lines as the process sends them that has the database open; undefined: there is none that does. */
export async function copyOfRunning(dataDir: string): Promise<AsyncIterable<string> | undefined> {
  const socket = connect(socketIn(dataDir));
  try {
    await once(socket, 'connect');
  } catch {
    return undefined;
  }
  return linesOf(socket.setEncoding('utf8'));
}
