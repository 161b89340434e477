import { expect, test } from 'vitest';
import { acknowledgeAfter } from '../../src/listeners/answered.ts';

test('what the work came to goes to Slack with the acknowledgement', async () => {
  const said: unknown[] = [];
  const came = await acknowledgeAfter(Promise.resolve('done'), async (result) => said.push(result));
  expect({ came, said }).toEqual({ came: { result: 'done', late: false }, said: ['done'] });
});

test('where Slack was answered before, what the work came to is told otherwise, and not lost', async () => {
  const tooLate = new Error('Cannot write headers after they are sent to the client');
  const came = await acknowledgeAfter(Promise.resolve('refused'), () => Promise.reject(tooLate));
  expect(came).toEqual({ result: 'refused', late: true });
});
