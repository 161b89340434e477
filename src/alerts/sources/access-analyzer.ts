import { parseArn, resourceTypeOfCfn } from '../../aws-names/arn.ts';
import { accessAnalyzerFindingLink, serviceLink } from '../../aws-names/console-links.ts';
import { isRecord } from '../../words/json.ts';
import { listed, plural, sentenceStart, spaced } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import {
  actorNamed,
  awsEvent,
  flag,
  hasDetailType,
  list,
  map,
  number,
  type Parsed,
  resourceNamed,
  shape,
  signalOf,
  text,
} from '../shape.ts';
import type { Actor, Resource, Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';

const Access = shape({
  action: list(text),
  principal: map,
  condition: map,
  isPublic: flag,
  sources: list(shape({ type: text })),
  resourceControlPolicyRestriction: text,
  accessType: text,
});

/**
 * Source: IAM user guide, "Monitoring IAM Access Analyzer with EventBridge", and the API's FindingSummaryV2.
 * Events write the access at the top, the API in findingDetails.
 */
const Finding = shape({
  id: text,
  findingId: text,
  findingType: text,
  status: text,
  resource: text,
  resourceType: text,
  resourceOwnerAccount: text,
  accountId: text,
  region: text,
  error: text,
  isDeleted: flag,
  createdAt: text,
  analyzedAt: text,
  updatedAt: text,
  action: list(text),
  principal: map,
  condition: map,
  isPublic: flag,
  accessType: text,
  numberOfUnusedServices: number,
  numberOfUnusedActions: number,
  accessKeyId: text,
  lastAccessed: text,
  findingDetails: list(
    shape({
      externalAccessDetails: Access,
      internalAccessDetails: Access,
      unusedIamRoleDetails: shape({ lastAccessed: text }),
      unusedIamUserAccessKeyDetails: shape({ accessKeyId: text, lastAccessed: text }),
      unusedIamUserPasswordDetails: shape({ lastAccessed: text }),
      unusedPermissionDetails: shape({ serviceNamespace: text, lastAccessed: text }),
    }),
  ),
});
type Finding = Parsed<typeof Finding>;

/** What IAM Access Analyzer says of access from outside, inside and unused access. */
export const accessAnalyzer: Source = {
  name: 'access-analyzer',
  matches: (payload) => {
    const { json } = payload;
    if (
      hasDetailType(
        payload,
        /^(?:Access Analyzer Finding|Unused Access Finding|Internal Access Finding|Access Preview )/,
      )
    )
      return true;
    return (
      json !== undefined &&
      typeof json['resource'] === 'string' &&
      typeof (json['id'] ?? json['findingId']) === 'string' &&
      typeof json['resourceType'] === 'string' &&
      /^(?:ACTIVE|ARCHIVED|RESOLVED)$/.test(String(json['status'])) &&
      (json['analyzedAt'] ?? json['findingType']) !== undefined
    );
  },
  read: (payload) => (hasDetailType(payload, /^Access Preview/) ? previewSignal(payload) : findingSignal(payload)),
};

function findingSignal(payload: Payload): Signal {
  const event = awsEvent(payload);
  const read = Finding.parse(event?.detail ?? payload.json);
  const finding = { ...read, id: read.id ?? read.findingId };
  const analyzer = parseArn(event?.resources[0] ?? '')?.resource.replace(/^analyzer\//, '');
  const type = typeOf(finding, event?.detailType);
  const resource = resourceOf(finding);
  const what = resource === undefined ? 'a resource' : `${resource.type ?? 'resource'} ${resource.name}`;
  const over =
    finding.status === 'RESOLVED'
      ? 'resolved'
      : finding.isDeleted === true
        ? 'gone: the resource was deleted'
        : finding.status === 'ARCHIVED'
          ? 'archived'
          : undefined;
  const said = sayings(finding, type, what);
  const id = finding.id ?? event?.id ?? '';
  return signalOf(payload, {
    source: 'access-analyzer',
    kind: type.kind,
    dedupKey: `access-analyzer:${finding.accountId ?? finding.resourceOwnerAccount ?? event?.account ?? ''}:${id}`,
    severity: severityOf(finding, type),
    state: over === undefined ? 'firing' : 'resolved',
    title: over === undefined ? said.title : `${said.title} (${over.split(':')[0]})`,
    sentence: over === undefined ? said.sentence : `The finding on ${what} is ${over}.`,
    accounts: [finding.accountId, finding.resourceOwnerAccount, event?.account],
    regions: [finding.region, event?.region, parseArn(finding.resource ?? '')?.region],
    times: [finding.updatedAt, event?.time, finding.analyzedAt],
    resource,
    actor: actorOf(accessOf(finding).principal),
    links: (where) => [
      finding.id === undefined
        ? serviceLink(where, 'access-analyzer')
        : accessAnalyzerFindingLink(where, analyzer, finding.id),
    ],
    fields: [
      ['Finding', type.kind],
      ['Who', principals(accessOf(finding))],
      [
        'May do',
        listed(
          accessOf(finding).action.flatMap((one) => one ?? []),
          6,
        ),
      ],
      ['Only if', conditions(accessOf(finding).condition)],
      ['Error', finding.error],
      ['Unused', unused(finding)],
      ['Status', finding.status],
      ['Found', finding.createdAt],
      ['Analyzer', analyzer],
    ],
  });
}

interface Type {
  kind:
    | 'external access'
    | 'internal access'
    | 'unused role'
    | 'unused access key'
    | 'unused password'
    | 'unused permission'
    | 'unused access';
}

function typeOf({ findingType }: Finding, detailType: string | undefined): Type {
  const known: Record<string, Type> = {
    ExternalAccess: { kind: 'external access' },
    InternalAccess: { kind: 'internal access' },
    UnusedIAMRole: { kind: 'unused role' },
    UnusedIAMUserAccessKey: { kind: 'unused access key' },
    UnusedIAMUserPassword: { kind: 'unused password' },
    UnusedPermission: { kind: 'unused permission' },
  };
  const found = known[findingType ?? ''];
  if (found !== undefined) return found;
  if (detailType?.startsWith('Unused') === true) return { kind: 'unused access' };
  return { kind: detailType?.startsWith('Internal') === true ? 'internal access' : 'external access' };
}

/** The access, wherever the payload keeps it. */
function accessOf(finding: Finding): {
  action: (string | undefined)[];
  principal: Record<string, unknown>;
  condition: Record<string, unknown>;
  isPublic?: boolean | undefined;
} {
  if (Object.keys(finding.principal).length > 0 || finding.action.length > 0 || finding.isPublic !== undefined)
    return finding;
  const [details] = finding.findingDetails;
  if (details === undefined) return finding;
  return details.internalAccessDetails.action.length > 0
    ? details.internalAccessDetails
    : details.externalAccessDetails;
}

/** docs/severity.md, "IAM Access Analyzer". */
function severityOf(finding: Finding, { kind }: Type): Severity {
  if (finding.error !== undefined) return 'low';
  if (kind === 'internal access') return 'low';
  if (kind !== 'external access') return kind === 'unused permission' ? 'info' : 'low';
  return accessOf(finding).isPublic === true || principals(accessOf(finding)) === 'anyone' ? 'high' : 'medium';
}

/** `{"AWS": "999988887777"}` → "account 999988887777"; `{"AWS": "*"}` → "anyone". */
function principals({ principal, isPublic }: ReturnType<typeof accessOf>): string | undefined {
  const named = Object.entries(principal).map(([type, value]) => {
    const id = text.parse(Array.isArray(value) ? value.join(', ') : value) ?? 'unknown';
    if (id === '*') return 'anyone';
    if (/^\d{12}$/.test(id)) return `account ${id}`;
    const account = /^arn:aws[a-z-]*:iam::(\d{12}):root$/.exec(id)?.[1];
    if (account !== undefined) return `account ${account}`;
    return type === 'AWS' ? id : `${spaced(type).toLowerCase()} ${id}`;
  });
  if (named.length === 0) return isPublic === true ? 'anyone' : undefined;
  return named.includes('anyone') ? 'anyone' : listed(named);
}

const conditions = (condition: Record<string, unknown>): string =>
  listed(
    Object.entries(condition).map(
      ([key, value]) => `${key} is ${text.parse(Array.isArray(value) ? value.join(', ') : value) ?? '…'}`,
    ),
  );

function actorOf(principal: Record<string, unknown>): Actor | undefined {
  const [type, value] = Object.entries(principal)[0] ?? [];
  const id = text.parse(Array.isArray(value) ? value[0] : value);
  if (id === undefined) return undefined;
  if (id === '*') return { type: 'anonymous', name: 'anyone' };
  const account = /^(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?$/.exec(id)?.[1];
  if (account !== undefined) return { type: 'account', name: account, account };
  if (parseArn(id) !== undefined) return actorNamed(id);
  return { type: type === 'Federated' ? 'federated' : type === 'Service' ? 'service' : 'unknown', name: id };
}

function unused({
  numberOfUnusedActions,
  numberOfUnusedServices,
  lastAccessed,
  accessKeyId,
  findingDetails,
}: Finding): string | undefined {
  const [details] = findingDetails;
  const key = accessKeyId ?? details?.unusedIamUserAccessKeyDetails.accessKeyId;
  const last =
    lastAccessed ??
    details?.unusedIamRoleDetails.lastAccessed ??
    details?.unusedIamUserAccessKeyDetails.lastAccessed ??
    details?.unusedIamUserPasswordDetails.lastAccessed;
  const services = findingDetails.flatMap((one) => one.unusedPermissionDetails.serviceNamespace ?? []);
  const parts = [
    key === undefined ? undefined : `access key ${key}`,
    numberOfUnusedServices === undefined
      ? services.length === 0
        ? undefined
        : listed(services)
      : plural(numberOfUnusedServices, 'service'),
    numberOfUnusedActions === undefined ? undefined : plural(numberOfUnusedActions, 'action'),
    last === undefined ? undefined : `last used ${last}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', ');
}

function sayings(finding: Finding, { kind }: Type, what: string): { title: string; sentence: string } {
  if (finding.error !== undefined)
    return {
      title: `Access Analyzer could not analyze ${what}`,
      sentence: `Access Analyzer could not find out who has access to ${what}: ${spaced(finding.error).toLowerCase()}.`,
    };
  const who = principals(accessOf(finding));
  const actions = accessOf(finding).action.flatMap((one) => one ?? []);
  const may = actions.length === 0 ? 'use' : `call ${listed(actions)} on`;
  switch (kind) {
    case 'external access':
      return {
        title: who === 'anyone' ? `Public access to ${what}` : `Access from outside to ${what}`,
        sentence: `${who === undefined ? 'Somebody outside of your zone of trust' : who === 'anyone' ? 'Anyone on the internet' : sentenceStart(who)} can ${may} ${what}.`,
      };
    case 'internal access':
      return {
        title: `Access from inside to ${what}`,
        sentence: `${who === undefined ? 'Somebody inside of your organization' : sentenceStart(who)} can ${may} ${what}.`,
      };
    case 'unused role':
      return { title: `Unused ${what}`, sentence: `Nobody has used ${what} for longer than the analyzer allows.` };
    case 'unused access key':
      return {
        title: `Unused access key of ${what}`,
        sentence: `An access key of ${what} has not been used for longer than the analyzer allows.`,
      };
    case 'unused password':
      return {
        title: `Unused password of ${what}`,
        sentence: `The console password of ${what} has not been used for longer than the analyzer allows.`,
      };
    default:
      return {
        title: `Unused permissions of ${what}`,
        sentence: `${sentenceStart(what)} has permissions that it does not use${unused(finding) === undefined ? '' : `: ${unused(finding)}`}.`,
      };
  }
}

function resourceOf({ resource, resourceType }: Finding): Resource | undefined {
  return resourceNamed(resource, resourceType === undefined ? undefined : resourceTypeOfCfn(resourceType));
}

const Preview = shape({
  accessPreviewId: text,
  status: text,
  previousStatus: text,
  statusReason: map,
  configuredResources: list(text),
});

/** A preview of what a policy change would open: news only when it fails. */
function previewSignal(payload: Payload): Signal {
  const event = awsEvent(payload);
  const preview = Preview.parse(event?.detail);
  const resource = resourceNamed(preview.configuredResources[0]);
  const failed = preview.status === 'FAILED';
  const reason = text.parse(isRecord(preview.statusReason) ? preview.statusReason['code'] : undefined);
  return signalOf(payload, {
    source: 'access-analyzer',
    kind: 'access preview',
    dedupKey: `access-analyzer:preview:${event?.account ?? ''}:${preview.accessPreviewId ?? event?.id ?? ''}`,
    severity: failed ? 'low' : 'info',
    state: preview.status === 'COMPLETED' ? 'resolved' : 'firing',
    title: `Access preview ${spaced(preview.status ?? 'changed').toLowerCase()}${resource === undefined ? '' : `: ${resource.name}`}`,
    sentence: `The preview of access to ${resource === undefined ? 'a resource' : `${resource.type ?? 'resource'} ${resource.name}`} is ${spaced(preview.status ?? 'changed').toLowerCase()}${reason === undefined ? '' : ` (${spaced(reason).toLowerCase()})`}.`,
    accounts: [event?.account],
    regions: [event?.region],
    times: [event?.time],
    resource,
    links: (where) => [serviceLink(where, 'access-analyzer')],
    fields: [
      [
        'Status',
        preview.previousStatus === undefined
          ? preview.status
          : `${preview.previousStatus} → ${preview.status ?? 'unknown'}`,
      ],
      ['Preview', preview.accessPreviewId],
      ['Analyzer', event?.resources[0]],
    ],
  });
}
