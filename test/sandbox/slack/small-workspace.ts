import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { WebClient } from '@slack/web-api';
import { createSlack, type Slack, type SlackOptions } from '../../../sandbox/slack/index.ts';

export const secrets = {
  botToken: 'xoxb-of-the-test',
  appToken: 'xapp-of-the-test',
  signingSecret: 'a-signing-secret-of-the-test-0000',
};

/** A request that reached the app. */
export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** The fields of a form, or of the `payload` in it. */
export function payloadOf({ body }: Received): Record<string, unknown> {
  if (body.startsWith('{')) return JSON.parse(body);
  const form = new URLSearchParams(body);
  return form.has('payload') ? JSON.parse(form.get('payload') ?? '') : Object.fromEntries(form);
}

export interface SmallWorkspace {
  slack: Slack;
  client: WebClient;
  /** A client with any token. */
  clientOf: (token: string) => WebClient;
  /** What Slack sent to the app, oldest first. */
  received: Received[];
  /** The payload of the newest of them. */
  told: () => Record<string, unknown>;
  /** How the app answers from now on; at first 200 and nothing. */
  answer: (how: (response: ServerResponse, request: Received) => void) => void;
  /** Moves the workspace's clock, which otherwise stands still. */
  pass: (ms: number) => void;
  close: () => Promise<void>;
}

type Scopes = NonNullable<NonNullable<NonNullable<SlackOptions['manifest']['oauth_config']>['scopes']>['bot']>;

const everyScope: Scopes = [
  'channels:history',
  'channels:join',
  'channels:read',
  'channels:write.topic',
  'chat:write',
  'commands',
  'dnd:read',
  'files:read',
  'files:write',
  'im:write',
  'reactions:write',
  'usergroups:read',
  'usergroups:write',
  'users:read',
  'users:read.email',
];

/** A workspace with an app of a few lines at its other end. */
export async function smallWorkspace(bot: Scopes = everyScope): Promise<SmallWorkspace> {
  let now = Date.now();
  let answer: (response: ServerResponse, request: Received) => void = (response) => void response.end();
  const received: Received[] = [];
  const slack = await createSlack({
    now: () => new Date(now),
    port: 0,
    ...secrets,
    manifest: {
      features: {
        slash_commands: [{ command: '/audit', description: 'Alerts' }],
        shortcuts: [{ type: 'message', name: 'Add a note', callback_id: 'note', description: 'Adds a note' }],
      },
      oauth_config: { scopes: { bot } },
    },
    samples: [],
    breaks: [],
    onPage: {
      '/page/explain': async () => '',
      '/page/publish': () => {},
      '/page/break': () => {},
      '/page/scenario': () => {},
      '/page/clock': () => {},
    },
  });
  const app = createServer(async (request, response) => {
    const got = { headers: request.headers, body: (await buffer(request)).toString() };
    received.push(got);
    answer(response, got);
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  const address = app.address();
  slack.connect(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/slack/events`);
  const clientOf = (token: string) =>
    new WebClient(token, {
      slackApiUrl: `${slack.url}/api/`,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
    });
  return {
    slack,
    client: clientOf(secrets.botToken),
    clientOf,
    received,
    told: () => {
      const newest = received.at(-1);
      if (newest === undefined) throw new Error('Slack sent nothing to the app.');
      return payloadOf(newest);
    },
    answer: (how) => {
      answer = how;
    },
    pass: (ms) => {
      now += ms;
      slack.clockMoved(now);
    },
    close: async () => {
      await slack.close();
      app.closeAllConnections();
      await new Promise((closed) => app.close(closed));
    },
  };
}

/** Slack's name for what was wrong with a call; 'accepted' when nothing was. */
export const refusal = (call: Promise<unknown>): Promise<string | undefined> =>
  call.then(
    () => 'accepted',
    (error: { data?: { error?: string } }) => error.data?.error,
  );
