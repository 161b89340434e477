import { troublesOf } from '../listeners/health.ts';
import { type Part, statusMessage } from '../slack/views/status.ts';
import { lastMessages } from '../store/alerts.ts';
import { troubles } from '../store/deliveries.ts';
import type { Command } from './audit.ts';

const startedAt = new Date();

export const statusCommand: Command = {
  name: 'status',
  usage: 'status',
  sentence: 'Says whether everything works, and when each topic last sent a message.',
  topic: 'Trailwatch',
  right: null,
  run: async (parts) => {
    const broken = new Map((await troublesOf(parts.checks)).map(({ name, trouble }) => [name, trouble]));
    const stuck = await troubles(parts.database.db);
    const seen = new Map(
      (await lastMessages(parts.database.db)).map(({ topicArn, receivedAt }) => [topicArn, receivedAt]),
    );
    const health: Part[] = parts.checks.map(({ name }) => {
      const trouble = broken.get(name);
      return { name, ok: trouble === undefined, sentence: trouble ?? 'works' };
    });
    const delivery: Part = {
      name: 'Delivery',
      ok: stuck.length === 0,
      sentence:
        stuck.length === 0
          ? 'nothing waits'
          : stuck.map(({ target, error, count }) => `${count} waiting for ${target}: ${error}`).join('; '),
    };
    return statusMessage({
      version: parts.version,
      startedAt,
      now: parts.now(),
      parts: [...health, delivery],
      topics: parts.config.sns.topics.map(({ arn }) => ({ arn, lastMessageAt: seen.get(arn) ?? null })),
    });
  },
};
