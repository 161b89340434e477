import { inVariable, type TargetKind } from './target.ts';

/** A service of PagerDuty; notify/pagerduty.ts calls it. Accounts in the EU have an address of their own. */
export const pagerduty: TargetKind = {
  id: /^[A-Za-z0-9_-]+$/,
  example: 'pagerduty:NAME',
  callees: (name) => [{ way: 'page', id: `pagerduty:${name}` }],
  words: (name) => `PagerDuty ${name}`,
  variables: (name) => [
    { name: `PAGERDUTY_ROUTING_KEY_${inVariable(name)}`, secret: true, needed: true },
    { name: 'PAGERDUTY_EVENTS_URL', url: true },
  ],
};
