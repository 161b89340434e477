import { ec2InstanceLink, ssmCommandLink } from '../../aws-names/console-links.ts';
import { type Service, tableSource } from './event-table.ts';

const at = {
  state: ['status', 'Status', 'state', 'compliance-status', 'action-status', 'operation'],
  reason: ['detailed-status', 'action-reason', 'status-message', 'StatusMessage', 'FailureMessage'],
  actor: ['ExecutedBy', 'executed-by'],
} as const;

/** One entry a family, because each names its subject elsewhere. Source: Systems Manager user guide, "Event types for Systems Manager". */
const families: readonly Service[] = [
  {
    name: 'ssm',
    subject: ['document-name'],
    id: ['command-id'],
    type: 'command',
    ...at,
    link: ssmCommandLink,
    events: {
      'EC2 Command Status-change Notification': { group: 'command' },
      'EC2 Command Invocation Status-change Notification': {
        what: 'Command {document-name} on {instance-id}',
      },
    },
  },
  {
    name: 'ssm',
    subject: ['Definition', 'ExecutionId'],
    type: 'automation',
    ...at,
    events: {
      'EC2 Automation Execution Status-change Notification': { what: 'Automation', group: 'automation' },
      'EC2 Automation Step Status-change Notification': {
        what: 'Step {StepName} of automation',
        group: 'automation step',
      },
    },
  },
  {
    name: 'ssm',
    subject: ['window-id'],
    type: 'maintenance window',
    ...at,
    events: {
      'Maintenance Window State-change Notification': {},
      'Maintenance Window Execution State-change Notification': { what: 'Run of maintenance window', group: 'run' },
      'Maintenance Window Task Execution State-change Notification': {
        what: 'Task of maintenance window',
        group: 'task',
      },
      'Maintenance Window Task Target Invocation State-change Notification': {
        what: 'Task on one target of maintenance window',
        group: 'target',
      },
      'Maintenance Window Target Registration Notification': {
        what: 'Target of maintenance window',
        group: 'target registration',
      },
      'Maintenance Window Task Registration Notification': {
        what: 'Task of maintenance window',
        group: 'task registration',
      },
    },
  },
  {
    name: 'ssm',
    subject: ['name', 'parameter-name'],
    type: 'SSM parameter',
    state: ['operation'],
    reason: ['action-reason'],
    // A parameter may hold a secret or the switch of a program: each change is worth a look, its end more.
    events: {
      'Parameter Store Change': { severity: 'low', group: 'change' },
      'Parameter Store Policy Action': { what: 'Policy of SSM parameter', is: 'took effect', severity: 'low' },
    },
  },
  {
    name: 'ssm',
    subject: ['resource-id', 'instance-id'],
    type: 'managed instance',
    ...at,
    link: ec2InstanceLink,
    events: {
      'Configuration Compliance State Change': { what: '{compliance-type} state of', group: 'compliance' },
      'Inventory Resource State Change': { what: 'Inventory of', group: 'inventory' },
      'EC2 State Manager Instance Association State Change': {
        what: 'Association {document-name} on',
        group: 'instance association',
      },
    },
  },
  {
    name: 'ssm',
    subject: ['document-name', 'association-id'],
    type: 'association',
    ...at,
    events: { 'EC2 State Manager Association State Change': {} },
  },
  {
    name: 'ssm',
    subject: ['calendar-name'],
    type: 'change calendar',
    ...at,
    events: { 'Calendar State Change': { what: 'Change calendar' } },
  },
  {
    name: 'ssm',
    subject: ['title', 'ops-item-id', 'OpsItemId'],
    type: 'OpsItem',
    ...at,
    events: {
      'OpsItem Create': { is: 'was created', severity: 'low', group: 'OpsItem' },
      'OpsItem Update': { group: 'OpsItem' },
    },
  },
  {
    name: 'ssm',
    subject: ['change-request-name', 'ops-item-id'],
    type: 'change request',
    state: ['change-request-status', 'status'],
    events: { 'Change Request Status Update': {} },
  },
  {
    name: 'ssm',
    subject: ['session-id', 'sessionId'],
    type: 'session',
    state: ['status', 'state'],
    actor: ['owner', 'Owner'],
    events: { 'Session Manager Session State Change': { severity: 'low' } },
  },
];

/** What Systems Manager says of commands, automations, windows, parameters and compliance. (StartSession comes through CloudTrail.) */
export const ssm = tableSource('ssm', families);
