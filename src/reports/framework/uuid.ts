import { createHash } from 'node:crypto';
import { keyOf } from '../../framework/score.ts';
import type { Row } from '../../framework/verdict.ts';

/** A name-based UUID (RFC 9562, version 5): the same name is the same one in every run. */
export function uuidOf(name: string): string {
  const bytes = createHash('sha1').update(`trailwatch:${name}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** What is seen of a result, in OSCAL. */
export const observationId = (row: Row): string => uuidOf(`observation ${keyOf(row)}`);
