import * as z from 'zod';
import { type Answer, type Api, ApiError, flag, method, pageOf, paging } from './api.ts';
import { bot, type SlackUser, team } from './state.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a time zone is called at a moment. To make a format takes longer than all the rest of an answer. */
function zoneName(timeZone: string, timeZoneName: 'long' | 'longOffset', at: Date): string | undefined {
  const key = `${timeZoneName} ${timeZone}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat('en', { timeZone, timeZoneName });
  formats.set(key, format);
  return format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value;
}

/** Seconds east of UTC in a time zone at a moment. */
function offsetSeconds(timeZone: string, at: Date): number {
  const name = zoneName(timeZone, 'longOffset', at);
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name ?? '') ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60);
}

const label = (timeZone: string, at: Date): string => zoneName(timeZone, 'long', at) ?? timeZone;

/** Everybody has an address of the company, the one by which IAM Identity Center knows them. */
const emailOf = ({ name }: SlackUser): string => `${name}@example.com`;

/** A person or the bot as Slack tells them. */
const asApi = ({ state }: Api, user: SlackUser): Answer => ({
  id: user.id,
  team_id: user.isStranger === true ? 'T0OTHER' : team.id,
  name: user.name,
  deleted: user.isDeactivated === true,
  real_name: user.realName,
  tz: user.timeZone,
  tz_label: label(user.timeZone, state.now()),
  tz_offset: offsetSeconds(user.timeZone, state.now()),
  profile: {
    real_name: user.realName,
    real_name_normalized: user.realName,
    display_name: user.name,
    display_name_normalized: user.name,
    ...(user.isBot ? {} : { email: emailOf(user) }),
    team: team.id,
    ...(user.isBot ? { bot_id: bot.botId, api_app_id: bot.appId } : {}),
  },
  is_admin: false,
  is_owner: false,
  is_primary_owner: false,
  is_restricted: user.isGuest,
  is_ultra_restricted: false,
  ...(user.isStranger === true ? { is_stranger: true } : {}),
  is_bot: user.isBot,
  is_app_user: false,
  updated: 1_700_000_000,
});

export const users = {
  'users.info': method(['users:read'], { user: z.string(), include_locale: flag.optional() }, (api, args) => {
    const user = api.state.user(args.user);
    if (user === undefined) throw new ApiError('user_not_found');
    return { user: { ...asApi(api, user), ...(args.include_locale ? { locale: 'en-US' } : {}) } };
  }),

  'users.lookupByEmail': method(['users:read.email'], { email: z.string() }, (api, { email }) => {
    const user = api.state.users.find((each) => !each.isBot && emailOf(each) === email.toLowerCase());
    if (user === undefined || user.isDeactivated === true || user.isStranger === true)
      throw new ApiError('users_not_found');
    return { user: asApi(api, user) };
  }),

  'users.list': method(['users:read'], { ...paging, include_locale: flag.optional() }, (api, args) => {
    const { items, response_metadata } = pageOf(api.state.users, args);
    return {
      members: items.map((user) => asApi(api, user)),
      cache_ts: Math.floor(api.state.now().getTime() / 1000),
      response_metadata,
    };
  }),
};
