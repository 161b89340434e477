import { parseArn, serviceName } from '../arn.ts';
import { rdsInstanceLink, serviceLink } from '../console-links.ts';
import type { Severity } from '../severity.ts';
import type { Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';
import { listed, words } from '../text.ts';
import {
  anything,
  awsEvent,
  firstSentence,
  hasDetailType,
  list,
  resourceNamed,
  sentence,
  shape,
  signalOf,
  tagsOf,
  text,
} from './shape.ts';

/** Source: RDS user guide, "Working with Amazon RDS event notification" (SNS) and "EventBridge event schema". DocumentDB, DMS and Redshift write the same. */
const Notice = shape({
  'Event Source': text,
  'Event Time': text,
  'Identifier Link': text,
  'Source ID': text,
  SourceId: text,
  'Source ARN': text,
  'Event ID': text,
  'Event Message': text,
  Tags: anything,
});
const Detail = shape({
  EventCategories: list(text),
  SourceType: text,
  SourceArn: text,
  SourceIdentifier: text,
  Date: text,
  Message: text,
  EventID: text,
  Tags: anything,
});

/** What RDS says of its instances, clusters, snapshots, parameter groups and proxies; the notices of Redshift and DMS too. */
export const rds: Source = {
  name: 'rds',
  matches: (payload) =>
    hasDetailType(payload, /^RDS |^Redshift Cluster Event$/) ||
    (payload.json?.['Event Message'] !== undefined &&
      (payload.json['Event Source'] ?? payload.json['Source ID'] ?? payload.json['SourceId']) !== undefined),
  read: (payload) => {
    const event = awsEvent(payload);
    if (event === undefined) {
      const notice = Notice.parse(payload.json);
      return signal(payload, {
        arn: notice['Source ARN'],
        id: notice['Source ID'] ?? notice.SourceId,
        kind: notice['Event Source'],
        message: notice['Event Message'],
        // "http://docs.…/…#RDS-EVENT-0002"
        event: /[A-Z]+-EVENT-\d+/.exec(notice['Event ID'] ?? '')?.[0] ?? notice['Event ID'],
        categories: [],
        accounts: [],
        regions: [/[?&]region=([a-z0-9-]{5,25})/.exec(notice['Identifier Link'] ?? '')?.[1]],
        times: [notice['Event Time']],
        tags: notice.Tags,
      });
    }
    const detail = Detail.parse(event.detail);
    return signal(payload, {
      arn: detail.SourceArn ?? event.resources[0],
      id: detail.SourceIdentifier?.replace(/^rds:/, ''),
      kind: detail.SourceType?.toLowerCase().replaceAll('_', ' '),
      message: detail.Message,
      event: detail.EventID,
      categories: detail.EventCategories.flatMap((one) => one ?? []),
      accounts: [event.account],
      regions: [event.region],
      times: [event.time, detail.Date],
      tags: detail.Tags,
    });
  },
};

/** "db-instance" → "RDS instance", "replication-task" → "DMS task". */
const kindWords = (payload: Payload, happening: Happening): string =>
  `${serviceName(sourceOf(payload, happening))} ${words(happening.kind ?? 'resource').replace(/^(?:db|replication) /, '')}`;

interface Happening {
  arn: string | undefined;
  id: string | undefined;
  kind: string | undefined;
  message: string | undefined;
  event: string | undefined;
  categories: string[];
  accounts: (string | undefined)[];
  regions: (string | undefined)[];
  times: (string | undefined)[];
  tags: unknown;
}

/** Redshift and DMS write the same notices; what an event is called says whose it is. */
const sourceOf = (payload: Payload, { event }: Happening): 'rds' | 'redshift' | 'dms' =>
  /^REDSHIFT-/.test(event ?? '') || hasDetailType(payload, /^Redshift /)
    ? 'redshift'
    : /^DMS-/.test(event ?? '')
      ? 'dms'
      : 'rds';

/** docs/severity.md, "RDS". By category where the event names one, else by the words of the message. */
function severityOf({ categories, message }: Happening): Severity {
  const line = `${categories.join(' ')} ${message ?? ''}`.toLowerCase();
  if (/failure|failed|incompatible|low storage|out of (?:storage|space)|inaccessible|corrupt/.test(line)) return 'high';
  if (/failover|security|public|master (?:user )?password|credential/.test(line)) return 'medium';
  return /availability|deletion|deleted|restart|shutdown|stopped|recover/.test(line) ? 'low' : 'info';
}

function signal(payload: Payload, happening: Happening): Signal {
  const resource = resourceNamed(
    happening.arn ?? happening.id,
    happening.arn === undefined ? kindWords(payload, happening) : undefined,
  );
  const name = happening.id ?? resource?.name ?? 'unknown';
  const message = happening.message?.replace(/\.$/, '') ?? 'An event without a message';
  const source = sourceOf(payload, happening);
  const service = serviceName(source);
  return signalOf(payload, {
    source,
    kind: happening.event ?? happening.categories[0] ?? 'event',
    dedupKey: [source, happening.arn ?? name, happening.event ?? message].join(':'),
    severity: severityOf(happening),
    title: `${service} ${name}: ${message}`,
    sentence: sentence(
      `${resource?.type ?? kindWords(payload, happening)} ${name}: ${firstSentence(happening.message) ?? message}`,
    ),
    accounts: happening.accounts,
    regions: [...happening.regions, parseArn(happening.arn ?? '')?.region],
    times: happening.times,
    resource: resource === undefined ? undefined : { ...resource, name },
    links: (where) => [/:db:/.test(happening.arn ?? '') ? rdsInstanceLink(where, name) : serviceLink(where, source)],
    tags: tagsOf(happening.tags),
    fields: [
      ['Message', happening.message],
      ['Category', listed(happening.categories)],
      ['Event', happening.event],
      ['Kind', happening.kind],
    ],
  });
}
