import type { TargetKind } from './target.ts';

/** A person or group of Pushover, by their key; notify/pushover.ts calls it. */
export const pushover: TargetKind = {
  id: /^[A-Za-z0-9]{30}$/,
  example: 'pushover:USERKEY',
  callees: (key) => [{ way: 'page', id: `pushover:${key}` }],
  words: (key) => `Pushover ${key.slice(0, 4)}…`,
  personal: { name: 'Pushover', asks: 'your user key of 30 characters' },
  variables: () => [
    { name: 'PUSHOVER_TOKEN', secret: true, needed: true },
    { name: 'PUSHOVER_URL', url: true },
  ],
};
