import { Refused } from '../acts/act.ts';
import { mayOpen } from '../acts/alerts.ts';
import { feedMadeAt, makeFeed } from '../acts/feeds.ts';
import { askForCover, askToSwap, override, scheduleOf, takeOver } from '../acts/oncall.ts';
import { testReach } from '../acts/reach.ts';
import { callsAt } from '../alerts/calls-at.ts';
import { gaps, nextHandoff, onCallAt, shifts } from '../alerts/oncall/shifts.ts';
import { route } from '../alerts/routing.ts';
import type { Parts } from '../parts.ts';
import { timeWords } from '../questions/lookup-query.ts';
import { momentAhead } from '../questions/moments.ts';
import { slackDate } from '../slack/dates.ts';
import { isUserId, md } from '../slack/escape.ts';
import { zoneOf } from '../slack/people.ts';
import type { Message } from '../slack/types.ts';
import { feedKnown, feedMade } from '../slack/views/feeds.ts';
import { oncallAt, oncallNow, oncallWeeks, type ScheduleShown, swapOffered } from '../slack/views/oncall.ts';
import { reachTested } from '../slack/views/reach-test.ts';
import { overridesFrom } from '../store/overrides.ts';
import { parseDuration } from '../words/durations.ts';
import { weekMs } from '../words/time.ts';
import type { CommandCall, SlashCommand } from './command.ts';

const weeksAhead = 4;

/** Who holds each schedule now, until when, and who comes then. */
export async function onCallNow(parts: Parts): Promise<ScheduleShown[]> {
  const now = parts.now();
  const overrides = await overridesFrom(parts.database.db, now);
  return [...parts.config.schedules].map(([schedule, turns]) => {
    const made = overrides.get(schedule) ?? [];
    const next = nextHandoff(turns, now, made);
    return {
      schedule,
      users: onCallAt(turns, now, made).users,
      until: next?.at ?? null,
      next: next?.users ?? [],
    };
  });
}

const usage =
  'oncall [NAME] | oncall override NAME @person [--from T] [--for 2h | --until T] [--instead @person] | oncall take NAME | oncall cover NAME | oncall swap NAME @person | oncall at TIME [--alert N] | oncall feed [NAME] | oncall test [@person]';

export const oncallCommand: SlashCommand = {
  name: 'oncall',
  usage,
  sentence:
    'Says who is on call now and next, and with a name the next four weeks. override puts somebody in for a time, take yourself until the next handoff; cover asks who takes your next shift, swap offers it for another’s; at says who would be called at a time; feed makes an address for your calendar; test calls you by all your ways.',
  topic: 'Alerts',
  right: 'see',
  grammar: { valueWords: timeWords },
  mostWords: null,
  run: async (parts, call) => {
    const [first = '', ...rest] = call.typed.words;
    const act = acts[first.toLowerCase()];
    if (act !== undefined && !parts.config.schedules.has(first)) return act(parts, call, rest);
    if (rest.length > 0 || call.typed.options.size > 0)
      return wrongly(rest[0] ?? [...call.typed.options.keys()][0] ?? '');
    if (first !== '') return weeksOf(parts, first);
    const shown = await onCallNow(parts);
    if (shown.length === 0) return 'No schedule is set up: add one under `schedules` in the configuration.';
    return oncallNow(shown);
  },
};

const wrongly = (word: string): string =>
  md`"${word.slice(0, 60)}" is not understood here. Type /audit ${usage}`.toString();

async function weeksOf(parts: Parts, name: string): Promise<Message> {
  const turns = scheduleOf(parts, name);
  const now = parts.now();
  const overrides = (await overridesFrom(parts.database.db, now)).get(name) ?? [];
  const end = new Date(now.getTime() + weeksAhead * weekMs);
  const next = nextHandoff(turns, now, overrides);
  const lines = [
    ...shifts(turns, now, end, overrides).map(({ because, layer, ...shift }) => ({
      ...shift,
      why: because === 'rotation' ? (turns.layers.length > 1 ? (layer ?? '') : '') : because,
    })),
    ...gaps(turns, now, end, overrides).map((gap) => ({ ...gap, users: [], why: '' })),
  ].sort((a, b) => a.from.getTime() - b.from.getTime());
  const users = onCallAt(turns, now, overrides).users;
  return oncallWeeks({ schedule: name, users, until: next?.at ?? null, next: next?.users ?? [] }, lines, overrides);
}

type Act = (parts: Parts, call: CommandCall, words: readonly string[]) => Promise<string | Message>;

const acts: Readonly<Record<string, Act | undefined>> = {
  override: putIn,
  take: async (parts, { person, typed }, [name, ...more]) => {
    if (name === undefined || more.length > 0 || typed.options.size > 0) return wrongly(more[0] ?? 'take');
    return md`You are on call for ${name} until ${slackDate(await takeOver(parts, person, name))}.`.toString();
  },
  cover: async (parts, { person, typed }, [name, ...more]) => {
    if (name === undefined || more.length > 0 || typed.options.size > 0) return wrongly(more[0] ?? 'cover');
    const { from, until } = await askForCover(parts, person, name);
    return md`Asked who takes your shift from ${slackDate(from)} until ${slackDate(until)}. Until somebody does, it is yours.`.toString();
  },
  at: calledAt,
  feed: async (parts, { person, typed }, [name = null, ...more]) => {
    if (more.length > 0 || typed.options.size > 0) return wrongly(more[0] ?? 'feed');
    const known = await feedMadeAt(parts, person, name);
    return known === null ? feedMade(name, await makeFeed(parts, person, name)) : feedKnown(name, known);
  },
  test: async (parts, { person, typed }, [who = '@me', ...more]) => {
    if (more.length > 0 || typed.options.size > 0) return wrongly(more[0] ?? who);
    const user = userIn(who, person.user);
    return reachTested(user, await testReach(parts, person, user));
  },
  swap: async (parts, { person, typed }, [name, who, ...more]) => {
    if (name === undefined || who === undefined || more.length > 0 || typed.options.size > 0)
      return wrongly(more[0] ?? 'swap');
    const other = userIn(who, person.user);
    return swapOffered(name, other, await askToSwap(parts, person, name, other)).toString();
  },
};

/** A person as Slack sends a mention (`<@U…>`), by id, or `@me`. @throws Refused for anything else */
function userIn(word: string, me: string): string {
  if (/^@?me$/i.test(word)) return me;
  const id = /^<@([UW][A-Z0-9]+)>$/.exec(word)?.[1] ?? word.replace(/^user:/, '');
  if (isUserId(id)) return id;
  throw new Refused(
    word.startsWith('@')
      ? md`Slack does not say who "${word.slice(0, 60)}" is: choose the person from the list that opens after @, or write @me. If you did, the app is an old one: install it again from \`trailwatch manifest\`.`.toString()
      : md`"${word.slice(0, 60)}" is nobody: mention a person with @, or write @me.`.toString(),
  );
}

async function putIn(
  parts: Parts,
  { person, typed }: CommandCall,
  [name, who, ...more]: readonly string[],
): Promise<string> {
  const { options } = typed;
  const known = ['from', 'for', 'until', 'instead'];
  const stray = more[0] ?? [...options.keys()].find((option) => !known.includes(option));
  if (name === undefined || who === undefined || stray !== undefined) return wrongly(stray ?? 'override');
  const [user, instead] = [userIn(who, person.user), options.get('instead')];
  const place = instead === undefined ? null : userIn(instead, person.user);
  const clock = { now: parts.now(), zone: await zoneOf(parts.slack, person.user) };
  const start = options.has('from') ? momentAhead(options.get('from') ?? '', clock) : { at: clock.now, note: null };
  if (start === undefined)
    return md`--from "${options.get('from') ?? ''}" is no time: write 2027-03-28 09:00, or 2h for in two hours.`.toString();
  const from = start.at;
  const length = options.get('for');
  const end = length === undefined ? momentAhead(options.get('until') ?? '', clock) : after(from, length);
  if (end === undefined) return 'Say how long: --for 2h, or --until "2027-03-28 09:00".';
  const id = await override(parts, person, { schedule: name, user, from, until: end.at, instead: place });
  const notes = [...new Set([start.note, end.note])].filter((note) => note !== null);
  return md`Override ${id}: on call for ${name} from ${slackDate(from)} until ${slackDate(end.at)}.${notes.length === 0 ? '' : ` ${notes.join(' ')}`}`.toString();
}

/** Whom each level would call if an alert began to fire at a time: one that there is, by its route; else any, by each policy. */
async function calledAt(
  parts: Parts,
  { person, typed: { options } }: CommandCall,
  words: readonly string[],
): Promise<string | Message> {
  const { config, database } = parts;
  const stray = [...options.keys()].find((option) => option !== 'alert');
  if (stray !== undefined) return wrongly(stray);
  const now = parts.now();
  const moment = momentAhead(words.join(' '), { now, zone: await zoneOf(parts.slack, person.user) });
  if (moment === undefined)
    return md`"${words.join(' ').slice(0, 60)}" is no time to come: write 2027-03-28 02:30, or 2h for in two hours.`.toString();
  const { at } = moment;
  const number = options.get('alert')?.replace(/^#/, '');
  if (number !== undefined && !/^\d{1,9}$/.test(number))
    return md`--alert "${number.slice(0, 60)}" is no number of an alert, as in --alert 42.`.toString();
  const overrides = await overridesFrom(database.db, now);
  const onCall = (name: string, then: Date): readonly string[] => {
    const turns = config.schedules.get(name);
    return turns === undefined ? [] : onCallAt(turns, then, overrides.get(name), 1).users;
  };
  if (number === undefined) {
    const any = { severity: 'critical' as const, quietHours: null };
    const policies = [...config.escalation].map(([policy, { steps }]) => ({
      policy,
      calls: callsAt(steps, any, at, onCall),
    }));
    return oncallAt(moment, null, policies);
  }
  const alert = await mayOpen(parts, person, Number(number));
  const { home } = route(alert.signal, config.routes, config.channels.default, at);
  const policy = home.escalation ?? '';
  const steps = config.escalation.get(policy)?.steps ?? [];
  const calls = callsAt(steps, { ...home, severity: alert.severity }, at, onCall);
  return oncallAt(moment, alert, steps.length === 0 ? [] : [{ policy, calls }]);
}

const after = (from: Date, length: string): ReturnType<typeof momentAhead> => {
  const ms = parseDuration(length);
  return ms === undefined ? undefined : { at: new Date(from.getTime() + ms), note: null };
};
