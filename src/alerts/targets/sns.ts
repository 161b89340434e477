import type { TargetKind } from './target.ts';

/** A topic of SNS, for those who are subscribed by SMS or e-mail; notify/sns.ts publishes. */
export const sns: TargetKind = {
  id: /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
  example: 'sns:arn:aws:sns:eu-west-1:111122223333:on-call',
  callees: (arn) => [{ way: 'page', id: `sns:${arn}` }],
  words: (arn) => `SNS ${arn.split(':').at(-1) ?? ''}`,
};
