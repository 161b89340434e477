import type { TargetKind } from './target.ts';

/** A telephone, called by AWS End User Messaging out of one's own account; notify/voice.ts calls it. */
export const voice: TargetKind = {
  id: /^\+[1-9]\d{6,14}$/,
  example: 'voice:+420123456789',
  callees: (number) => [{ way: 'page', id: `voice:${number}` }],
  words: (number) => `telephone …${number.slice(-3)}`,
  personal: { name: 'Telephone call', asks: 'your number, like +420123456789' },
  variables: () => [{ name: 'VOICE_ORIGINATION', needed: true }, { name: 'VOICE_CONFIGURATION_SET' }],
};
