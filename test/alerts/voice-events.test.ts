import { expect, test } from 'vitest';
import { voiceEventIn } from '../../src/alerts/voice-events.ts';

const event = (eventType: string) =>
  JSON.stringify({ eventType, eventVersion: '1.0', messageId: 'm-1', isFinal: true });

test.each([
  ['VOICE_ANSWERED', 'rang'],
  ['VOICE_NO_ANSWER', 'unreached'],
  ['VOICE_BUSY', 'unreached'],
  ['VOICE_RINGING', null],
  ['VOICE_SOMETHING_NEW', null],
])('%s says of the call: %s', (type, outcome) => {
  expect(voiceEventIn(event(type))).toMatchObject({ messageId: 'm-1', outcome });
});

test.each([
  '',
  'VOICE_ANSWERED',
  '{"eventType":"VOICE_ANSWERED"}',
  '{"eventType":"TEXT_DELIVERED","messageId":"m"}',
  '{"VOICE_": 1',
])('%j is no event of a call', (text) => expect(voiceEventIn(text)).toBeUndefined());
