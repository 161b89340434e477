import { parseArn } from '../../aws-names/arn.ts';
import { serviceLink } from '../../aws-names/console-links.ts';
import { isRecord, type Json } from '../../words/json.ts';
import { capitalized, listed, plural, spaced } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import { detailTypeOf, list, number, resourceNamed, shape, signalOf, text } from '../shape.ts';
import type { Payload, Source } from '../source.ts';

const Recipients = list(shape({ emailAddress: text, status: text, diagnosticCode: text }));

/** Source: SES developer guide, "Contents of notifications" (notificationType) and "Contents of event data" (eventType). */
const Notice = shape({
  notificationType: text,
  eventType: text,
  mail: shape({
    timestamp: text,
    messageId: text,
    source: text,
    sourceArn: text,
    sourceIp: text,
    sendingAccountId: text,
    destination: list(text),
    commonHeaders: shape({ subject: text }),
  }),
  bounce: shape({ bounceType: text, bounceSubType: text, bouncedRecipients: Recipients, timestamp: text }),
  complaint: shape({ complainedRecipients: Recipients, complaintFeedbackType: text, timestamp: text }),
  reject: shape({ reason: text }),
  failure: shape({ errorMessage: text, templateName: text }),
  deliveryDelay: shape({ delayType: text, delayedRecipients: Recipients, timestamp: text }),
  delivery: shape({ timestamp: text, processingTimeMillis: number }),
  receipt: shape({ timestamp: text }),
});

/** docs/severity.md, "SES": complaints and rejected mail endanger the right to send at all. */
const severities: Record<string, Severity> = {
  Complaint: 'medium',
  Reject: 'medium',
  'Rendering Failure': 'medium',
  Bounce: 'low',
  DeliveryDelay: 'low',
};

/** What EventBridge and Lambda's record of a received mail have around the notification. */
function bodyOf(payload: Payload): Json | undefined {
  const { json } = payload;
  const detail = /^Email /.test(detailTypeOf(payload) ?? '') ? json?.['detail'] : json?.['ses'];
  return isRecord(detail) ? detail : undefined;
}

/** What SES says of mail: bounces, complaints, deliveries, what it has received. */
export const ses: Source = {
  name: 'ses',
  matches: (payload) => {
    const { json } = payload;
    if (json === undefined) return /^Successfully validated SNS topic for Amazon SES/.test(payload.text);
    const body = bodyOf(payload) ?? json;
    const named = body['notificationType'] ?? body['eventType'] ?? body['receipt'] ?? detailTypeOf(payload);
    return isRecord(body['mail']) && named !== undefined;
  },
  read: (payload) => {
    const { json } = payload;
    const notice = Notice.parse(bodyOf(payload) ?? json);
    if (json === undefined)
      return signalOf(payload, {
        source: 'ses',
        kind: 'topic validated',
        dedupKey: `ses:validated:${payload.topicArn ?? ''}`,
        severity: 'info',
        title: 'SES can publish to this topic',
        sentence: 'SES was set up to send its events to this topic, and its test message has arrived.',
        accounts: [],
        regions: [],
        times: [],
        links: (where) => [serviceLink(where, 'ses')],
        fields: [],
      });
    const type =
      notice.notificationType ??
      notice.eventType ??
      detailTypeOf(payload)?.replace(/^Email /, '') ??
      (notice.receipt.timestamp === undefined ? 'event' : 'Received');
    const { mail, bounce, complaint, deliveryDelay } = notice;
    const concerned = [
      ...bounce.bouncedRecipients,
      ...complaint.complainedRecipients,
      ...deliveryDelay.delayedRecipients,
    ];
    const permanent = bounce.bounceType === 'Permanent';
    const sender = mail.source ?? 'an unknown sender';
    const to = plural(Math.max(concerned.length, concerned.length === 0 ? mail.destination.length : 0), 'recipient');
    const why =
      bounce.bounceType === undefined
        ? (complaint.complaintFeedbackType ??
          notice.reject.reason ??
          notice.failure.errorMessage ??
          deliveryDelay.delayType)
        : `${bounce.bounceType}${bounce.bounceSubType === undefined ? '' : `, ${bounce.bounceSubType}`}`;
    const happened: Record<string, string> = {
      Bounce: `Mail from ${sender} bounced for ${to}`,
      Complaint: `${capitalized(to)} complained about mail from ${sender}`,
      Delivery: `Mail from ${sender} was delivered to ${to}`,
      Received: `Mail from ${sender} was received for ${to}`,
      Open: `Mail from ${sender} was opened`,
      Click: `A link in mail from ${sender} was followed`,
      Subscription: `A reader of mail from ${sender} changed a subscription`,
      Send: `Mail from ${sender} was sent to ${to}`,
      Reject: `SES refused to send mail from ${sender}`,
      'Rendering Failure': `A mail template of ${sender} could not be filled in`,
      DeliveryDelay: `Mail from ${sender} to ${to} is delayed`,
    };
    const said = happened[type] ?? `Mail from ${sender}: ${spaced(type).toLowerCase()}`;
    return signalOf(payload, {
      source: 'ses',
      kind: type,
      // All bounces of one sender are one alert: a list that went bad, not a thousand alerts.
      dedupKey: ['ses', type, mail.sourceArn ?? sender].join(':'),
      severity: permanent ? 'medium' : (severities[type] ?? 'info'),
      title: said,
      sentence: `${said}${why === undefined ? '' : ` (${why})`}.`,
      accounts: [mail.sendingAccountId, parseArn(mail.sourceArn ?? '')?.account],
      regions: [parseArn(mail.sourceArn ?? '')?.region],
      times: [
        bounce.timestamp,
        complaint.timestamp,
        deliveryDelay.timestamp,
        notice.delivery.timestamp,
        notice.receipt.timestamp,
        mail.timestamp,
      ],
      resource: resourceNamed(mail.sourceArn ?? mail.source, 'SES identity'),
      sourceIp: mail.sourceIp,
      links: (where) => [serviceLink(where, 'ses')],
      fields: [
        ['Type', why],
        [
          'Recipients',
          listed(
            (concerned.length === 0 ? mail.destination.map((emailAddress) => ({ emailAddress })) : concerned).flatMap(
              ({ emailAddress }) => emailAddress ?? [],
            ),
          ),
        ],
        ['Answer', concerned[0]?.diagnosticCode ?? concerned[0]?.status],
        ['Subject', mail.commonHeaders.subject],
        ['Message', mail.messageId],
      ],
    });
  },
};
