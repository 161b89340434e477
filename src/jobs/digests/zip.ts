import { Readable } from 'node:stream';
import { crc32, createDeflateRaw } from 'node:zlib';

/** The oldest time that ZIP knows, 1 January 1980: the same files give the same archive, byte for byte. */
const date = (1 << 5) | 1;

/** File names are UTF-8, and sizes come after the data. */
const flags = 0x0808;
const deflated = 8;

/**
 * A ZIP archive in pieces, as its files come: memory does not grow with them. At most 65,535 files and 4 GB, which is
 * far above what Slack takes. Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.9, 4.3.12 and 4.3.16.
 */
export async function* zipFile(
  files:
    | AsyncIterable<{ name: string; pieces: AsyncIterable<Uint8Array> }>
    | Iterable<{ name: string; pieces: AsyncIterable<Uint8Array> }>,
): AsyncGenerator<Uint8Array, void> {
  const directory: Buffer[] = [];
  let offset = 0;
  for await (const { name, pieces } of files) {
    const path = Buffer.from(name);
    const start = offset;
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), headerOf(path, 0, 0, 0), path]);
    yield local;
    offset += local.length;
    const sums = { crc: 0, size: 0, packed: 0 };
    for await (const piece of packed(pieces, sums)) {
      yield piece;
      offset += piece.length;
    }
    const after = Buffer.alloc(16);
    after.write('PK\x07\x08', 0, 'latin1');
    after.writeUInt32LE(sums.crc, 4);
    after.writeUInt32LE(sums.packed, 8);
    after.writeUInt32LE(sums.size, 12);
    yield after;
    offset += after.length;
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(start, 10);
    const madeBy = Buffer.from([20, 0]);
    const header = headerOf(path, sums.crc, sums.packed, sums.size);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), madeBy, header, rest, path]));
  }
  const central = Buffer.concat(directory);
  yield central;
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  yield end;
}

/** What the header before a file and its entry in the directory have in common. */
function headerOf(path: Buffer, crc: number, packed: number, size: number): Buffer {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(20, 0);
  header.writeUInt16LE(flags, 2);
  header.writeUInt16LE(deflated, 4);
  header.writeUInt16LE(date, 8);
  header.writeUInt32LE(crc, 10);
  header.writeUInt32LE(packed, 14);
  header.writeUInt32LE(size, 18);
  header.writeUInt16LE(path.length, 22);
  return header;
}

/** The pieces of a file, deflated; fills in its sums as it goes. */
async function* packed(
  pieces: AsyncIterable<Uint8Array>,
  sums: { crc: number; size: number; packed: number },
): AsyncGenerator<Uint8Array, void> {
  const counted = async function* () {
    for await (const piece of pieces) {
      sums.crc = crc32(piece, sums.crc);
      sums.size += piece.length;
      yield piece;
    }
  };
  const stream: AsyncIterable<Buffer> = Readable.from(counted()).pipe(createDeflateRaw());
  for await (const piece of stream) {
    sums.packed += piece.length;
    yield piece;
  }
}
