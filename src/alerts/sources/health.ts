import { parseArn, serviceName, shortName } from '../../aws-names/arn.ts';
import { healthEventLink, serviceLink } from '../../aws-names/console-links.ts';
import { isRecord } from '../../words/json.ts';
import { listed, spaced } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import {
  type AwsEvent,
  anything,
  asSentence,
  awsEvent,
  camelKeys,
  hasDetailType,
  inBrief,
  list,
  type Parsed,
  resourceNamed,
  shape,
  signalOf,
  tagsOf,
  text,
  utcTime,
} from '../shape.ts';
import type { Resource } from '../signal.ts';
import type { Payload, Source } from '../source.ts';

/** Source: Health user guide, "AWS Health events EventBridge schema"; the API writes `arn` for `eventArn`. */
const HealthEvent = shape({
  eventArn: text,
  arn: text,
  service: text,
  eventTypeCode: text,
  eventTypeCategory: text,
  eventScopeCode: text,
  statusCode: text,
  startTime: text,
  endTime: text,
  lastUpdatedTime: text,
  region: text,
  eventRegion: text,
  affectedAccount: text,
  actionability: text,
  eventDescription: list(shape({ latestDescription: text })),
  affectedEntities: list(
    shape({ entityValue: text, entityArn: text, awsAccountId: text, status: text, tags: anything }),
  ),
});

/** What AWS Health says: outages, scheduled changes, account notices, exposed credentials. */
export const health: Source = {
  name: 'health',
  matches: (payload) => {
    if (hasDetailType(payload, /^AWS Health /)) return true;
    const record = recordOf(payload);
    return (
      record['eventTypeCode'] !== undefined &&
      (record['eventArn'] ?? record['arn'] ?? record['eventTypeCategory']) !== undefined
    );
  },
  read: (payload) => {
    const event = awsEvent(payload);
    const happened = HealthEvent.parse(camelKeys(recordOf(payload)));
    const arn = happened.eventArn ?? happened.arn;
    const code = happened.eventTypeCode ?? 'AWS Health event';
    const described = happened.eventDescription[0]?.latestDescription;
    const [entity] = happened.affectedEntities;
    const entities = happened.affectedEntities.flatMap(({ entityValue }) => entityValue ?? []);
    const over = isOver(happened.statusCode, happened.eventTypeCategory, happened.endTime, event?.time);
    const subject = titleOf(code);
    const on = entities.length === 0 ? '' : ` (${listed(entities.map(shortName), 2)})`;
    const service = happened.service === undefined ? 'AWS' : serviceName(happened.service);
    const exposed = subject === exposedKeys;
    const said = exposed
      ? `AWS found ${entities.length === 0 ? 'an access key of this account' : `the access key ${listed(entities)}`} in a public place`
      : described === undefined
        ? undefined
        : inBrief(described);
    return signalOf(payload, {
      source: 'health',
      kind: code,
      dedupKey: [arn ?? `health:${event?.region ?? ''}:${code}:${happened.startTime ?? ''}`, accountOf(happened, event)]
        .filter((part) => part !== undefined)
        .join(':'),
      severity: severityOf(code, happened.eventTypeCategory),
      state: over ? 'resolved' : 'firing',
      title: `${subject}${on}${over ? ': over' : ''}`,
      sentence: over
        ? `${service}: ${subject} is over${on}.`
        : said === undefined || said.length < 20
          ? `${service} reports: ${subject}${on}.`
          : asSentence(said),
      accounts: [happened.affectedAccount, entity?.awsAccountId, event?.account],
      regions: [happened.eventRegion, happened.region, event?.region, arn?.split(':')[3]],
      times: [happened.lastUpdatedTime, event?.time, happened.startTime],
      resource:
        resourceOf(entity?.entityArn ?? event?.resources.find(isArn) ?? entity?.entityValue, happened.service) ??
        serviceOf(happened.service),
      actor:
        exposed && entities[0] !== undefined
          ? { type: 'unknown', name: entities[0], accessKeyId: entities[0] }
          : undefined,
      links: (where) => [arn === undefined ? serviceLink(where, 'health') : healthEventLink(where, arn)],
      tags: tagsOf(entity?.tags),
      fields: [
        ['Service', happened.service],
        ['Category', happened.eventTypeCategory === undefined ? undefined : spaced(happened.eventTypeCategory)],
        ['Status', happened.statusCode],
        ['Action', happened.actionability === undefined ? undefined : spaced(happened.actionability.toLowerCase())],
        ['Affected', entities.length < 2 ? undefined : listed(entities, 10)],
        ['Starts', utcTime(happened.startTime) ?? happened.startTime],
        ['Ends', utcTime(happened.endTime) ?? happened.endTime],
        ['Scope', happened.eventScopeCode === undefined ? undefined : spaced(happened.eventScopeCode.toLowerCase())],
        ['Code', code],
      ],
    });
  },
};

/** The organization's view sends one event for each account that it touches, all with one ARN; a public event is one for all. */
const accountOf = (happened: Parsed<typeof HealthEvent>, event: AwsEvent | undefined): string | undefined =>
  /^public$/i.test(happened.eventScopeCode ?? '') ? undefined : (happened.affectedAccount ?? event?.account);

const isArn = (text: string): boolean => parseArn(text) !== undefined;

/** An event that names no resource is about its service. */
const serviceOf = (service: string | undefined): Resource | undefined =>
  service === undefined || /^(?:ABUSE|RISK|ACCOUNT|BILLING|SECURITY)$/.test(service)
    ? undefined
    : { name: serviceName(service), type: 'AWS service' };

/** The event itself: EventBridge's detail, the API's `{event, eventDescription}`, or the bare record. */
function recordOf({ json }: Payload): Record<string, unknown> {
  if (json === undefined) return {};
  if (isRecord(json['detail'])) return json['detail'];
  return isRecord(json['event']) ? { ...json, ...json['event'] } : json;
}

const exposedKeys = 'Access keys exposed in public';

/** "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED" → "EC2 persistent instance retirement scheduled". */
function titleOf(code: string): string {
  if (/CREDENTIALS?_EXPOSED|EXPOSED_(?:ACCESS_)?KEYS?/i.test(code)) return exposedKeys;
  const line = code.replace(/^AWS_/, '');
  const [service = '', ...rest] = line.split('_');
  return /^[A-Z0-9]+$/.test(service) && rest.length > 0
    ? `${serviceName(service)} ${rest.join(' ').toLowerCase()}`
    : spaced(line);
}

/** docs/severity.md, "AWS Health". */
function severityOf(code: string, category: string | undefined): Severity {
  if (/EXPOSED|COMPROMISED|QUARANTINE/.test(code)) return 'critical';
  if (/^AWS_(?:ABUSE|RISK|SECURITY)|_ABUSE_|SECURITY_NOTIFICATION|SUSPICIOUS|UNAUTHORIZED/.test(code)) return 'high';
  if (/^issue$/i.test(category ?? '')) return 'high';
  if (/^scheduledChange$/i.test(category ?? '') || /EXPIR|RENEWAL|RETIREMENT/.test(code)) return 'medium';
  return /^investigation$/i.test(category ?? '') ? 'medium' : 'low';
}

/** `closed` ends an event; an issue also ends with an end time that has come. Times of scheduled changes lie in the plan, not in the past. */
function isOver(
  status: string | undefined,
  category: string | undefined,
  end: string | undefined,
  now: string | undefined,
): boolean {
  if (status !== undefined) return /^closed$/i.test(status);
  const ended = utcTime(end);
  const at = utcTime(now);
  return category === 'issue' && ended !== undefined && at !== undefined && ended <= at;
}

function resourceOf(entity: string | undefined, service: string | undefined): Resource | undefined {
  if (entity === undefined || entity === 'AWS_ACCOUNT' || entity === 'UNKNOWN') return undefined;
  const types: [RegExp, string][] = [
    [/^i-[0-9a-f]{8,17}$/, 'EC2 instance'],
    [/^vol-[0-9a-f]{8,17}$/, 'EBS volume'],
    [/^(?:AKIA|ASIA)[A-Z0-9]{12,}$/, 'access key'],
    [/^\d{12}$/, 'AWS account'],
  ];
  const type = types.find(([pattern]) => pattern.test(entity))?.[1];
  return resourceNamed(
    entity,
    entity.startsWith('arn:') ? undefined : (type ?? (service === 'RISK' ? 'access key' : undefined)),
  );
}
