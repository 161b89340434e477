import type { TargetKind } from './target.ts';

/** A topic of ntfy; notify/ntfy.ts calls it. On a public server the topic's name is all that keeps others out. */
export const ntfy: TargetKind = {
  id: /^[A-Za-z0-9_-]{1,64}$/,
  example: 'ntfy:TOPIC',
  callees: (topic) => [{ way: 'page', id: `ntfy:${topic}` }],
  words: (topic) => `ntfy ${topic.slice(0, 4)}…`,
  personal: { name: 'ntfy', asks: 'your topic' },
  variables: () => [
    { name: 'NTFY_URL', url: true },
    { name: 'NTFY_TOKEN', secret: true },
  ],
};
