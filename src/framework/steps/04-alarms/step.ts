import type { Step } from '../../check.ts';

/**
 * Fifteen controls, a check each, with one row for every link of its way: filter, alarm, would-fire, actions, topic and
 * delivered (the row's resource names the link). The first link that breaks ends the way. Members of the organization
 * inherit what holds for the trail's log group.
 */
export const step: Step = {
  number: 4,
  name: 'Alarms for API calls',
  sentence: 'The API calls that matter set off an alarm, and somebody hears of it.',
  question: '/audit lookup',
};
