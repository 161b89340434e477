import { on } from 'node:events';
import type { IncomingMessage } from 'node:http';

/** Why the body of a request was not read to its end. */
export class BodyError extends Error {
  readonly trouble: 'too-large' | 'slow' | 'aborted' | 'overload';
  constructor(trouble: BodyError['trouble']) {
    super(`The body of a request was not read: ${trouble}.`);
    this.trouble = trouble;
  }
}

interface Limits {
  /** Of one body. */
  maxBytes: number;
  /** Of all that are being read or handled at once. */
  maxHeldBytes: number;
  deadlineMs: number;
}

/** A request whose body is being read or handled. */
interface Held {
  bytes: number;
  /** Ends its reading. */
  leave: AbortController;
}

/**
 * Reads the bodies of requests that come in at one door, and hands over each; it counts as held until it is handled. Where they
 * are too many, whoever has been sending for longest has to leave: what is genuine is there at once, and who holds sockets
 * open keeps nobody out.
 * @throws BodyError; the request is not destroyed then, so that the sender still gets his answer
 */
export function bodyReader({ maxBytes, maxHeldBytes, deadlineMs }: Limits) {
  let heldBytes = 0;
  /** The longest first. */
  const reading = new Set<Held>();
  const letGo = (held: Held): void => {
    reading.delete(held);
    heldBytes -= held.bytes;
    held.bytes = 0;
  };
  const makeRoom = (): void => {
    for (const held of reading) {
      if (heldBytes <= maxHeldBytes) return;
      letGo(held);
      held.leave.abort();
    }
  };
  return async <Result>(req: IncomingMessage, handle: (body: Buffer) => Promise<Result>): Promise<Result> => {
    if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw new BodyError('too-large');
    const held: Held = { bytes: 0, leave: new AbortController() };
    reading.add(held);
    try {
      const body = await readAll(req, { maxBytes, deadlineMs, leave: held.leave.signal }, (bytes) => {
        held.bytes += bytes;
        heldBytes += bytes;
        makeRoom();
      });
      reading.delete(held);
      return await handle(body);
    } finally {
      letGo(held);
    }
  };
}

async function readAll(
  req: IncomingMessage,
  { maxBytes, deadlineMs, leave }: { maxBytes: number; deadlineMs: number; leave: AbortSignal },
  came: (bytes: number) => void,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const late = AbortSignal.timeout(deadlineMs);
  const pieces = on(req, 'data', { close: ['end'], signal: AbortSignal.any([late, leave]) });
  for (;;) {
    const piece = await pieces.next().catch(() => {
      throw new BodyError(leave.aborted ? 'overload' : late.aborted ? 'slow' : 'aborted');
    });
    if (piece.done === true) return Buffer.concat(chunks);
    const [chunk] = piece.value;
    size += chunk.byteLength;
    if (size > maxBytes) {
      // Leaving lets the rest of the body run into nothing.
      await pieces.return?.();
      throw new BodyError('too-large');
    }
    chunks.push(chunk);
    came(chunk.byteLength);
  }
}
