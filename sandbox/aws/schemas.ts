import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticErrorSchema, StaticOperationSchema, StaticStructureSchema } from '@smithy/types';
import * as z from 'zod';
import type { Service } from './service.ts';

/** What an SDK client package says about its service's wire. */
export interface Schemas {
  /** As `aws.protocols#awsJson1_1`. */
  protocol: string;
  /** As `http://sns.amazonaws.com/doc/2010-03-31/`; empty where the protocol has none. */
  xmlNamespace: string;
  operation: (name: string) => Operation | undefined;
  /** Every operation of the API, not only those that the sandbox answers. */
  operations: () => readonly Operation[];
  /** The old Query code of an error, of a service that once spoke Query: `AWS.SimpleQueueService.NonExistentQueue`. */
  queryErrorCode: (name: string) => string | undefined;
}

export interface Operation {
  name: string;
  input: NormalizedSchema;
  output: NormalizedSchema;
  /** Of REST protocols: method, path template with its query, and status. */
  http: { method: string; uri: string; status: number } | null;
}

const Client = z.object({
  config: z.object({
    protocol: z.custom<{ getShapeId: () => string }>(
      (value) => typeof value === 'object' && value !== null && 'getShapeId' in value,
    ),
    protocolSettings: z.object({ xmlNamespace: z.string().default('') }),
  }),
});
const HttpTrait = z.object({ http: z.tuple([z.string(), z.string(), z.number()]) });
const QueryErrorTrait = z.object({ awsQueryError: z.tuple([z.string(), z.number()]) });

/** Reads the schemas that every SDK v3 client package exports: `LookupEvents$`, `LookupEventsRequest$`, … */
export async function readSchemas(service: Service): Promise<Schemas> {
  const sdk = await service.sdk();
  const entries: [string, unknown][] = Object.entries(sdk);
  const client = entries.find(([name, value]) => /^[A-Z]\w*Client$/.test(name) && typeof value === 'function')?.[1];
  if (typeof client !== 'function') throw new Error(`The SDK package of ${service.signingName} has no client.`);
  const credentials = { accessKeyId: 'unused', secretAccessKey: 'unused' };
  const { config } = Client.parse(Reflect.construct(client, [{ region: 'us-east-1', credentials }]));
  const operations = new Map<string, Operation>();
  const errors = new Map<string, string>();
  for (const [, value] of entries) {
    if (isOperation(value)) operations.set(value[2], readOperation(value));
    if (isError(value)) {
      const trait = QueryErrorTrait.safeParse(value[3]);
      if (trait.success) errors.set(value[2], trait.data.awsQueryError[0]);
    }
  }
  return {
    protocol: config.protocol.getShapeId(),
    xmlNamespace: config.protocolSettings.xmlNamespace,
    operation: (name) => operations.get(name),
    operations: () => [...operations.values()],
    queryErrorCode: (name) => errors.get(name),
  };
}

function readOperation([, , name, traits, input, output]: StaticOperationSchema): Operation {
  const http = HttpTrait.safeParse(traits);
  const [method, uri, status] = http.success ? http.data.http : [];
  return {
    name,
    input: NormalizedSchema.of(input),
    output: NormalizedSchema.of(output),
    http: method !== undefined && uri !== undefined && status !== undefined ? { method, uri, status } : null,
  };
}

const isOperation = (value: unknown): value is StaticOperationSchema =>
  Array.isArray(value) && value.length === 6 && value[0] === 9;

const isError = (value: unknown): value is StaticErrorSchema =>
  Array.isArray(value) && value.length >= 6 && value[0] === -3;

/** The same structure under another name, with members added: the envelopes of the XML protocols are made of it. */
export function structure(
  name: string,
  members: Readonly<Record<string, NormalizedSchema | 0>>,
): StaticStructureSchema {
  return [3, '', name, 0, Object.keys(members), Object.values(members)];
}

/** The members of a structure; none of `unit`. */
export const membersOf = (schema: NormalizedSchema): [string, NormalizedSchema][] =>
  schema.isStructSchema() ? [...schema.structIterator()] : [];
