import { expect, test } from 'vitest';
import { type SessionGroup, type WhoAnswer, whoMessage } from '../../../src/slack/views/who.ts';
import { expectSound, shown } from './check.ts';

const group = (behind: string, more: Partial<SessionGroup> = {}): SessionGroup => ({
  behind,
  problem: null,
  sessions: 1,
  events: 3,
  first: '2026-11-24T06:05:00Z',
  last: '2026-11-24T06:10:00Z',
  accounts: ['111122223333'],
  addresses: ['198.51.100.66'],
  line: 'who ASIAIOSFODNN7EXAMPLE',
  ...more,
});
const answer = (more: Partial<WhoAnswer>): WhoAnswer => ({
  asked: 'ops-admin/alice',
  steps: [],
  problem: null,
  zone: 'Europe/Prague',
  coverage: '2 of 2 accounts',
  origins: [],
  ...more,
});

test('sessions of one name are told by who made them, none as the answer', () => {
  const message = whoMessage(answer({ origins: [group('alice'), group('mallory', { sessions: 2 })] }), 1);
  expectSound(message);
  expect(message.text).toMatch(/^3 sessions of 2 origins: ops-admin\/alice\. alice and mallory\./);
  expect(shown(message.blocks)).toMatch(
    /mallory: 2 sessions, 3 events, 24 Nov 07:05 – 24 Nov 07:10; from 198\.51\.100\.66/,
  );
  expect(shown(message.blocks)).toMatch(/By mallory/);
});

test('many origins fit into a message', () => {
  const origins = Array.from({ length: 400 }, (_, n) => group(`repo:${'x'.repeat(200)}:${n}`));
  expectSound(whoMessage(answer({ origins }), 1));
});

test('who made a key stands with the user', () => {
  const event = {
    id: 'e1',
    name: 'ListSecrets',
    time: '2026-11-24T06:05:00Z',
    account: '111122223333',
    region: 'us-east-1',
  };
  const step = {
    kind: 'user' as const,
    name: 'backdoor',
    account: '111122223333',
    arn: null,
    key: 'AKIAIOSFODNN7EXAMPLE',
    proof: 'named in the event' as const,
    event,
    maker: { by: 'mallory', event: { ...event, id: 'e2', name: 'CreateAccessKey' } },
  };
  const message = whoMessage(answer({ asked: 'AKIAIOSFODNN7EXAMPLE', steps: [step] }), 1);
  expectSound(message);
  expect(shown(message.blocks)).toMatch(/whose key was made by mallory \(CreateAccessKey 24 Nov 07:05, event/);
  expect(shown(message.blocks)).toMatch(/All that came of it/);
});
