import * as z from 'zod';
import { isObject, parseJson, string } from './json.ts';
import type { State } from './state.ts';
import type { Problem } from './validate.ts';

/** A call of the Web API, from its arguments to its answer: what all methods share. */

/** Slack's refusal of a call, by its own error name. */
export class ApiError extends Error {
  readonly more: Record<string, unknown>;

  constructor(name: string, more: Record<string, unknown> = {}) {
    super(name);
    this.more = more;
  }
}

/** What a method works on. */
export interface Api {
  state: State;
  /** Bot scopes that the app was installed with. */
  scopes: readonly string[];
  /** Who may use a trigger id, once, within three seconds. Throws `expired_trigger_id` and the like. */
  useTrigger: (id: string) => string;
  /** The address of this server, without a slash at its end. */
  url: () => string;
  /** A new WebSocket address for Socket Mode. */
  socketUrl: () => string;
}

export type Answer = Record<string, unknown>;

export interface Method {
  /** Bot scopes; a public channel, a private one and a direct message differ, and one of them is enough here. */
  scopes: readonly string[];
  /** Socket Mode is opened with the app's own token, everything else with the bot's. */
  token: 'bot' | 'app';
  call: (api: Api, args: Record<string, unknown>) => Answer;
}

/** The SDK names the team in each call, and the token where no header may be. */
const common = { team_id: z.string().optional(), token: z.string().optional() };

/** A method with the arguments it knows. Unknown arguments are refused: Slack ignores them, and the mistake stays. */
export function method<Shape extends z.ZodRawShape>(
  scopes: readonly string[],
  shape: Shape,
  call: (api: Api, args: z.output<z.ZodObject<Shape>>) => Answer,
  token: Method['token'] = 'bot',
): Method {
  const known = z.object(shape);
  const names = new Set([...Object.keys(shape), ...Object.keys(common)]);
  return {
    scopes,
    token,
    call: (api, args) => {
      const unknown = Object.keys(args).filter((name) => !names.has(name));
      const parsed = known.safeParse(args);
      const issues = parsed.error?.issues ?? [];
      refuse('invalid_arguments', [
        ...unknown.map((name) => ({ pointer: '', message: `unexpected argument: ${name}` })),
        ...issues.map((issue) => ({
          pointer: issue.path.map((key) => `/${String(key)}`).join(''),
          message:
            issue.path.length === 1 && args[String(issue.path[0])] === undefined
              ? `missing required field: ${String(issue.path[0])}`
              : issue.message,
        })),
      ]);
      if (parsed.data === undefined) throw new ApiError('invalid_arguments');
      return call(api, parsed.data);
    },
  };
}

/** Refuses the call when there are problems, in the form in which Slack lists them. */
export function refuse(name: string, problems: Problem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ pointer, message }) => `${message} [json-pointer:${pointer}]`);
  throw new ApiError(name, { errors: lines, response_metadata: { messages: lines.map((line) => `[ERROR] ${line}`) } });
}

// Arguments come as JSON or as form fields, where everything is text.

export const jsonArg = z.unknown().transform((given, context): unknown => {
  if (typeof given !== 'string') return given;
  const parsed = parseJson(given);
  if (parsed !== undefined) return parsed;
  context.issues.push({ code: 'custom', message: 'must be JSON', input: given });
  return z.NEVER;
});

export const flag = z.union([
  z.boolean(),
  z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1'),
]);

export const amount = z.coerce.number().int().min(1).max(1000);

/** One page of a list, and the cursor of the next. */
export function pageOf<T>(
  items: readonly T[],
  { cursor = '', limit }: { cursor?: string | undefined; limit: number },
): { items: T[]; response_metadata: { next_cursor: string } } {
  const start = cursor === '' ? 0 : Number(/^from:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1]);
  if (!Number.isSafeInteger(start) || start > items.length) throw new ApiError('invalid_cursor');
  const next = start + limit;
  return {
    items: items.slice(start, next),
    response_metadata: { next_cursor: next < items.length ? Buffer.from(`from:${next}`).toString('base64') : '' },
  };
}

export const paging = { cursor: z.string().optional(), limit: amount.default(100) };

/** The arguments of a request's body; undefined when it says that it is JSON and is not. */
export function argumentsOf(contentType: string, body: string): Record<string, unknown> | undefined {
  if (!contentType.startsWith('application/json')) return Object.fromEntries(new URLSearchParams(body));
  const parsed = parseJson(body);
  return isObject(parsed) ? parsed : undefined;
}

/** The token of a call: in the header, or else among the arguments. */
export const tokenOf = (authorization: string | undefined, args: Record<string, unknown>): string =>
  authorization?.replace(/^Bearer /, '') ?? string(args['token']);
