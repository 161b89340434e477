import fc from 'fast-check';
import { type Node, NodeType, parse } from 'slack-message-parser';
import { describe, expect, test } from 'vitest';
import { groupings } from '../../../src/alerts/numbers/count.ts';
import { resolutions } from '../../../src/alerts/resolution.ts';
import { severities } from '../../../src/alerts/severity.ts';
import type { Message } from '../../../src/slack/types.ts';
import { alertList } from '../../../src/slack/views/alert-list.ts';
import { alertMessage } from '../../../src/slack/views/alert-message.ts';
import { askMessage, vouchModal } from '../../../src/slack/views/asked.ts';
import { helpMessage } from '../../../src/slack/views/help.ts';
import { homeView } from '../../../src/slack/views/home.ts';
import { assignModal } from '../../../src/slack/views/modals/assign.ts';
import { detailsModal } from '../../../src/slack/views/modals/details.ts';
import { escalateModal } from '../../../src/slack/views/modals/escalate.ts';
import { expectedModal } from '../../../src/slack/views/modals/expected.ts';
import { errorModal } from '../../../src/slack/views/modals/plain.ts';
import { silenceModal } from '../../../src/slack/views/modals/silence.ts';
import { snoozeModal } from '../../../src/slack/views/modals/snooze.ts';
import { unacknowledgeModal } from '../../../src/slack/views/modals/unacknowledge.ts';
import { notAllowed, notForGuests, refused, unknownCommand } from '../../../src/slack/views/refusals.ts';
import { silenceBegun, silenceEnded, silenceList } from '../../../src/slack/views/silences.ts';
import { statsMessage } from '../../../src/slack/views/stats.ts';
import { statusMessage } from '../../../src/slack/views/status.ts';
import { stormMessage } from '../../../src/slack/views/storm-message.ts';
import { channelNotice, directMessage, escalationNotice, timelineReply } from '../../../src/slack/views/thread.ts';
import { anyAlert, anyEvent, hostile } from './alerts.ts';
import { expectSound, expectSoundView, mrkdwnIn, objectsIn } from './check.ts';

const date = fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true });
const iso = date.map((at) => at.toISOString());
const number = fc.integer({ min: 0, max: 10_000_000 });
const id = fc.integer({ min: 1, max: 999_999_999 });
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const matcher = fc.record(
  {
    kind: fc.array(hostile),
    account: fc.array(hostile),
    text: fc.array(hostile),
    tag: fc.dictionary(hostile, fc.array(hostile)),
  },
  { requiredKeys: [] },
);
const silence = fc.record({
  id,
  match: matcher,
  from: date,
  until: date,
  reason: hostile,
  createdBy: hostile,
  caught: number,
  planned: fc.boolean(),
});
const tallies = fc.array(fc.record({ name: hostile, count: number }), { maxLength: 8 });
const cadence = fc.oneof(
  fc.record({ state: fc.constant('learning' as const), quiet: number }),
  fc.record({
    state: fc.constantFrom('heard' as const, 'silent' as const),
    every: number,
    quiet: number,
    overdue: number,
    limit: number,
  }),
);
const reason = fc.record({
  reason: fc.constantFrom('escalated' as const, 'assigned' as const, 'unacknowledged' as const),
  level: fc.nat(9),
  text: hostile,
});

const times = fc.record({ count: number, median: orNull(number), nineTenths: orNull(number) });
const measures = fc.record({
  spells: number,
  acknowledge: times,
  resolve: times,
  inTime: fc.record({ count: number, of: number }),
  untouched: number,
});
const load = fc.record({ user: hostile, onCallMs: number, pages: number, atNight: number, nights: number });
const proposal = fc.oneof(
  fc.record({ kind: fc.constantFrom('threshold' as const, 'silence' as const, 'cause' as const), sentence: hostile }),
  fc.record({ kind: fc.constant('route' as const), sentence: hostile, line: hostile }),
);

/** Who was called, and who is next. */
const calls = fc.record(
  { levels: fc.nat(9), next: fc.array(hostile), called: fc.record({ targets: fc.array(hostile), at: date }) },
  { requiredKeys: [] },
);

/** Every message we can send, drawn of data that nobody should trust. */
const messages: Record<string, fc.Arbitrary<Message>> = {
  stats: fc
    .record({
      asked: fc.record({ from: date, until: date, by: fc.constantFrom(...groupings) }),
      span: hostile,
      all: measures,
      groups: fc.array(fc.record({ name: hostile, measures }), { maxLength: 150 }),
      reasons: fc.array(fc.record({ name: fc.oneof(hostile, fc.constantFrom(...resolutions)), measures }), {
        maxLength: 8,
      }),
      alerts: number,
      signals: number,
      held: number,
      noisiest: fc.array(
        fc.record({
          key: hostile,
          alert: id,
          title: hostile,
          source: hostile,
          account: orNull(hostile),
          severity: fc.constantFrom(...severities),
          spells: number,
          signals: number,
          byItself: number,
          taken: number,
          falseAlarms: number,
          lengths: fc.array(number),
          proposal,
        }),
        { maxLength: 10 },
      ),
      load: fc.array(load, { maxLength: 20 }),
      chart: fc.constant(null),
      partly: fc.boolean(),
    })
    .map(statsMessage),
  alert: fc.tuple(anyAlert, calls).map(([alert, extra]) => alertMessage(alert, extra)),
  reply: fc.tuple(anyAlert, anyEvent).map(([alert, event]) => timelineReply(alert, event)),
  call: fc
    .tuple(
      anyAlert,
      fc.record(
        {
          level: fc.nat(9),
          users: fc.array(hostile),
          usergroups: fc.array(hostile),
          others: fc.array(hostile),
          by: hostile,
          text: hostile,
        },
        { requiredKeys: ['level', 'users', 'usergroups'] },
      ),
    )
    .map(([alert, call]) => escalationNotice(alert, call, { nameOf: (user) => user })),
  'direct message': fc.tuple(anyAlert, reason, hostile).map(([alert, why, link]) => directMessage(alert, why, link)),
  'channel notice': fc
    .tuple(anyAlert, reason, fc.webUrl())
    .map(([alert, why, link]) => channelNotice(alert, why, link)),
  list: fc
    .record({
      alerts: fc.array(anyAlert, { maxLength: 60 }),
      total: number,
      page: fc.integer({ min: 1, max: 9 }),
      pages: fc.integer({ min: 1, max: 9 }),
      filter: fc.record(
        {
          severity: fc.constantFrom('any' as const, ...severities),
          state: fc.constantFrom('open' as const, 'resolved' as const),
          storm: id,
        },
        { requiredKeys: ['severity', 'state'] },
      ),
    })
    .map(alertList),
  storm: fc
    .record({
      id,
      kind: hostile,
      source: hostile,
      title: fc.option(hostile),
      count: number,
      openCount: number,
      apart: number,
      waiting: number,
      level: fc.nat(9),
      firingSince: date,
      dueAt: orNull(date),
      extra: calls,
      channel: hostile,
      worst: fc.array(fc.record({ alert: anyAlert, permalink: hostile }), { maxLength: 5 }),
      acts: fc.array(
        fc.record({
          state: fc.constantFrom('acknowledged' as const, 'resolved' as const),
          by: fc.option(hostile),
          count: number,
        }),
      ),
      severity: fc.constantFrom(...severities),
      firstSeen: date,
      lastSeen: date,
      topAccounts: tallies,
      topResources: tallies,
      active: fc.boolean(),
      version: id,
    })
    .map(stormMessage),
  status: fc
    .record({
      version: hostile,
      startedAt: date,
      now: date,
      parts: fc.array(fc.record({ name: hostile, ok: fc.boolean(), sentence: hostile }), { maxLength: 8 }),
      topics: fc.array(fc.record({ arn: hostile, lastMessageAt: orNull(date), cadence: orNull(cadence) }), {
        maxLength: 120,
      }),
      sources: fc.array(fc.record({ name: hostile, cadence }), { maxLength: 60 }),
      others: number,
    })
    .map(statusMessage),
  help: fc
    .array(fc.record({ name: hostile, usage: hostile, sentence: hostile, topic: hostile }), { maxLength: 40 })
    .map((commands) => helpMessage(commands)),
  silences: fc.array(silence, { maxLength: 80 }).map(silenceList),
  'silence ended': fc
    .record({ match: matcher, caught: number, endedBy: orNull(hostile), names: fc.array(hostile), firing: number })
    .map(silenceEnded),
  'silence begun': fc
    .record(
      { match: matcher, reason: hostile, from: iso, until: iso, by: hostile, hidden: number },
      { requiredKeys: ['match', 'reason', 'until', 'by', 'hidden'] },
    )
    .map(silenceBegun),
  ask: fc
    .tuple(
      anyAlert,
      fc.record({
        alertId: id,
        user: hostile,
        email: hostile,
        proof: hostile,
        answer: fc.constantFrom('open' as const, 'yes' as const, 'no' as const, 'expired' as const),
        reason: orNull(hostile),
        expiresAt: iso,
      }),
    )
    .map(([alert, question]) => askMessage(alert, question)),
  'silence cancelled': fc
    .record({ match: matcher, caught: number, endedBy: hostile, cancelled: fc.constant(true as const) })
    .map(silenceEnded),
};

const views: Record<string, fc.Arbitrary<unknown>> = {
  escalate: fc
    .tuple(anyAlert, orNull(fc.record({ level: fc.nat(9), notify: fc.array(hostile, { maxLength: 40 }) })), hostile)
    .map(([alert, next, reason]) => escalateModal(alert, next, { said: 'Level 1 was called.', reason })),
  assign: fc.tuple(anyAlert, hostile).map(([alert, asker]) => assignModal(alert, asker)),
  expected: anyAlert.map(expectedModal),
  unacknowledge: fc.tuple(anyAlert, hostile).map(([alert, holder]) => unacknowledgeModal(alert, holder)),
  vouch: anyAlert.map(vouchModal),
  snooze: fc
    .tuple(anyAlert, fc.date({ min: new Date('2026-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }))
    .map(([alert, now]) => snoozeModal(alert, now)),
  silence: fc
    .tuple(anyAlert, matcher, number, fc.array(hostile))
    .map(([alert, match, count, titles]) => silenceModal(alert, match, { count, titles })),
  details: fc
    .tuple(anyAlert, fc.array(anyEvent, { maxLength: 40 }))
    .map(([alert, events]) => detailsModal(alert, events)),
  error: fc
    .tuple(hostile, fc.array(fc.oneof(fc.constantFrom('usergroup:S0ONCALL'), hostile), { maxLength: 12 }))
    .map(([title, holders]) => errorModal(title, notAllowed('respond', holders))),
  home: fc
    .record({
      mine: fc.array(anyAlert, { maxLength: 100 }),
      escalated: fc.array(anyAlert, { maxLength: 20 }),
      waiting: fc.record({ total: number, worst: fc.array(anyAlert, { maxLength: 5 }) }),
      tasks: fc.array(fc.record({ title: hostile, since: date, due: orNull(date) }), { maxLength: 8 }),
      shifts: fc.array(fc.record({ schedule: hostile, from: date, to: orNull(date) }), { maxLength: 12 }),
      now: date,
      silences: fc.array(silence, { maxLength: 8 }),
      onCall: fc.array(
        fc.record({ schedule: hostile, users: fc.array(hostile, { maxLength: 8 }), until: orNull(date) }),
        { maxLength: 40 },
      ),
      lastDigest: orNull(fc.record({ name: hostile, at: date, permalink: fc.oneof(hostile, fc.webUrl()) })),
      reach: fc.constant(undefined),
      late: fc.array(
        fc.record({
          rule: fc.constant({ way: 'ntfy:ana', afterMs: 300_000, from: 'high' as const }),
          policy: hostile,
          gapMs: fc.integer({ min: -1000, max: 1_000_000 }),
        }),
        { maxLength: 8 },
      ),
      digestTroubles: fc.array(hostile, { maxLength: 8 }),
    })
    .map(homeView),
};

const sentences: Record<string, fc.Arbitrary<string>> = {
  refused: fc
    .tuple(
      anyAlert,
      fc.oneof(
        fc.record({ reason: fc.constant('impossible' as const), sentence: hostile }),
        fc.record({ reason: fc.constant('moved-on' as const), level: fc.nat(9), at: orNull(date) }),
        fc.record({
          reason: fc.constant('already' as const),
          state: fc.constantFrom('acknowledged' as const, 'resolved' as const),
          by: orNull(hostile),
          at: orNull(date),
        }),
      ),
    )
    .map(([alert, refusal]) => refused(alert, refusal)),
  'not allowed': fc.array(hostile, { maxLength: 30 }).map((holders) => notAllowed('respond', holders)),
  'not for guests': fc.array(hostile, { maxLength: 30 }).map(notForGuests),
  'unknown command': fc.tuple(hostile, fc.array(hostile)).map(([typed, known]) => unknownCommand(typed, known)),
};

const nodes = (node: Node): Node[] => ('children' in node ? [node, ...node.children.flatMap(nodes)] : [node]);

/** What a text does in Slack beside being read: mentions, links, commands. */
const doings = (texts: string[]): string[] =>
  texts
    .flatMap((text) => nodes(parse(text)))
    .filter((node) => [NodeType.UserLink, NodeType.ChannelLink, NodeType.Command, NodeType.URL].includes(node.type))
    .map((node) => node.source);

/** What our own data may put into a text; `W0BEN`, `U0ANA` and `S0ONCALL` are the only ids the attackers' alerts hold. */
const ours =
  /^<(@U0ANA|@W0BEN|!subteam\^S0ONCALL|!date\^-?\d+\^(?:\u200b\{date_short_pretty\} at )?\{time\}\|[-+\d: ]+UTC|https:\/\/[^<>|]+\|[^<>]*)>$/;

/** Texts that no fallback, chip or code may leave out of the count: how the attackers' mentions look once they work. */
const broadcasts = (value: unknown) => objectsIn(value).filter((object) => object['type'] === 'broadcast');

const runs = { numRuns: 100 };

describe.each(Object.entries(messages))('message: %s', (_, message) => {
  test('is within the limits of Slack whatever AWS and people write', () => {
    fc.assert(fc.property(message, expectSound), runs);
  });

  test('mentions, links and runs nothing that a hostile text asks for', () => {
    fc.assert(
      fc.property(message, (made) => {
        for (const doing of doings(mrkdwnIn(made))) expect(doing).toMatch(ours);
        expect(broadcasts(made)).toEqual([]);
      }),
      runs,
    );
  });
});

describe.each(Object.entries(views))('view: %s', (_, view) => {
  test('is within the limits of Slack, and does nothing a hostile text asks for', () => {
    fc.assert(
      fc.property(view, (made) => {
        expectSoundView(made);
        for (const doing of doings(mrkdwnIn(made))) expect(doing).toMatch(ours);
        expect(broadcasts(made)).toEqual([]);
      }),
      runs,
    );
  });
});

describe.each(Object.entries(sentences))('sentence: %s', (_, sentence) => {
  test('does nothing a hostile text asks for', () => {
    fc.assert(
      fc.property(sentence, (text) => {
        for (const doing of doings([text])) expect(doing).toMatch(ours);
      }),
      runs,
    );
  });
});
