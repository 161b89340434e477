import { parseArn } from '../arn.ts';
import { serviceLink } from '../console-links.ts';
import type { Severity } from '../severity.ts';
import type { Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';
import { words } from '../text.ts';
import { firstSentence, resourceNamed, sentence, signalOf } from './shape.ts';

/** Services that publish plain text to SNS. Each reader knows its message by its first words or its labels, and says what it holds. */
const readers: readonly {
  matches: (message: string, subject: string) => boolean;
  read: (payload: Payload) => Signal;
}[] = [
  {
    matches: (message, subject) =>
      /^(?:An|A|Your) AWS Backup |^AWS Backup /.test(message) || subject === 'Notification from AWS Backup',
    read: backupSignal,
  },
  { matches: (message) => /^StackId='arn:/m.test(message) && /^ResourceStatus='/m.test(message), read: stackSignal },
  {
    matches: (message, subject) =>
      /^Environment: /m.test(message) &&
      (/^NotificationProcessId: /m.test(message) || /Elastic Beanstalk/.test(subject)),
    read: beanstalkSignal,
  },
];

const readerOf = ({ json, text: message, subject }: Payload) =>
  json === undefined ? readers.find(({ matches }) => matches(message.slice(0, 8_000), subject ?? '')) : undefined;

/** What AWS services write to SNS as plain text: Backup, CloudFormation, Elastic Beanstalk. */
export const notices: Source = {
  name: 'notices',
  matches: (payload) => readerOf(payload) !== undefined,
  read: (payload) => (readerOf(payload)?.read ?? backupSignal)(payload),
};

/** Source: Backup developer guide, "Using Amazon SNS to track AWS Backup events". */
function backupSignal(payload: Payload): Signal {
  const message = payload.text.slice(0, 8_000);
  const arnAfter = (label: string): string | undefined =>
    new RegExp(`${label} ?: ?(arn:[^\\s,]+?)[.,]?(?:\\s|$)`, 'i').exec(message)?.[1];
  const resource = arnAfter('Resource ARN');
  const job = /(?:Backup|Restore|Copy)? ?Job ?ID ?: ?([0-9A-Za-z-]{8,60})/i.exec(message)?.[1];
  const failed = /fail|expired|abort|not completed|unsuccessful|error/i.test(message);
  const done = !failed && /success|completed/i.test(message);
  const kind = /restore/i.test(message)
    ? 'restore job'
    : /copy/i.test(message)
      ? 'copy job'
      : /recovery point (?:was|has)/i.test(message)
        ? 'recovery point'
        : 'backup job';
  const named = resourceNamed(resource);
  const said = `AWS Backup: ${kind}${named === undefined ? '' : ` of ${named.name}`} ${failed ? 'failed' : done ? 'completed' : 'changed'}`;
  const severity: Severity = failed ? 'medium' : 'info';
  return signalOf(payload, {
    source: 'backup',
    kind,
    dedupKey: ['backup', kind, resource ?? job ?? payload.topicArn ?? ''].join(':'),
    severity,
    state: done ? 'resolved' : 'firing',
    title: said,
    sentence: sentence(firstSentence(message) ?? said),
    accounts: [],
    regions: [],
    times: [],
    resource: named,
    links: (where) => [serviceLink(where, 'backup')],
    fields: [
      ['Job', job],
      ['Recovery point', arnAfter('Recovery point ARN')],
      ['Status', /Status ?: ?([A-Z_]+)/i.exec(message)?.[1]],
    ],
  });
}

/** Source: CloudFormation user guide, "Viewing stack events": lines of `Key='value'`. */
function stackSignal(payload: Payload): Signal {
  const line = (key: string): string | undefined =>
    new RegExp(`^${key}='([^'\\n]{0,2000})'`, 'm').exec(payload.text)?.[1] || undefined;
  const stack = line('StackName') ?? 'unnamed stack';
  const arn = line('StackId');
  const status = line('ResourceStatus') ?? 'UNKNOWN';
  const own = line('ResourceType') === 'AWS::CloudFormation::Stack';
  const what = own ? `Stack ${stack}` : `${line('LogicalResourceId') ?? 'A resource'} of stack ${stack}`;
  const failed = /FAILED|ROLLBACK/.test(status);
  const reason = line('ResourceStatusReason');
  return signalOf(payload, {
    source: 'cloudformation',
    kind: own ? 'stack' : 'stack resource',
    dedupKey: ['cloudformation', arn ?? stack, own ? '' : (line('LogicalResourceId') ?? '')].join(':'),
    severity: failed ? 'medium' : 'info',
    state: /^(?:CREATE|UPDATE|DELETE)_COMPLETE$/.test(status) ? 'resolved' : 'firing',
    title: `${what}: ${words(status.toLowerCase())}`,
    sentence: sentence(
      `${what} is now in the state ${words(status.toLowerCase())}${reason === undefined ? '' : `: ${reason}`}`,
    ),
    accounts: [parseArn(arn ?? '')?.account],
    regions: [parseArn(arn ?? '')?.region],
    times: [line('Timestamp')],
    resource: { ...resourceNamed(arn ?? stack, 'CloudFormation stack'), name: stack, type: 'CloudFormation stack' },
    links: (where) => [serviceLink(where, 'cloudformation')],
    fields: [
      ['Status', status],
      ['Resource type', line('ResourceType')],
      ['Physical id', line('PhysicalResourceId')],
      ['Reason', reason],
    ],
  });
}

/** Source: Elastic Beanstalk developer guide, "Elastic Beanstalk environment notifications with Amazon SNS": lines of `Label: value`. */
function beanstalkSignal(payload: Payload): Signal {
  const line = (label: string): string | undefined =>
    new RegExp(`^${label}: ?(.{1,2000})$`, 'm').exec(payload.text)?.[1]?.trim();
  const environment = line('Environment') ?? 'unnamed environment';
  const message = line('Message') ?? payload.text.slice(0, 300);
  const to = /from \S+ to (\w+)/.exec(message)?.[1] ?? '';
  const severity: Severity = /Severe/.test(to)
    ? 'high'
    : /Degraded|Red/.test(to) || /fail|error/i.test(message)
      ? 'medium'
      : /Warning|Yellow/.test(to)
        ? 'low'
        : 'info';
  return signalOf(payload, {
    source: 'elasticbeanstalk',
    kind: to === '' ? 'environment event' : 'environment health',
    dedupKey: ['elasticbeanstalk', payload.topicArn ?? '', environment, to === '' ? 'event' : 'health'].join(':'),
    severity,
    state: /^(?:Ok|Green)$/.test(to) ? 'resolved' : 'firing',
    title: `Beanstalk environment ${environment}${to === '' ? '' : `: health is ${to}`}`,
    sentence: sentence(firstSentence(message) ?? message),
    accounts: [],
    regions: [],
    times: [line('Timestamp')],
    resource: { name: environment, type: 'Beanstalk environment' },
    links: (where) => [serviceLink(where, 'elasticbeanstalk')],
    fields: [
      ['Application', line('Application')],
      ['Address', line('Environment URL')],
    ],
  });
}
