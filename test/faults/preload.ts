import { channel } from 'node:diagnostics_channel';
import fs, { writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import pg from 'pg';
import * as z from 'zod';

/**
 * Comes before the bot in its process (`node --import`), and knows nothing of it: counts its steps, ends the process at the
 * one that it is told, sets its clock wrong, and fills its disk. A step is a statement, a request that goes out, or an answer
 * that is given, once before it and once after it.
 */
const Order = z.union([
  /** Counts from now on, and ends or stops the process at this step; 0: at none. */
  z.object({ at: z.number(), signal: z.enum(['SIGKILL', 'SIGSTOP']) }),
  /** How many steps there were since? */
  z.object({ count: z.literal(true) }),
  /** `full`: what makes a file longer finds no space; `broken`: no write succeeds. */
  z.object({ disk: z.enum(['right', 'full', 'broken']) }),
]);

let armed: { at: number; signal: 'SIGKILL' | 'SIGSTOP' } | undefined;
let steps = 0;
// A command of the terminal is armed from its start, and says at its end how many steps it had.
const endAt = process.env['FAULT_END_AT'];
if (endAt !== undefined) {
  armed = { at: Number(endAt), signal: 'SIGKILL' };
  process.on('exit', () => writeSync(2, `\nSteps: ${steps}\n`));
}

function step(what: string): void {
  if (armed === undefined) return;
  steps += 1;
  if (steps !== armed.at) return;
  writeSync(2, `\nEnded at step ${steps}: ${what.replaceAll(/\s+/g, ' ').slice(0, 160)}\n`);
  process.kill(process.pid, armed.signal);
}

const textOf = (statement: unknown): string =>
  typeof statement === 'object' && statement !== null && 'text' in statement
    ? String(statement.text)
    : String(statement);

// What BullMQ does for itself (its tables have no schema in their names) is no step of ours.
const isOurs = (text: string): boolean => !/\bbullmq|job_|queue_/.test(text);

const { query } = pg.Client.prototype;
Object.defineProperty(pg.Client.prototype, 'query', {
  value: function counted(this: pg.Client, ...args: unknown[]): unknown {
    const text = textOf(args[0]);
    if (!isOurs(text)) return Reflect.apply(query, this, args);
    step(`before ${text}`);
    const answer: unknown = Reflect.apply(query, this, args);
    return answer instanceof Promise
      ? answer.then((result: unknown) => {
          step(`after ${text}`);
          return result;
        })
      : answer;
  },
});

const Requested = z.object({ request: z.object({ method: z.string(), path: z.string() }) });
const Answering = z.object({ request: z.object({ url: z.string() }) });
const watch = (name: string, said: (message: unknown) => string): void =>
  channel(name).subscribe((message) => step(said(message)));
const toSay = (words: string) => (message: unknown) => {
  const { data } = Requested.safeParse(message);
  return `${words} ${data?.request.method} ${data?.request.path}`;
};
watch('undici:request:create', toSay('before'));
watch('undici:request:trailers', toSay('after'));
watch('http.client.request.created', toSay('before'));
watch('http.client.response.finish', toSay('after'));
watch('http.server.response.finish', (message) => `answered ${Answering.safeParse(message).data?.request.url}`);

// A wrong clock: everything of this process is so many milliseconds ahead.
const aheadMs = Number(process.env['FAULT_CLOCK_AHEAD_MS'] ?? 0);
if (aheadMs !== 0) {
  const Right = Date;
  globalThis.Date = class extends Right {
    constructor(...args: [] | [number | string | Date]) {
      if (args.length === 0) super(Right.now() + aheadMs);
      else super(...args);
    }
    static override now(): number {
      return Right.now() + aheadMs;
    }
  } as DateConstructor;
}

// A disk without space, or broken, in place of a file system of that kind, which only root can make.
let disk: 'right' | 'full' | 'broken' = 'right';
const failure = (code: 'ENOSPC' | 'EIO') => Object.assign(new Error(`${code}: write`), { code });
const { writeSync: write, openSync: open } = fs;
Object.assign(fs, {
  writeSync: (...args: [fd: number, bytes: Uint8Array, offset: number, length: number, position: number | null]) => {
    const [fd, , , length, position] = args;
    if (disk === 'broken' && fd > 2) throw failure('EIO');
    if (disk === 'full' && fd > 2 && (position ?? Infinity) + length > fs.fstatSync(fd).size) throw failure('ENOSPC');
    return Reflect.apply(write, fs, args);
  },
  openSync: (...args: Parameters<typeof open>) => {
    const creates = typeof args[1] === 'number' && (args[1] & fs.constants.O_CREAT) !== 0;
    if (disk !== 'right' && creates && !fs.existsSync(args[0])) throw failure(disk === 'full' ? 'ENOSPC' : 'EIO');
    return open(...args);
  },
});
syncBuiltinESMExports();

process.on('message', (message) => {
  const order = Order.parse(message);
  if ('at' in order) {
    steps = 0;
    armed = order;
    process.send?.({ armed: true });
  } else if ('disk' in order) {
    disk = order.disk;
    process.send?.({ disk });
  } else process.send?.({ steps });
});
process.channel?.unref();
