import type { PageMessage, PageState } from '../../../sandbox/page-api.ts';

/** 2026-11-23 09:00:00 UTC, in seconds: the fixture's messages begin here. */
export const start = 1_795_424_400;

export const ts = (seconds: number): string => `${start + seconds}.000100`;

export const message = (change: Partial<PageMessage> = {}): PageMessage => ({
  channel: 'C1',
  ts: ts(0),
  user: 'UBOT',
  text: '',
  blocks: [],
  attachments: [],
  files: [],
  edited: false,
  replyCount: 0,
  reactions: [],
  ...change,
});

const person = (id: string, name: string, realName: string, timeZone: string) => ({
  id,
  name,
  realName,
  timeZone,
  isBot: false,
});

export const workspace = (change: Partial<PageState> = {}): PageState => ({
  workspace: { name: 'Acme Cloud', teamId: 'T1', botUserId: 'UBOT' },
  users: [
    person('UANA', 'ana', 'Ana', 'Europe/Prague'),
    person('UBEN', 'ben', 'Ben', 'America/New_York'),
    { ...person('UBOT', 'trailwatch', 'Trailwatch', 'UTC'), isBot: true },
  ],
  usergroups: [{ id: 'SSEC', handle: 'security', users: ['UANA'] }],
  channels: [
    { id: 'C1', name: 'security-alerts', kind: 'channel', topic: 'What AWS tells us' },
    { id: 'C2', name: 'audit', kind: 'channel', topic: 'Digests and evidence' },
    { id: 'DANA', name: 'trailwatch', kind: 'dm', topic: '', user: 'UANA' },
    { id: 'DBEN', name: 'trailwatch', kind: 'dm', topic: '', user: 'UBEN' },
  ],
  messages: [],
  views: [],
  commands: [
    { command: '/audit', description: 'Who did what in AWS', usageHint: 'lookup|alerts|status|help' },
    { command: '/oncall', description: 'Who is on call', usageHint: '' },
  ],
  shortcuts: [{ callbackId: 'note', name: 'Add a note to this alert' }],
  samples: [
    { folder: 'guardduty-eventbridge', name: 'crypto-mining.json', title: 'Instance mines coins', severity: 'high' },
    { folder: 'cloudwatch-alarm-sns', name: 'root-login.json', title: 'Root user signed in', severity: 'critical' },
  ],
  breaks: [{ id: 'trail-stopped', step: 2, check: 'trail-org-wide', title: 'Stop the trail of the organization' }],
  log: [],
  clockOffset: start * 1000 - Date.now(),
  caption: null,
  ...change,
});
