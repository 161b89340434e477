import { setTimeout as sleep } from 'node:timers/promises';
import type { Bot } from './bot.ts';
import type { Fault } from './faults.ts';
import { pointsOf, quietSteps } from './kills.ts';
import type { Sent } from './oracle.ts';
import type { Stage } from './stage.ts';

async function withReplicas(stage: Stage, count: number, clocks: readonly number[] = []): Promise<Bot[]> {
  for (const bot of [...stage.bots]) await bot.stop();
  return Promise.all(Array.from({ length: count }, (_, at) => stage.addBot({ clockAheadMs: clocks[at] ?? 0 })));
}

const backToOne = async (stage: Stage): Promise<void> => {
  await Promise.all(stage.bots.slice(1).map((bot) => bot.stop()));
};

const sending = (stage: Stage, tag: string, count: number): Sent[] =>
  Array.from({ length: count }, (_, at) => stage.send(`${tag}-${at}`));

const killOne = (count: number): Fault => ({
  name: `${count} replicas, one killed under load, again and again`,
  run: async (stage, { short }) => {
    await withReplicas(stage, count);
    const times = short ? 1 : 6;
    const sent: Sent[] = [];
    for (let at = 0; at < times; at += 1) {
      const batch = sending(stage, `of-${count}-killed-${at}`, 4);
      sent.push(...batch);
      const pressed = batch.slice(0, 2).map(stage.acknowledge);
      await sleep(Math.random() * 3000);
      stage.bots[0]?.signal('SIGKILL');
      await stage.bots[0]?.ended;
      await stage.addBot();
      await Promise.all(pressed);
    }
    const wrong = await stage.settled(sent);
    await backToOne(stage);
    return { tried: times, sent, wrong };
  },
});

/** Stopped for longer than anybody waits for it, and then it goes on as if no time had passed. */
const stopOne = (count: number): Fault => ({
  name: `${count} replicas, one stopped for a minute under load, then goes on`,
  run: async (stage, { short }) => {
    const [first] = await withReplicas(stage, count);
    const sent = sending(stage, `of-${count}-stopped-before`, 4);
    await sleep(700);
    first?.signal('SIGSTOP');
    sent.push(...sending(stage, `of-${count}-stopped-while`, 4));
    await sleep(2000);
    if (first !== undefined) stage.takeOut(first);
    const pressed = sent.slice(0, 3).map(stage.acknowledge);
    await sleep(short ? 20_000 : 60_000);
    first?.signal('SIGCONT');
    if (first !== undefined) stage.putBack(first);
    sent.push(...sending(stage, `of-${count}-stopped-after`, 2));
    await Promise.all(pressed);
    const wrong = await stage.settled(sent);
    await backToOne(stage);
    return { tried: 1, sent, wrong };
  },
});

/** Stopped at a step, so that the other takes over what it had begun; then it goes on with that step. */
const stopAtSteps: Fault = {
  name: 'two replicas, one stopped at a step of an alert for 20 s, then goes on',
  run: async (stage, { points }) => {
    const [first, second] = await withReplicas(stage, 2);
    if (first === undefined || second === undefined) throw new Error('There are no two replicas.');
    const only = async (): Promise<void> => {
      stage.takeOut(second);
    };
    await only();
    await first.arm(0);
    const sent = [stage.send('stopped-at-0', { calls: false })];
    const steps = await quietSteps(first);
    let tried = 0;
    const places = new Set<string>();
    for (const at of pointsOf(steps, Math.min(points, 16))) {
      stage.putBack(first);
      await only();
      await first.arm(at, 'SIGSTOP');
      const alarm = stage.send(`stopped-at-${at}-${tried}`, { calls: false });
      sent.push(alarm);
      await sleep(4000);
      stage.takeOut(first);
      stage.putBack(second);
      await sleep(18_000);
      first.signal('SIGCONT');
      places.add(first.endedAt() ?? 'between two steps');
      tried += 1;
    }
    const wrong = await stage.settled(sent);
    await backToOne(stage);
    return { tried, places: places.size, steps, sent, wrong };
  },
};

const wrongClocks: Fault = {
  name: 'three replicas with clocks two minutes apart',
  run: async (stage, { short }) => {
    await withReplicas(stage, 3, [0, 120_000, -120_000]);
    const sent = sending(stage, 'clocks', short ? 4 : 12);
    await Promise.all(sent.slice(0, 3).map(stage.acknowledge));
    const wrong = await stage.settled(sent, 240_000);
    for (const bot of [...stage.bots]) await bot.stop();
    return { tried: 1, sent, wrong };
  },
};

export const replicaFaults: readonly Fault[] = [
  killOne(2),
  killOne(3),
  stopOne(2),
  stopOne(3),
  stopAtSteps,
  wrongClocks,
];
