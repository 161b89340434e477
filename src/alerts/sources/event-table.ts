import { type ConsolePlace, isConsoleUrl, serviceLink } from '../../aws-names/console-links.ts';
import { at, type Json, textAt } from '../../words/json.ts';
import { capitalized, spaced } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import {
  type AwsEvent,
  actorNamed,
  asSentence,
  awsEvent,
  detailTypeOf,
  inBrief,
  inWords,
  resourceNamed,
  signalOf,
} from '../shape.ts';
import type { Link, Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';
import { factsOf } from './facts.ts';
import { generic, lastingArn, tellingFields } from './generic.ts';
import { gradeOf } from './grade.ts';
import { alertStateOf, outcomeOf, outcomeSeverities, predicate, tellsOfFailure } from './outcome.ts';

/**
 * Most EventBridge events say the same thing: something of a service is in a state. A row names the thing, where in the
 * detail its name, state and reason are, and what people call the event; the rest follows from docs/severity.md.
 */
export interface Service {
  /** The signal's source: the service's name as in `aws.<name>`. */
  name: string;
  /** Paths into the detail, dots between keys, best first. */
  subject: readonly string[];
  /** What makes events one alert, where it is not the subject: a command's id rather than its document. */
  id?: readonly string[];
  /** What the subject is, as people say it: "pipeline". Without it the ARN says. */
  type?: string;
  state?: readonly string[];
  reason?: readonly string[];
  actor?: readonly string[];
  /** Where the resource's ARN is, when not the first of `resources`. */
  arn?: readonly string[];
  /** What else the sentence says of the cause, where no one path has it: which action, which exit code. */
  why?: (event: AwsEvent) => string | undefined;
  /** Where the time of what happened is, where the detail has several. */
  time?: readonly string[];
  link?: (where: ConsolePlace, subject: string) => Link;
  /** What the link leads to, where it is not the subject. */
  linked?: readonly string[];
  /** Paths to addresses of the console that the event carries: the approval that a pipeline waits for. */
  addresses?: readonly string[];
  events: Readonly<Record<string, Row>>;
}

interface Row {
  /** What the sentence is about, in place of the service's type: "Stage Deploy of pipeline". */
  what?: string;
  /** What happened, where the state does not say it: "was deleted". */
  is?: string;
  /** In place of what the state says. */
  severity?: Severity;
  /** True when this event ends what another began. */
  over?: boolean;
  /** Events of one group on one subject are one alert: a failed launch and the next good one. */
  group?: string;
  /** True for what alerts by itself: its state is one of "on" and "over", and its own grade counts. */
  alerts?: true;
  /** What the detail decides where the state does not: why a task stopped. */
  of?: (detail: Json) => Pick<Row, 'what' | 'is' | 'severity' | 'over'>;
}

/** Paths into this event's detail, first text found. */
const find = (event: AwsEvent, paths: readonly string[] | undefined): string | undefined =>
  paths
    ?.map((path) => textAt(event.detail, ...keysOf(path))?.trim())
    .find((value) => value !== undefined && !/^(?:|\[\]|\{\}|null|N\/A)$/.test(value));

const keysOfPaths = new Map<string, readonly string[]>();

/** The keys of a path: split once, because the tables' paths are few and every event asks for a dozen. */
function keysOf(path: string): readonly string[] {
  const known = keysOfPaths.get(path);
  if (known !== undefined) return known;
  const keys = path.split('.');
  keysOfPaths.set(path, keys);
  return keys;
}

/** How an event went: over or not, how bad, and in which words. */
function courseOf(event: AwsEvent, state: string | undefined, row: Row, about: string, reason: string | undefined) {
  if (row.alerts === true) {
    const on = row.is === undefined ? alertStateOf(state) !== 'over' : row.over !== true;
    return {
      done: row.is ?? (on ? 'is on' : 'is over'),
      over: !on,
      severity: on ? (row.severity ?? gradeOf(find(event, gradePaths)) ?? 'medium') : ('info' as const),
    };
  }
  const stated = row.is === undefined ? outcomeOf(state) : 'going';
  // "Completed", and then says what failed.
  const outcome = stated === 'succeeded' && row.over === undefined && tellsOfFailure(reason) ? 'flawed' : stated;
  return {
    done: row.is ?? (state === undefined ? 'changed' : predicate(state, about)),
    over: row.over ?? outcome === 'succeeded',
    severity:
      row.severity ??
      (outcome === 'failed' && /^critical$/i.test(find(event, ['severity']) ?? '')
        ? ('high' as const)
        : outcomeSeverities[outcome]),
  };
}

const gradePaths = ['insightSeverity', 'InsightSeverity', 'severity', 'Severity', 'priority'];

/** The signal of an event whose service and detail-type are in a table. */
function eventSignal(payload: Payload, event: AwsEvent, service: Service, fixed: Row): Signal {
  const row = fixed.of === undefined ? fixed : { ...fixed, ...fixed.of(event.detail) };
  const subjectId = find(event, service.subject);
  const subject = subjectId?.startsWith('arn:') === true ? resourceNamed(subjectId)?.name : subjectId;
  const carried = find(event, service.arn) ?? event.resources[0];
  const arn = carried === undefined ? undefined : lastingArn(carried);
  // The ARN may name something else than the subject: the instance that a command ran on.
  const own = arn === undefined || subject === undefined || arn.includes(subject);
  const named = resourceNamed(arn ?? subject);
  const type = named?.type ?? (own ? service.type : undefined);
  const resource = named && {
    ...named,
    ...(own && subject !== undefined && arn?.startsWith('arn:') === true ? { name: subject } : {}),
    ...(type === undefined ? {} : { type }),
  };
  const state = find(event, service.state);
  const name = subject ?? resource?.name;
  const what = capitalized(filled(row.what ?? service.type ?? event.detailType, event));
  const hasName = service.subject.some((path) => row.what?.includes(`{${path}}`));
  const about = name === undefined ? what.replace(/ (?:of|on|in)$/, '') : hasName ? what : `${what} ${name}`;
  const told = inWords(find(event, service.reason));
  // What went well has no cause.
  const why =
    row.alerts === true || row.is !== undefined || outcomeOf(state) !== 'succeeded' ? service.why?.(event) : undefined;
  const reason = told === undefined || why === undefined ? (told ?? why) : `${told.replace(/\.$/, '')}: ${why}`;
  const { done, over, severity } = courseOf(event, state, row, about, reason);
  const actor = find(event, service.actor);
  const facts = factsOf(event.detail);
  const said = `${about} ${done}`;
  return signalOf(payload, {
    source: service.name,
    kind: event.detailType,
    dedupKey: [
      service.name,
      event.account ?? '',
      event.region ?? '',
      row.group ?? (row.what === undefined ? event.detailType : filled(row.what, event)),
      find(event, service.id) ?? subjectId ?? resource?.arn ?? resource?.name ?? '',
    ].join(':'),
    severity,
    state: over ? 'resolved' : 'firing',
    title: said,
    sentence: reason === undefined ? asSentence(said) : asSentence(`${said}: ${inBrief(reason)}`),
    accounts: [event.account, facts.account],
    regions: [event.region, textAt(event.detail, 'region')],
    times: [find(event, service.time), event.time],
    resource,
    actor: actor === undefined ? facts.actor : actorNamed(actor),
    sourceIp: facts.sourceIp,
    links: (where) => {
      const target = find(event, service.linked) ?? find(event, service.id) ?? name;
      const deep = target === undefined ? undefined : service.link?.(where, target);
      const carried = (service.addresses ?? [])
        .map((path) => find(event, [path]))
        .filter((url) => url !== undefined && isConsoleUrl(url))
        .map((url): Link => ({ title: 'Approve or reject', url: url ?? '' }));
      return [...carried, deep ?? serviceLink(where, service.name)];
    },
    fields: [
      ['State', state],
      ['Reason', reason],
      ...tellingFields(event.detail)
        .filter(({ value }) => value !== state && value !== reason && !reason?.includes(value))
        .map(({ name: label, value }): [string, string] => [capitalized(label), value]),
    ],
  });
}

const lowerCased = (word: string): string => word.toLowerCase();

/** `{stage}` in a row's words is the value at that path of the detail. */
const filled = (template: string, event: AwsEvent): string =>
  template
    .replace(/\{([\w.-]+)\}/g, (_, path: string) => {
      const value = find(event, [path]) ?? '';
      // "createSnapshot" and "PUSH" are words, a stage or a document is a name.
      return /^(?:event|.*-type|completed-phase)$/.test(path) ? spaced(value.replace(/^[A-Z_]+$/, lowerCased)) : value;
    })
    .replace(/ {2,}/g, ' ')
    .trim();

/** A message of a service's own, without EventBridge's envelope, told like an event: the record is the detail. */
export interface ServiceMessage {
  /** The keys that this record has and no other has together. */
  keys: readonly string[];
  service: Omit<Service, 'events'>;
  /** What the message is called, as a detail-type calls an event. */
  kind: string;
  row: Row;
}

/** The source of the messages that services publish to topics themselves. */
export function noticeSource(name: string, notices: readonly ServiceMessage[]): Source {
  const noticeOf = ({ json }: Payload): ServiceMessage | undefined =>
    json === undefined || json['detail'] !== undefined
      ? undefined
      : notices.find(({ keys }) => keys.every((key) => at(json, ...keysOf(key)) !== undefined));
  return {
    name,
    matches: (payload) => noticeOf(payload) !== undefined,
    read: (payload) => {
      const notice = noticeOf(payload);
      const detail = payload.json ?? {};
      if (notice === undefined) return generic.read(payload);
      const { account, region, time } = factsOf(detail);
      const event = {
        id: undefined,
        source: '',
        detailType: notice.kind,
        account,
        region,
        time,
        resources: [],
        detail,
        additional: {},
      };
      return eventSignal(payload, event, { ...notice.service, events: {} }, notice.row);
    },
  };
}

/** The source of a table: its detail-types are known by name, whoever's envelope they come in (replays and tests write other sources). */
export function tableSource(name: string, services: readonly Service[]): Source {
  const rows = new Map(
    services.flatMap((service) =>
      Object.entries(service.events).map(([detailType, row]) => [detailType, { service, row }] as const),
    ),
  );
  return {
    name,
    matches: (payload) => rows.has(detailTypeOf(payload) ?? ''),
    read: (payload) => {
      const event = awsEvent(payload);
      const found = rows.get(event?.detailType ?? '');
      return event === undefined || found === undefined
        ? generic.read(payload)
        : eventSignal(payload, event, found.service, found.row);
    },
  };
}
