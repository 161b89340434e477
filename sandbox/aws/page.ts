import { hexOf } from '../organization/stable.ts';
import { AwsError } from './service.ts';

export interface PageRequest {
  token: string | undefined;
  /** How many the caller wants, else the service's own number. */
  size: number;
  /** The request without token and size: a token is good for no other. */
  request: object;
  /** How the service refuses a token that it did not give out for this request. */
  refusal?: AwsError;
}

/** One page of a list and the token of the next; the token is opaque base64, as those of AWS. */
export function pageOf<T>(
  all: readonly T[],
  {
    token,
    size,
    request,
    refusal = new AwsError('ValidationException', 'The token is not valid for this request.'),
  }: PageRequest,
): { items: T[]; next: string | undefined } {
  const mark = hexOf(JSON.stringify(request)).slice(0, 16);
  const start = token === undefined ? 0 : startOf(token, mark);
  if (start === undefined) throw refusal;
  const end = start + size;
  return {
    items: all.slice(start, end),
    next: end < all.length ? Buffer.from(`${mark}:${end}`).toString('base64') : undefined,
  };
}

function startOf(token: string, mark: string): number | undefined {
  const [, known, start] = /^([0-9a-f]{16}):(\d{1,9})$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  return known === mark ? Number(start) : undefined;
}
