import {
  backupJobLink,
  codebuildLink,
  ec2InstanceLink,
  kmsKeyLink,
  lambdaFunctionLink,
  pipelineLink,
} from '../../aws-names/console-links.ts';
import { asArray, at, type Json, textAt } from '../../words/json.ts';
import { plural } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import type { AwsEvent } from '../shape.ts';
import { type Service, tableSource } from './event-table.ts';
import { alertStateOf, outcomeOf, predicate } from './outcome.ts';

/** A job of AWS Backup by what it backs up; without that by its own id. */
const jobOf = (job: string) => (detail: Json) => ({
  what: (detail['resourceArn'] ?? detail['createdResourceArn']) === undefined ? job : `${job} of`,
});

/** Why a container ended, with its exit code: "OutOfMemoryError: Container killed due to memory usage, exit code 137". */
function exitOf(container: unknown): string | undefined {
  const code = textAt(container, 'exitCode');
  const said = [textAt(container, 'reason'), code === undefined || code === '0' ? undefined : `exit code ${code}`];
  return said.filter(Boolean).join(', ') || undefined;
}

const lastOf = (items: unknown, key: string): unknown => at(asArray(items).at(-1), key);

/** What each container that did not end well says of it. */
const exitsOf = (containers: unknown): string | undefined =>
  asArray(containers)
    .flatMap((container) => {
      const exit = exitOf(container);
      return exit === undefined ? [] : [`container ${textAt(container, 'name') ?? 'unnamed'}: ${exit}`];
    })
    .slice(0, 3)
    .join('; ') || undefined;

/** A task by its stop code. Source: ECS developer guide, "Stopped tasks error codes". */
function taskCourse(detail: Json): { is?: string; severity?: Severity; over?: boolean } {
  if (detail['lastStatus'] !== 'STOPPED') return {};
  const reason = textAt(detail, 'stoppedReason') ?? '';
  const byService = /^service:/.test(textAt(detail, 'group') ?? '');
  const broke = exitsOf(detail['containers']) !== undefined;
  if (/health checks?\b/i.test(reason)) return { is: 'was stopped because it is not healthy', severity: 'medium' };
  switch (textAt(detail, 'stopCode')) {
    case 'TaskFailedToStart':
      return { is: 'failed to start', severity: 'medium' };
    case 'EssentialContainerExited':
      if (broke) return { is: 'crashed', severity: 'medium' };
      return byService
        ? { is: 'ended by itself', severity: 'low' }
        : { is: 'has finished', severity: 'info', over: true };
    case 'SpotInterruption':
    case 'TerminationNotice':
      return { is: 'was stopped because its capacity was taken back', severity: 'low' };
    case 'ServiceSchedulerInitiated':
    case 'UserInitiated':
      return { is: 'was stopped', severity: 'info' };
    default:
      return {};
  }
}

/** The phases of a build that failed, with the command and what it said. */
const failedPhases = ({ detail }: AwsEvent): string | undefined =>
  asArray(at(detail, 'additional-information', 'phases'))
    .filter((phase) => outcomeOf(textAt(phase, 'phase-status')) === 'failed')
    .map((phase) => {
      const context = asArray(at(phase, 'phase-context')).filter((line) => typeof line === 'string' && line.length > 3);
      return [`phase ${textAt(phase, 'phase-type') ?? 'unnamed'}`, ...context].join(': ');
    })
    .slice(0, 2)
    .join('; ') || undefined;

/** The actions of a pipeline that failed, or what an approval is about, as CodeStar notifications add them. */
function failedActions({ additional }: AwsEvent): string | undefined {
  const stage = textAt(additional, 'failedStage');
  const actions = asArray(additional['failedActions']).map((action) =>
    [`action ${textAt(action, 'action') ?? 'unnamed'}`, textAt(action, 'additionalInformation')]
      .filter(Boolean)
      .join(': '),
  );
  const said = [...(stage === undefined ? [] : [`stage ${stage}`]), ...actions.slice(0, 3)].join(', ');
  return said === '' ? (textAt(additional, 'additionalInformation') ?? textAt(additional, 'customData')) : said;
}

/** A notice of OpenSearch by its status: "Warning" is on, "Completed" is over. Source: OpenSearch developer guide, "Monitoring events". */
function domainCourse({ status }: Json): { is: string; over: boolean } {
  const state = typeof status === 'string' ? status : '';
  return {
    is: state === '' || state === 'Warning' ? 'needs a look' : predicate(state),
    over: alertStateOf(state) === 'over',
  };
}

/**
 * Services that say one plain thing per event. Source: each service's user guide, "Events" or "Monitoring with
 * EventBridge"; the severities that differ from the state's are listed in docs/severity.md.
 */
const services: readonly Service[] = [
  {
    name: 'arc-zonal-shift',
    subject: ['metadata.awayFrom'],
    type: 'zone',
    reason: ['metadata.notes'],
    events: {
      'Autoshift In Progress': {
        what: 'Autoshift away from',
        is: 'is in progress',
        severity: 'medium',
        group: 'autoshift',
      },
      'Autoshift Completed': {
        what: 'Autoshift away from',
        is: 'is over',
        over: true,
        severity: 'info',
        group: 'autoshift',
      },
      'Practice Run Started': {
        what: 'Practice run away from',
        is: 'has started',
        severity: 'info',
        group: 'practice',
      },
      'Practice Run Succeeded': {
        what: 'Practice run away from',
        is: 'succeeded',
        over: true,
        severity: 'info',
        group: 'practice',
      },
      'Practice Run Interrupted': {
        what: 'Practice run away from',
        is: 'was interrupted',
        severity: 'low',
        group: 'practice',
      },
      'Practice Run Failed': { what: 'Practice run away from', is: 'failed', severity: 'medium', group: 'practice' },
    },
  },
  {
    name: 'amplify',
    subject: ['appId'],
    type: 'Amplify app',
    state: ['jobStatus'],
    events: {
      'Amplify Deployment Status Change': { what: 'Build of branch {branchName} of Amplify app' },
    },
  },
  {
    name: 'datasync',
    subject: [],
    type: 'DataSync task',
    state: ['State'],
    events: {
      'DataSync Task Execution State Change': { what: 'Run of DataSync task' },
      'DataSync Task State Change': { what: 'DataSync task' },
    },
  },
  {
    name: 'devops-guru',
    subject: ['insightName', 'insightDescription', 'InsightName', 'InsightDescription'],
    id: ['insightId', 'InsightId'],
    type: 'insight',
    reason: ['recommendations.0.reason', 'recommendations.0.description', 'insightDescription'],
    events: {
      'DevOps Guru New Insight Open': { what: 'Insight', is: 'is open', alerts: true, group: 'insight' },
      'DevOps Guru Insight Severity Upgraded': { what: 'Insight', is: 'got worse', alerts: true, group: 'insight' },
      'DevOps Guru New Anomaly Association': {
        what: 'Insight',
        is: 'has one more anomaly',
        alerts: true,
        group: 'insight',
      },
      'DevOps Guru New Recommendation Created': {
        what: 'Insight',
        is: 'has a recommendation',
        alerts: true,
        group: 'insight',
      },
      'DevOps Guru Insight Closed': { what: 'Insight', is: 'is closed', over: true, alerts: true, group: 'insight' },
    },
  },
  {
    name: 'medialive',
    subject: ['channel_arn', 'multiplex_arn'],
    id: ['alarm_id'],
    type: 'MediaLive channel',
    state: ['alarm_state'],
    reason: ['message'],
    events: {
      'MediaLive Channel Alert': { what: 'Alert {alert_type} of MediaLive channel', alerts: true, group: 'alert' },
      'MediaLive Multiplex Alert': { what: 'Alert {alert_type} of MediaLive multiplex', alerts: true, group: 'alert' },
    },
  },
  {
    name: 'mediaconnect',
    subject: ['error-code'],
    id: ['error-id'],
    reason: ['error-message'],
    events: {
      'MediaConnect Alert': {
        what: 'MediaConnect error',
        alerts: true,
        group: 'alert',
        of: ({ errored }) => (errored === false ? { is: 'is over', over: true } : { is: 'is on' }),
      },
    },
  },
  {
    name: 'xray',
    subject: ['GroupName'],
    id: ['InsightId'],
    type: 'X-Ray group',
    state: ['State'],
    reason: ['Summary'],
    why: ({ detail }) => {
      const root = textAt(detail, 'RootCauseServiceId', 'Name');
      return root === undefined ? undefined : `the cause is in ${root}`;
    },
    events: { 'AWS X-Ray Insight Update': { what: 'Insight of X-Ray group', alerts: true, group: 'insight' } },
  },
  {
    name: 'acm',
    subject: ['CommonName'],
    type: 'certificate',
    state: ['Action'],
    reason: ['RenewalStatusReason'],
    events: {
      'ACM Certificate Approaching Expiration': {
        severity: 'medium',
        group: 'certificate',
        of: ({ DaysToExpiry: days }) => ({
          is: typeof days === 'number' ? `expires in ${plural(days, 'day')}` : 'expires soon',
        }),
      },
      'ACM Certificate Expired': { is: 'has expired', severity: 'high', group: 'certificate' },
      'ACM Certificate Available': { is: 'is available', over: true, severity: 'info', group: 'certificate' },
      'ACM Certificate Renewal Action Required': {
        is: 'needs a hand to be renewed',
        severity: 'high',
        group: 'certificate',
      },
      'ACM Certificate Revoked': { is: 'was revoked', severity: 'high', group: 'certificate' },
    },
  },
  {
    name: 'athena',
    subject: ['queryExecutionId'],
    type: 'Athena query',
    state: ['currentState'],
    reason: ['athenaError.errorMessage'],
    events: { 'Athena Query State Change': {} },
  },
  {
    name: 'auditmanager',
    subject: ['assessmentName', 'controlSetName', 'controlSetId', 'assessmentId'],
    type: 'Audit Manager assessment',
    actor: ['createdBy', 'userArn', 'roleArn'],
    events: {
      'Assessment Created': { is: 'was created', severity: 'info', group: 'assessment' },
      'Assessment Updated': { is: 'was changed', severity: 'info', group: 'assessment' },
      'Assessment Deleted': { is: 'was deleted', severity: 'medium', group: 'assessment' },
      'Assessment ControlSet Delegation Created': {
        what: 'A control set of assessment',
        is: 'was delegated for review',
        severity: 'low',
        group: 'control set',
      },
      'Assessment ControlSet Delegated': {
        what: 'A control set of assessment',
        is: 'was delegated for review',
        severity: 'low',
        group: 'control set',
      },
      'Assessment ControlSet Reviewed': {
        what: 'A control set of assessment',
        is: 'was reviewed',
        over: true,
        severity: 'info',
        group: 'control set',
      },
      'Assessment Control Reviewed': {
        what: 'A control of assessment',
        is: 'was reviewed',
        over: true,
        severity: 'info',
        group: 'control',
      },
    },
  },
  {
    name: 'autoscaling',
    subject: ['AutoScalingGroupName'],
    type: 'Auto Scaling group',
    reason: ['StatusMessage', 'Description', 'Cause'],
    events: {
      'EC2 Instance Launch Successful': { is: 'launched an instance', over: true, severity: 'info', group: 'launch' },
      'EC2 Instance Launch Unsuccessful': { is: 'could not launch an instance', severity: 'medium', group: 'launch' },
      'EC2 Instance Terminate Successful': {
        is: 'terminated an instance',
        over: true,
        severity: 'info',
        group: 'terminate',
      },
      'EC2 Instance Terminate Unsuccessful': {
        is: 'could not terminate an instance',
        severity: 'medium',
        group: 'terminate',
      },
      'EC2 Instance-launch Lifecycle Action': {
        is: 'waits for a lifecycle hook to launch an instance',
        severity: 'info',
      },
      'EC2 Instance-terminate Lifecycle Action': {
        is: 'waits for a lifecycle hook to terminate an instance',
        severity: 'info',
      },
      'EC2 Auto Scaling Instance Refresh Started': {
        is: 'started an instance refresh',
        severity: 'info',
        group: 'refresh',
      },
      'EC2 Auto Scaling Instance Refresh Checkpoint Reached': {
        is: 'reached a checkpoint of its instance refresh',
        severity: 'info',
        group: 'refresh',
      },
      'EC2 Auto Scaling Instance Refresh Succeeded': {
        is: 'finished its instance refresh',
        over: true,
        severity: 'info',
        group: 'refresh',
      },
      'EC2 Auto Scaling Instance Refresh Failed': {
        is: 'failed to refresh its instances',
        severity: 'medium',
        group: 'refresh',
      },
      'EC2 Auto Scaling Instance Refresh Cancelled': {
        is: 'had its instance refresh cancelled',
        severity: 'low',
        group: 'refresh',
      },
      'EC2 Auto Scaling Instance Refresh Rollback Started': {
        is: 'rolls its instance refresh back',
        severity: 'medium',
        group: 'refresh',
      },
      'EC2 Auto Scaling Instance Refresh Rollback Succeeded': {
        is: 'rolled its instance refresh back',
        severity: 'low',
        group: 'refresh',
      },
      'EC2 Auto Scaling Instance Refresh Rollback Failed': {
        is: 'could not roll its instance refresh back',
        severity: 'high',
        group: 'refresh',
      },
    },
  },
  {
    name: 'backup',
    // The resource lasts, a job's id comes only once.
    subject: [
      'resourceArn',
      'createdResourceArn',
      'backupVaultName',
      'backupPlanId',
      'backupJobId',
      'copyJobId',
      'restoreJobId',
      'reportJobId',
    ],
    type: 'backup',
    state: ['state', 'status'],
    reason: ['statusMessage', 'messageCategory'],
    arn: ['resourceArn', 'createdResourceArn'],
    link: backupJobLink,
    linked: ['backupJobId', 'copyJobId', 'restoreJobId'],
    events: {
      'Backup Job State Change': { of: jobOf('Backup job'), group: 'backup job' },
      'Copy Job State Change': { of: jobOf('Copy job'), group: 'copy job' },
      'Restore Job State Change': { of: jobOf('Restore job'), group: 'restore job' },
      'Report Job State Change': { what: 'Report job', group: 'report job' },
      'Recovery Point State Change': { what: 'Recovery point of' },
      // Vaults and plans are what ransomware goes for after the data.
      'Backup Vault State Change': { what: 'Backup vault', severity: 'medium' },
      'Backup Plan State Change': { what: 'Backup plan', severity: 'low' },
      'Region Setting State Change': { what: 'Backup settings of the Region', severity: 'low' },
    },
  },
  {
    name: 'batch',
    subject: ['jobName', 'jobId'],
    type: 'Batch job',
    state: ['status'],
    reason: ['statusReason'],
    why: ({ detail }) => exitOf(at(detail, 'container')) ?? exitOf(lastOf(detail['attempts'], 'container')),
    events: {
      'Batch Job State Change': { group: 'job' },
      'Batch Job Queue Blocked': { is: 'blocks its queue', severity: 'low' },
    },
  },
  {
    name: 'cloudformation',
    subject: ['stack-id', 'stack-set-arn'],
    type: 'CloudFormation stack',
    state: ['status-details.status', 'status-details.stack-drift-status', 'status-details.detection-status'],
    reason: ['status-details.status-reason'],
    arn: ['stack-id', 'stack-set-arn'],
    events: {
      'CloudFormation Stack Status Change': { group: 'stack' },
      'CloudFormation Resource Status Change': { what: 'Resource {logical-resource-id} of stack' },
      'CloudFormation Drift Detection Status Change': { what: 'Drift detection of stack' },
      'CloudFormation StackSet Status Change': { what: 'StackSet' },
      'CloudFormation StackSet Operation Status Change': { what: 'Operation on StackSet' },
      'CloudFormation StackSet StackInstance Status Change': { what: 'Stack instance of StackSet' },
    },
  },
  {
    name: 'codebuild',
    subject: ['project-name'],
    type: 'CodeBuild project',
    state: ['build-status', 'completed-phase-status', 'completed-phase'],
    reason: ['completed-phase-context'],
    why: failedPhases,
    link: codebuildLink,
    linked: ['build-id'],
    events: {
      'CodeBuild Build State Change': { what: 'Build of', group: 'build' },
      'CodeBuild Build Phase Change': { what: 'Phase {completed-phase} of build of', group: 'phase' },
    },
  },
  {
    name: 'codecommit',
    subject: ['repositoryName', 'repositoryNames.0', 'repositoryId'],
    type: 'CodeCommit repository',
    state: ['event'],
    reason: ['title', 'notificationBody'],
    actor: ['callerUserArn'],
    events: {
      'CodeCommit Repository State Change': { what: '{referenceType} {referenceName} of', group: 'reference' },
      'CodeCommit Pull Request State Change': { what: 'Pull request {pullRequestId} of' },
      'CodeCommit Comment on Commit': { what: 'A commit of', is: 'got a comment', severity: 'info' },
      'CodeCommit Comment on Pull Request': {
        what: 'Pull request {pullRequestId} of',
        is: 'got a comment',
        severity: 'info',
      },
      'CodeCommit Approval Rule Template Change': { what: 'An approval rule of', severity: 'low' },
    },
  },
  {
    name: 'codedeploy',
    subject: ['application'],
    type: 'CodeDeploy application',
    state: ['state'],
    events: {
      'CodeDeploy Deployment State-change Notification': {
        what: 'Deployment to {deploymentGroup} of',
        group: 'deployment',
      },
      'CodeDeploy Instance State-change Notification': { what: 'Deployment to one instance of', group: 'instance' },
    },
  },
  {
    name: 'codepipeline',
    subject: ['pipeline'],
    type: 'pipeline',
    state: ['state'],
    reason: ['execution-result.external-execution-summary'],
    why: failedActions,
    actor: ['execution-trigger.trigger-detail'],
    link: pipelineLink,
    events: {
      'CodePipeline Pipeline Execution State Change': { group: 'pipeline' },
      'CodePipeline Stage Execution State Change': { what: 'Stage {stage} of pipeline' },
      'CodePipeline Action Execution State Change': {
        what: 'Action {action} in stage {stage} of pipeline',
        of: (detail) =>
          textAt(detail, 'type', 'category') === 'Approval' && detail['state'] === 'STARTED'
            ? { is: 'waits for approval', severity: 'low' }
            : {},
      },
      'CodePipeline Manual Approval Needed': {
        what: 'Action {action} in stage {stage} of pipeline',
        is: 'waits for approval',
        severity: 'low',
      },
    },
  },
  {
    name: 'dms',
    subject: ['resourceIdentifier', 'sourceId'],
    type: 'DMS task',
    state: ['eventType', 'category'],
    reason: ['detailMessage', 'message'],
    events: {
      'DMS Replication Task State Change': {},
      'DMS Replication Instance State Change': { what: 'DMS instance' },
    },
  },
  {
    name: 'ec2',
    subject: ['instance-id', 'instance_id', 'volume-id', 'snapshot_id'],
    type: 'EC2 instance',
    state: ['state', 'instance-action', 'result'],
    reason: ['cause', 'reason'],
    link: ec2InstanceLink,
    events: {
      'EC2 Instance State-change Notification': { group: 'state', severity: 'info' },
      'EC2 Spot Instance Interruption Warning': {
        is: 'is reclaimed by AWS within two minutes',
        severity: 'low',
        group: 'spot',
      },
      'EC2 Instance Rebalance Recommendation': { is: 'is at risk of being reclaimed', severity: 'info', group: 'spot' },
      'EC2 Spot Instance Request Fulfillment': { is: 'was launched for a Spot request', severity: 'info' },
      'EC2 ODCR Underutilization Notification': { what: 'Capacity reservation', is: 'is hardly used', severity: 'low' },
    },
  },
  {
    name: 'ec2',
    subject: ['volume-id', 'snapshot_id', 'source'],
    type: 'EBS volume',
    state: ['result'],
    reason: ['cause'],
    events: {
      'EBS Volume Notification': { what: '{event} of' },
      'EBS Snapshot Notification': { what: '{event} of' },
      'EBS Multi-Volume Snapshots Completion Status': { what: '{event} of' },
      'EBS Fast Snapshot Restore State-change Notification': { what: 'Fast restore of' },
    },
  },
  {
    name: 'ecr',
    subject: ['repository-name'],
    type: 'ECR repository',
    state: ['result', 'scan-status'],
    reason: ['failure-reason'],
    events: {
      'ECR Image Action': { what: '{action-type} of image {image-tag} in' },
      'ECR Pull Through Cache Action': { what: 'Pull-through cache of', group: 'cache' },
      'ECR Replication Action': { what: 'Replication of', group: 'replication' },
      'ECR Scan Resource Change': { what: 'Scanning of', group: 'scanning' },
    },
  },
  {
    name: 'ecs',
    subject: ['group', 'containerInstanceArn', 'clusterArn'],
    type: 'ECS task',
    state: ['lastStatus', 'status'],
    reason: ['stoppedReason'],
    why: ({ detail }) => exitsOf(detail['containers']),
    events: {
      'ECS Task State Change': { what: 'ECS task of', of: taskCourse },
      'ECS Container Instance State Change': {
        what: 'ECS container instance',
        group: 'container instance',
        of: ({ agentConnected: connected, ec2InstanceId: machine }) => ({
          ...(typeof machine === 'string' ? { what: `ECS container instance on ${machine}:` } : {}),
          ...(connected === false ? { is: 'lost its agent', severity: 'low' } : {}),
        }),
      },
    },
  },
  {
    name: 'ecs',
    subject: [],
    type: 'ECS service',
    state: ['eventName'],
    reason: ['reason'],
    events: {
      'ECS Service Action': { what: 'ECS service' },
      'ECS Deployment State Change': { what: 'Deployment of ECS service' },
    },
  },
  {
    name: 'elasticbeanstalk',
    subject: ['EnvironmentName', 'ApplicationName'],
    type: 'Beanstalk environment',
    state: ['Status', 'Severity'],
    reason: ['Message'],
    events: {
      'Elastic Beanstalk resource status change': {},
      'Other resource status change': {},
      'Health status change': { what: 'Health of' },
      'Managed update status change': { what: 'Managed update of' },
    },
  },
  {
    name: 'elasticloadbalancing',
    subject: ['loadBalancerName', 'targetGroupArn'],
    type: 'load balancer',
    events: { 'ELB Target Health Change': { what: 'Targets of', severity: 'low' } },
  },
  {
    name: 'emr',
    subject: ['clusterId'],
    type: 'EMR cluster',
    state: ['state'],
    reason: ['message', 'stateChangeReason'],
    events: {
      'EMR Cluster State Change': {},
      'EMR Step Status Change': { what: 'Step {name} of cluster' },
      'EMR Instance Group State Change': { what: 'Instance group {instanceGroupType} of cluster' },
      'EMR Instance Group Status Notification': { what: 'Instance group of cluster', severity: 'low' },
      'EMR Instance Fleet State Change': { what: 'Instance fleet of cluster' },
      'EMR Auto Scaling Policy State Change': { what: 'Scaling policy of cluster' },
      'EMR Configuration Error': { is: 'has a configuration error', severity: 'medium' },
    },
  },
  {
    name: 'es',
    subject: [],
    type: 'OpenSearch domain',
    state: ['status'],
    reason: ['description'],
    events: Object.fromEntries(
      [
        ...['Service Software Update', 'Auto-Tune'].flatMap((what) => [
          `Amazon ES ${what} Notification`,
          `Amazon OpenSearch Service ${what.replace(/^Service /, '')} Notification`,
        ]),
        'Amazon OpenSearch Service Cluster Status Notification',
        'Amazon OpenSearch Service Notification',
        'Amazon OpenSearch Service Domain Update Notification',
        'Amazon OpenSearch Service VPC Endpoint Notification',
        'Domain Error Notification',
      ].map((detailType) => [detailType, { what: '{event} on OpenSearch domain', alerts: true, of: domainCourse }]),
    ),
  },
  {
    name: 'events',
    subject: [],
    type: 'EventBridge rule',
    events: { 'Scheduled Event': { is: 'fired on its schedule', severity: 'info' } },
  },
  {
    name: 'gamelift',
    subject: ['matchId', 'tickets.0.ticketId'],
    type: 'GameLift match',
    state: ['type', 'status'],
    reason: ['message', 'reason'],
    events: {
      'GameLift Matchmaking Event': { what: 'GameLift matchmaking', group: 'matchmaking' },
      'GameLift Queue Placement Event': { what: 'GameLift placement' },
      'GameLift Queue Event': { what: 'GameLift queue' },
    },
  },
  {
    name: 'glue',
    subject: ['jobName'],
    type: 'Glue job',
    state: ['state'],
    reason: ['errorMessage', 'message'],
    events: { 'Glue Job State Change': { group: 'job' }, 'Glue Job Run Status': { group: 'job' } },
  },
  {
    name: 'glue',
    subject: ['crawlerName'],
    type: 'Glue crawler',
    state: ['state'],
    reason: ['errorMessage', 'message'],
    events: { 'Glue Crawler State Change': {} },
  },
  {
    name: 'glue',
    subject: ['tableName', 'databaseName', 'rulesetNames.0'],
    events: {
      'Glue Data Catalog Database State Change': { what: 'Glue database', is: 'was changed', severity: 'info' },
      'Glue Data Catalog Table State Change': { what: 'Glue table', is: 'was changed', severity: 'info' },
      'Glue Data Quality Evaluation Results Available': {
        what: 'Glue data quality of',
        is: 'was evaluated',
        severity: 'info',
      },
    },
  },
  {
    name: 'kms',
    subject: ['key-id'],
    type: 'KMS key',
    link: kmsKeyLink,
    events: {
      'KMS CMK Deletion': { is: 'was deleted: what it encrypted is lost', severity: 'high', group: 'deletion' },
      'KMS CMK Rotation': { is: 'was rotated', severity: 'info', group: 'rotation' },
      'KMS Imported Key Material Expiration': {
        is: 'lost its imported key material, which expired',
        severity: 'high',
        group: 'expiration',
      },
    },
  },
  {
    name: 'opsworks',
    subject: ['hostname', 'instance-id', 'deployment-id', 'stack-id'],
    type: 'OpsWorks instance',
    state: ['status', 'type'],
    reason: ['message', 'error-message'],
    events: {
      'OpsWorks Alert': { is: 'needs attention', severity: 'medium' },
      'OpsWorks Instance State Change': {},
      'OpsWorks Deployment State Change': { what: 'OpsWorks deployment' },
      'OpsWorks Command State Change': { what: 'OpsWorks command' },
    },
  },
  {
    name: 'redshift',
    subject: ['statementName', 'statementId'],
    type: 'Redshift statement',
    state: ['state'],
    reason: ['errorMessage'],
    actor: ['principal'],
    events: { 'Redshift Data Statement Status Change': { what: 'Redshift statement' } },
  },
  {
    name: 'sagemaker',
    subject: [
      'TrainingJobName',
      'TransformJobName',
      'HyperParameterTuningJobName',
      'ProcessingJobName',
      'EndpointName',
      'NotebookInstanceName',
      'ModelPackageName',
      'currentPipelineExecutionStatus',
    ],
    type: 'SageMaker job',
    state: [
      'TrainingJobStatus',
      'TransformJobStatus',
      'HyperParameterTuningJobStatus',
      'ProcessingJobStatus',
      'EndpointStatus',
      'NotebookInstanceStatus',
      'ModelApprovalStatus',
      'currentPipelineExecutionStatus',
    ],
    reason: ['FailureReason'],
    events: {
      'SageMaker Training Job State Change': { what: 'SageMaker training job' },
      'SageMaker Transform Job State Change': { what: 'SageMaker transform job' },
      'SageMaker HyperParameter Tuning Job State Change': { what: 'SageMaker tuning job' },
      'SageMaker Processing Job State Change': { what: 'SageMaker processing job' },
      'SageMaker Endpoint State Change': { what: 'SageMaker endpoint' },
      'SageMaker Notebook Instance State Change': { what: 'SageMaker notebook' },
      'SageMaker Model Package State Change': { what: 'SageMaker model package' },
      'SageMaker Model Building Pipeline Execution Status Change': { what: 'SageMaker pipeline' },
    },
  },
  {
    name: 'ses',
    subject: [],
    type: 'SES identity',
    state: [],
    events: {
      'Sending Status Enabled': {
        what: 'Sending of mail with',
        is: 'is switched on',
        over: true,
        severity: 'info',
        group: 'sending',
      },
      'Sending Status Disabled': {
        what: 'Sending of mail with',
        is: 'is switched off',
        severity: 'high',
        group: 'sending',
      },
      'Advisor Recommendation Status Open': { is: 'has a recommendation', severity: 'low', group: 'recommendation' },
      'Advisor Recommendation Status Resolved': {
        is: 'follows the recommendation',
        over: true,
        severity: 'info',
        group: 'recommendation',
      },
    },
  },
  {
    name: 'sms',
    subject: ['replication-job-id'],
    type: 'server migration job',
    state: ['state'],
    events: { 'Server Migration Job State Change': {} },
  },
  {
    name: 'states',
    subject: ['stateMachineArn'],
    type: 'state machine',
    state: ['status'],
    reason: ['cause', 'error'],
    arn: ['stateMachineArn'],
    events: { 'Step Functions Execution Status Change': { what: 'Execution of state machine' } },
  },
  {
    name: 'support',
    subject: ['case-id', 'display-id'],
    type: 'support case',
    state: ['event-name'],
    events: { 'Support Case Update': { severity: 'info' } },
  },
  {
    name: 'synthetics',
    subject: ['canary-name'],
    type: 'canary',
    state: ['test-run-status', 'current-state'],
    // The message tells of the run's report, and is the same whether the run passed or failed.
    reason: ['state-reason', 'message'],
    events: {
      'Synthetics Canary TestRun Successful': { what: 'Run of canary', is: 'passed', over: true, severity: 'info' },
      'Synthetics Canary TestRun Failure': { what: 'Run of canary', is: 'failed', severity: 'medium' },
      'Synthetics Canary Status Change': {},
    },
  },
  {
    name: 'tag',
    subject: [],
    events: { 'Tag Change on Resource': { what: 'Tags of', is: 'were changed', severity: 'info' } },
  },
  {
    name: 'workspaces',
    subject: ['workspaceId'],
    type: 'WorkSpace',
    actor: ['userName'],
    events: { 'WorkSpaces Access': { is: 'was signed in to', severity: 'info' } },
  },
  {
    name: 'lambda',
    subject: ['requestContext.functionArn'],
    type: 'Lambda function',
    arn: ['requestContext.functionArn'],
    reason: ['responsePayload.errorMessage', 'requestContext.condition'],
    link: lambdaFunctionLink,
    events: {
      'Lambda Function Invocation Result - Failure': { is: 'failed', severity: 'medium', group: 'invocation' },
      'Lambda Function Invocation Result - Success': {
        is: 'succeeded',
        over: true,
        severity: 'info',
        group: 'invocation',
      },
    },
  },
];

/** What the services of the table say. */
export const eventbridge = tableSource('eventbridge', services);
