import type { WatchedCall, WatchedSubject } from '../alerts/notices.ts';
import type { Signal } from '../alerts/signal.ts';
import type { EventRow } from '../cloudtrail/row.ts';
import { at, isRecord, textAt } from '../words/json.ts';
import { isIn, networkList } from '../words/networks.ts';
import { clip } from '../words/text.ts';
import { dayMs, hourMs } from '../words/time.ts';
import type { Typed } from '../words/typed.ts';
import { isAbout } from './about.ts';
import { type LookupContext, nothingElse, type Question, readLookup } from './lookup-query.ts';
import { momentAhead, said } from './moments.ts';
import { type Wrong, wrong } from './wrong.ts';

export const watchUsage = 'watch key|ip|role|user X [--until 8h]';

const usualMs = dayMs;
const longestWatchMs = 7 * dayMs;
const shortestWatchMs = hourMs / 4;

/** Whether a subject is of a kind that can be watched: somebody or something that calls. */
const isWatched = (subject: Question['subject']): subject is WatchedSubject =>
  subject !== null && ['key', 'ip', 'role', 'user'].includes(subject.kind);

/** Reads what stands after `/audit watch`: as a lookup names it, and until when. */
export function readWatch(
  { words, options }: Typed,
  context: LookupContext,
): { subject: WatchedSubject; until: Date } | { wrong: Wrong } {
  const strange = [...options.keys()].find((name) => name !== 'until');
  if (strange !== undefined) return wrong(`There is no option --${clip(strange, 40)}: type /audit ${watchUsage}`);
  const typed = options.get('until');
  const until =
    typed === undefined
      ? new Date(context.now.getTime() + usualMs)
      : momentAhead(typed.trim().replace(/^\+/, ''), context)?.at;
  if (until === undefined)
    return wrong(`--until "${clip(typed ?? '', 60)}" is no time to come: write 8h, 3d or 2027-03-28 22:00.`);
  const aheadMs = until.getTime() - context.now.getTime();
  if (aheadMs < shortestWatchMs || aheadMs > longestWatchMs)
    return wrong(`A watch lasts between 15 minutes and 7 days: --until ${said(until, context)} is not in that.`);
  const reading = readLookup({ words, options: new Map() }, context);
  if ('wrong' in reading) return reading;
  const { subject, also, forward } = reading.question;
  if (!isWatched(subject) || forward)
    return wrong(`Say which key, address, role or user to watch: /audit ${watchUsage}`);
  if (also.length > 0) return wrong('One watch is about one key, address, role or user: begin one for each.');
  return { subject, until };
}

/** A watch as it would be typed behind `/audit watch` or `/audit lookup`. */
export const watchWords = ({ kind, value, arn }: WatchedSubject): string => `${kind} ${arn ?? value}`;

/** The question to CloudTrail that a look at a watch is. */
export const watchQuestion = (subject: WatchedSubject, span: Question['span']): Question => ({
  subject,
  also: [],
  forward: false,
  span,
  narrowing: nothingElse,
  accounts: [],
  regions: [],
  firstSeen: false,
  all: false,
  notes: [],
});

/** Reads messages from AWS for calls of what is watched; undefined: a message tells of none. */
export function hearing(subject: WatchedSubject): (signal: Signal) => WatchedCall | undefined {
  const [isOfRecord, isNamed] = [isAbout(subject), naming(subject)];
  return (signal) => {
    const { raw, kind, actor, resource, sourceIp, time, account = '', region = '', dedupKey } = signal;
    const record = [at(raw, 'detail'), raw].find(
      (each) => isRecord(each) && textAt(each, 'eventID') !== undefined && isRecord(at(each, 'userIdentity')),
    );
    if (!(isRecord(record) ? isOfRecord(record) : isNamed(signal))) return undefined;
    return {
      id: textAt(record, 'eventID') ?? dedupKey,
      time,
      event: textAt(record, 'eventName') ?? kind,
      who: actor?.name ?? null,
      on: resource?.name ?? null,
      from: sourceIp ?? null,
      account,
      region,
      error: textAt(record, 'errorCode') ?? null,
    };
  };
}

/** Whether what is no CloudTrail record, a finding perhaps, names what is watched. */
function naming({ kind, value, arn }: WatchedSubject): (signal: Signal) => boolean {
  const name = value.toLowerCase();
  switch (kind) {
    case 'key':
      return ({ actor }) => actor?.accessKeyId === value;
    case 'ip': {
      const network = networkList([value]);
      return ({ sourceIp }) => network !== undefined && sourceIp !== undefined && isIn(network, sourceIp);
    }
    case 'user':
      return ({ actor }) => (arn === null ? actor?.name.toLowerCase() === name : actor?.arn === arn);
    case 'role':
      return ({ actor, account = '' }) =>
        actor?.type === 'role' &&
        actor.name.toLowerCase().split('/')[0] === name &&
        (arn === null || arn.includes(`:${actor.account ?? account}:`));
  }
}

/** A call as CloudTrail told of it. */
export const callOf = ({ id, time, event, who, on, from, account, region, error }: EventRow): WatchedCall => ({
  id,
  time,
  event,
  who,
  on,
  from,
  account,
  region,
  error,
});
