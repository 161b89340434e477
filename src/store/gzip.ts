import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** Gzipped: how large texts and files lie in the database. */
export const pack = (content: Uint8Array | string): Promise<Uint8Array> => zip(content);
export const unpack = (packed: Uint8Array): Promise<Buffer> => unzip(packed);
