import { parseArn, serviceName } from '../aws-names/arn.ts';
import {
  callNamed,
  dataEventOf,
  isGlobal,
  isKnownSource,
  knownCalls,
  knownSources,
  sourcesOf,
} from '../cloudtrail/calls.ts';
import { globMatches } from '../words/glob.ts';
import { type Json, textAt } from '../words/json.ts';
import { didYouMean, nearest } from '../words/nearest.ts';
import { isPrivateAddress } from '../words/networks.ts';
import { clip, listed, plural } from '../words/text.ts';
import type { Question } from './lookup-query.ts';
import type { LookupSubject } from './subject.ts';
import { namingOf } from './subject.ts';

/**
 * What can be known of a question that found nothing: "nobody did it" looks the same as "it cannot be seen here". One
 * sentence each; none: it may well be that nobody did. `globalRegion` is where the partition records its global services;
 * `callers` are names of those who called meanwhile.
 */
export function hintsOf(question: Question, globalRegion: string, callers: Iterable<string> = []): string[] {
  const subjects = [...(question.subject === null ? [] : [question.subject]), ...question.also];
  const hints = subjects.flatMap((subject) => hintsOn(subject, question, callers));
  const elsewhere = question.regions.length > 0 && !question.regions.some((each) => globMatches(each, globalRegion));
  const global = elsewhere ? subjects.flatMap(globalServices) : [];
  return [
    ...new Set([
      ...hints,
      ...global.map(
        (service) =>
          `${serviceName(service)} is recorded in ${globalRegion} alone: leave out --region, or ask for --region ${globalRegion}.`,
      ),
    ]),
  ];
}

/** The services of a subject, where CloudTrail records all of them in one region. */
function globalServices({ kind, value, arn }: LookupSubject): string[] {
  const services =
    kind === 'service'
      ? [value.replace(/\.amazonaws\.com(?:\.cn)?$/, '')]
      : kind === 'event'
        ? sourcesOf(value)
        : kind === 'resource'
          ? [parseArn(arn ?? '')?.service ?? '']
          : [];
  // A name that regional services have too may be of those.
  return services.length > 0 && (kind !== 'event' || services.includes('iam') || services.every(isGlobal))
    ? services.filter(isGlobal).slice(0, 1)
    : [];
}

function hintsOn({ kind, value, arn }: LookupSubject, { narrowing }: Question, callers: Iterable<string>): string[] {
  switch (kind) {
    case 'event': {
      const service = dataEventOf(value);
      if (service !== undefined)
        return [
          `${value} is a data event (${service}): CloudTrail's event history does not hold those. They are where a trail or event data store records them, which Trailwatch searches when it is named under "history" in the configuration.`,
        ];
      return callNamed(value) === undefined
        ? [`No call named ${value} is known${didYouMean(value, knownCalls()) || '.'}`]
        : [];
    }
    case 'service': {
      const name = value.replace(/\.amazonaws\.com(?:\.cn)?$/, '');
      return isKnownSource(name)
        ? []
        : [`No service is known that CloudTrail records as ${name}${didYouMean(name, knownSources()) || '.'}`];
    }
    case 'user':
      return arn === null ? hintsOnUser(value, callers) : [];
    case 'role':
      return arn === null
        ? [`No session of a role of this name called. If ${value} is a user or a session: lookup user ${value}`]
        : [];
    case 'key':
      return ['Calls that are signed with a key that AWS does not know or that is deleted are in no event history.'];
    case 'ip':
      return isPrivateAddress(value.split('/')[0] ?? '')
        ? [
            'This is a private address: calls show one only where they come through a VPC endpoint; look for the public address of the gateway otherwise.',
          ]
        : [];
    case 'resource': {
      const { service, resource = '' } = parseArn(value) ?? {};
      return [
        ...(isObject(value)
          ? [
              'What is done to objects are data events, which the event history does not hold; the trail or event data store that "history" in the configuration names is searched for them. Ask for the bucket to see what was done to it.',
            ]
          : []),
        ...(service === 'iam' && resource.startsWith('role/') && narrowing.only.length === 0
          ? [`Who was refused it stands in messages alone: lookup takers ${value}`]
          : []),
        ...(narrowing.only.includes('secrets') || service !== undefined
          ? []
          : [
              `CloudTrail knows some resources by their ARN alone, others by an id: try the ARN of ${value} where it has one.`,
            ]),
      ];
    }
    case 'id':
      return [];
  }
}

/** An object of S3: whatever is done to one is a data event. */
export function isObject(value: string): boolean {
  const { service, region, resource = '' } = parseArn(value) ?? {};
  return service === 's3' && region === '' && resource.includes('/');
}

function hintsOnUser(value: string, callers: Iterable<string>): string[] {
  switch (namingOf(value)) {
    case 'account':
      return [
        `${value} is an account: calls that it made in other accounts were looked for. What was done in it: lookup everything --account ${value}`,
      ];
    case 'principal':
    case 'service':
    case 'person':
    case 'session':
      return [];
    case 'name': {
      // An account has one, whose name is always this.
      if (value.toLowerCase() === 'root') return [];
      const near = nearest(value, callers);
      if (near !== undefined) return [`Nobody of this name called; did you mean "${clip(near, 80)}", who did?`];
      return [
        `CloudTrail minds the case of names: ${[value, ...otherSpellings(value)].join(', ')} were looked for. If ${value} is a role: lookup role ${value}`,
      ];
    }
  }
}

/** Other cases in which a name may be recorded: IAM and identity providers keep the one they were given. */
export const otherSpellings = (name: string): string[] =>
  [
    name.toLowerCase(),
    name.toLowerCase().replace(/(?<![a-z])[a-z]/g, (first) => first.toUpperCase()),
    name.toUpperCase(),
  ]
    .filter((spelling, place, all) => spelling !== name && all.indexOf(spelling) === place)
    .slice(0, 2);

/** Sessions that only bear a name: whoever may take a role chooses the name of the session. */
export class NameBearers {
  #events = 0;
  readonly #sessions = new Map<string, number>();

  /** Counts events that were found by the name of a user. */
  add(events: readonly Json[]): void {
    for (const event of events) {
      this.#events += 1;
      const identity = (...path: string[]) => textAt(event, 'userIdentity', ...path);
      const [, session] = /:assumed-role\/(.+)$/.exec(identity('arn') ?? '') ?? [];
      // Identity Center alone names the sessions of its roles; a source identity cannot be changed by whoever bears it.
      const proven =
        session === undefined ||
        session.startsWith('AWSReservedSSO_') ||
        identity('sessionContext', 'sourceIdentity') !== undefined;
      if (!proven && (this.#sessions.has(session) || this.#sessions.size < 1000))
        this.#sessions.set(session, (this.#sessions.get(session) ?? 0) + 1);
    }
  }

  /** One sentence where a name is not proof of a person; none where every name is. */
  notes(): string[] {
    const sessions = [...this.#sessions].sort(([, a], [, b]) => b - a);
    const [most] = sessions;
    if (most === undefined) return [];
    const count = sessions.reduce((sum, [, events]) => sum + events, 0);
    const names = listed(
      sessions.map(([session, events]) => `${session} ${events.toLocaleString('en')}×`),
      4,
    );
    return [
      `${count === this.#events ? (count === 1 ? 'The event is' : `All ${plural(count, 'event')} are`) : `${count.toLocaleString('en')} of ${plural(this.#events, 'event')} are`} of role sessions that only bear this name, which whoever takes a role chooses (${names}): ask who ${most[0]}`,
    ];
  }
}

/** Different reasons that are counted: messages hold what callers wrote. */
const mostReasons = 100;

/** How AWS says which policy refused a call; in newer messages with its ARN. */
const refusal =
  /\b(?:because|with) (no|an explicit deny in an?) ((?:[\w-]+ ){0,3}(?:policy|boundary))(?:: (arn:[\w:/+=,.@-]{10,300}))?/;

/** Which policy refused calls, as AWS's own messages say. Source: IAM user guide, "Troubleshoot access denied error messages". */
export class Refusals {
  readonly #reasons = new Map<string, number>();

  /** Counts the message of a call that failed. */
  add(errorMessage: string): void {
    const [, how, policy, arn] = refusal.exec(errorMessage) ?? [];
    if (policy === undefined) return;
    const reason = how === 'no' ? `no ${policy} allows it` : `${how} ${policy}${arn === undefined ? '' : ` (${arn})`}`;
    const count = this.#reasons.get(reason) ?? 0;
    if (count > 0 || this.#reasons.size < mostReasons) this.#reasons.set(reason, count + 1);
  }

  /** One sentence, the most frequent reason first; none where no message says why. */
  notes(): string[] {
    const reasons = [...this.#reasons].toSorted(([, a], [, b]) => b - a);
    return reasons.length === 0
      ? []
      : [
          `Refused, by AWS's messages: ${listed(
            reasons.map(([reason, count]) => `${reason} ${count.toLocaleString('en')}×`),
            5,
          )}.`,
        ];
  }
}
