import type { Dialect } from '../errors.ts';
import type { Operation } from '../schemas.ts';
import type { AwsError } from '../service.ts';

export interface WireRequest {
  method: string;
  /** As sent, percent-encoded, without the query. */
  path: string;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

export interface WireAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

/** One wire protocol seen from the server's side, for one service. */
export interface Protocol {
  dialect: Dialect;
  /** The name of the operation that is asked for; undefined: none that the API has. */
  operationOf: (request: WireRequest) => string | undefined;
  /** The input in the SDK's shape. @throws AwsError when the body cannot be read */
  read: (operation: Operation, request: WireRequest) => unknown;
  write: (operation: Operation, output: unknown, requestId: string) => WireAnswer;
  refuse: (error: AwsError, requestId: string) => WireAnswer;
}
