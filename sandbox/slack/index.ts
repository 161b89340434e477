import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import type { PagePosts } from '../page-api.ts';
import { type Answer, type Api, ApiError, argumentsOf, tokenOf } from './api.ts';
import { Interactions } from './interact.ts';
import { parseJson, string } from './json.ts';
import { methods } from './methods.ts';
import { type Fault, Rates } from './rates.ts';
import { bot, pageMessage, pageView, State, team } from './state.ts';

export interface SlackOptions {
  now: () => Date;
  /** 0: any. Bound to 127.0.0.1. */
  port: number;
  botToken: string;
  signingSecret: string;
  /** Bot scopes of the app's manifest: a method without its scope is refused. */
  scopes: readonly string[];
  samples: { folder: string; name: string }[];
  page?: (path: string) => { body: Uint8Array | string; type: string } | undefined;
  onPage: {
    '/page/publish': (body: PagePosts['/page/publish']) => Promise<void> | void;
    '/page/scenario': (body: PagePosts['/page/scenario']) => Promise<void> | void;
    '/page/clock': (body: PagePosts['/page/clock']) => Promise<void> | void;
  };
}

export type Slack = Awaited<ReturnType<typeof createSlack>>;

const act = z.object({
  user: z.string(),
  container: z.union([
    z.object({ type: z.literal('message'), channel: z.string(), ts: z.string() }),
    z.object({ type: z.literal('view'), viewId: z.string() }),
  ]),
  blockId: z.string(),
  actionId: z.string(),
  action: z.record(z.string(), z.unknown()),
  state: z.record(z.string(), z.record(z.string(), z.unknown())),
});
const send = z.object({
  user: z.string(),
  channel: z.string(),
  text: z.string().max(4000),
  threadTs: z.string().optional(),
});
const submit = z.object({
  user: z.string(),
  viewId: z.string(),
  state: z.record(z.string(), z.record(z.string(), z.unknown())),
});
const close = z.object({ user: z.string(), viewId: z.string() });
const home = z.object({ user: z.string() });
const publish = z.union([
  z.object({ folder: z.string(), name: z.string() }),
  z.object({ text: z.string(), subject: z.string().optional() }),
]);
const scenario = z.object({ name: z.enum(['leaked-key', 'storm']) });
const clock = z.object({
  aheadMs: z
    .number()
    .int()
    .min(0)
    .max(366 * 86_400_000),
});

/** A Slack workspace on this machine: the Web API, signed requests to the app, and the JSON behind the page. */
export async function createSlack(options: SlackOptions) {
  const { now } = options;
  const state = new State(now);
  const rates = new Rates();
  const faults: Fault[] = [];
  let url = '';
  let clockOffset = 0;
  const interactions = new Interactions({ state, signingSecret: options.signingSecret, now, url: () => url });
  const api: Api = {
    state,
    scopes: options.scopes,
    useTrigger: (id) => interactions.useTrigger(id),
    url: () => url,
    socketUrl: () => '',
  };

  const server = createServer((req, res) => {
    handle(req, res).catch((error: unknown) => {
      state.note(`The sandbox failed: ${String(error)}`, false);
      if (!res.headersSent) res.writeHead(500).end('internal_error');
    });
  });

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
    if (path.startsWith('/api/') && req.method === 'POST') return callApi(path.slice('/api/'.length), req, res);
    if (path.startsWith('/response/') && req.method === 'POST') {
      const [status, body] = interactions.respond(path.slice('/response/'.length), (await buffer(req)).toString());
      res.writeHead(status, { 'content-type': 'application/json' }).end(body);
      return;
    }
    if (!ownPage(req)) return void res.writeHead(403).end('This page answers only to itself.');
    if (path === '/page/state') return answer(res, pageState());
    if (path === '/page/events') return watch(req, res);
    if (path.startsWith('/page/') && req.method === 'POST') return pagePost(path, req, res);
    const asset = options.page?.(path);
    if (asset === undefined) return void res.writeHead(404).end('There is nothing here.');
    res.writeHead(200, { 'content-type': asset.type, 'cache-control': 'no-store' }).end(asset.body);
  }

  async function callApi(name: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const args = argumentsOf(req.headers['content-type'] ?? '', (await buffer(req)).toString());
    const channel = string(args['channel']);
    const fault = takeFault(name, channel);
    if (fault === 'hang') return;
    if (fault === '500') return void res.writeHead(500).end('<html>oops</html>');
    const wait = fault === '429' ? 1 : rates.wait(name, channel === '' ? undefined : channel, Date.now());
    if (wait > 0) {
      state.note(`app → Slack: ${name}: 429, wait ${wait} s`, false);
      res
        .writeHead(429, { 'retry-after': String(wait), 'content-type': 'application/json' })
        .end('{"ok":false,"error":"ratelimited"}');
      return;
    }
    const said = carryOut(name, args, req.headers.authorization);
    state.note(
      `app → Slack: ${name}${channel === '' ? '' : ` in ${channel}`}: ${said['ok'] === true ? 'ok' : `${string(said['error'])} ${said['response_metadata'] === undefined ? '' : JSON.stringify(said['response_metadata'])}`}`,
      said['ok'] === true,
    );
    if (fault === 'drop') return void res.destroy();
    answer(res, said);
  }

  function carryOut(name: string, args: Record<string, unknown>, authorization: string | undefined): Answer {
    try {
      const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
      if (method === undefined) throw new ApiError('unknown_method', { req_method: name });
      const token = tokenOf(authorization, args);
      if (token === '') throw new ApiError('not_authed');
      if (!same(token, options.botToken)) throw new ApiError('invalid_auth');
      if (method.scopes.length > 0 && !method.scopes.some((scope) => options.scopes.includes(scope)))
        throw new ApiError('missing_scope', { needed: method.scopes.join(','), provided: options.scopes.join(',') });
      return { ok: true, ...method.call(api, args) };
    } catch (error) {
      if (error instanceof ApiError) return { ok: false, error: error.message, ...error.more };
      throw error;
    }
  }

  function takeFault(method: string, channel: string): Fault['kind'] | undefined {
    const fault = faults.find(
      (each) => each.method === method && each.times > 0 && (each.channel === undefined || each.channel === channel),
    );
    if (fault === undefined) return undefined;
    fault.times--;
    return fault.kind;
  }

  function pageState(): unknown {
    return {
      workspace: { name: team.name, teamId: team.id, botUserId: bot.userId },
      users: state.users,
      usergroups: state.usergroups,
      channels: state.channels,
      messages: state.messages.map(pageMessage),
      views: [...state.views.values()].map(pageView),
      commands: [{ command: '/audit', description: 'Ask who did what in AWS, and see the alerts', usageHint: 'help' }],
      shortcuts: [],
      samples: options.samples,
      log: state.log,
      clockOffset,
    };
  }

  function watch(req: IncomingMessage, res: ServerResponse): void {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    res.write(': hello\n\n');
    const stop = state.watch((event) => void res.write(`data: ${JSON.stringify(event)}\n\n`));
    req.once('close', stop);
  }

  /** What the page asks for, by path. */
  const posts: Record<string, (body: unknown) => Promise<void> | void> = {
    '/page/send': (body) => {
      const { user, channel, text, threadTs } = send.parse(body);
      return interactions.say(user, channel, text, threadTs);
    },
    '/page/act': (body) => {
      const { user, container, blockId, actionId, action, state: values } = act.parse(body);
      return interactions.press(user, container, { ...action, block_id: blockId, action_id: actionId }, values);
    },
    '/page/submit': (body) => {
      const { user, viewId, state: values } = submit.parse(body);
      return interactions.submit(user, viewId, values);
    },
    '/page/close': (body) => interactions.close(close.parse(body).viewId),
    '/page/home': (body) => {
      const { user } = home.parse(body);
      return interactions.event({ type: 'app_home_opened', user, channel: state.dm(user).id, tab: 'home' });
    },
    '/page/publish': (body) => {
      const given = publish.parse(body);
      return options.onPage['/page/publish'](
        'folder' in given
          ? given
          : { text: given.text, ...(given.subject === undefined ? {} : { subject: given.subject }) },
      );
    },
    '/page/scenario': (body) => options.onPage['/page/scenario'](scenario.parse(body)),
    '/page/clock': (body) => options.onPage['/page/clock'](clock.parse(body)),
  };

  async function pagePost(path: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const handler = Object.hasOwn(posts, path) ? posts[path] : undefined;
    if (handler === undefined) return void res.writeHead(404).end('There is nothing here.');
    try {
      await handler(parseJson((await buffer(req)).toString()));
      answer(res, { ok: true });
    } catch (error) {
      answer(res, { ok: false, error: error instanceof Error ? error.message : String(error) });
    }
  }

  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://localhost:${typeof address === 'object' && address !== null ? address.port : options.port}`;

  return {
    url,
    state,
    interactions,
    /** Where the app listens for Slack's requests. */
    connect: (app: string) => interactions.connect(app),
    fault: (fault: Fault) => void faults.push(fault),
    log: (line: string, ok: boolean) => state.note(line, ok),
    clockMoved: (offset: number) => {
      clockOffset = offset;
      state.tell({ type: 'clock', clockOffset });
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const answer = (res: ServerResponse, body: unknown): void => {
  res.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
};

/** A web site that a person visits may not press buttons here: the page's own host, and its own origin if one is named. */
function ownPage(req: IncomingMessage): boolean {
  const host = req.headers.host ?? '';
  if (!/^(?:localhost|127\.0\.0\.1)(?::\d+)?$/.test(host)) return false;
  return req.headers.origin === undefined || req.headers.origin === `http://${host}`;
}

const same = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
