import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readable } from '../../sandbox/slack/people.ts';
import { openWorld, type World } from '../../sandbox/world.ts';
import { slackClient } from '../../src/slack/client.ts';
import { md } from '../../src/slack/escape.ts';
import { postOnce } from '../../src/slack/post-once.ts';
import { context, section } from '../../src/slack/views/elements.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ port: 0, log: pino({ level: 'silent' }) });
});
afterAll(() => world.close());

const message = { text: 'cpu-high', blocks: [section(md`cpu-high`), context(md`eu-west-1`)] };

function bot(aheadMs = 0) {
  const { slack } = world.environment;
  if (slack === null) throw new Error('The world has no Slack.');
  const now = () => new Date(Date.now() + aheadMs);
  return { slack: slackClient(slack.botToken, slack.apiUrl), now, log: pino({ level: 'silent' }) };
}
const posted = (key: string) =>
  world.slack.state.messages.filter(({ metadata }) => metadata?.event_payload['key'] === key);

describe('a post of which the answer was lost', () => {
  test('is found by a process whose clock is two minutes ahead, and is not posted again', async () => {
    const parts = bot(120_000);
    const to = { channel: 'C0ALERTS', key: 'ahead' };
    world.slack.fault({ method: 'chat.postMessage', kind: 'drop', times: 1 });
    const began = parts.now();
    expect(await postOnce(parts, to, message, null)).toMatchObject({ outcome: 'unknown' });
    expect(await postOnce(parts, to, message, began)).toMatchObject({ outcome: 'found' });
    expect(posted('ahead')).toHaveLength(1);
  });

  test('says that it may be a repeat where Slack does not let anybody look for it', async () => {
    const parts = bot();
    const to = { channel: 'C0SEC', key: 'unseen' };
    world.slack.fault({ method: 'conversations.history', kind: { error: 'missing_scope' }, times: 1 });
    expect(await postOnce(parts, to, message, parts.now())).toMatchObject({ outcome: 'done' });
    const [repeat] = posted('unseen');
    expect(`${repeat?.text} ${readable(repeat?.blocks)}`).toMatch(/^Possible repeat: cpu-high.*it cannot be looked up/);
  });

  test('is not sent by a process that was stopped until others may send it', async () => {
    const parts = bot();
    const to = { channel: 'C0SEC', key: 'stopped', before: new Date(parts.now().getTime() - 1) };
    // Nobody has to look for it, which would make the next one late, too.
    expect(await postOnce(parts, to, message, null)).toMatchObject({ outcome: 'later' });
    expect(posted('stopped')).toEqual([]);
  });
});
