import { exportAlert } from '../acts/export-alert.ts';
import type { Alert } from '../alerts/alert.ts';
import { severities } from '../alerts/severity.ts';
import { ladderOf } from '../jobs/deliver.ts';
import type { Parts } from '../parts.ts';
import { readMoment } from '../questions/moments.ts';
import type { Person } from '../slack/access.ts';
import { md } from '../slack/escape.ts';
import type { Message } from '../slack/types.ts';
import { type AlertFilter, alertList, fitsList, listStates, type Narrowing } from '../slack/views/alert-list.ts';
import { alertMessage } from '../slack/views/alert-message.ts';
import { type AlertQuery, channelsOf, listAlerts } from '../store/alerts.ts';
import { didYouMean } from '../words/nearest.ts';
import type { Typed } from '../words/typed.ts';
import type { SlashCommand } from './command.ts';

const pageSize = 20;

/** What a filter asks of the store, in the channels that the person may read. */
export async function queryOf(parts: Parts, { user }: Person, filter: AlertFilter): Promise<AlertQuery> {
  const wanted = wantedBy(filter);
  return { ...wanted, channels: await parts.access.readable(user, await channelsOf(parts.database.db, wanted)) };
}

const wantedBy = ({ severity, state, storm, more = {} }: AlertFilter): AlertQuery => ({
  ...(severity === 'any' ? {} : { severity }),
  ...(state === 'open' ? {} : { state }),
  ...(storm === undefined ? {} : { stormId: storm }),
  ...(more.account === undefined ? {} : { account: more.account }),
  ...(more.source === undefined ? {} : { source: more.source }),
  ...(more.text === undefined ? {} : { text: more.text }),
  ...(more.mine === undefined ? {} : { assignee: more.mine }),
  ...(more.since === undefined ? {} : { since: new Date(more.since * 1000) }),
  ...(more.incident === undefined ? {} : { incidentId: more.incident }),
});

/**
 * One page of the list of alerts, as a message. A page past the end shows the last one. Alerts of private channels that the
 * person is not in are left out, and it is said that there are such.
 */
export async function alertListMessage(
  parts: Parts,
  { user }: Person,
  filter: AlertFilter,
  page: number,
): Promise<Message> {
  const { db } = parts.database;
  const wanted = wantedBy(filter);
  const all = await channelsOf(db, wanted);
  const channels = await parts.access.readable(user, all);
  const asked = { ...wanted, channels };
  const at = (number: number) => listAlerts(db, asked, { offset: (number - 1) * pageSize, limit: pageSize });
  let found = await at(page);
  const pages = Math.max(1, Math.ceil(found.total / pageSize));
  const shown = Math.min(Math.max(page, 1), pages);
  if (shown !== page) found = await at(shown);
  return alertList({ ...found, page: shown, pages, filter, partly: channels.length < all.length });
}

export const alertsCommand: SlashCommand = {
  name: 'alerts',
  usage:
    'alerts [critical|high|medium|low|info] [open|firing|acknowledged|snoozed|resolved] [--account A] [--source S] [--text T] [--since 24h] [--incident N] [--mine] | alerts export NUMBER',
  sentence:
    'Lists the alerts that are open, worst first, or those of one severity or state, an account, a source, an incident, with some words in them, or yours; acknowledges, resolves, assigns or silences all of them at once. export sends all that is kept of one, as Markdown and JSON.',
  topic: 'Alerts',
  right: 'see',
  grammar: { flags: new Set(['mine']) },
  mostWords: null,
  run: async (parts, { person, typed }) => {
    if (typed.words[0]?.toLowerCase() === 'export') return exported(parts, person, typed);
    let filter: AlertFilter = { severity: 'any', state: 'open' };
    for (const word of typed.words.map((each) => each.toLowerCase())) {
      const severity = (['any', ...severities] as const).find((known) => known === word);
      const state = listStates.find((known) => known === word);
      if (severity === undefined && state === undefined) {
        const hint = didYouMean(word, [...severities, ...listStates]) || '.';
        return md`"${word.slice(0, 80)}" is neither a severity nor a state${hint} For example: /audit alerts high firing`.toString();
      }
      if ((severity !== undefined && filter.severity !== 'any') || (state !== undefined && filter.state !== 'open'))
        return md`One severity and one state at a time: "${word.slice(0, 80)}" is one too many. For example: /audit alerts high firing`.toString();
      filter = {
        ...filter,
        ...(severity === undefined ? {} : { severity }),
        ...(state === undefined ? {} : { state }),
      };
    }
    const more = narrowingIn(typed.options, person.user, parts.now());
    if (typeof more === 'string') return more;
    if (more !== undefined) filter = { ...filter, more };
    if (!fitsList(filter)) return 'This filter is too long: use fewer words.';
    return alertListMessage(parts, person, filter, 1);
  },
};

async function exported(parts: Parts, person: Person, { words, options }: Typed): Promise<string> {
  const [, number = '', ...more] = words;
  const stray = more[0] ?? [...options.keys()][0];
  const id = /^#?(\d{1,9})$/.exec(number)?.[1];
  if (id === undefined || stray !== undefined) return 'Say which alert, and nothing else: /audit alerts export 42';
  await exportAlert(parts, person, Number(id));
  return `All that is kept of alert #${id} is in your direct messages with Trailwatch.`;
}

const known = ['account', 'source', 'text', 'since', 'incident', 'mine'];

/** What the options narrow a list down to; a sentence where one is not understood. */
function narrowingIn(options: ReadonlyMap<string, string>, user: string, now: Date): Narrowing | string | undefined {
  if (options.size === 0) return undefined;
  const stray = [...options.keys()].find((option) => !known.includes(option));
  if (stray !== undefined)
    return md`A list of alerts has no --${stray.slice(0, 40)}${didYouMean(stray, known, '--') || '.'} For example: /audit alerts high --account prod-web --since 24h`.toString();
  const empty = ['account', 'source', 'text', 'since', 'incident'].find((option) => options.get(option) === '');
  if (empty !== undefined) return md`Say what: --${empty} …`.toString();
  const [account, source, text, written, numbered] = ['account', 'source', 'text', 'since', 'incident'].map((option) =>
    options.get(option),
  );
  const since = written === undefined ? undefined : readMoment(written, { now, zone: 'UTC' });
  if (written !== undefined && since === undefined)
    return md`--since "${written.slice(0, 60)}" is no time: write 24h, 7d or 2026-11-23.`.toString();
  if (numbered !== undefined && !/^#?[1-9]\d{0,8}$/.test(numbered))
    return md`--incident "${numbered.slice(0, 60)}" is no number of an incident, as in --incident 7.`.toString();
  return {
    ...(account === undefined ? {} : { account }),
    ...(source === undefined ? {} : { source: source.toLowerCase() }),
    ...(text === undefined ? {} : { text }),
    ...(options.has('mine') ? { mine: user } : {}),
    ...(since === undefined ? {} : { since: Math.floor(since.at.getTime() / 1000) }),
    ...(numbered === undefined ? {} : { incident: Number(numbered.replace('#', '')) }),
  };
}

/** An alert as one person sees it beside its channel. */
export const copyOf = async (parts: Parts, alert: Alert): Promise<Message> =>
  alertMessage({ ...alert, mention: [] }, await ladderOf({ ...parts, policies: parts.config.escalation }, alert));
