import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyError, bodyReader } from '../body.ts';
import { type RefusalCode, Refused } from './message.ts';
import { refusalLog, refusalOf } from './refusal-log.ts';
import { type Taking, takeMessage } from './take.ts';
import { snsVerifier, type VerifierOptions } from './verify.ts';

export interface SnsListenerOptions extends VerifierOptions, Taking {
  /** Called once for each request, for the metrics. */
  count: (outcome: 'accepted' | RefusalCode) => void;
}

const maxBodyBytes = 1024 * 1024;
/** Bodies of all requests that are being read or handled at once. */
const maxHeldBytes = 64 * 1024 * 1024;
const bodyDeadlineMs = 10_000;

/**
 * `POST /sns`. Answers 200 once the message is committed, 4xx to what can never be right (SNS does not send it again) and
 * 503 when the fault may be ours (SNS tries again); always one line of plain text.
 * Source: SNS developer guide, "Using HTTP/S endpoints" and "Message delivery retries".
 * @throws Error at once when a topic or a pinned certificate in the options cannot be used
 */
export const snsListener = (options: SnsListenerOptions) => {
  const { log, count, now } = options;
  const verify = snsVerifier(options);
  const take = takeMessage(options);
  const logRefusal = refusalLog(log, now, 'SNS request');
  const withBody = bodyReader({ maxBytes: maxBodyBytes, maxHeldBytes, deadlineMs: bodyDeadlineMs });

  const handle = async (req: IncomingMessage): Promise<void> => {
    checkRequest(req);
    await withBody(req, async (body) => {
      const verdict = await verify(body, req.headers);
      if (!verdict.ok) throw verdict;
      await take(verdict.message, verdict.stale);
    }).catch((error: unknown) => {
      throw error instanceof BodyError ? unread(error) : error;
    });
  };

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    try {
      await handle(req);
      count('accepted');
      answer(req, res, 200, 'ok');
    } catch (error) {
      const refused = refusalOf(error);
      count(refused.code);
      logRefusal(refused);
      answer(req, res, refused.status, refused.reason);
    }
  };
};

const unread = ({ trouble }: BodyError): Refused => {
  switch (trouble) {
    case 'too-large':
      return new Refused(413, 'too-large', `The body is larger than ${maxBodyBytes} bytes.`);
    case 'slow':
      return new Refused(503, 'slow-body', `The body was not complete after ${bodyDeadlineMs / 1000} s.`);
    case 'aborted':
      return new Refused(503, 'aborted', 'The sender hung up before the body was complete.');
    case 'overload':
      return new Refused(503, 'overload', 'Too many messages are being read at once.');
  }
};

const subscriptionArn = /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+:[0-9a-f-]{36}$/;

/** What is known before the body is read. */
const checkRequest = ({ method, headers }: IncomingMessage): void => {
  if (method !== 'POST') throw new Refused(405, 'method', 'Only POST is allowed here.');
  if (headers['x-amz-sns-rawdelivery'] === 'true') {
    const given = String(headers['x-amz-sns-subscription-arn']);
    const arn = subscriptionArn.test(given) ? given : 'ARN';
    throw new Refused(
      400,
      'raw-delivery',
      `Raw message delivery carries no signature. Turn it off: aws sns set-subscription-attributes --subscription-arn ${arn} --attribute-name RawMessageDelivery --attribute-value false`,
    );
  }
  if (headers['content-encoding'] !== undefined) {
    throw new Refused(415, 'content-encoding', 'The body has a Content-Encoding: SNS sends none.');
  }
  const [mediaType = ''] = (headers['content-type'] ?? '').split(';');
  if (!['text/plain', 'application/json'].includes(mediaType.trim().toLowerCase())) {
    throw new Refused(415, 'content-type', 'The Content-Type is neither text/plain nor application/json.');
  }
};

const answer = (req: IncomingMessage, res: ServerResponse, status: number, line: string): void => {
  res.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    ...(status === 405 && { allow: 'POST' }),
    // The rest of a body that was not read is not worth waiting for.
    ...(!req.complete && { connection: 'close' }),
  });
  res.end(`${line}\n`);
};
