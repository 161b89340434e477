import { type Answer, type Asking, ask } from '../../../asks.ts';
import { putEvents } from '../../../calls/events.ts';
import { arrivedEvent, receivedEvents } from '../../../calls/store.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';

const about: About = {
  id: 'eb-canary',
  version: 1,
  title: 'An event of our own comes back as an alert',
  severity: 'high',
  daily: true,
  why: 'Rules, buses, topic, subscription and the bot’s own door can each look right while nothing arrives.',
  passes:
    'An event that Trailwatch puts on the default bus of its own account and region comes to it within a minute, as the alert of a drill. Asked where framework.canaries.events is on: it is a write, with a statement of its own in the role.',
  fix: `aws events put-rule --name trailwatch-canary --event-pattern '{"source":["trailwatch.canary"]}' --state ENABLED --region {region}
aws events put-targets --rule trailwatch-canary --targets Id=1,Arn=<topic, queue or central bus>,RoleArn=<role for a bus> --region {region}`,
  references: ['https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html'],
};

interface Facts {
  /** The id of the event that was sent; null: EventBridge took none, and said why. */
  sent: Answer<{ id: string | null; why: string }>;
  arrived: Answer<{ arrived: boolean }> | null;
}

export const check = organizationCheck(about, facts, judge);

function* facts({ home, settings, now }: Estate): Asking<Facts | Extract<Answer<unknown>, { is: 'unknown' }> | null> {
  if (!settings.canaries.events) return null;
  const place = { account: home.account, region: home.region };
  // Where nobody keeps what comes, nothing is sent.
  const kept = yield* ask(receivedEvents, place, { ...place, since: now });
  if (kept.is === 'unknown') return kept;
  const put = yield* ask(putEvents, place, {
    Entries: [
      {
        Source: 'trailwatch.canary',
        DetailType: 'Trailwatch Canary',
        Detail: JSON.stringify({ at: now.toISOString() }),
        Time: now,
      },
    ],
  });
  if (put.is !== 'value') return { sent: put, arrived: null };
  const [entry] = put.value.Entries;
  const id = entry?.EventId ?? null;
  const sent = { ...put, value: { id, why: entry?.ErrorMessage ?? entry?.ErrorCode ?? 'no reason' } };
  return { sent, arrived: id === null ? null : yield* ask(arrivedEvent, place, { id }) };
}

function judge(
  known: Facts | Extract<Answer<unknown>, { is: 'unknown' }> | null,
  { home: { account, region } }: Estate,
): Judged[] {
  const spot = { account, region };
  if (known === null) return [notApplicable(spot, 'No event of our own is sent: framework.canaries.events is off.')];
  if ('is' in known) return [unknownFrom(spot, known)];
  const { sent, arrived } = known;
  if (sent.is === 'unknown') return [unknownFrom(spot, sent)];
  if (sent.is === 'absent' || sent.value.id === null || arrived === null)
    return [
      unknown(
        spot,
        'not asked',
        `EventBridge did not take the event: ${sent.is === 'value' ? sent.value.why : sent.message}.`,
      ),
    ];
  if (arrived.is === 'unknown') return [unknownFrom(spot, arrived)];
  return arrived.is === 'value' && arrived.value.arrived
    ? [pass(spot, `The event ${sent.value.id} came back as the alert of a drill.`, { proof: 'proven' })]
    : [fail(spot, `The event ${sent.value.id} did not come back within a minute.`, { proof: 'proven' })];
}
