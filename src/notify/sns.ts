import { clip, messageOf } from '../words/text.ts';
import { type CallPager, idOf, inShort } from './pager.ts';

/** Names of refusals that another try does not change. Source: SNS API reference, Publish, "Errors". */
const lasting = /NotFound|AuthorizationError|InvalidParameter|KMSAccessDenied/;

/**
 * A topic of SNS: those who are subscribed have it by SMS or e-mail. No answer comes back, so it is told of calls alone. Needs
 * sns:Publish on the topic.
 */
export const callSns: CallPager = async (_parts, page, alert) => {
  if (page.action !== 'trigger') return { outcome: 'taken' };
  const arn = idOf(page);
  const { PublishCommand, SNSClient } = await import('@aws-sdk/client-sns');
  const client = new SNSClient({ region: arn.split(':')[3] });
  try {
    await client.send(
      new PublishCommand({
        TopicArn: arn,
        // A subject is ASCII and has less than a hundred characters.
        Subject: `Trailwatch: ${alert.severity} alert ${alert.id}`,
        Message: `${inShort(page, alert)} ${clip(alert.signal.title, 200)}`,
      }),
      { abortSignal: AbortSignal.timeout(10_000) },
    );
    return { outcome: 'taken' };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    const said = `SNS: ${messageOf(error).slice(0, 300)}`;
    if (lasting.test(name)) return { outcome: 'refused', about: 'else', error: said };
    return { outcome: 'later', error: said, waitMs: 30_000, rateLimited: false };
  } finally {
    client.destroy();
  }
};
