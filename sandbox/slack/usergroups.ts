import * as z from 'zod';
import { type Answer, type Api, ApiError, flag, method } from './api.ts';
import { team, type UserGroup } from './state.ts';

function groupOf({ state }: Api, id: string): UserGroup {
  const group = state.usergroups.find((each) => each.id === id);
  if (group === undefined) throw new ApiError('no_such_subteam');
  return group;
}

const asApi = (group: UserGroup, withUsers: boolean): Answer => ({
  id: group.id,
  team_id: team.id,
  is_usergroup: true,
  is_subteam: true,
  name: group.handle,
  description: '',
  handle: group.handle,
  is_external: false,
  date_create: 1_700_000_000,
  date_update: 1_700_000_000,
  date_delete: 0,
  created_by: 'U0ANA',
  prefs: { channels: [], groups: [] },
  ...(withUsers ? { users: group.users } : {}),
});

export const usergroups = {
  'usergroups.list': method(
    ['usergroups:read'],
    { include_users: flag.optional(), include_count: flag.optional(), include_disabled: flag.optional() },
    ({ state }, args) => ({
      usergroups: state.usergroups.map((group) => ({
        ...asApi(group, args.include_users === true),
        ...(args.include_count ? { user_count: group.users.length } : {}),
      })),
    }),
  ),

  'usergroups.users.list': method(
    ['usergroups:read'],
    { usergroup: z.string(), include_disabled: flag.optional() },
    (api, args) => ({ users: groupOf(api, args.usergroup).users }),
  ),

  'usergroups.users.update': method(
    ['usergroups:write'],
    { usergroup: z.string(), users: z.string(), include_count: flag.optional() },
    (api, args) => {
      const group = groupOf(api, args.usergroup);
      const wanted = args.users.split(',').map((user) => user.trim());
      if (args.users.trim() === '') throw new ApiError('no_users_provided');
      // A bot may only where everybody may.
      if (api.state.groupsAreAdmins) throw new ApiError('permission_denied');
      const isMember = (id: string): boolean => {
        const user = api.state.user(id);
        return user !== undefined && !user.isGuest && !user.isBot && user.isDeactivated !== true;
      };
      if (!wanted.every(isMember)) throw new ApiError('invalid_users');
      group.users = [...new Set(wanted)];
      return { usergroup: asApi(group, true) };
    },
  ),
};
