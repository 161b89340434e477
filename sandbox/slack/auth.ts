import { method } from './api.ts';
import { bot, team } from './state.ts';

export const auth = {
  'auth.test': method([], {}, ({ url, state }) => ({
    url: `${url()}/`,
    team: team.name,
    user: state.user(bot.userId)?.name ?? '',
    team_id: team.id,
    user_id: bot.userId,
    bot_id: bot.botId,
    is_enterprise_install: false,
  })),

  'apps.connections.open': method([], {}, ({ socketUrl }) => ({ url: socketUrl() }), 'app'),
};
