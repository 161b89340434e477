import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** A shape of the API model: its type and what its values must keep to. */
export interface Shape {
  type: string;
  required?: readonly string[] | undefined;
  members?: Readonly<Record<string, Reference>> | undefined;
  member?: Reference | undefined;
  key?: Reference | undefined;
  value?: Reference | undefined;
  enum?: readonly string[] | undefined;
  min?: number | undefined;
  max?: number | undefined;
  pattern?: string | undefined;
  union?: boolean | undefined;
  document?: boolean | undefined;
  error?: { code?: string | undefined; httpStatusCode?: number | undefined } | undefined;
}

interface Reference {
  shape: string;
}

/** The API model of one service, cut to what the sandbox answers. */
export interface Model {
  operations: Readonly<Record<string, ModelOperation>>;
  shapes: Readonly<Record<string, Shape>>;
}

export interface ModelOperation {
  http: { method: string; requestUri: string };
  input?: Reference | undefined;
  output?: Reference | undefined;
  errors?: readonly Reference[] | undefined;
}

const reference = z.object({ shape: z.string() });
const operation = z.object({
  http: z.object({ method: z.string(), requestUri: z.string() }),
  input: reference.optional(),
  output: reference.optional(),
  errors: z.array(reference).optional(),
});
const shape = z.object({
  type: z.string(),
  required: z.array(z.string()).optional(),
  members: z.record(z.string(), reference).optional(),
  member: reference.optional(),
  key: reference.optional(),
  value: reference.optional(),
  enum: z.array(z.string()).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  pattern: z.string().optional(),
  union: z.boolean().optional(),
  document: z.boolean().optional(),
  error: z.object({ code: z.string().optional(), httpStatusCode: z.number().optional() }).optional(),
});

/** What is kept of a botocore model; unknown keys (documentation, wire names) are dropped. */
export const Model = z.object({ operations: z.record(z.string(), operation), shapes: z.record(z.string(), shape) });

export const modelFile = (signingName: string): string => join(import.meta.dirname, `${signingName}.json`);

/** The model of a service; undefined when it has not been made yet (see make.ts). */
export function readModel(signingName: string): Model | undefined {
  const file = modelFile(signingName);
  return existsSync(file) ? Model.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}
