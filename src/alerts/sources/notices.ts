import { parseArn } from '../../aws-names/arn.ts';
import { isConsoleUrl, serviceLink } from '../../aws-names/console-links.ts';
import type { Severity } from '../severity.ts';
import { asSentence, httpsIn, inBrief, resourceNamed, signalOf } from '../shape.ts';
import type { Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';
import { outcomeOf, outcomeSeverities, predicate } from './outcome.ts';

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
  { matches: (message) => /^Build notification from the AWS Amplify/.test(message), read: amplifySignal },
];

const readerOf = ({ json, text: message, subject }: Payload) =>
  json === undefined ? readers.find(({ matches }) => matches(message.slice(0, 8_000), subject ?? '')) : undefined;

/** What AWS services write to SNS as plain text: Backup, CloudFormation, Elastic Beanstalk, Amplify. */
export const notices: Source = {
  name: 'notices',
  matches: (payload) => readerOf(payload) !== undefined,
  read: (payload) => (readerOf(payload)?.read ?? backupSignal)(payload),
};

/** Where a message comes from: the resource's ARN says, else the topic's. */
function placeOf({ topicArn }: Payload, arn: string | undefined): { account: string; region: string } {
  const [own, topic] = [parseArn(arn ?? ''), parseArn(topicArn ?? '')];
  return { account: own?.account || topic?.account || '', region: own?.region || topic?.region || '' };
}

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
  const place = placeOf(payload, resource);
  const said = `AWS Backup: ${kind}${named === undefined ? '' : ` of ${named.name}`} ${failed ? 'failed' : done ? 'completed' : 'changed'}`;
  const severity: Severity = failed ? 'medium' : 'info';
  return signalOf(payload, {
    source: 'backup',
    kind,
    // As the events of the same job: told both ways it is one alert.
    dedupKey: ['backup', place.account, place.region, kind, resource ?? job ?? payload.topicArn ?? ''].join(':'),
    severity,
    state: done ? 'resolved' : 'firing',
    title: said,
    sentence: asSentence(inBrief(message) || said),
    accounts: [],
    regions: [],
    times: [],
    resource: named,
    links: (where) => [serviceLink(where, 'backup')],
    fields: [
      ['Message', message],
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
  const outcome = outcomeOf(status);
  const place = placeOf(payload, arn);
  const reason = line('ResourceStatusReason');
  return signalOf(payload, {
    source: 'cloudformation',
    kind: own ? 'stack' : 'stack resource',
    // As the events of the same stack.
    dedupKey: [
      'cloudformation',
      place.account,
      place.region,
      own ? 'stack' : `Resource ${line('LogicalResourceId') ?? ''} of stack`,
      arn ?? stack,
    ].join(':'),
    severity: outcomeSeverities[outcome],
    state: outcome === 'succeeded' ? 'resolved' : 'firing',
    title: `${what} ${predicate(status)}`,
    sentence: asSentence(`${what} ${predicate(status)}${reason === undefined ? '' : `: ${reason}`}`),
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
    sentence: asSentence(inBrief(message)),
    accounts: [],
    regions: [],
    times: [line('Timestamp')],
    resource: { name: environment, type: 'Beanstalk environment' },
    links: (where) => [serviceLink(where, 'elasticbeanstalk')],
    fields: [
      ['Message', message],
      ['Application', line('Application')],
      ['Address', line('Environment URL')],
    ],
  });
}

/** Source: Amplify Hosting user guide, "Build notifications": one line, with the app and the branch in its addresses. */
function amplifySignal(payload: Payload): Signal {
  const message = payload.text.slice(0, 8_000);
  const [, branch, app] = /https:\/\/([^\s/.]{1,255})\.([a-z0-9]{6,30})\.amplifyapp\.com/.exec(message) ?? [];
  const status = /status is:? ?([A-Za-z_]{2,30})/.exec(message)?.[1];
  const outcome = outcomeOf(status);
  const place = placeOf(payload, undefined);
  const said = `Amplify build of ${app ?? 'an app'}${branch === undefined ? '' : `, branch ${branch},`} ${predicate(status ?? 'changed')}`;
  const link = httpsIn(/Go to (https:\S+)/.exec(message)?.[1]);
  return signalOf(payload, {
    source: 'amplify',
    kind: 'build',
    // As the events of the same build.
    dedupKey: [
      'amplify',
      place.account,
      place.region,
      `Build of branch ${branch ?? ''} of Amplify app`,
      app ?? '',
    ].join(':'),
    severity: outcomeSeverities[outcome],
    state: outcome === 'succeeded' ? 'resolved' : 'firing',
    title: said,
    sentence: asSentence(said),
    accounts: [],
    regions: [],
    times: [],
    resource: resourceNamed(app, 'Amplify app'),
    links: (where) => [
      ...(link !== undefined && isConsoleUrl(link) ? [{ title: 'Build', url: link }] : []),
      serviceLink(where, 'amplify'),
    ],
    fields: [
      ['Status', status],
      ['Branch', branch],
      ['App', app],
      ['Message', message],
    ],
  });
}
