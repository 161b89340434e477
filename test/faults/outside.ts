import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault as SlackFault } from '../../sandbox/slack/rates.ts';
import { type Fault, lasting } from './faults.ts';
import { theBot } from './stage.ts';

const slack = (name: string, kind: SlackFault['kind'], times: number): Fault =>
  lasting(`Slack ${name}`, 6000, async ({ world }) => {
    for (const method of ['chat.postMessage', 'chat.update', 'conversations.open', 'users.info'])
      world.slack.fault({ method, kind, times });
    return async () => {};
  });

const aws = (name: string, effect: { delayMs: number } | 'cut'): Fault =>
  lasting(`AWS ${name}`, 10_000, async ({ world }) => {
    const healed = ['cloudtrail:LookupEvents', 'sts:AssumeRole', 'organizations:ListAccounts'].map((operation) =>
      world.aws.faults.inject({ operation, effect }),
    );
    return async () => {
      for (const heal of healed) heal();
    };
  });

/** What others do who are not ours. */
export const outsideFaults: readonly Fault[] = [
  slack('answers 429', '429', 4),
  slack('answers 500', '500', 3),
  slack('does not answer', 'hang', 2),
  slack('accepts and does not answer', 'accept', 2),
  slack('accepts, and the connection breaks', 'drop', 2),
  slack('answers garbage', 'garbage', 3),
  aws('does not answer', { delayMs: 120_000 }),
  aws('breaks connections', 'cut'),
];

/** What the embedded database meets. */
export const diskFaults: readonly Fault[] = [
  lasting('the disk is full', 10_000, async (stage) => {
    const bot = await theBot(stage);
    await bot.disk('full');
    return () => bot.disk('right');
  }),
  lasting('the disk fails: the bot ends itself and is started again', 10_000, async (stage) => {
    const bot = await theBot(stage);
    await bot.disk('broken');
    return async () => {
      const late = sleep(30_000, true, { ref: false });
      if (await Promise.race([late, bot.ended.then(() => false)]))
        throw new Error('The bot goes on with a database that stopped.');
      await theBot(stage);
    };
  }),
];
