import type { Method } from './api.ts';
import { auth } from './auth.ts';
import { chat } from './chat.ts';
import { conversations } from './conversations.ts';
import { dnd } from './dnd.ts';
import { files } from './files.ts';
import { reactions } from './reactions.ts';
import { usergroups } from './usergroups.ts';
import { users } from './users.ts';
import { views } from './views.ts';

/** The Web API methods that the bot uses, by name. Every other one is unknown here. */
export const methods: Record<string, Method> = {
  ...auth,
  ...chat,
  ...conversations,
  ...dnd,
  ...files,
  ...reactions,
  ...usergroups,
  ...users,
  ...views,
};
