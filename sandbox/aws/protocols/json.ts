import { JsonCodec } from '@aws-sdk/core/protocols';
import type { Schema } from '@smithy/types';
import { refusal } from '../errors.ts';
import type { Schemas } from '../schemas.ts';
import type { Protocol, WireRequest } from './protocol.ts';

const codec = new JsonCodec({ timestampFormat: { useTrait: true, default: 7 }, jsonName: false });

/** AWS JSON 1.0 and 1.1. Source: Smithy documentation, "AWS JSON 1.1 protocol". */
export const json = (schemas: Schemas, request: WireRequest): Protocol => ({
  dialect: 'json',
  operationOf: ({ headers }) => headers['x-amz-target']?.split('.').at(-1),
  read: ({ input }, { body }) =>
    input.isUnitSchema() ? {} : codec.createDeserializer().readObject(input, parseJson(body, 'json')),
  write: ({ output }, value) => ({
    status: 200,
    headers: { 'content-type': contentType(request) },
    body: output.isUnitSchema() ? '' : writeJson(codec, output, value),
  }),
  refuse: ({ code, message, status }) => ({
    status,
    headers: {
      'content-type': contentType(request),
      // Clients of a service that once spoke Query ask for its old codes this way.
      ...(request.headers['x-amzn-query-mode'] === 'true' && {
        'x-amzn-query-error': `${schemas.queryErrorCode(code) ?? code};${status >= 500 ? 'Receiver' : 'Sender'}`,
      }),
    },
    body: JSON.stringify({ __type: code, message }),
  }),
});

const contentType = ({ headers }: WireRequest): string => headers['content-type'] ?? 'application/x-amz-json-1.1';

/** @throws AwsError SerializationException */
export function parseJson(body: Uint8Array, dialect: 'json' | 'rest-json'): Record<string, never> {
  const text = new TextDecoder().decode(body);
  if (text === '') return {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (isDocument(parsed)) return parsed;
  } catch {}
  throw refusal(dialect, 'malformed', 'The body is not a JSON object.');
}

// The codec takes any JSON object; `never` is a member type that fits its document type.
const isDocument = (value: unknown): value is Record<string, never> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function writeJson(using: JsonCodec, schema: Schema, value: unknown): string {
  const serializer = using.createSerializer();
  serializer.write(schema, value);
  return serializer.flush();
}
