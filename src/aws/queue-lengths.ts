import type { SqsQueue } from '../config/config.ts';

/** The name of a queue, the end of its URL. */
export const queueName = ({ url }: Pick<SqsQueue, 'url'>): string => url.split('/').at(-1) ?? url;

/**
 * How many messages wait in a queue, about. Needs sqs:GetQueueAttributes. @throws what SQS throws
 * Source: SQS developer guide, "Available CloudWatch metrics for Amazon SQS": the number is right within a minute or so.
 */
export async function queueLength({ url, region }: SqsQueue): Promise<number> {
  const { GetQueueAttributesCommand, SQSClient } = await import('@aws-sdk/client-sqs');
  const client = new SQSClient({ ...(region !== null && { region }), useQueueUrlAsEndpoint: region === null });
  try {
    const command = new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: ['ApproximateNumberOfMessages'],
    });
    const { Attributes } = await client.send(command, { abortSignal: AbortSignal.timeout(10_000) });
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  } finally {
    client.destroy();
  }
}
