import { setTimeout as sleep } from 'node:timers/promises';
import { after } from '../../bench/harness.ts';
import { digests } from '../../src/jobs/digests/index.ts';
import type { Bot } from './bot.ts';
import type { Fault } from './faults.ts';
import type { Sent } from './oracle.ts';
import { escalateAfterMs, type Stage, theBot } from './stage.ts';

/** Something the bot does: what is there before, and what happens when its steps are counted. */
interface Story {
  name: string;
  before: (stage: Stage, tag: string) => Promise<Sent[]>;
  act: (stage: Stage, tag: string, sent: readonly Sent[]) => Promise<Sent[]>;
}

const shown = async (stage: Stage, sent: Sent): Promise<Sent[]> => {
  await stage.channel(sent.channel).expectMessage(new RegExp(`${sent.name}\\b`));
  return [sent];
};

const stories: readonly Story[] = [
  {
    name: 'an alert',
    before: async () => [],
    act: async (stage, tag) => [stage.send(tag, { calls: false })],
  },
  {
    name: 'a press',
    before: (stage, tag) => shown(stage, stage.send(tag, { calls: false })),
    act: async (stage, _tag, sent) => {
      await Promise.all(sent.map(stage.acknowledge));
      return [];
    },
  },
  {
    name: 'an escalation',
    before: async (stage, tag) => {
      const since = performance.now();
      const sent = await shown(stage, stage.send(tag));
      await sleep(Math.max(0, escalateAfterMs - 500 - (performance.now() - since)));
      return sent;
    },
    act: async () => [],
  },
  {
    name: 'an intake batch of 12',
    before: async () => [],
    act: async (stage, tag) => Array.from({ length: 12 }, (_, at) => stage.send(`${tag}-${at}`)),
  },
  ...digests.map(
    ({ command }): Story => ({
      name: `the digest ${command}`,
      before: async () => [],
      act: async (stage) => {
        // Refused while one is under way: that one is what is ended then.
        await stage
          .person('ana')
          .type(`/audit report now ${command}`, 'C0AUDIT')
          .catch(() => {});
        return [];
      },
    }),
  ),
];

/** How long a story takes at the most; its steps are those until it is quiet. */
const storyMs = 12_000;

const killsIn = (story: Story): Fault => ({
  name: `killed at a step of ${story.name}`,
  run: async (stage, { points: most }) => {
    const tag = story.name.replaceAll(/\W+/g, '-');
    const all = await play(stage, story, `${tag}-0`, 0);
    const steps = await quietSteps(await theBot(stage));
    const points = pointsOf(steps, most);
    const places = new Set<string>();
    let tried = 0;
    for (const at of points) {
      const bot = await theBot(stage);
      all.push(...(await play(stage, story, `${tag}-${at}`, at)));
      await Promise.race([bot.ended, sleep(storyMs)]);
      if (bot.isAlive()) {
        // There were fewer steps this time: what is killed now is between two of them.
        bot.signal('SIGKILL');
        await bot.ended;
      }
      places.add(bot.endedAt() ?? `between two steps of ${story.name}`);
      tried += 1;
    }
    await theBot(stage);
    return { tried, places: places.size, steps, sent: all, wrong: await stage.settled(all) };
  },
});

/** The steps to end at: all of them, or `most` at even distances. */
export const pointsOf = (steps: number, most: number): number[] =>
  Array.from({ length: Math.min(steps, most) }, (_, at) =>
    Math.max(1, Math.round(((at + 0.5) * steps) / Math.min(steps, most))),
  );

async function play(stage: Stage, story: Story, tag: string, killAt: number): Promise<Sent[]> {
  const before = await story.before(stage, tag);
  const bot = await theBot(stage);
  await bot.arm(killAt);
  return [...before, ...(await story.act(stage, tag, before))];
}

/** So many steps until there are no more than the sweep's for two seconds. */
export async function quietSteps(bot: Bot): Promise<number> {
  let [last, since] = [0, performance.now()];
  await after(60_000, async () => {
    const steps = await bot.steps();
    if (steps > last + 3) [last, since] = [steps, performance.now()];
    await sleep(100);
    return last > 0 && performance.now() - since > 2000;
  });
  return last;
}

/** Killed at a random moment while alarms come in and people press. */
const randomKills: Fault = {
  name: 'killed at random under load',
  run: async (stage, { short }) => {
    const kills = short ? 2 : 15;
    const sent: Sent[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      const bot = await theBot(stage);
      const batch = Array.from({ length: 4 }, (_, at) => stage.send(`random-${kill}-${at}`));
      sent.push(...batch);
      const pressed = batch.slice(0, 2).map(stage.acknowledge);
      await sleep(200 + Math.random() * 4000);
      bot.signal('SIGKILL');
      await bot.ended;
      await theBot(stage);
      await Promise.all(pressed);
    }
    return { tried: kills, sent, wrong: await stage.settled(sent, 180_000) };
  },
};

export const kills: readonly Fault[] = [...stories.map(killsIn), randomKills];
