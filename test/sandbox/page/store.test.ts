import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applyEvent,
  channelMessages,
  channelsOf,
  homeView,
  sorted,
  threadMessages,
  topModal,
  unread,
} from '../../../sandbox/page/store.ts';
import type { PageEvent, PageView } from '../../../sandbox/page-api.ts';
import { message, ts, workspace } from './workspace.ts';

const modal = (id: string, stack: string[] = [], user = 'UANA'): PageView => ({
  id,
  kind: 'modal',
  user,
  stack,
  view: {},
});

describe('events', () => {
  test('a message with a known time takes the place of the old one, others keep their identity', () => {
    const before = workspace({ messages: [message({ ts: ts(1) }), message({ ts: ts(2), text: 'old' })] });
    const after = applyEvent(before, { type: 'message', message: message({ ts: ts(2), text: 'new', edited: true }) });
    expect(after.messages.map((one) => one.text)).toEqual(['', 'new']);
    expect(after.messages[0]).toBe(before.messages[0]);
    expect(after.users).toBe(before.users);
  });

  test('in whatever order and however often events come, the messages stand in order of time', () => {
    const seconds = fc.array(fc.integer({ min: 0, max: 50 }));
    fc.assert(
      fc.property(seconds, (times) => {
        const events = times.map((time): PageEvent => ({ type: 'message', message: message({ ts: ts(time) }) }));
        const { messages } = events.reduce(applyEvent, sorted(workspace()));
        expect(messages.map((one) => one.ts)).toEqual([...new Set(times)].sort((a, b) => a - b).map(ts));
      }),
    );
  });

  test('a deleted message is gone, and a log line told twice stands once', () => {
    const entry = { at: '2026-11-23T09:00:00.000Z', line: 'chat.delete', ok: true };
    const events: PageEvent[] = [
      { type: 'message-deleted', channel: 'C1', ts: ts(1) },
      { type: 'log', entry },
      { type: 'log', entry },
    ];
    const after = events.reduce(applyEvent, workspace({ messages: [message({ ts: ts(1) })] }));
    expect(after.messages).toEqual([]);
    expect(after.log).toEqual([entry]);
  });
});

describe('what a user sees', () => {
  const state = workspace({
    messages: [
      message({ ts: ts(1), replyCount: 1 }),
      message({ ts: ts(2), threadTs: ts(1), user: 'UBEN' }),
      message({ ts: ts(3), ephemeralFor: 'UBEN' }),
      message({ ts: ts(4), user: 'UANA' }),
      message({ ts: ts(5), channel: 'C2' }),
    ],
  });
  test('neither replies nor others’ ephemeral messages in the channel', () => {
    expect(channelMessages(state, 'C1', 'UANA').map((one) => one.ts)).toEqual([ts(1), ts(4)]);
    expect(channelMessages(state, 'C1', 'UBEN').map((one) => one.ts)).toEqual([ts(1), ts(3), ts(4)]);
  });
  test('the parent and its replies in the thread', () => {
    expect(threadMessages(state, 'C1', ts(1), 'UANA').map((one) => one.ts)).toEqual([ts(1), ts(2)]);
  });
  test('their own direct messages', () => {
    expect(channelsOf(state, 'UBEN').map((one) => one.id)).toEqual(['C1', 'C2', 'DBEN']);
  });
  test('as unread what others wrote since', () => {
    expect(unread(state, 'C1', 'UANA', ts(0))).toBe(1);
    expect(unread(state, 'C1', 'UBEN', ts(1))).toBe(2);
  });
  test('the modal on top of their stack', () => {
    const stacked = workspace({ views: [modal('V2', ['V1']), modal('V1'), modal('V9', [], 'UBEN')] });
    expect(topModal(stacked, 'UANA')?.id).toBe('V2');
    expect(topModal(applyEvent(stacked, { type: 'view-closed', id: 'V2' }), 'UANA')?.id).toBe('V1');
    expect(topModal(stacked, 'UBOT')).toBeUndefined();
  });
  test('one home tab, the newest', () => {
    const home = (id: string): PageEvent => ({ type: 'view', view: { ...modal(id), kind: 'home' } });
    const after = [home('H1'), home('H2')].reduce(applyEvent, workspace());
    expect(after.views.map((one) => one.id)).toEqual(['H2']);
    expect(homeView(after, 'UANA')?.id).toBe('H2');
  });
});
