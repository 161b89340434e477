import type { Alert } from '../../src/alerts/alert.ts';
import type { Signal } from '../../src/alerts/signal.ts';

export const at = (minutes: number): Date => new Date(Date.UTC(2026, 10, 23, 3, minutes));

export const signal = (more: Partial<Signal> = {}): Signal => ({
  source: 'guardduty',
  kind: 'Recon:EC2/PortProbeUnprotectedPort',
  dedupKey: 'arn:aws:guardduty:eu-west-1:111122223333:detector/1/finding/1',
  severity: 'high',
  state: 'firing',
  title: 'Unprotected port is being probed',
  sentence: 'A port of i-1 is being probed.',
  account: '111122223333',
  region: 'eu-west-1',
  partition: 'aws',
  time: at(0).toISOString(),
  links: [],
  fields: [],
  raw: {},
  ...more,
});

export const alert = (more: Partial<Alert> = {}): Alert => ({
  id: 7,
  dedupKey: signal().dedupKey,
  state: 'firing',
  mode: 'alert',
  severity: 'high',
  signal: signal(),
  count: 1,
  firstSeen: at(0),
  lastSeen: at(0),
  channel: 'C0SEC',
  mention: [],
  runbook: null,
  escalation: 'primary',
  level: 0,
  firingSince: at(0),
  dueAt: at(5),
  snoozedUntil: null,
  assignee: null,
  acknowledgedBy: null,
  acknowledgedAt: null,
  resolvedBy: null,
  resolvedAt: null,
  flaps: [],
  stormId: null,
  version: 1,
  ...more,
});
