import { pipelineLink, ssmCommandLink } from '../../aws-names/console-links.ts';
import { noticeSource, type ServiceMessage } from './event-table.ts';
import { predicate } from './outcome.ts';

const deployment = {
  name: 'codedeploy',
  subject: ['applicationName', 'deploymentId'],
  type: 'CodeDeploy application',
  state: ['status', 'instanceStatus'],
  reason: ['errorInformation'],
  time: ['completeTime', 'lastUpdatedAt', 'createTime'],
} as const;

const command = {
  name: 'ssm',
  subject: ['documentName'],
  id: ['commandId'],
  type: 'command',
  arn: ['instanceId', 'instanceIds.0'],
  state: ['status'],
  link: ssmCommandLink,
} as const;

/** Source: each service's user guide, under "notifications"; GuardDuty's "Announcements", Audit Manager's API "Notification". */
const notices: readonly ServiceMessage[] = [
  {
    keys: ['applicationName', 'deploymentId', 'instanceId'],
    service: deployment,
    kind: 'CodeDeploy instance',
    row: { what: 'Deployment to {instanceId} of', group: 'instance' },
  },
  {
    keys: ['applicationName', 'deploymentId'],
    service: deployment,
    kind: 'CodeDeploy deployment',
    row: { what: 'Deployment to {deploymentGroupName} of', group: 'deployment' },
  },
  {
    keys: ['commandId', 'documentName', 'status'],
    service: command,
    kind: 'Run Command',
    row: { what: 'Command', group: 'command' },
  },
  {
    keys: ['approval.pipelineName'],
    service: {
      name: 'codepipeline',
      subject: ['approval.pipelineName'],
      type: 'pipeline',
      reason: ['approval.customData'],
      link: pipelineLink,
      addresses: ['approval.approvalReviewLink'],
    },
    kind: 'manual approval',
    row: { what: 'Stage {approval.stageName} of pipeline', is: 'waits for approval', severity: 'low' },
  },
  {
    keys: ['InsightId', 'MessageType'],
    service: {
      name: 'devops-guru',
      subject: ['InsightName', 'InsightDescription'],
      id: ['InsightId'],
      type: 'insight',
    },
    kind: 'insight',
    row: {
      what: 'Insight',
      alerts: true,
      group: 'insight',
      of: ({ MessageType: type }) =>
        type === 'CLOSED_INSIGHT'
          ? { is: 'is closed', over: true }
          : { is: type === 'SEVERITY_UPGRADED' ? 'got worse' : 'is open' },
    },
  },
  {
    keys: ['InvocationId', 'DeploymentNumber', 'Application.Name'],
    service: {
      name: 'appconfig',
      subject: ['Application.Name'],
      type: 'AppConfig application',
      reason: ['Description'],
    },
    kind: 'AppConfig deployment',
    row: {
      what: 'Deployment to {Environment.Name} of AppConfig application',
      group: 'deployment',
      of: ({ Type: type }) =>
        type === 'OnDeploymentRolledBack'
          ? { is: 'was rolled back', severity: 'medium' }
          : type === 'OnDeploymentComplete'
            ? { is: 'is complete', over: true, severity: 'info' }
            : { is: 'has news', severity: 'info' },
    },
  },
  {
    keys: ['imageRecipe', 'buildVersion', 'state.status'],
    service: {
      name: 'imagebuilder',
      subject: ['imageRecipe.name', 'name'],
      type: 'image recipe',
      state: ['state.status'],
      reason: ['state.reason'],
      arn: ['imageRecipe.arn'],
    },
    kind: 'image build',
    row: { what: 'Build of image', group: 'image' },
  },
  {
    keys: ['clientId', 'eventType', 'sessionIdentifier'],
    service: { name: 'iot', subject: ['clientId'], type: 'thing', reason: ['disconnectReason'] },
    kind: 'lifecycle event',
    row: {
      what: 'Device',
      group: 'connection',
      of: ({ eventType: type }) => ({ is: predicate(String(type)), severity: 'info', over: type === 'connected' }),
    },
  },
  {
    keys: ['VaultARN', 'JobId'],
    service: {
      name: 'glacier',
      subject: ['VaultARN'],
      id: ['JobId'],
      type: 'Glacier vault',
      state: ['StatusCode'],
      reason: ['StatusMessage'],
      arn: ['VaultARN'],
    },
    kind: 'Glacier job',
    row: { what: 'Job on vault' },
  },
  {
    keys: ['violationEventType', 'thingName'],
    service: {
      name: 'iot',
      subject: ['thingName'],
      type: 'thing',
      state: ['violationEventType'],
      reason: ['behavior.name'],
    },
    kind: 'Device Defender violation',
    row: { what: 'Device', group: 'violation' },
  },
  {
    keys: ['type', 'findingDetails'],
    service: {
      name: 'guardduty',
      subject: ['findingDetails.0.findingType'],
      reason: ['findingDetails.0.findingDescription'],
    },
    kind: 'announcement',
    row: { what: 'GuardDuty finding type', is: 'was announced', severity: 'info' },
  },
  {
    keys: ['type', 'featureDetails'],
    service: { name: 'guardduty', subject: [], reason: ['featureDetails.0.featureDescription'] },
    kind: 'announcement',
    row: { what: 'A GuardDuty feature', is: 'was announced', severity: 'info' },
  },
  {
    keys: ['assessmentId', 'assessmentName', 'description'],
    service: {
      name: 'auditmanager',
      subject: ['assessmentName'],
      id: ['assessmentId'],
      type: 'Audit Manager assessment',
      reason: ['description'],
      actor: ['source'],
    },
    kind: 'assessment notification',
    row: { what: 'Audit Manager assessment', is: 'has news', severity: 'info' },
  },
];

/** What services publish to a topic themselves, as JSON without EventBridge's envelope. (Those with more to say have files of their own.) */
export const topics = noticeSource('topics', notices);
