import { parseArn } from '../../aws-names/arn.ts';
import { ec2InstanceLink, serviceLink } from '../../aws-names/console-links.ts';
import type { Json } from '../../words/json.ts';
import { spaced } from '../../words/text.ts';
import { asSentence, firstSentence, labelled, number, resourceNamed, shape, signalOf, text } from '../shape.ts';
import type { Source } from '../source.ts';

/** Source: EC2 Auto Scaling user guide, "Amazon SNS notifications". (Its EventBridge events are rows of eventbridge.ts.) */
const fields = {
  AccountId: text,
  AutoScalingGroupARN: text,
  AutoScalingGroupName: text,
  EC2InstanceId: text,
  Event: text,
  LifecycleTransition: text,
  LifecycleHookName: text,
  StatusCode: text,
  StatusMessage: text,
  Description: text,
  Cause: text,
  Time: text,
  EndTime: text,
  Progress: number,
};
const Notice = shape(fields);
const names = Object.keys(fields);

/** The mail has the same names, one a line. */
const inLines = (message: string): Json => Object.fromEntries(names.map((name) => [name, labelled(message, name)]));

/** What Auto Scaling groups publish to SNS: launches, terminations, lifecycle hooks. */
export const autoscaling: Source = {
  name: 'autoscaling',
  matches: ({ json, text: message }) =>
    json === undefined
      ? /^Service: AWS Auto Scaling$/m.test(message.slice(0, 2_000))
      : json['AutoScalingGroupName'] !== undefined && json['detail'] === undefined,
  read: (payload) => {
    const notice = Notice.parse(payload.json ?? inLines(payload.text));
    const group = notice.AutoScalingGroupName ?? 'unnamed group';
    const event = (notice.Event ?? notice.LifecycleTransition ?? 'notification').replace(/^autoscaling:/, '');
    const failed = /ERROR/.test(event) || notice.StatusCode === 'Failed';
    const launch = /LAUNCH/.test(event);
    const done = /TEST/.test(event)
      ? 'sent a test notification'
      : notice.LifecycleTransition !== undefined
        ? `waits for the lifecycle hook ${notice.LifecycleHookName ?? ''}`.trim()
        : `${failed ? 'could not ' : ''}${launch ? (failed ? 'launch' : 'launched') : failed ? 'terminate' : 'terminated'} an instance`;
    const said = `Auto Scaling group ${group} ${done}`;
    const reason = notice.StatusMessage ?? (failed ? notice.Cause : undefined);
    return signalOf(payload, {
      source: 'autoscaling',
      kind: spaced(event.toLowerCase()),
      dedupKey: ['autoscaling', notice.AutoScalingGroupARN ?? group, event.replace(/_ERROR$/, '')].join(':'),
      severity: failed ? 'medium' : 'info',
      state: /^EC2_INSTANCE_(?:LAUNCH|TERMINATE)$/.test(event) && !failed ? 'resolved' : 'firing',
      title: said,
      sentence: asSentence(reason === undefined ? said : `${said}: ${firstSentence(reason) ?? reason}`),
      accounts: [notice.AccountId],
      regions: [parseArn(notice.AutoScalingGroupARN ?? '')?.region],
      times: [notice.Time, notice.EndTime],
      resource: {
        ...resourceNamed(notice.AutoScalingGroupARN ?? group, 'Auto Scaling group'),
        name: group,
        type: 'Auto Scaling group',
      },
      links: (where) =>
        notice.EC2InstanceId === undefined
          ? [serviceLink(where, 'autoscaling')]
          : [ec2InstanceLink(where, notice.EC2InstanceId)],
      fields: [
        ['Instance', notice.EC2InstanceId],
        ['Status', notice.StatusCode],
        ['Reason', reason],
        ['Description', notice.Description],
        ['Cause', notice.Cause],
      ],
    });
  },
};
