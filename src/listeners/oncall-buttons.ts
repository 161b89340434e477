import { Refused } from '../acts/act.ts';
import { makeFeed, revokeFeed } from '../acts/feeds.ts';
import { agreeToSwap, askForCover, endStandIn, giveCover, refuseSwap, scheduleOf, takeOver } from '../acts/oncall.ts';
import { heardTest, testReach } from '../acts/reach.ts';
import { mustHave } from '../acts/rights.ts';
import { sendSchedulePicture } from '../acts/schedule-picture.ts';
import { nextHandoff } from '../alerts/oncall/shifts.ts';
import type { Parts } from '../parts.ts';
import { slackDate } from '../slack/dates.ts';
import { md, userMention } from '../slack/escape.ts';
import { feedMade, feedRevoked } from '../slack/views/feeds.ts';
import { overrideModal, swapModal } from '../slack/views/modals/oncall.ts';
import { reachModal } from '../slack/views/modals/reach.ts';
import { coverTaken, swapAnswered } from '../slack/views/oncall.ts';
import { CoverValue, FeedValue, readValue, SwapValue, TakeValue } from '../slack/views/oncall-values.ts';
import { reachTested } from '../slack/views/reach-test.ts';
import { overridesFrom } from '../store/overrides.ts';
import { reachOf } from '../store/reach.ts';
import { numberIn, type Press } from './press.ts';

const outOfDate = 'This button is out of date: type /audit oncall.';

/** What a button carries. @throws Refused for one of another version */
function carried<T extends Parameters<typeof readValue>[0]>(shape: T, press: Press) {
  const value = readValue(shape, press.value);
  if (value === undefined) throw new Refused(outOfDate);
  return value;
}

export async function takeShift(parts: Parts, press: Press): Promise<string> {
  const { schedule } = carried(TakeValue, press);
  const until = await takeOver(parts, press.person, schedule);
  return md`You are on call for ${schedule} until ${slackDate(until)}.`.toString();
}

export async function coverShift(parts: Parts, press: Press): Promise<string> {
  const { schedule } = carried(TakeValue, press);
  const { from, until } = await askForCover(parts, press.person, schedule);
  return md`Asked who takes your shift from ${slackDate(from)} until ${slackDate(until)}. Until somebody does, it is yours.`.toString();
}

export async function picture(parts: Parts, press: Press): Promise<string> {
  const { schedule } = carried(TakeValue, press);
  await sendSchedulePicture(parts, press.person, schedule);
  return 'The picture is in your direct messages with Trailwatch.';
}

/** Opens the form in which somebody is put in for a time. */
export async function openOverride(parts: Parts, press: Press): Promise<undefined> {
  const { schedule } = carried(TakeValue, press);
  await mustHave(parts, 'respond', press.person, `schedule ${schedule}`);
  const now = parts.now();
  const overrides = (await overridesFrom(parts.database.db, now)).get(schedule);
  const next = nextHandoff(scheduleOf(parts, schedule), now, overrides);
  await press.open(overrideModal(schedule, press.person.user, now, next?.at ?? null));
}

export async function openSwap(parts: Parts, press: Press): Promise<undefined> {
  const { schedule } = carried(TakeValue, press);
  await mustHave(parts, 'see', press.person, `schedule ${schedule}`);
  scheduleOf(parts, schedule);
  await press.open(swapModal(schedule));
}

export async function takeCover(parts: Parts, press: Press): Promise<string> {
  const value = carried(CoverValue, press);
  await giveCover(parts, press.person, value);
  await press.edit(coverTaken(value, press.person.user));
  return md`The shift is yours: on call for ${value.schedule} until ${slackDate(value.until)}.`.toString();
}

export async function swapShifts(parts: Parts, press: Press): Promise<string> {
  const offer = carried(SwapValue, press);
  await agreeToSwap(parts, press.person, offer);
  await press.edit(swapAnswered(offer, true));
  return 'Swapped.';
}

export async function keepShifts(parts: Parts, press: Press): Promise<string> {
  const offer = carried(SwapValue, press);
  await refuseSwap(parts, press.person, offer);
  await press.edit(swapAnswered(offer, false));
  return md`${userMention(offer.asker)} hears that you keep your shift.`.toString();
}

/** Opens the form in which a person says how they want to be called. */
export async function openReach(parts: Parts, press: Press): Promise<undefined> {
  await mustHave(parts, 'respond', press.person, 'how they are called');
  await press.open(reachModal(await reachOf(parts.database.db, press.person.user)));
}

/** Calls whoever pressed by all their ways. */
export async function tryReach(parts: Parts, press: Press): Promise<undefined> {
  const { user } = press.person;
  await press.tell(reachTested(user, await testReach(parts, press.person, user)));
}

export async function heardReach(parts: Parts, press: Press): Promise<string> {
  await heardTest(parts, press.person);
  return 'Noted: it reached you.';
}

export async function endOverride(parts: Parts, press: Press): Promise<string> {
  await endStandIn(parts, press.person, numberIn(press));
  return 'Ended: the schedule holds again.';
}

/** Another address in place of the one that there is. */
export async function newFeed(parts: Parts, press: Press): Promise<undefined> {
  const { schedule } = carried(FeedValue, press);
  await press.replace(feedMade(schedule, await makeFeed(parts, press.person, schedule)));
}

export async function endFeed(parts: Parts, press: Press): Promise<undefined> {
  const { schedule } = carried(FeedValue, press);
  await revokeFeed(parts, press.person, schedule);
  await press.replace(feedRevoked(schedule));
}
