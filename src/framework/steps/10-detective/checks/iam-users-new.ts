import { dayMs } from '../../../../words/time.ts';
import { type Answer, type Asking, all, ask, together } from '../../../asks.ts';
import { acknowledgedEvents } from '../../../calls/alerts.ts';
import { type HistoryRecord, hasFailed, lookupRecords } from '../../../calls/event-history.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { globalPlace, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';

const about: About = {
  id: 'iam-users-new',
  version: 2,
  title: 'Somebody has looked at each new IAM user and group',
  severity: 'medium',
  why: 'A new user is how an attacker stays: the week in which it was made is when it can still be found cheaply.',
  passes: 'Each CreateUser and CreateGroup of the last 7 days came to the bot as an alert that somebody acknowledged.',
  fix: 'Acknowledge its alert in Slack after asking who made it and why; one that nobody wanted:\naws iam delete-user --user-name <user>',
  references: ['CIS v6.0 5.4', 'https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html'],
};

const daysLooked = 7;
const calls = ['CreateUser', 'CreateGroup'] as const;

interface Facts {
  events: Answer<readonly HistoryRecord[]>;
  acknowledged: Answer<{ acknowledged: string[] }> | null;
}

export const check = accountCheck(about, newUsers, judge);

function* newUsers({ estate, account }: AccountScope): Asking<Facts> {
  const found = together(
    yield* all(
      calls.map((name) =>
        ask(lookupRecords, globalPlace(estate, account.id), {
          LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: name }],
          StartTime: new Date(estate.now.getTime() - daysLooked * dayMs),
          EndTime: estate.now,
        }),
      ),
    ),
  );
  if (found.is !== 'value') return { events: found, acknowledged: null };
  const events = found.value.flatMap(({ Events }) => Events).filter((event) => !hasFailed(event));
  const eventIds = events.map(({ EventId }) => EventId);
  const acknowledged = eventIds.length === 0 ? null : yield* ask(acknowledgedEvents, estate.home, { eventIds });
  return { events: { ...found, value: events }, acknowledged };
}

function judge({ events, acknowledged }: Facts, { account }: AccountScope): Judged[] {
  const spot = { account: account.id, region: 'global' };
  if (events.is === 'unknown') return [unknownFrom(spot, events)];
  const list = events.is === 'value' ? events.value : [];
  if (list.length > 0 && acknowledged?.is === 'unknown') return [unknownFrom(spot, acknowledged)];
  const known = acknowledged?.is === 'value' ? acknowledged.value.acknowledged : [];
  const left = list.filter(({ EventId }) => !known.includes(EventId));
  if (left.length === 0)
    return [
      pass(spot, `${list.length} users and groups were made within ${daysLooked} days, each of them looked at.`, {
        proof: 'proven',
      }),
    ];
  return left.map(({ EventId, EventName, EventTime, Username = 'Somebody' }) =>
    fail(
      { ...spot, resource: EventId },
      `${Username} called ${EventName} at ${EventTime.toISOString()}, and nobody has acknowledged it.`,
      { proof: 'proven' },
    ),
  );
}
