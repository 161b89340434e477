import { awsEvent, hasDetailType, signalOf } from '../shape.ts';
import type { Source } from '../source.ts';

/** Trailwatch's own test event, which went the way of every alert and came back: the alert of a drill, one for each place. */
export const canary: Source = {
  name: 'canary',
  matches: (payload) =>
    payload.json?.['source'] === 'trailwatch.canary' && hasDetailType(payload, /^Trailwatch Canary$/),
  read: (payload) => {
    const event = awsEvent(payload);
    return signalOf(payload, {
      source: 'canary',
      kind: 'drill',
      dedupKey: `canary:${event?.account ?? ''}:${event?.region ?? ''}`,
      severity: 'info',
      state: 'firing',
      title: 'Drill: a test event of Trailwatch itself arrived',
      sentence: 'The way from EventBridge to Slack works: nothing has happened, and nothing is to be done.',
      accounts: [event?.account],
      regions: [event?.region],
      times: [event?.time],
      links: () => [],
      fields: [],
    });
  },
};
