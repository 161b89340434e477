import type { Logger } from 'pino';
import { Refused, type SnsMessage } from './message.ts';

export interface Taking {
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Confirms the subscription of a SubscriptionConfirmation; a throw means that SNS should try again. */
  confirmSubscription: (message: SnsMessage) => Promise<void>;
  /**
   * Takes a Notification, or the UnsubscribeConfirmation that says that the topic is lost, and returns once it is
   * committed; a throw means that it must come again. The same message id may come many times, also at once. `stale`:
   * genuine, but older than SNS can deliver over HTTP, so somebody may be playing it again: say so in the alert.
   */
  receive: (message: SnsMessage, stale: boolean) => Promise<void>;
}

/**
 * What is done with a message that the verifier believes, whichever way it came in.
 * @throws Refused when it must not be acted on, or could not be
 */
export const takeMessage =
  ({ log, confirmSubscription, receive }: Taking) =>
  async (message: SnsMessage, stale: boolean): Promise<void> => {
    const { type, messageId, topicArn } = message;
    if (type === 'SubscriptionConfirmation') {
      if (stale) {
        // A genuine one, played again later, must not bring back a subscription that was ended on purpose.
        throw new Refused(403, 'stale-confirmation', 'The confirmation is too old: subscribe again to get a new one.');
      }
      await confirmSubscription(message).catch((cause) => {
        throw new Refused(503, 'confirm-failed', 'The subscription could not be confirmed; try again.', cause);
      });
      log.info({ topicArn }, 'SNS subscription confirmed');
      return;
    }
    await receive(message, stale).catch((cause) => {
      throw new Refused(503, 'receive-failed', 'The message could not be stored; try again.', cause);
    });
    log.info({ type, messageId, topicArn, stale }, 'SNS message stored');
  };
