import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Sns, SnsError } from './index.ts';

const namespace = 'http://sns.amazonaws.com/doc/2010-03-31/';

/**
 * The part of the SNS API that Trailwatch and its sandbox call, in the AWS Query protocol: an HTTP handler to which
 * AWS_ENDPOINT_URL can point. Credentials are not checked.
 * Source: SNS API reference; "AWS Query protocol" in the Smithy documentation.
 */
export const snsApi =
  (sns: Sns) =>
  async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await text(req));
    const action = form.get('Action') ?? '';
    const reply = (status: number, xml: string): void => {
      res.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
    };
    try {
      const result = perform(sns, action, form);
      reply(
        200,
        `<${action}Response xmlns="${namespace}"><${action}Result>${result}</${action}Result>${metadata}</${action}Response>`,
      );
    } catch (error) {
      const [status, code] =
        error instanceof SnsError ? [error.status, error.code] : ([500, 'InternalFailure'] as const);
      const message = error instanceof Error ? error.message : String(error);
      const type = status === 500 ? 'Receiver' : 'Sender';
      reply(
        status,
        `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>${requestId}</ErrorResponse>`,
      );
    }
  };

const requestId = '<RequestId>00000000-0000-0000-0000-000000000000</RequestId>';
const metadata = `<ResponseMetadata>${requestId}</ResponseMetadata>`;

/** The inside of the action's result element. */
const perform = (sns: Sns, action: string, form: URLSearchParams): string => {
  const required = (name: string): string => {
    const value = form.get(name);
    if (value === null) throw new SnsError('InvalidParameter', `Invalid parameter: ${name}`);
    return value;
  };
  switch (action) {
    case 'ConfirmSubscription':
      return element('SubscriptionArn', sns.confirm(required('TopicArn'), required('Token')));
    case 'Publish': {
      const subject = form.get('Subject');
      const message = { message: required('Message'), ...(subject !== null && { subject }) };
      return element('MessageId', sns.publish(required('TopicArn'), message));
    }
    case 'ListSubscriptionsByTopic': {
      const members = sns
        .subscriptionsOf(required('TopicArn'))
        .map(
          ({ arn, topicArn, endpoint }) =>
            `<member>${element('SubscriptionArn', arn)}${element('Owner', topicArn.split(':')[4] ?? '')}${element('Protocol', endpoint.split(':')[0] ?? '')}${element('Endpoint', endpoint)}${element('TopicArn', topicArn)}</member>`,
        );
      return `<Subscriptions>${members.join('')}</Subscriptions>`;
    }
    default:
      throw new SnsError('InvalidAction', `The action ${action} is not valid for this endpoint.`);
  }
};

const element = (name: string, value: string): string => `<${name}>${escapeXml(value)}</${name}>`;

const escapeXml = (value: string): string => value.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
