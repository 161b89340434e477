import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkAttachments, checkBlocks, type Problem } from '../sandbox/slack/validate.ts';
import { explainMessage } from '../src/explain.ts';
import { dataFile, dataFiles } from './data.ts';

const at = new Date('2026-11-23T03:00:00Z');

/** What the rules of Slack have against the message that a payload becomes. */
async function problems(text: string): Promise<Problem[]> {
  const { signature, blocks, attachments = [] } = await explainMessage(text, null, { at, certificates: [] });
  expect({ signature, blocks }).toEqual({ signature: 'none', blocks: expect.anything() });
  return [...checkBlocks(blocks, 'message'), ...checkAttachments(attachments)];
}

const folders = [
  'accessanalyzer',
  'cloudtrail-record',
  'cloudwatch-alarm-eventbridge',
  'cloudwatch-alarm-lambda',
  'cloudwatch-alarm-sns',
  'config-eventbridge',
  'config-notification',
  'config-rule-invocation',
  'controltower-lifecycle',
  'eventbridge-cloudtrail',
  'eventbridge-other',
  'guardduty-eventbridge',
  'guardduty-finding',
  'health',
  'macie',
  's3-event',
  'securityhub-asff',
  'securityhub-eventbridge',
  'securityhub-v2-ocsf',
  'sns-lambda-event',
];

describe('every payload of AWS', () => {
  test.each(folders)('%s becomes a message that Slack takes', async (folder) => {
    const files = dataFiles(folder).filter((path) => path.endsWith('.json'));
    expect(files.length).toBeGreaterThan(0);
    for (const path of files) expect(await problems(dataFile(path)), path).toEqual([]);
  });
});

describe('whatever comes', () => {
  test('becomes a message that Slack takes, the same each time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 5 }), async (json) => {
        const text = JSON.stringify(json);
        expect(await problems(text)).toEqual([]);
        const read = () => explainMessage(text, null, { at, certificates: [] });
        expect(await read()).toEqual(await read());
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['nothing', ''],
    ['half of JSON', '{"detail-type": "GuardDuty Finding", "detail": {'],
    ['JSON in a string in a string', JSON.stringify(JSON.stringify({ AlarmName: 'x', NewStateValue: 'ALARM' }))],
    ['256 KB of nested lists', '['.repeat(131_072) + ']'.repeat(131_072)],
    ['a name of ten thousand characters', JSON.stringify({ AlarmName: 'x'.repeat(10_000), NewStateValue: 'ALARM' })],
    [
      'marks that turn text around',
      JSON.stringify({ AlarmName: '\u202e<!channel> `<@U1>` *x* {y}', NewStateValue: 'ALARM' }),
    ],
  ])('%s too', async (_name, text) => {
    expect(await problems(text)).toEqual([]);
  });
});
