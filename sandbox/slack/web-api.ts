import { timingSafeEqual } from 'node:crypto';
import { type Answer, type Api, ApiError } from './api.ts';
import { string } from './json.ts';
import { methods } from './methods.ts';
import { type Fault, Rates } from './rates.ts';

/** What a call is answered with: an HTTP status, headers and a body; or nothing at all, at once or never. */
export type Reply = { status: number; headers?: Record<string, string>; body: Answer | string } | 'hang' | 'drop';

/** POST /api/<method>: tokens, scopes, pace, and the faults that tests ask for. */
export class WebApi {
  readonly #api: Api;
  readonly #tokens: { bot: string; app: string };
  readonly #rates = new Rates();
  readonly #faults: Fault[] = [];

  constructor(api: Api, tokens: { bot: string; app: string }) {
    this.#api = api;
    this.#tokens = tokens;
  }

  /** From now on these calls go wrong, so many times, or until the function that is returned is called. */
  fault(fault: Fault): () => void {
    const made = { ...fault };
    this.#faults.push(made);
    return () => {
      made.times = 0;
    };
  }

  call(name: string, args: Record<string, unknown>, token: string): Reply {
    const { state } = this.#api;
    const channel = string(args.channel);
    const fault = this.#takeFault(name, channel);
    if (fault === 'hang') return 'hang';
    if (fault === '500' || fault === 'garbage')
      return { status: fault === '500' ? 500 : 200, body: '<html>oops</html>' };
    const wait =
      fault === '429' ? 1 : this.#rates.wait(name, channel === '' ? undefined : channel, state.now().getTime());
    if (wait > 0) {
      state.note(`app → Slack: ${name}: 429, wait ${wait} s`, false);
      return { status: 429, headers: { 'retry-after': String(wait) }, body: { ok: false, error: 'ratelimited' } };
    }
    const answer = typeof fault === 'object' ? { ok: false, ...fault } : this.#carryOut(name, args, token);
    const why = answer.response_metadata === undefined ? '' : ` ${JSON.stringify(answer.response_metadata)}`;
    const outcome = answer.ok === true ? 'ok' : `${string(answer.error)}${why}`;
    state.note(`app → Slack: ${name}${channel === '' ? '' : ` in ${channel}`}: ${outcome}`, answer.ok === true);
    if (fault === 'accept') return 'hang';
    return fault === 'drop' ? 'drop' : { status: 200, body: answer };
  }

  #carryOut(name: string, args: Record<string, unknown>, token: string): Answer {
    try {
      const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
      if (method === undefined) throw new ApiError('unknown_method', { req_method: name });
      if (token === '') throw new ApiError('not_authed');
      if (!same(token, this.#tokens[method.token]))
        throw new ApiError(Object.values(this.#tokens).includes(token) ? 'not_allowed_token_type' : 'invalid_auth');
      const { scopes } = this.#api;
      if (method.scopes.length > 0 && !method.scopes.some((scope) => scopes.includes(scope)))
        throw new ApiError('missing_scope', { needed: method.scopes.join(','), provided: scopes.join(',') });
      return { ok: true, ...method.call(this.#api, args) };
    } catch (error) {
      if (error instanceof ApiError) return { ok: false, error: error.message, ...error.more };
      throw error;
    }
  }

  #takeFault(method: string, channel: string): Fault['kind'] | undefined {
    const fault = this.#faults.find(
      (each) => each.method === method && each.times > 0 && (each.channel === undefined || each.channel === channel),
    );
    if (fault === undefined) return undefined;
    fault.times--;
    return fault.kind;
  }
}

const same = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
