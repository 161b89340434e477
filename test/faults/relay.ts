import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * What a relay does with connections: passes them on, refuses them, or takes everything and answers nothing, as a network
 * does that lost its way.
 */
type Mode = 'open' | 'refuse' | 'swallow';

export interface Relay {
  port: number;
  /** Where to, in turn for each connection; none: refused. */
  targets: { host: string; port: number }[];
  set: (mode: Mode) => void;
  /** Breaks the connections that are open. */
  cut: () => void;
  close: () => Promise<void>;
}

/** Stands between two that speak TCP: the bot and its servers, or SNS and several bots as a load balancer does. */
export async function openRelay(targets: Relay['targets']): Promise<Relay> {
  const sockets = new Set<Socket>();
  let mode: Mode = 'open';
  let turn = 0;

  const keep = (socket: Socket): Socket => {
    sockets.add(socket.setNoDelay());
    return socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  };

  /** Tries one target after the other, as a balancer does whose checks find who is there. */
  function forward(client: Socket, tries: number): void {
    const target = relay.targets[turn++ % Math.max(1, relay.targets.length)];
    if (target === undefined || tries === 0) return void client.resetAndDestroy();
    const upstream = keep(connect(target.port, target.host));
    const failed = (): void => forward(client, tries - 1);
    upstream.once('error', failed).once('connect', () => {
      upstream.off('error', failed).on('data', (bytes) => {
        if (mode !== 'swallow') client.write(bytes);
      });
      upstream.on('close', () => client.destroy());
      client.on('data', (bytes) => {
        if (mode !== 'swallow') upstream.write(bytes);
      });
      client.on('close', () => upstream.destroy());
    });
  }

  const server = createServer((client) => {
    keep(client);
    if (mode === 'refuse') return void client.resetAndDestroy();
    forward(client, relay.targets.length);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const relay: Relay = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    targets,
    set: (wanted) => {
      mode = wanted;
      if (mode === 'refuse') relay.cut();
    },
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      relay.cut();
      await closed;
    },
  };
  return relay;
}
