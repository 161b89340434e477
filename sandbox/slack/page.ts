import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { PagePosts, PageState } from '../page-api.ts';
import type { Interactions } from './interact.ts';
import { bot, pageMessage, pageView, type State, team } from './state.ts';

/** The server's half of page-api.ts: what the page is told, and what it asks for. */

const filledIn = z.record(z.string(), z.record(z.string(), z.unknown()));
const bodies = {
  '/page/send': z.object({
    user: z.string(),
    channel: z.string(),
    text: z.string().max(4000),
    threadTs: z.string().optional(),
  }),
  '/page/act': z.object({
    user: z.string(),
    container: z.union([
      z.object({ type: z.literal('message'), channel: z.string(), ts: z.string() }),
      z.object({ type: z.literal('view'), viewId: z.string() }),
    ]),
    blockId: z.string(),
    actionId: z.string(),
    action: z.record(z.string(), z.unknown()),
    state: filledIn,
  }),
  '/page/submit': z.object({ user: z.string(), viewId: z.string(), state: filledIn }),
  '/page/close': z.object({ user: z.string(), viewId: z.string() }),
  '/page/shortcut': z.object({ user: z.string(), channel: z.string(), ts: z.string(), callbackId: z.string() }),
  '/page/home': z.object({ user: z.string() }),
  '/page/publish': z.union([
    z.object({ folder: z.string(), name: z.string() }),
    z.object({ text: z.string(), subject: z.string().exactOptional() }),
  ]),
  '/page/explain': z.union([
    z.object({ folder: z.string(), name: z.string() }),
    z.object({ text: z.string().max(256 * 1024) }),
  ]),
  '/page/break': z.object({ id: z.string() }),
  '/page/scenario': z.object({ name: z.enum(['evening', 'leaked-key', 'storm']) }),
  '/page/clock': z.object({
    aheadMs: z
      .number()
      .int()
      .min(0)
      .max(366 * 86_400_000),
  }),
};

/** What the panel asks for outside of Slack. */
export type OnPage = {
  [Path in '/page/publish' | '/page/break' | '/page/scenario' | '/page/clock']: (
    body: PagePosts[Path],
  ) => Promise<void> | void;
} & { '/page/explain': (body: PagePosts['/page/explain']) => Promise<string> };

/** Does what the page asks for, and says what there is to say. Throws, in words for the person at the page, when it cannot be done. */
export async function carryOut(
  path: string,
  body: unknown,
  interactions: Interactions,
  onPage: OnPage,
): Promise<'done' | 'unknown' | { said: string }> {
  switch (path) {
    case '/page/send': {
      const { user, channel, text, threadTs } = bodies[path].parse(body);
      await interactions.say(user, channel, text, threadTs);
      return 'done';
    }
    case '/page/act': {
      const { user, container, blockId, actionId, action, state } = bodies[path].parse(body);
      await interactions.press(user, container, { ...action, block_id: blockId, action_id: actionId }, state);
      return 'done';
    }
    case '/page/submit': {
      const { user, viewId, state } = bodies[path].parse(body);
      await interactions.submit(user, viewId, state);
      return 'done';
    }
    case '/page/close': {
      const { user, viewId } = bodies[path].parse(body);
      await interactions.close(user, viewId);
      return 'done';
    }
    case '/page/shortcut': {
      const { user, channel, ts, callbackId } = bodies[path].parse(body);
      await interactions.shortcut(user, channel, ts, callbackId);
      return 'done';
    }
    case '/page/home':
      await interactions.openHome(bodies[path].parse(body).user);
      return 'done';
    case '/page/publish':
      await onPage[path](bodies[path].parse(body));
      return 'done';
    case '/page/explain':
      return { said: await onPage[path](bodies[path].parse(body)) };
    case '/page/break':
      await onPage[path](bodies[path].parse(body));
      return 'done';
    case '/page/scenario':
      await onPage[path](bodies[path].parse(body));
      return 'done';
    case '/page/clock':
      await onPage[path](bodies[path].parse(body));
      return 'done';
    default:
      return 'unknown';
  }
}

/** GET /page/state */
export const pageState = (
  state: State,
  more: Pick<PageState, 'commands' | 'shortcuts' | 'samples' | 'breaks' | 'clockOffset' | 'caption'>,
): PageState => ({
  workspace: { name: team.name, teamId: team.id, botUserId: bot.userId },
  users: state.users,
  usergroups: state.usergroups,
  channels: state.channels,
  messages: state.messages.map(pageMessage),
  views: [...state.views.values()].map(pageView),
  log: state.log,
  ...more,
});

/** GET /page/events */
export function streamEvents(state: State, req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  res.write(': hello\n\n');
  req.once(
    'close',
    state.watch((event) => void res.write(`data: ${JSON.stringify(event)}\n\n`)),
  );
}

/** A web site that a person visits may not press buttons here: the page's own host, and its own origin if one is named. */
export function isOwnPage(req: IncomingMessage): boolean {
  const host = req.headers.host ?? '';
  if (!/^(?:localhost|127\.0\.0\.1)(?::\d+)?$/.test(host)) return false;
  return req.headers.origin === undefined || req.headers.origin === `http://${host}`;
}
