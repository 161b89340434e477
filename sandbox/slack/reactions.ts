import * as z from 'zod';
import { ApiError, method } from './api.ts';
import { joined } from './chat.ts';
import { bot } from './state.ts';

export const reactions = {
  'reactions.add': method(
    ['reactions:write'],
    { channel: z.string(), timestamp: z.string(), name: z.string() },
    (api, args) => {
      const message = api.state.message(joined(api, args.channel), args.timestamp);
      if (message === undefined || message.ephemeralFor !== undefined) throw new ApiError('message_not_found');
      if (!/^[a-z0-9_+'-]+(?:::skin-tone-[2-6])?$/.test(args.name)) throw new ApiError('invalid_name');
      const given = message.reactions.find(({ name }) => name === args.name);
      if (given?.users.includes(bot.userId)) throw new ApiError('already_reacted');
      if (given === undefined) message.reactions.push({ name: args.name, users: [bot.userId] });
      else given.users.push(bot.userId);
      api.state.changed(message);
      return {};
    },
  ),
};
