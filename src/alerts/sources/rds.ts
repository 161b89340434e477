import { parseArn, serviceName } from '../../aws-names/arn.ts';
import { rdsInstanceLink, serviceLink } from '../../aws-names/console-links.ts';
import { listed, spaced } from '../../words/text.ts';
import { type Severity, severities } from '../severity.ts';
import {
  anything,
  asSentence,
  awsEvent,
  firstSentence,
  hasDetailType,
  list,
  resourceNamed,
  shape,
  signalOf,
  tagsOf,
  text,
} from '../shape.ts';
import type { Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';

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
  'About this Event': text,
  Resource: text,
  Severity: text,
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
  Severity: text,
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
        // Redshift's own keys: a name, and the event's id at the end of an address.
        // DMS writes the name on a second line of the address.
        id:
          notice['Source ID'] ??
          notice.SourceId ??
          notice.Resource ??
          /SourceId:\s*(\S+)/.exec(notice['Identifier Link'] ?? '')?.[1],
        kind: notice['Event Source'],
        message: notice['Event Message'],
        // "http://docs.…/…#RDS-EVENT-0002"
        event:
          /[A-Z]+-EVENT-\d+/.exec(notice['Event ID'] ?? notice['About this Event'] ?? '')?.[0] ?? notice['Event ID'],
        categories: [],
        grade: notice.Severity,
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
      grade: detail.Severity,
      accounts: [event.account],
      regions: [event.region],
      times: [event.time, detail.Date],
      tags: detail.Tags,
    });
  },
};

/** "db-instance" → "RDS instance", "replication-task" → "DMS task". */
const kindWords = (payload: Payload, happening: Happening): string =>
  `${serviceName(sourceOf(payload, happening))} ${spaced(happening.kind ?? 'resource').replace(/^(?:db|replication) /, '')}`;

interface Happening {
  arn: string | undefined;
  id: string | undefined;
  kind: string | undefined;
  message: string | undefined;
  event: string | undefined;
  categories: string[];
  /** Redshift's own word: INFO or ERROR. */
  grade: string | undefined;
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

/**
 * How bad the events are that RDS documents, by the number in their id. Source: RDS and Aurora user guides, "Event
 * categories and event messages": the category, except where the message says more (a full volume is filed under
 * "availability") or less ("no actions are necessary" under "failure"). Through SNS only the id tells.
 */
const documented: Readonly<Record<Severity, string>> = {
  critical: '',
  // failure; low storage; failed failovers and recoveries; keys that RDS cannot use
  high: `
    0007 0022 0031 0035 0036 0058 0069 0079 0080 0081 0083 0089 0165 0188 0195 0198 0221 0222 0223 0224 0227 0243 0245
    0254 0275 0277 0278 0279 0280 0281 0282 0283 0284 0285 0306 0310 0315 0320 0328 0329 0330 0331 0353 0354 0355 0356
    0418 0419 0421 0484 0489`,
  // failover; security; replication that stopped; what could not be done; what runs out
  medium: `
    0013 0015 0016 0028 0033 0034 0039 0045 0049 0050 0051 0057 0065 0067 0068 0070 0071 0072 0073 0084 0086 0157 0158
    0159 0162 0174 0181 0185 0186 0187 0189 0202 0225 0230 0231 0238 0239 0240 0249 0252 0270 0327 0358 0403 0404 0412
    0425 0429`,
  // availability; deletion; recovery; work that waits; copies that were called off
  low: `
    0003 0004 0006 0020 0021 0023 0026 0041 0048 0052 0053 0054 0055 0056 0061 0062 0063 0066 0087 0154 0160 0163 0166
    0167 0171 0190 0205 0208 0214 0215 0219 0220 0237 0246 0253 0266 0297 0298 0359 0360 0361 0362 0396 0416 0422 0501
    0502`,
  // creation, backup, restoration, maintenance that goes well, notes
  info: `
    0001 0002 0005 0011 0012 0014 0017 0018 0019 0024 0025 0027 0029 0030 0032 0037 0038 0040 0042 0043 0044 0046 0047
    0059 0060 0064 0074 0075 0078 0088 0090 0091 0092 0155 0156 0161 0164 0168 0169 0170 0172 0173 0176 0177 0178 0179
    0180 0182 0183 0184 0191 0192 0193 0194 0196 0197 0203 0204 0206 0207 0213 0217 0218 0233 0241 0244 0247 0248 0250
    0251 0264 0265 0267 0268 0269 0286 0287 0288 0289 0290 0295 0296 0307 0308 0316 0317 0318 0319 0332 0333 0334 0335
    0352 0357 0365 0383 0385 0398 0399 0405 0406 0409 0410 0411 0413 0414 0415 0417 0420 0486 0487 0488 0491 0492 0493`,
};
const severityById = new Map<string, Severity>(
  severities.flatMap((severity) =>
    (documented[severity].match(/\d{4}/g) ?? []).map((id) => [`RDS-EVENT-${id}`, severity]),
  ),
);

/** Events that end what another began, by their numbers: replication, keys, stops and recoveries. */
const ends = new Map<string, string>(
  Object.entries({
    '0006': '0004',
    '0021': '0020',
    '0027': '0026',
    '0046': '0045',
    '0053': '0052',
    '0088': '0087',
    '0357': '0358',
    '0362': '0361',
    '0415': '0416',
    '0420': '0418',
  }).map(([end, start]) => [`RDS-EVENT-${end}`, `RDS-EVENT-${start}`]),
);

/** docs/severity.md, "RDS": by the event's id, else by its category or the words of its message. */
function severityOf({ event, categories, message, grade }: Happening): Severity {
  const known = severityById.get(event ?? '');
  if (known !== undefined) return known;
  const line = `${categories.join(' ')} ${message ?? ''}`.toLowerCase();
  if (
    /failure|failed|incompatible|low storage|out of (?:storage|space)|(?:storage|space|capacity|disk|volume)\b.{0,80}\b(?:is|too|running|dangerously|critically) (?:low|full)|exhausted|inaccessible|can(?:not|'t)(?: \w+)? access|corrupt/.test(
      line,
    )
  )
    return 'high';
  if (/failover|security|public|master (?:user )?password|credential|unable to|replication (?:has )?stopped/.test(line))
    return 'medium';
  if (/^error$/i.test(grade ?? '')) return 'medium';
  return /availability|deletion|deleted|restart|shut ?down|stopped|recover/.test(line) ? 'low' : 'info';
}

function signal(payload: Payload, happening: Happening): Signal {
  const resource = resourceNamed(
    happening.arn ?? happening.id,
    happening.arn === undefined ? kindWords(payload, happening) : undefined,
  );
  const name = happening.id ?? resource?.name ?? '';
  const message = happening.message?.replace(/\.$/, '') ?? 'An event without a message';
  const source = sourceOf(payload, happening);
  const service = serviceName(source);
  const began = ends.get(happening.event ?? '');
  return signalOf(payload, {
    source,
    kind: happening.event ?? happening.categories[0] ?? 'event',
    dedupKey: [source, happening.arn ?? name, began ?? happening.event ?? message].join(':'),
    severity: began === undefined ? severityOf(happening) : 'info',
    state: began === undefined ? 'firing' : 'resolved',
    title: `${[service, name].filter(Boolean).join(' ')}: ${message}`,
    sentence: asSentence(
      `${[resource?.type ?? kindWords(payload, happening), name].filter(Boolean).join(' ')}: ${firstSentence(happening.message) ?? message}`,
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
