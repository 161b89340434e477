import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { AppsManifestCreateArguments } from '@slack/web-api';
import type { PageCaption, PageSample, PageState } from '../page-api.ts';
import { type Api, argumentsOf, tokenOf } from './api.ts';
import { Interactions } from './interact.ts';
import { parseJson } from './json.ts';
import { Later } from './later.ts';
import { carryOut, isOwnPage, type OnPage, pageState, streamEvents } from './page.ts';
import type { Fault } from './rates.ts';
import { ResponseUrls } from './response-urls.ts';
import { SocketMode } from './socket.ts';
import { State } from './state.ts';
import { downloadHeaders, receiveBytes, uploadedBytes } from './stored-files.ts';
import { ToApp } from './to-app.ts';
import { Triggers } from './triggers.ts';
import { WebApi } from './web-api.ts';

export interface SlackOptions {
  now: () => Date;
  /** 0: any. Bound to 127.0.0.1. */
  port: number;
  botToken: string;
  appToken: string;
  signingSecret: string;
  /** How long the app has for an acknowledgement, and a trigger id holds; default 3,000 ms, as in Slack. */
  patienceMs?: number;
  /** The app as it was installed: its scopes, slash commands and message shortcuts. */
  manifest: Pick<AppsManifestCreateArguments['manifest'], 'features' | 'oauth_config'>;
  samples: PageSample[];
  breaks: PageState['breaks'];
  page?: (path: string) => Promise<{ body: Uint8Array | string; type: string } | undefined>;
  onPage: OnPage;
}

export type Slack = Awaited<ReturnType<typeof createSlack>>;

/** A Slack workspace on this machine: the Web API, requests to the app by HTTP or Socket Mode, and the JSON behind the page. */
export async function createSlack(options: SlackOptions) {
  const { manifest, patienceMs = 3000 } = options;
  const commands = manifest.features?.slash_commands ?? [];
  const shortcuts = (manifest.features?.shortcuts ?? []).filter(({ type }) => type === 'message');
  const state = new State(options.now);
  const later = new Later(options.now);
  const triggers = new Triggers(patienceMs);
  const socket = new SocketMode(state);
  const toApp = new ToApp(state, options.signingSecret, socket, patienceMs);
  let url = '';
  let clockOffset = 0;
  let caption: PageCaption | null = null;
  const api: Api = {
    state,
    scopes: manifest.oauth_config?.scopes?.bot ?? [],
    useTrigger: (id) => triggers.use(id),
    url: () => url,
    socketUrl: () => `${url.replace('http:', 'ws:')}${socket.newPath()}`,
  };
  const webApi = new WebApi(api, { bot: options.botToken, app: options.appToken });
  const responseUrls = new ResponseUrls(api);
  const interactions = new Interactions({
    api,
    toApp,
    triggers,
    responseUrls,
    later,
    commands,
    shortcuts: shortcuts.map(({ callback_id }) => callback_id),
  });

  const server = createServer((req, res) => {
    handle(req, res).catch((error: unknown) => {
      state.note(`The sandbox failed: ${String(error)}`, false);
      if (!res.headersSent) res.writeHead(500).end('internal_error');
    });
  });
  server.on('upgrade', (req, connection, head) => socket.upgrade(req, connection, head));

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { pathname: path } = new URL(req.url ?? '/', 'http://sandbox');
    if (req.method === 'POST' && !path.startsWith('/page/')) return takePost(path, req, res);
    if (!isOwnPage(req)) return void res.writeHead(403).end('This page answers only to itself.');
    if (path === '/page/state')
      return answer(
        res,
        pageState(state, {
          commands: commands.map(({ command, description, usage_hint }) => ({
            command,
            description,
            usageHint: usage_hint ?? '',
          })),
          shortcuts: shortcuts.map(({ callback_id, name }) => ({ callbackId: callback_id, name })),
          samples: options.samples,
          breaks: options.breaks,
          clockOffset,
          caption,
        }),
      );
    if (path === '/page/events') return streamEvents(state, req, res);
    if (path.startsWith('/page/files/')) return download(path.slice('/page/files/'.length), res);
    if (req.method === 'POST') return takePagePost(path, req, res);
    const asset = await options.page?.(path);
    if (asset === undefined) return notHere(res);
    res.writeHead(200, { 'content-type': asset.type, 'cache-control': 'no-store' }).end(asset.body);
  }

  /** What the app posts: calls, response URLs and the bytes of files. */
  async function takePost(path: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const [, place, name = ''] = /^\/(api|response|upload)\/([^/]+)$/.exec(path) ?? [];
    if (place === undefined) return notHere(res);
    const body = await buffer(req);
    const type = req.headers['content-type'] ?? '';
    if (place === 'upload') {
      const status = receiveBytes(state, name, await uploadedBytes(type, body));
      res.writeHead(status).end(status === 200 ? `OK - ${body.length}` : 'The upload does not match its announcement.');
      return;
    }
    if (place === 'response') {
      const [status, said] = responseUrls.post(name, body.toString());
      res.writeHead(status, { 'content-type': 'application/json' }).end(said);
      return;
    }
    const args = argumentsOf(type, body.toString());
    if (args === undefined) return answer(res, { ok: false, error: 'invalid_json' });
    const reply = webApi.call(name, args, tokenOf(req.headers.authorization, args));
    if (reply === 'hang') return;
    if (reply === 'drop') return void res.destroy();
    res.writeHead(reply.status, { 'content-type': 'application/json; charset=utf-8', ...reply.headers });
    res.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
  }

  async function takePagePost(path: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = parseJson((await buffer(req)).toString());
    try {
      const done = await carryOut(path, body, interactions, options.onPage);
      if (done === 'unknown') return notHere(res);
      answer(res, { ok: true, ...(done === 'done' ? {} : done) });
    } catch (error) {
      answer(res, { ok: false, error: error instanceof Error ? error.message : String(error) });
    }
  }

  function download(id: string, res: ServerResponse): void {
    const file = state.files.get(id);
    if (file?.complete) res.writeHead(200, downloadHeaders(file)).end(file.bytes);
    else notHere(res);
  }

  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://localhost:${typeof address === 'object' && address !== null ? address.port : options.port}`;

  return {
    url,
    state,
    interactions,
    socket,
    /** Where the app listens for Slack's requests, when it opens no socket. */
    connect: (app: string) => toApp.connect(app),
    fault: (fault: Fault) => webApi.fault(fault),
    log: (line: string, ok: boolean) => state.note(line, ok),
    caption: (told: PageCaption) => {
      caption = told;
      state.tell({ type: 'caption', caption });
    },
    clockMoved: (offset: number) => {
      clockOffset = offset;
      state.tell({ type: 'clock', clockOffset });
      later.check();
    },
    close: async () => {
      later.close();
      socket.drop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const answer = (res: ServerResponse, body: unknown): void => {
  res.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
};

const notHere = (res: ServerResponse): void => void res.writeHead(404).end('There is nothing here.');
