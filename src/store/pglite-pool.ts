import { Duplex } from 'node:stream';
import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

/**
 * Two `pg.Pool`s over one PGlite session: pg's own clients, whose sockets are streams that speak PostgreSQL's wire protocol
 * with the database in this process. Types, errors, LISTEN and results are therefore exactly those of a real server.
 * What the second one asks is answered before what waits in the first one.
 *
 * PGlite has one session. A client that is in a transaction has it alone until its COMMIT or ROLLBACK: the others' queries
 * wait. Session settings, LISTEN and session locks are shared by all clients.
 * Source of the protocol: PostgreSQL documentation, "Frontend/Backend Protocol", section "Message Formats".
 */
export function pglitePools(pglite: PGlite, settings: pg.PoolConfig = {}): { pool: pg.Pool; urgent: pg.Pool } {
  const session = new Session(pglite);
  return { pool: poolOver(session, settings, false), urgent: poolOver(session, settings, true) };
}

function poolOver(session: Session, settings: pg.PoolConfig, urgent: boolean): pg.Pool {
  const pool = new pg.Pool({
    ...settings,
    stream: () => new SessionStream(session, urgent),
    user: 'postgres',
    database: 'postgres',
    max: 50,
    idleTimeoutMillis: 0,
  });
  // A client given back in a transaction would hold the only session for ever.
  pool.on('release', (_error, client) => {
    const status = client.getTransactionStatus();
    if (status === 'T' || status === 'E') client.query('rollback').catch(() => undefined);
  });
  return pool;
}

const letter = (text: string): number => text.charCodeAt(0);
const query = letter('Q');
const sync = letter('S');
const terminate = letter('X');
const readyForQuery = letter('Z');
const notification = letter('A');
const errorResponse = letter('E');

/** AuthenticationOk, then ReadyForQuery in the idle state: the answer to a start-up message. */
const welcome = Buffer.from([letter('R'), 0, 0, 0, 8, 0, 0, 0, 0, readyForQuery, 0, 0, 0, 5, letter('I')]);
const rollback = Buffer.from('Q\0\0\0\rROLLBACK\0', 'latin1');

interface Request {
  from: SessionStream;
  /** Whole protocol messages, up to and with a Query or a Sync. */
  bytes: Buffer;
}

/** The one session of a PGlite, given to one request at a time and to one transaction at a time. */
class Session {
  readonly #pglite: PGlite;
  readonly #streams = new Set<SessionStream>();
  readonly #requests: Request[] = [];
  /** The client whose transaction is open. */
  #holder: SessionStream | undefined;
  #busy = false;

  constructor(pglite: PGlite) {
    this.#pglite = pglite;
  }

  join(stream: SessionStream): void {
    this.#streams.add(stream);
  }

  request(from: SessionStream, bytes: Buffer): void {
    this.#requests.push({ from, bytes });
    void this.#serve();
  }

  /** Forgets a client; what it left open is rolled back. */
  leave(stream: SessionStream): void {
    this.#streams.delete(stream);
    for (let i = this.#requests.length - 1; i >= 0; i--)
      if (this.#requests[i]?.from === stream) this.#requests.splice(i, 1);
    if (this.#holder === stream) this.request(stream, rollback);
  }

  async #serve(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (;;) {
      const index = this.#next();
      const [request] = index < 0 ? [] : this.#requests.splice(index, 1);
      if (!request) break;
      try {
        this.#answer(request.from, Buffer.from(await this.#pglite.execProtocolRaw(request.bytes)));
      } catch (error) {
        this.#holder = undefined;
        request.from.destroy(error instanceof Error ? error : new Error(String(error)));
      }
      // A query runs on this thread: between two of them, timers and sockets get their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#busy = false;
  }

  /** Place of the request that is answered next: of the open transaction, else the first urgent one; -1: none. */
  #next(): number {
    if (this.#holder !== undefined) return this.#requests.findIndex(({ from }) => from === this.#holder);
    const urgent = this.#requests.findIndex(({ from }) => from.urgent);
    return urgent < 0 && this.#requests.length > 0 ? 0 : urgent;
  }

  /**
   * The database met what it cannot go on from, a write to its log that failed: a server would end and recover at its start,
   * and this one answers nothing more. So this process ends as well; what was committed is in the files.
   */
  #stopped(message: Buffer): void {
    if (message.includes('VPANIC\0'))
      setImmediate(() => {
        throw new Error('The embedded database had to stop (is its disk full, or does it fail?): start the bot again.');
      });
  }

  /** Hands a reply on: notifications to every client, all else to the one that asked; notes whether a transaction is open. */
  #answer(to: SessionStream, reply: Buffer): void {
    let from = 0;
    for (let at = 0; at < reply.length; ) {
      const end = at + 1 + reply.readInt32BE(at + 1);
      if (reply[at] === notification) {
        to.receive(reply.subarray(from, at));
        for (const stream of this.#streams) stream.receive(reply.subarray(at, end));
        from = end;
      } else if (reply[at] === errorResponse) {
        this.#stopped(reply.subarray(at, end));
      } else if (reply[at] === readyForQuery) {
        this.#holder = reply[end - 1] === letter('I') ? undefined : to;
      }
      at = end;
    }
    to.receive(reply.subarray(from));
    // It left while this was running.
    if (this.#holder === to && to.destroyed) this.request(to, rollback);
  }
}

/** What pg takes for its socket: cuts the bytes that it writes into requests, and reads the answers. */
class SessionStream extends Duplex {
  readonly urgent: boolean;
  readonly #session: Session;
  #started = false;
  #unread: Buffer = Buffer.alloc(0);

  constructor(session: Session, urgent: boolean) {
    super();
    this.urgent = urgent;
    this.#session = session;
  }

  connect(): void {
    this.#session.join(this);
    process.nextTick(() => this.emit('connect'));
  }

  receive(bytes: Buffer): void {
    if (bytes.length > 0 && !this.destroyed) this.push(bytes);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#unread = this.#unread.length > 0 ? Buffer.concat([this.#unread, chunk]) : chunk;
    // The start-up message alone has no type byte before its length.
    if (!this.#started) {
      if (this.#unread.length >= 4 && this.#unread.length >= this.#unread.readInt32BE(0)) {
        this.#unread = this.#unread.subarray(this.#unread.readInt32BE(0));
        this.#started = true;
        this.push(welcome);
      }
    }
    let at = 0;
    while (this.#started && at + 5 <= this.#unread.length) {
      const end = at + 1 + this.#unread.readInt32BE(at + 1);
      if (end > this.#unread.length) break;
      const type = this.#unread[at];
      at = end;
      if (type === terminate) {
        this.destroy();
        break;
      }
      if (type === query || type === sync) {
        this.#session.request(this, this.#unread.subarray(0, end));
        this.#unread = this.#unread.subarray(end);
        at = 0;
      }
    }
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#session.leave(this);
    done(error);
  }

  /** pg sets these on its socket. */
  setNoDelay(): void {}
  setKeepAlive(): void {}
  ref(): void {}
  unref(): void {}
}
