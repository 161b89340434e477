import { expect } from 'vitest';
import { alarm } from '../../sandbox/scenario.ts';
import { about, test } from './world.ts';

test('the panel says what would become of a message, and sends nothing', async ({ evening }) => {
  const { world } = evening;
  const ask = async (body: object): Promise<unknown> => {
    const answer = await fetch(`${world.slack.url}/page/explain`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: world.slack.url },
      body: JSON.stringify(body),
    });
    return answer.json();
  };
  const text = JSON.stringify(alarm('explained', 'ALARM', world.now()));
  expect(await ask({ text })).toEqual({
    ok: true,
    said: expect.stringMatching(
      /^Your message\n {2}signature {2}none.*\n {2}source {5}cloudwatch.*route {6}alert in C0ALERTS/s,
    ),
  });
  const forged = { Type: 'Notification', MessageId: 'x', TopicArn: world.topicArn, Message: text, Signature: 'x' };
  expect(await ask({ text: JSON.stringify(forged) })).toMatchObject({ said: expect.stringContaining('refused') });
  expect(await ask({ folder: '../..', name: 'package.json' })).toMatchObject({ ok: false });
  expect(about(evening, 'C0ALERTS', 'explained')).toEqual([]);
});
