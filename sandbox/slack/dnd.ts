import * as z from 'zod';
import { ApiError, method } from './api.ts';

/** Do Not Disturb: the sandbox's people have no hours of it, and keep quiet until a time where a test or the panel says so. */
export const dnd = {
  'dnd.info': method(['dnd:read'], { user: z.string() }, ({ state }, args) => {
    const user = state.user(args.user);
    if (user === undefined) throw new ApiError('user_not_found');
    const now = Math.floor(state.now().getTime() / 1000);
    const until = Math.floor((user.quietUntil?.getTime() ?? 0) / 1000);
    // Source: docs.slack.dev, dnd.info: without hours of it both times are 1.
    return {
      dnd_enabled: until > now,
      next_dnd_start_ts: until > now ? now - 3600 : 1,
      next_dnd_end_ts: until > now ? until : 1,
    };
  }),
};
