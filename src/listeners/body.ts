import { on } from 'node:events';
import type { IncomingMessage } from 'node:http';

/** Why the body of a request was not read to its end. */
export class BodyError extends Error {
  readonly trouble: 'too-large' | 'slow' | 'aborted';
  constructor(trouble: BodyError['trouble']) {
    super(`The body of a request was not read: ${trouble}.`);
    this.trouble = trouble;
  }
}

/**
 * The whole body of a request. `held` hears of each piece as it comes, and stops the reading by throwing.
 * @throws BodyError; the request is not destroyed then, so that the sender still gets his answer
 */
export async function readBody(
  req: IncomingMessage,
  { maxBytes, deadlineMs }: { maxBytes: number; deadlineMs: number },
  held: (bytes: number) => void = () => {},
): Promise<Buffer> {
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw new BodyError('too-large');
  const chunks: Uint8Array[] = [];
  let size = 0;
  const signal = AbortSignal.timeout(deadlineMs);
  const pieces = on(req, 'data', { close: ['end'], signal });
  for (;;) {
    const piece = await pieces.next().catch(() => {
      throw new BodyError(signal.aborted ? 'slow' : 'aborted');
    });
    if (piece.done === true) return Buffer.concat(chunks);
    const [chunk] = piece.value;
    size += chunk.byteLength;
    if (size > maxBytes) {
      // Leaving lets the rest of the body run into nothing.
      await pieces.return?.();
      throw new BodyError('too-large');
    }
    held(chunk.byteLength);
    chunks.push(chunk);
  }
}
