import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** How many statements went to a PostgreSQL server so far. */
export interface StatementCounter {
  /** The address to use in place of the server's. */
  url: string;
  statements: () => number;
  close: () => Promise<void>;
}

/**
 * Stands between a client and its PostgreSQL server and counts what is executed. The server's own statistics come up to
 * ten seconds late, and pg_stat_statements needs an administrator.
 * Source: PostgreSQL documentation, "Frontend/Backend Protocol", section "Message Formats": Query and Execute.
 */
export async function countStatements(databaseUrl: string): Promise<StatementCounter> {
  const target = new URL(databaseUrl);
  let statements = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 5432), target.hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket.setNoDelay());
      socket.on('error', () => other.destroy()).on('close', () => sockets.delete(socket));
    }
    const count = executions();
    client.on('data', (bytes) => {
      statements += count(Buffer.from(bytes));
    });
    client.pipe(upstream).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(typeof address === 'object' && address !== null ? address.port : 0);
  return {
    url: url.href,
    statements: () => statements,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Counts the executions in what a client sends, whose messages may come in pieces. */
function executions(): (bytes: Buffer) => number {
  let rest = Buffer.alloc(0);
  // The first message, which says who connects, has no letter.
  let letterBytes = 0;
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    let found = 0;
    while (rest.length >= letterBytes + 4) {
      const length = letterBytes + rest.readUInt32BE(letterBytes);
      if (rest.length < length) break;
      const letter = letterBytes === 0 ? '' : String.fromCharCode(rest[0] ?? 0);
      if (letter === 'Q' || letter === 'E') found += 1;
      rest = rest.subarray(length);
      letterBytes = 1;
    }
    return found;
  };
}
