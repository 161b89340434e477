import { parseArn } from '../../aws-names/arn.ts';
import { asText, isRecord, type Json } from '../../words/json.ts';
import { spaced } from '../../words/text.ts';
import { actorNamed, isAccount, isIp, resourceNamed, utcTime } from '../shape.ts';
import type { Actor, Resource } from '../signal.ts';
import { alertStateOf, isAlerting, outcomeOf } from './outcome.ts';

/** What a payload of unknown shape says by the names of its keys. */
export interface Facts {
  account?: string;
  region?: string;
  time?: string;
  sourceIp?: string;
  actor?: Actor;
  resource?: Resource;
  /** The state that something is in: "FAILED". */
  state?: string;
  /** How bad the payload itself says that it is. */
  severity?: string;
  /** What was done to what alerts, where that tells whether it is on or over: "Close", "incident.resolved". */
  deed?: string;
  /** The name of what runs again and again, where the payload is about one run of it: a job, a task, a flow. */
  work?: string;
  /** What names the alarm, insight or incident itself, where the payload is about one. */
  alert?: string;
}

const maxDepth = 3;
const maxKeys = 400;

/** Each scalar with the keys that lead to it, the outer ones first. */
function* leaves(value: Json): Generator<[key: string, parent: string, text: string]> {
  let level: [parent: string, record: Json][] = [['', value]];
  let seen = 0;
  for (let depth = 0; depth <= maxDepth && level.length > 0; depth += 1) {
    const next: [string, Json][] = [];
    for (const [parent, record] of level) {
      for (const key of Object.keys(record)) {
        seen += 1;
        if (seen > maxKeys) return;
        const inner = record[key];
        const text = asText(inner);
        if (text !== undefined) yield [key, parent, text];
        else if (isRecord(inner)) next.push([key, inner]);
        else if (Array.isArray(inner))
          for (const item of inner.slice(0, 3)) {
            const line = asText(item);
            if (line !== undefined) yield [key, parent, line];
            else if (isRecord(item)) next.push([key, item]);
          }
      }
    }
    level = next;
  }
}

const plainKeys = new Map<string, string>();

/** `source-ip-address`, `sourceIPAddress` and `SourceIpAddress` are one key. */
function plainKey(key: string): string {
  const known = plainKeys.get(key);
  if (known !== undefined) return known;
  const plain = key.toLowerCase().replace(/[^a-z0-9]/g, '');
  // Payloads repeat the same few hundred keys; hostile ones must not fill the memory.
  if (plainKeys.size < 5_000 && key.length <= 60) plainKeys.set(key, plain);
  return plain;
}

const accountKey = /^(?:aws|recipient|sending|resourceowner|target)?account(?:id|number)?$|^ownerid$/;
const regionKey = /^(?:aws|event)?region(?:code)?$/;
const timeKey =
  /^(?:event|creation|start|update|detection|modified|last)?time(?:stamp)?$|^(?:created|updated|occurred|detected|starts|observed|lastobserved|generated)at$|^(?:event)?date$/;
/** Times that lie ahead, or in the life of something else. */
const ahead = /expir|end|until|deadline|notafter|launch|valid|renew/;
const ipKey =
  /^(?:source|src|client|remote|caller|peer|actor)?ip(?:addr|address|v4|addressv4)?$|^(?:remote|client|source|src)addr$/;
const actorKey =
  /^(?:user|userid|username|userarn|useremail|principal|principalarn|useridentityarn|callerarn|calleruserarn|caller|requester|requestedby|actor|initiator|initiatedby|createdby|creator|modifiedby|updatedby|executedby|invokedby|triggeredby|author|author(?:arn|email)|deployedby)$/;
const identity = /^(?:useridentity|user|principal|actor|caller)$/;
const stateKey =
  /(?:^|current|job|run|execution|new|service|task|alarm|alert|insight|incident|event|health|check|monitor|trigger)(?:state|status|result|outcome)$|^conclusion$|^monitorcondition$/;
/** Any other state or status; but not one that is wished for. */
const someStateKey = /(?<!^desired|^requested|^expected|^target|^enabled|^previous)(?:state|status)$/;
/** What somebody or something did to what alerts: "Close", "incident.resolved", "VPN-CONNECTION-DOWN". */
const deedKey =
  /^(?:action|event|eventaction|(?:alert|state)?transition|eventtype|eventname|messagetype|changetype|notificationtype|alerttype(?:friendlyname)?)$/;
const workKey = /^(?:batch)?(?:job|task|flow|workflow|recipe|dataset|plan|schedule|project)(?:run)?name$/;
const earlier = /^(?:previous|prev|old|prior)/;
/** The state in a record that is called so: `status: {previous, current}`. */
const stateInState = /^(?:current|new|value|name|code|phase)$/;
const stateRecord = /(?:state|status)$/;
/** Records that are things of their own, so that the name in them names one. */
const thing =
  /^(?:resource|bucket|repository|cluster|pipeline|instance|database|table|queue|topic|function|project|job|service|application|app|environment|stack|deployment|group|host|server|pod|node|image|user)$/;
const severityKey = /severity(?:name|label|level)?$|^level$|^priority$|^urgency$|^criticality$/;
/** Ids of what alerts: they last as long as it does, and tell it from others on the same resource. */
const alertKey =
  /^(?:alarm|alert|insight|incident|anomaly|problem|outage|violation)(?:key|id|arn|uuid)$|^(?:issue|thread|dedupe?)(?:key|id)$|^fingerprint$/;
/** The same in a record of their own: `incident: {id}`. */
const alerting = /^(?:alarm|alert|insight|incident|anomaly|problem|outage|violation|issue)$/;
const ofAlert = /^(?:key|id|arn|uuid|uid)$/;
/** Names of something that acts, happens or is sent rather than of what it happens to. */
const beside =
  /(?:^|product|client)(?:(?:event|request|message|correlation|trace|account|user|principal|session|execution|transaction|client|detail|region|display|caller|product|client|agent|organization|company|check|integration|schema)(?:id|name)|id|uuid|arn|principalid)$/;
const nameKey = /(?:^resource|^name|id|name|identifier)$/;
/** Whose it is, not what it happens to. */
const owner = /^(?:org|organization|organisation|company|customer|tenant|team|workspace|owner|sender|publisher)$/;

/** Every fact that the payload's keys name, each taken from where it stands nearest to the top. */
export function factsOf(value: unknown): Facts {
  const facts: Facts = {};
  let someTime: string | undefined;
  let someState: string | undefined;
  let [principal, bystander, named, id]: (Resource | undefined)[] = [];
  if (!isRecord(value)) return facts;
  for (const [key, parent, text] of leaves(value)) {
    const plain = plainKey(key);
    if (facts.work === undefined && workKey.test(plain) && text.length <= 200) facts.work = text;
    if (facts.deed === undefined && deedKey.test(plain) && text.length <= 60 && tellsState(text)) facts.deed = text;
    if (
      facts.alert === undefined &&
      (alertKey.test(plain) || (ofAlert.test(plain) && alerting.test(plainKey(parent)))) &&
      text.length <= 300
    )
      facts.alert = text;
    if (accountKey.test(plain) && isAccount(text)) facts.account ??= text;
    else if (regionKey.test(plain) && /^[a-z]{2}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/.test(text)) facts.region ??= text;
    else if (ipKey.test(plain) && isIp(text)) facts.sourceIp ??= text;
    else if (actorKey.test(plain) || (identity.test(plainKey(parent)) && /^(?:arn|name|email)$/.test(plain))) {
      if (text.length <= 200) facts.actor ??= actorFrom(text);
    } else if (text.startsWith('arn:') && parseArn(text) !== undefined) {
      const { service = '', resource = '' } = parseArn(text) ?? {};
      if (service === 'iam' || service === 'sts') principal ??= resourceNamed(text);
      else if (
        service === 'sns' ||
        (service === 'kms' && /kms|key/.test(plain)) ||
        /^(?:rule|topic)/.test(plain) ||
        resource === ''
      )
        bystander ??= resourceNamed(text);
      else facts.resource ??= resourceNamed(text);
    } else if (
      stateKey.test(plain) &&
      !earlier.test(plain) &&
      !earlier.test(plainKey(parent)) &&
      /[a-z]/i.test(text) &&
      text.length <= 60
    )
      facts.state ??= text;
    else if (
      someState === undefined &&
      (someStateKey.test(plain) || (stateInState.test(plain) && stateRecord.test(plainKey(parent)))) &&
      /^[a-z][a-z _-]{1,39}$/i.test(text) &&
      !earlier.test(plainKey(parent))
    )
      someState = text;
    else if (plain === 'type' && /^(?:warning|critical)$/i.test(text)) facts.severity ??= text;
    else if (severityKey.test(plain)) {
      // A level is most often that of a log line, where these are daily bread.
      if (plain !== 'level' || !/^(?:error|warn|warning|info|notice|debug|trace)$/i.test(text))
        if (facts.severity === undefined || /^\d/.test(facts.severity))
          // A number beside a word says the same on a scale of its own.
          facts.severity = plainKey(parent) === 'rule' ? gradeOfLevel(text) : text;
    } else if (timeKey.test(plain)) facts.time ??= utcTime(text);
    else if (/(?:time|timestamp|date)$/.test(plain) && !ahead.test(plain)) someTime ??= utcTime(text);
    else if (nameKey.test(plain) && text.length <= 200 && !/^\d{1,6}$/.test(text)) {
      const type = /^(?:resource)?(?:name|id)$/.test(plain)
        ? undefined
        : spaced(key.replace(/[-_]?(?:id|name|identifier)$/i, ''));
      const resource = resourceNamed(text, type === '' ? undefined : type);
      if (
        /^(?:resource(?:id|name)?|instanceid|bucketname|functionname|clustername)$/.test(plain) ||
        (thing.test(plainKey(parent)) && plain === 'name')
      )
        named ??= {
          ...resource,
          name: resource?.name ?? text,
          ...(plain === 'name' ? { type: spaced(parent) } : {}),
        };
      else if (!beside.test(plain) && !owner.test(plainKey(parent))) id ??= resource;
    }
  }
  const resource = facts.resource ?? named ?? principal ?? id ?? bystander;
  const time = facts.time ?? someTime;
  const state = facts.state ?? someState;
  return {
    ...facts,
    ...(state === undefined ? {} : { state }),
    ...(time === undefined ? {} : { time }),
    ...(resource === undefined ? {} : { resource }),
  };
}

/** Source: Wazuh documentation, "Rules classification": a rule's level from 0 to 15 and more. */
function gradeOfLevel(level: string): string {
  const rank = /^\d{1,2}$/.test(level) ? Number(level) : undefined;
  if (rank === undefined) return level;
  return rank >= 12 ? 'high' : rank >= 7 ? 'medium' : rank >= 4 ? 'low' : 'info';
}

const tellsState = (text: string): boolean =>
  isAlerting(text) || alertStateOf(text) === 'over' || outcomeOf(text) === 'failed';

/** A principal as a payload names it: its ARN, its address, its plain name. */
const actorFrom = (text: string): Actor =>
  text.startsWith('arn:')
    ? actorNamed(text)
    : isAccount(text)
      ? { type: 'account', name: text, account: text }
      : { type: /\.amazonaws\.com$/.test(text) ? 'service' : 'user', name: text };
