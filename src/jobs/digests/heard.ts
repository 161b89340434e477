import type { DeserializeMiddleware, MetadataBearer, MiddlewareStack } from '@smithy/types';
import { z } from 'zod';

/** One answer of AWS: which call, its request id, and AWS's own clock (the header Date as it came). */
export const Said = z.object({ call: z.string(), requestId: z.string().nullable(), date: z.string().nullable() });

export type Said = z.infer<typeof Said>;

const Response = z.object({ headers: z.record(z.string(), z.string()) });

let listeners = 0;

/**
 * Does something with a client, and notes each answer of AWS meanwhile. Request ids are those that CloudTrail records, so that
 * an auditor finds each call there.
 */
export async function heard<Input extends object, Output extends MetadataBearer, Result>(
  client: { middlewareStack: MiddlewareStack<Input, Output> },
  ask: () => Promise<Result>,
): Promise<{ result: Result; said: Said[] }> {
  const said: Said[] = [];
  listeners += 1;
  const name = `heard-${listeners}`;
  const listen: DeserializeMiddleware<Input, Output> =
    (next, { commandName = '' }) =>
    async (args) => {
      const answered = await next(args);
      const headers = Response.safeParse(answered.response).data?.headers ?? {};
      said.push({
        call: commandName.replace(/Command$/, ''),
        requestId: answered.output?.$metadata.requestId ?? null,
        date: headers['date'] ?? null,
      });
      return answered;
    };
  client.middlewareStack.add(listen, { step: 'deserialize', priority: 'high', name });
  try {
    return { result: await ask(), said };
  } finally {
    client.middlewareStack.remove(name);
  }
}
