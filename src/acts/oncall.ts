import type { OnCallNews } from '../alerts/notices.ts';
import type { OnCallSchedule } from '../alerts/oncall/schedule.ts';
import { nextHandoff, onCallAt, type Shift, sameUsers, shifts } from '../alerts/oncall/shifts.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { md, userMention } from '../slack/escape.ts';
import { recordOf } from '../store/audit-log.ts';
import { putOut } from '../store/deliveries.ts';
import { addOverride, endOverride, lockOverrides, overridesFrom, type StoredOverride } from '../store/overrides.ts';
import { didYouMean } from '../words/nearest.ts';
import { dayMs } from '../words/time.ts';
import { Refused } from './act.ts';
import { mustBeAble } from './alerts.ts';
import { mustHave } from './rights.ts';

interface Span {
  from: Date;
  until: Date;
}

/** How far ahead somebody's own next shift is looked for. */
const aheadMs = 180 * dayMs;

/** The schedule of a name. @throws Refused when there is none */
export function scheduleOf({ config }: Pick<Parts, 'config'>, name: string): OnCallSchedule {
  const schedule = config.schedules.get(name);
  if (schedule !== undefined) return schedule;
  const known = [...config.schedules.keys()];
  const choice = known.length === 0 ? ': none is set up.' : `; there are ${known.slice(0, 20).join(', ')}.`;
  throw new Refused(md`There is no schedule "${name.slice(0, 80)}"${didYouMean(name, known) || choice}`.toString());
}

/** Why a span makes no override, in a sentence; undefined: it does. */
function spanTrouble({ from, until }: Span, now: Date): string | undefined {
  if (from >= until) return 'The end must be after the beginning.';
  if (until <= now) return 'This time is over already.';
  if (from.getTime() < now.getTime() - 60_000) return 'The beginning must not lie in the past.';
  return undefined;
}

type Wanted = Span & { schedule: string; user: string; instead: string | null };

/**
 * Somebody stands in. Who puts in another than themselves must administer. Returns the override's number.
 * @throws Refused
 */
export async function override(parts: Parts, person: Person, wanted: Wanted): Promise<number> {
  scheduleOf(parts, wanted.schedule);
  if (wanted.user === person.user) await mustHave(parts, 'respond', person, `schedule ${wanted.schedule}`);
  else {
    await mustHave(parts, 'administer', person, `schedule ${wanted.schedule}`);
    await mustBeAble(parts, wanted.user, person.team, 'user');
  }
  return standIn(parts, person, wanted);
}

/** Takes over now, until the next handoff. @throws Refused */
export async function takeOver(parts: Parts, person: Person, schedule: string): Promise<Date> {
  await mustHave(parts, 'respond', person, `schedule ${schedule}`);
  const now = parts.now();
  const overrides = (await overridesFrom(parts.database.db, now)).get(schedule) ?? [];
  const turns = scheduleOf(parts, schedule);
  if (sameUsers(onCallAt(turns, now, overrides).users, [person.user]))
    throw new Refused('You are on call already: nothing was changed.');
  const next = nextHandoff(turns, now, overrides);
  if (next === undefined)
    throw new Refused('This schedule never hands over: say how long, as in /audit oncall override NAME @me --for 2h');
  await override(parts, person, { schedule, user: person.user, from: now, until: next.at, instead: null });
  return next.at;
}

async function standIn(parts: Parts, person: Person, wanted: Wanted): Promise<number> {
  const { schedule, user, from, until, instead } = wanted;
  const now = parts.now();
  const trouble = spanTrouble(wanted, now);
  if (trouble !== undefined) throw new Refused(trouble);
  const made = { schedule, user, from, until, instead, because: 'override' as const, createdBy: person.user };
  const id = await parts.database.transaction(async (trx) => {
    await lockOverrides(trx, schedule);
    const number = await addOverride(trx, made, now);
    await recordOf(person, now)(trx, 'override', `schedule ${schedule}`, { ...made, override: number });
    await tell(trx, parts, `override-${number}`, {
      about: 'override',
      id: number,
      schedule,
      user,
      instead,
      by: person.user,
      ...iso(wanted),
    });
    return number;
  });
  parts.wakes.deliver(channelOf(parts, schedule));
  return id;
}

/** Ends an override: who made it, who stands in, or who administers. @throws Refused */
export async function endStandIn(parts: Parts, person: Person, id: number): Promise<void> {
  await mustHave(parts, 'see', person, `override ${id}`);
  const now = parts.now();
  const all = [...(await overridesFrom(parts.database.db, now)).values()].flat();
  const known = all.find((each) => each.id === id);
  if (known === undefined) throw new Refused('This override is over already.');
  if (![known.user, known.createdBy].includes(person.user))
    await mustHave(parts, 'administer', person, `schedule ${known.schedule}`);
  const ended = await parts.database.transaction(async (trx) => {
    const over = await endOverride(trx, id, now);
    if (over === undefined) return undefined;
    await recordOf(person, now)(trx, 'end-override', `schedule ${over.schedule}`, { override: id, user: over.user });
    await tell(trx, parts, `override-${id}-ended`, {
      about: 'override-ended',
      schedule: over.schedule,
      user: over.user,
      by: person.user,
      ...iso(over),
    });
    return over;
  });
  if (ended === undefined) throw new Refused('This override is over already.');
  parts.wakes.deliver(channelOf(parts, ended.schedule));
}

/** Asks in the schedule's channel who takes one's own shift: the one that runs, or the next. Returns it. @throws Refused */
export async function askForCover(parts: Parts, person: Person, schedule: string): Promise<Span> {
  await mustHave(parts, 'see', person, `schedule ${schedule}`);
  const own = await nextShiftOf(parts, schedule, person.user);
  if (own === undefined) throw new Refused(md`You have no shift of ${schedule.slice(0, 80)} ahead.`.toString());
  const now = parts.now();
  await parts.database.transaction(async (trx) => {
    await recordOf(person, now)(trx, 'ask-cover', `schedule ${schedule}`, { ...iso(own) });
    await tell(trx, parts, `cover-${schedule}-${person.user}-${now.getTime()}`, {
      about: 'cover-wanted',
      schedule,
      asker: person.user,
      ...iso(own),
    });
  });
  parts.wakes.deliver(channelOf(parts, schedule));
  return own;
}

/** Takes a shift for which somebody asked for cover; who is first has it. @throws Refused */
export async function giveCover(
  parts: Parts,
  person: Person,
  wanted: Span & { schedule: string; asker: string },
): Promise<void> {
  const { schedule, asker, from, until } = wanted;
  await mustHave(parts, 'respond', person, `schedule ${schedule}`);
  if (person.user === asker) throw new Refused('Somebody else has to take it: it is your own shift.');
  const now = parts.now();
  await exchange(
    parts,
    person,
    schedule,
    [{ user: person.user, instead: asker, from: later(from, now), until }],
    [{ user: asker, from, until }],
  );
}

interface Offer extends Span {
  schedule: string;
  asker: string;
  other: string;
  theirs: Span;
}

/** Offers one's own next shift for somebody else's, by direct message to them. Returns both. @throws Refused */
export async function askToSwap(
  parts: Parts,
  person: Person,
  schedule: string,
  other: string,
): Promise<Span & { theirs: Span }> {
  scheduleOf(parts, schedule);
  if (other === person.user) throw new Refused('Name somebody else to swap with.');
  const [own, theirs] = [await nextShiftOf(parts, schedule, person.user), await nextShiftOf(parts, schedule, other)];
  if (own === undefined || theirs === undefined)
    throw new Refused(
      md`${own === undefined ? 'You have' : md`${userMention(other)} has`} no shift of ${schedule.slice(0, 80)} ahead.`.toString(),
    );
  const now = parts.now();
  await parts.database.transaction(async (trx) => {
    await recordOf(person, now)(trx, 'ask-swap', `schedule ${schedule}`, {
      with: other,
      ...iso(own),
      theirs: iso(theirs),
    });
    const news = {
      about: 'swap-wanted' as const,
      schedule,
      asker: person.user,
      other,
      ...iso(own),
      theirs: iso(theirs),
    };
    await tellDirectly(trx, parts, `swap-${schedule}-${person.user}-${now.getTime()}`, other, news);
  });
  parts.wakes.deliver(other);
  return { ...own, theirs };
}

/** Agrees to a swap. @throws Refused for anybody but the one who was asked, and when the schedule has changed since */
export async function agreeToSwap(
  parts: Parts,
  person: Person,
  { schedule, asker, other, from, until, theirs }: Offer,
): Promise<void> {
  await mustHave(parts, 'respond', person, `schedule ${schedule}`);
  if (person.user !== other) throw new Refused(offeredToOther);
  await exchange(
    parts,
    person,
    schedule,
    [
      { user: other, instead: asker, from, until },
      { user: asker, instead: other, ...theirs },
    ],
    [
      { user: asker, from, until },
      { user: other, ...theirs },
    ],
  );
}

/** Does not swap: whoever asked hears of it. @throws Refused for anybody but the one who was asked */
export async function refuseSwap(parts: Parts, person: Person, offer: Offer): Promise<void> {
  const { schedule, asker, other, from, until } = offer;
  await mustHave(parts, 'see', person, `schedule ${schedule}`);
  if (person.user !== other) throw new Refused(offeredToOther);
  const now = parts.now();
  await parts.database.transaction(async (trx) => {
    await recordOf(person, now)(trx, 'refuse-swap', `schedule ${schedule}`, { asker, ...iso(offer) });
    const news = { about: 'swap-refused' as const, schedule, other, ...iso({ from, until }) };
    // Once, however often it is pressed.
    await tellDirectly(trx, parts, `swap-refused-${schedule}-${other}-${asker}-${from.getTime()}`, asker, news);
  });
  parts.wakes.deliver(asker);
}

const offeredToOther = 'This swap was offered to somebody else.';

/** Makes overrides in which people take each other's place, if those whose shifts they are still have them. */
async function exchange(
  parts: Parts,
  person: Person,
  schedule: string,
  places: readonly (Span & { user: string; instead: string })[],
  held: readonly (Span & { user: string })[],
): Promise<void> {
  const turns = scheduleOf(parts, schedule);
  const now = parts.now();
  const trouble = await parts.database.transaction(async (trx) => {
    await lockOverrides(trx, schedule);
    const overrides = (await overridesFrom(trx, now)).get(schedule) ?? [];
    for (const { user, from, until } of held) {
      const ahead = shifts(turns, later(from, now), until, overrides);
      if (ahead.length === 0) return 'This shift is over.';
      const first = ahead.find(({ users }) => !users.includes(user));
      if (first !== undefined) return changedSince(overrides, user, first);
    }
    for (const place of places) {
      const made = { schedule, ...place, because: 'swap' as const, createdBy: person.user };
      const id = await addOverride(trx, made, now);
      await recordOf(person, now)(trx, 'swap', `schedule ${schedule}`, { ...made, override: id });
      await tell(trx, parts, `override-${id}`, {
        about: 'override',
        id,
        schedule,
        user: place.user,
        instead: place.instead,
        by: person.user,
        ...iso(place),
      });
    }
    return undefined;
  });
  if (trouble !== undefined) throw new Refused(trouble);
  parts.wakes.deliver(channelOf(parts, schedule));
}

/** Why a shift cannot be taken: somebody was first, and who it was. */
function changedSince(overrides: readonly StoredOverride[], user: string, { from, users }: Shift): string {
  const taken = overrides.find((each) => each.instead === user && each.from <= from && from < each.until);
  return taken === undefined
    ? md`The schedule has changed since: ${userMention(users[0] ?? '')} has this shift.`.toString()
    : md`${userMention(taken.user)} was first and has this shift already.`.toString();
}

/** The shift that somebody has now, or their next one. */
async function nextShiftOf(parts: Parts, schedule: string, user: string): Promise<Span | undefined> {
  const now = parts.now();
  const overrides = (await overridesFrom(parts.database.db, now)).get(schedule) ?? [];
  const ahead = shifts(scheduleOf(parts, schedule), now, new Date(now.getTime() + aheadMs), overrides);
  const own = ahead.find(({ users }) => users.includes(user));
  return own && { from: own.from, until: own.to };
}

const later = (a: Date, b: Date): Date => new Date(Math.max(a.getTime(), b.getTime()));

/** Where news of a schedule goes. */
const channelOf = ({ config }: Pick<Parts, 'config'>, schedule: string): string =>
  config.schedules.get(schedule)?.channel ?? config.channels.default;

const iso = ({ from, until }: Span) => ({ from: from.toISOString(), until: until.toISOString() });

type Transaction = Parameters<typeof putOut>[0];

const tell = (trx: Transaction, parts: Parts, key: string, news: OnCallNews): Promise<void> =>
  tellDirectly(trx, parts, key, channelOf(parts, news.schedule), news);

const tellDirectly = (trx: Transaction, parts: Parts, key: string, target: string, news: OnCallNews): Promise<void> =>
  putOut(trx, [{ key: `oncall-${key}`, alertId: null, notice: { kind: 'oncall', target, news } }], parts.now());
