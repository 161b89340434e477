import { judge, type NumbersSeen, type Seen } from './oracle.ts';
import type { Story } from './story.ts';

/** Whether the oracle can fail: what was seen is falsified, one way after the other, in every alert that it can be done to. */

type Direct = Seen['direct'][number];

/** Something of each alert that can be told wrong; undefined: there is nothing of the kind. */
const ways: Readonly<Record<string, (seen: Seen) => Seen | undefined>> = {
  'a call that reached nobody': withCall(() => []),
  'a call that came twice': withCall((call) => [call, { ...call, at: call.at + 1000 }]),
  'a call to somebody else': withCall((call) => [{ ...call, user: `${call.user}X` }]),
  'a call of another level': withCall((call) => [{ ...call, level: (call.level ?? 0) + 1 }]),
  // A person gets one message of calls a minute, so that one may come a minute after its call.
  'a call before its time': withCall((call) => [{ ...call, at: call.at - 2 * 60_000 - 1 }]),
  'a call an hour late': withCall((call) => [{ ...call, at: call.at + 60 * 60_000 }]),
  'a level that nobody noted': withLevel(() => []),
  'a level noted twice': withLevel((event) => [event, event]),
  'a level a minute early': withLevel((event) => [{ ...event, at: event.at - 60_000 }]),
  'a level a minute late': withLevel((event) => [{ ...event, at: event.at + 60_000 }]),
  'the default channel called once more': (seen) =>
    seen.here.length === 0 ? undefined : { ...seen, here: [...seen.here, (seen.here.at(-1) ?? 0) + 1000] },
};

function withCall(tell: (call: Direct) => Direct[]): (seen: Seen) => Seen | undefined {
  return (seen) => {
    const place = seen.direct.findIndex(({ level }) => level !== null);
    return place < 0 ? undefined : { ...seen, direct: replaced(seen.direct, place, tell) };
  };
}

function withLevel(
  tell: (event: Seen['events'][number]) => Seen['events'][number][],
): (seen: Seen) => Seen | undefined {
  return (seen) => {
    const place = seen.events.findIndex(({ kind }) => kind === 'escalated');
    return place < 0 ? undefined : { ...seen, events: replaced(seen.events, place, tell) };
  };
}

const replaced = <Item>(all: readonly Item[], place: number, tell: (item: Item) => Item[]): Item[] =>
  all.flatMap((item, number) => (number === place ? tell(item) : [item]));

/** Of each way to tell it wrong: in how many alerts it was tried, and in how many the oracle said so. */
export function tamper(
  story: Story,
  { alerts, numbers }: { alerts: ReadonlyMap<string, Seen>; numbers: NumbersSeen },
): { way: string; tried: number; caught: number }[] {
  return Object.entries(ways).map(([way, tell]) => {
    const falsified = new Map(
      [...alerts].flatMap(([name, seen]) => {
        const told = tell(seen);
        return told === undefined ? [] : [[name, told] as const];
      }),
    );
    const { wrong } = judge(story, { alerts: new Map([...alerts, ...falsified]), numbers });
    const named = new Set(wrong.map((line) => line.split(':')[0]));
    return { way, tried: falsified.size, caught: [...falsified.keys()].filter((name) => named.has(name)).length };
  });
}
