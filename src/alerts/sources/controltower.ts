import { serviceLink } from '../../aws-names/console-links.ts';
import { isRecord } from '../../words/json.ts';
import { capitalized, listed, spaced } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import { asSentence, awsEvent, firstSentence, httpsIn, list, map, shape, signalOf, text } from '../shape.ts';
import type { Resource, Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';

/** What Control Tower says: its lifecycle events and the drift it finds. */
export const controltower: Source = {
  name: 'controltower',
  matches: ({ json, text: message, subject }) => {
    if (json === undefined)
      return (
        driftSubject.test((subject ?? '').slice(0, 200)) || /^AWS Control Tower (?:has detected|detected)/.test(message)
      );
    if (json['source'] === 'aws.controltower')
      return isRecord(json['detail']) && json['detail']['serviceEventDetails'] !== undefined;
    return json['DriftType'] !== undefined || driftSubject.test(String(json['Subject'] ?? subject ?? '').slice(0, 200));
  },
  read: (payload) =>
    payload.json?.['source'] === 'aws.controltower' ? lifecycleSignal(payload) : driftSignal(payload),
};

const driftSubject = /Control Tower.*drift|drift.*Control Tower/i;

const Unit = shape({ organizationalUnitName: text, organizationalUnitId: text });
const Account = shape({ accountName: text, accountId: text });

/** Source: Control Tower user guide, "Lifecycle events in AWS Control Tower". The status record's key differs by event. */
const Status = shape({
  state: text,
  message: text,
  requestedTimestamp: text,
  completedTimestamp: text,
  account: Account,
  accounts: list(Account),
  organizationalUnit: Unit,
  organizationalUnits: list(Unit),
  rootOrganizationalId: text,
  guardrails: list(shape({ guardrailId: text, guardrailBehavior: text })),
  controls: list(shape({ controlIdentifier: text })),
  driftType: text,
});

/** The events, as people say them; docs/severity.md, "Control Tower". */
const lifecycle: Record<string, { done: string; severity: Severity }> = {
  CreateManagedAccount: { done: 'created the account', severity: 'low' },
  UpdateManagedAccount: { done: 'updated the account', severity: 'info' },
  EnableGuardrail: { done: 'enabled a control on', severity: 'info' },
  DisableGuardrail: { done: 'disabled a control on', severity: 'high' },
  EnableControl: { done: 'enabled a control on', severity: 'info' },
  DisableControl: { done: 'disabled a control on', severity: 'high' },
  SetupLandingZone: { done: 'set up the landing zone', severity: 'low' },
  UpdateLandingZone: { done: 'updated the landing zone', severity: 'low' },
  ResetLandingZone: { done: 'reset the landing zone', severity: 'low' },
  DeleteLandingZone: { done: 'deleted the landing zone', severity: 'high' },
  RegisterOrganizationalUnit: { done: 'registered the organizational unit', severity: 'low' },
  DeregisterOrganizationalUnit: { done: 'deregistered the organizational unit', severity: 'high' },
  PrecheckOrganizationalUnit: { done: 'checked the organizational unit', severity: 'info' },
  EnableBaseline: { done: 'enabled a baseline on', severity: 'info' },
  DisableBaseline: { done: 'disabled a baseline on', severity: 'high' },
};

const Lifecycle = shape({
  eventName: text,
  eventTime: text,
  eventID: text,
  awsRegion: text,
  userIdentity: shape({ accountId: text, invokedBy: text }),
  serviceEventDetails: map,
});

function lifecycleSignal(payload: Payload): Signal {
  const event = awsEvent(payload);
  const detail = Lifecycle.parse(event?.detail ?? payload.json?.['detail']);
  const status = Status.parse(Object.values(detail.serviceEventDetails)[0]);
  const name = detail.eventName ?? 'lifecycle event';
  const failed = /FAIL/i.test(status.state ?? '');
  const known = lifecycle[name];
  const resource = resourceOf(status);
  const controls = [
    ...status.guardrails.flatMap(({ guardrailId }) => guardrailId ?? []),
    ...status.controls.flatMap(({ controlIdentifier }) => controlIdentifier ?? []),
  ];
  const what = known?.done ?? spaced(name);
  const on = resource === undefined || /landing zone$/.test(what) ? '' : ` ${resource.name}`;
  return signalOf(payload, {
    source: 'controltower',
    kind: name,
    dedupKey: [
      'controltower',
      event?.account ?? detail.userIdentity.accountId ?? '',
      name,
      resource?.name ?? '',
      controls.join(','),
    ].join(':'),
    severity: failed ? 'high' : (known?.severity ?? 'info'),
    title: failed ? `Control Tower failed: ${spaced(name)}${on}` : `Control Tower ${what}${on}`,
    sentence: failed
      ? asSentence(`Control Tower could not finish ${spaced(name)}${on}: ${status.message ?? 'no reason given'}`)
      : asSentence(`Control Tower ${what}${on}${controls.length === 0 ? '' : ` (${listed(controls)})`}`),
    accounts: [event?.account, detail.userIdentity.accountId],
    regions: [event?.region, detail.awsRegion],
    times: [event?.time, detail.eventTime],
    resource,
    actor: { type: 'service', name: 'Control Tower' },
    links: (where) => [serviceLink(where, 'controltower')],
    fields: [
      ['State', status.state],
      ['Message', status.message],
      ['Account', [status.account.accountName, status.account.accountId].filter(Boolean).join(', ')],
      [
        'Organizational unit',
        [status.organizationalUnit.organizationalUnitName, status.organizationalUnit.organizationalUnitId]
          .filter(Boolean)
          .join(', ') || listed(status.organizationalUnits.flatMap((unit) => unit.organizationalUnitName ?? [])),
      ],
      ['Controls', listed(controls, 5)],
      ['Requested', status.requestedTimestamp],
      ['Completed', status.completedTimestamp],
    ],
  });
}

function resourceOf({
  account,
  accounts,
  organizationalUnit,
  organizationalUnits,
}: ReturnType<typeof Status.parse>): Resource | undefined {
  const one = account.accountId === undefined && account.accountName === undefined ? accounts[0] : account;
  if (one?.accountName !== undefined || one?.accountId !== undefined)
    return { name: one.accountName ?? one.accountId ?? '', type: 'AWS account' };
  const unit =
    organizationalUnit.organizationalUnitId === undefined && organizationalUnit.organizationalUnitName === undefined
      ? organizationalUnits[0]
      : organizationalUnit;
  const name = unit?.organizationalUnitName ?? unit?.organizationalUnitId;
  return name === undefined ? undefined : { name, type: 'organizational unit' };
}

/** Source: Control Tower user guide, "Detect and resolve drift": the notification published to the topic of the audit account. */
const Drift = shape({
  Message: text,
  ManagementAccountId: text,
  MasterAccountId: text,
  OrganizationId: text,
  DriftType: text,
  RemediationStep: text,
  AccountId: text,
  OrganizationalUnitId: text,
  SourceId: text,
  DestinationId: text,
  PolicyId: text,
  TargetId: text,
  ControlId: text,
  EnabledControlIdentifier: text,
});

/** "SCP_DETACHED_FROM_OU" → "SCP detached from OU". */
const driftWords = (type: string): string =>
  capitalized(spaced(type).toLowerCase()).replace(/\b(?:scp|ous?)\b/gi, (word) =>
    word.toUpperCase().replace(/S$/, 's'),
  );

function driftSignal(payload: Payload): Signal {
  const drift = Drift.parse(payload.json ?? { Message: payload.text });
  const type = drift.DriftType ?? 'drift';
  const target = drift.AccountId ?? drift.OrganizationalUnitId ?? drift.TargetId ?? drift.PolicyId;
  const resource: Resource | undefined =
    target === undefined
      ? undefined
      : {
          name: target,
          type: /^\d{12}$/.test(target)
            ? 'AWS account'
            : target.startsWith('ou-')
              ? 'organizational unit'
              : target.startsWith('p-')
                ? 'policy'
                : 'resource',
        };
  const account = /\b\d{12}\b/.exec(drift.Message ?? '')?.[0];
  // A control that no longer holds is worse than an account that moved.
  const severity = /SCP|POLICY|CONTROL|ROLE|TRUSTED|GUARDRAIL/i.test(type) ? 'high' : 'medium';
  return signalOf(payload, {
    source: 'controltower',
    kind: type,
    dedupKey: [
      'controltower',
      'drift',
      drift.OrganizationId ?? drift.ManagementAccountId ?? drift.MasterAccountId ?? '',
      type,
      target ?? account ?? '',
      drift.PolicyId ?? drift.ControlId ?? '',
    ].join(':'),
    severity,
    title: `Control Tower drift: ${driftWords(type)}${resource === undefined ? '' : ` (${resource.name})`}`,
    sentence: asSentence(firstSentence(drift.Message) ?? `Control Tower found drift: ${spaced(type).toLowerCase()}`),
    accounts: [drift.AccountId, account, drift.ManagementAccountId, drift.MasterAccountId],
    regions: [],
    times: [],
    resource,
    links: (where) => [serviceLink(where, 'controltower')],
    runbook: httpsIn(drift.RemediationStep),
    fields: [
      ['Drift', type],
      ['How to fix', drift.RemediationStep],
      ['From', drift.SourceId],
      ['To', drift.DestinationId],
      ['Policy', drift.PolicyId],
      ['Control', drift.ControlId ?? drift.EnabledControlIdentifier],
      ['Organization', drift.OrganizationId],
      ['Management account', drift.ManagementAccountId ?? drift.MasterAccountId],
    ],
  });
}
