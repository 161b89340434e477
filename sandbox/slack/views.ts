import * as z from 'zod';
import { type Answer, type Api, ApiError, jsonArg, method, refuse } from './api.ts';
import { storedBlocks } from './blocks.ts';
import { isObject, objects, string } from './json.ts';
import { wholeLimits } from './limits.ts';
import { bot, type State, type StoredView, team } from './state.ts';
import { fileProblems } from './stored-files.ts';
import { checkView } from './validate.ts';

interface Place {
  user: string;
  kind: 'modal' | 'home';
  /** Of the view that is replaced. */
  id?: string;
  /** Views under it, bottom first. */
  stack: string[];
}

type ViewApi = Pick<Api, 'state' | 'url'>;

/** Stores a view that the app gave, as Slack does. Throws as Slack refuses it. */
export function putView(api: ViewApi, given: unknown, place: Place): StoredView {
  const { state } = api;
  refuse('invalid_arguments', checkView(given));
  if (!isObject(given)) throw new ApiError('invalid_arguments');
  refuse('invalid_arguments', fileProblems(api, given.blocks, '/view/blocks'));
  if (given.type !== place.kind)
    refuse('invalid_arguments', [{ pointer: '/view/type', message: `must be one of: ${place.kind}` }]);
  if (Buffer.byteLength(JSON.stringify(given)) > wholeLimits.view) throw new ApiError('view_too_large');
  const externalId = string(given.external_id);
  const twin = [...state.views.values()].find((view) => externalId !== '' && view.externalId === externalId);
  if (twin !== undefined && twin.id !== place.id) throw new ApiError('duplicate_external_id');
  const view: StoredView = {
    id: place.id ?? state.nextId('V'),
    kind: place.kind,
    user: place.user,
    stack: place.stack,
    view: { ...given, blocks: storedBlocks(objects(given.blocks)) },
    hash: `${Math.floor(state.now().getTime() / 1000)}.${state.nextId('h')}`,
    externalId,
  };
  state.show(view);
  return view;
}

/** A view as answers and payloads tell it. */
export function viewAsApi({ view: given, ...view }: StoredView): Answer {
  const shown = isObject(given) ? given : {};
  return {
    id: view.id,
    team_id: team.id,
    type: view.kind,
    blocks: shown.blocks,
    private_metadata: string(shown.private_metadata),
    callback_id: string(shown.callback_id),
    state: { values: {} },
    hash: view.hash,
    title: shown.title ?? { type: 'plain_text', text: 'View Title', emoji: true },
    clear_on_close: shown.clear_on_close === true,
    notify_on_close: shown.notify_on_close === true,
    close: shown.close ?? null,
    submit: shown.submit ?? null,
    previous_view_id: view.stack.at(-1) ?? null,
    root_view_id: view.stack[0] ?? view.id,
    app_id: bot.appId,
    external_id: view.externalId,
    app_installed_team_id: team.id,
    bot_id: bot.botId,
  };
}

/** The modals of one person that are open, from the bottom of the stack to its top. */
export const modalsOf = (state: State, user: string): StoredView[] =>
  [...state.views.values()]
    .filter((view) => view.kind === 'modal' && view.user === user)
    .sort((a, b) => a.stack.length - b.stack.length);

/** Puts a view on top of what a person has open. */
export function pushView(api: ViewApi, given: unknown, user: string): StoredView {
  const stack = modalsOf(api.state, user).map(({ id }) => id);
  if (stack.length >= wholeLimits.modalStack) throw new ApiError('push_limit_reached');
  return putView(api, given, { user, kind: 'modal', stack });
}

const put = (view: StoredView): Answer => ({ view: viewAsApi(view) });
const hash = z.string().optional();
const sameHash = (view: StoredView, given: string | undefined): void => {
  if (given !== undefined && given !== view.hash) throw new ApiError('hash_conflict');
};

export const views = {
  'views.open': method([], { trigger_id: z.string(), view: jsonArg }, (api, args) => {
    const user = api.useTrigger(args.trigger_id);
    refuse('invalid_arguments', checkView(args.view));
    for (const open of modalsOf(api.state, user)) api.state.closeView(open.id);
    return put(putView(api, args.view, { user, kind: 'modal', stack: [] }));
  }),

  'views.push': method([], { trigger_id: z.string(), view: jsonArg }, (api, args) =>
    put(pushView(api, args.view, api.useTrigger(args.trigger_id))),
  ),

  'views.update': method(
    [],
    { view_id: z.string().optional(), external_id: z.string().optional(), hash, view: jsonArg },
    (api, args) => {
      if ((args.view_id === undefined) === (args.external_id === undefined))
        refuse('invalid_arguments', [{ pointer: '', message: 'must have exactly one of: view_id, external_id' }]);
      const open = [...api.state.views.values()].find((view) =>
        args.view_id === undefined ? view.externalId === args.external_id : view.id === args.view_id,
      );
      if (open === undefined) throw new ApiError('not_found');
      sameHash(open, args.hash);
      return put(putView(api, args.view, { user: open.user, kind: open.kind, id: open.id, stack: open.stack }));
    },
  ),

  'views.publish': method([], { user_id: z.string(), hash, view: jsonArg }, (api, args) => {
    if (api.state.user(args.user_id) === undefined) throw new ApiError('user_not_found');
    const home = [...api.state.views.values()].find((view) => view.kind === 'home' && view.user === args.user_id);
    if (home !== undefined) sameHash(home, args.hash);
    return put(putView(api, args.view, { user: args.user_id, kind: 'home', stack: [], ...(home && { id: home.id }) }));
  }),
};
