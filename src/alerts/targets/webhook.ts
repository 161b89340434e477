import { inVariable, type TargetKind } from './target.ts';

/** An address that takes signed JSON; notify/webhook.ts calls it. */
export const webhook: TargetKind = {
  id: /^[A-Za-z0-9_-]+$/,
  example: 'webhook:NAME',
  callees: (name) => [{ way: 'page', id: `webhook:${name}` }],
  words: (name) => `webhook ${name}`,
  variables: (name) => [
    { name: `WEBHOOK_URL_${inVariable(name)}`, secret: true, needed: true, url: true },
    { name: `WEBHOOK_SECRET_${inVariable(name)}`, secret: true, needed: true },
  ],
};
