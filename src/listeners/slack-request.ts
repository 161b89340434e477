import { z } from 'zod';
import { isResponseUrl } from '../slack/respond.ts';

/**
 * What Trailwatch and Bolt read of a request of Slack, by kind. Slack signs what it sends, and whoever has the signing secret can
 * sign anything. Source: docs.slack.dev, "Interaction payloads", "Slash commands", "Events API".
 */

/** Ids of workspaces, people and channels; Bolt keeps things by them. */
const id = z.string().regex(/^[A-Z0-9_]{1,64}$/);
/** A text that Slack hands back as we wrote it: a value of a button has at most 2,000 characters. */
const ours = z.string().max(3000);

/** Bolt tells kinds by keys, not by `type`: one that belongs to another kind would lead it astray. */
const absent = z.undefined().optional();
const notOf = { event: absent, command: absent, name: absent, actions: absent, function_data: absent };

const named = z.object({ id });
const by = {
  ...notOf,
  user: z.object({ id, team_id: id.optional() }),
  team: named.nullish(),
  enterprise: named.nullish(),
};

const Answers = z.record(z.string(), z.record(z.string(), z.unknown()));
const View = z
  .object({
    id: ours,
    type: ours,
    callback_id: ours,
    private_metadata: ours,
    hash: ours.nullish(),
    title: z.object({ text: ours }).nullish(),
    state: z.object({ values: Answers }),
    app_installed_team_id: id.nullish(),
  })
  .refine(({ type, title }) => type !== 'modal' || title != null, { error: 'a modal without a title' });

const option = z.object({ value: ours }).nullish();
const Action = z.object({
  type: ours,
  action_id: ours,
  block_id: ours,
  value: ours.nullish(),
  selected_option: option,
});

const responseUrl = (apiUrl: string) =>
  z.string().refine((url) => isResponseUrl(url, apiUrl), { error: 'no address of Slack’s' });

const kinds = (apiUrl: string) => ({
  command: z.object({
    ...notOf,
    command: ours,
    text: z.string(),
    user_id: id,
    team_id: id,
    channel_id: id,
    enterprise_id: id.or(z.literal('')).optional(),
    trigger_id: ours,
    response_url: responseUrl(apiUrl),
  }),
  block_actions: z
    .object({
      ...by,
      actions: z.array(Action).min(1),
      channel: named.optional(),
      container: z.record(z.string(), z.unknown()).optional(),
      message: z.object({ ts: ours, thread_ts: ours.optional() }).optional(),
      trigger_id: ours,
      response_url: responseUrl(apiUrl).optional(),
      view: View.optional(),
    })
    .refine(({ response_url, view }) => response_url !== undefined || view !== undefined, { error: 'pressed nowhere' }),
  view_submission: z.object({ ...by, view: View }),
  /** Slack asks once whether an address is ours; Bolt answers. */
  url_verification: z.object({ ...notOf, challenge: ours }),
  app_home_opened: z.object({
    ...notOf,
    team_id: id,
    enterprise_id: id.nullish(),
    authorizations: z.array(z.object({ team_id: id.nullable(), enterprise_id: id.nullable() })).optional(),
    event: z.object({ user: id, tab: ours, channel: id.optional(), item: absent, subteam: absent }),
  }),
});

export type RequestReading =
  /** It is what we serve, in the form that it has to have. */
  | { kind: 'served' }
  /** Something that Slack may tell and we do not ask for. */
  | { kind: 'unserved' }
  /** `where`: the first field that is wrong. */
  | { kind: 'malformed'; where: string };

const Kind = z.object({ type: z.string().optional(), event: z.unknown().optional() });
const Event = z.object({ type: z.string() });

/** Reads requests: a schema is made once. */
export function requestReader(apiUrl: string): (body: unknown) => RequestReading {
  const known = kinds(apiUrl);
  return (body) => {
    if (!isStorable(body)) return { kind: 'malformed', where: 'a character that no text has' };
    const kind = Kind.safeParse(body);
    if (!kind.success) return { kind: 'malformed', where: 'type' };
    switch (kind.data.type) {
      case undefined:
        return readAs(known.command, body);
      case 'block_actions':
      case 'view_submission':
      case 'url_verification':
        return readAs(known[kind.data.type], body);
      case 'event_callback': {
        const event = Event.safeParse(kind.data.event);
        if (!event.success) return { kind: 'malformed', where: 'event' };
        return event.data.type === 'app_home_opened' ? readAs(known.app_home_opened, body) : { kind: 'unserved' };
      }
      default:
        return { kind: 'unserved' };
    }
  };
}

/** Whether the database can hold every text of it: neither the character 0 nor half a character. However deep it is. */
function isStorable(body: unknown): boolean {
  const open: unknown[] = [body];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) return false;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value)) open.push(key, inner);
  }
  return true;
}

function readAs(shape: z.ZodType, body: unknown): RequestReading {
  const read = shape.safeParse(body);
  return read.success
    ? { kind: 'served' }
    : { kind: 'malformed', where: read.error.issues[0]?.path.join('.') || 'the whole' };
}
