import { type Severity, severities } from '../severity.ts';
import { asSentence, awsEvent, hasDetailType, number, resourceNamed, shape, signalOf, text } from '../shape.ts';
import type { Source } from '../source.ts';

/** What the daily watch of the framework says of a result that turned. */
const Turn = shape({
  key: text,
  step: number,
  check: text,
  title: text,
  severity: text,
  state: text,
  reason: text,
  why: text,
  fix: text,
  resource: text,
});

const severityOf = (said: string | undefined): Severity => severities.find((one) => one === said) ?? 'high';

/** A fact of the framework that stopped being true: a trail that stopped, a detector that is gone. Sent by Trailwatch itself. */
export const framework: Source = {
  name: 'framework',
  matches: (payload) =>
    payload.json?.['source'] === 'trailwatch.framework' && hasDetailType(payload, /^Trailwatch Framework Result$/),
  read: (payload) => {
    const event = awsEvent(payload);
    const turn = Turn.parse(event?.detail ?? {});
    const title = turn.title ?? turn.check ?? 'A check of the framework';
    const over = turn.state === 'resolved';
    return signalOf(payload, {
      source: 'framework',
      kind: turn.check ?? 'framework',
      dedupKey: `framework:${turn.key ?? title}`,
      severity: over ? 'info' : severityOf(turn.severity),
      state: over ? 'resolved' : 'firing',
      title: over ? `Holds again: ${title}` : `No longer so: ${title}`,
      sentence: asSentence(turn.reason ?? title),
      accounts: [event?.account],
      regions: [event?.region],
      times: [event?.time],
      resource: resourceNamed(turn.resource),
      links: () => [],
      fields: [
        ['Step', turn.step],
        ['Why it matters', turn.why],
        ['Fix', turn.fix],
      ],
    });
  },
};
