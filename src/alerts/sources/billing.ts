import { parseArn } from '../../aws-names/arn.ts';
import { serviceLink } from '../../aws-names/console-links.ts';
import { isRecord } from '../../words/json.ts';
import { listed } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import { asSentence, awsEvent, hasDetailType, labelled, list, number, shape, signalOf, text } from '../shape.ts';
import type { Payload, Source } from '../source.ts';

/** What AWS Budgets writes, as plain text or through EventBridge, and what Cost Anomaly Detection finds. */
export const billing: Source = {
  name: 'billing',
  matches: (payload) => isAnomaly(payload) || isBudget(payload),
  read: (payload) => (isAnomaly(payload) ? anomalySignal(payload) : budgetSignal(payload)),
};

const isBudget = ({ json, text: message, subject }: Payload): boolean =>
  json === undefined &&
  (/^AWS Budgets?:|Budget(?:s)? Notification|exceeded your .{0,40}budget/i.test(subject ?? '') ||
    /^AWS Budgets?(?: Notification\b|:)/.test(message) ||
    (/\bBudget Name:/i.test(message) && /\bBudget(?:ed)? (?:Amount|Type):|Alert Threshold:/i.test(message)));

const isAnomaly = (payload: Payload): boolean => {
  const { json, text: message, subject } = payload;
  if (json === undefined)
    return /\bcost anomal(?:y|ies)\b/i.test(subject ?? '') || /\bcost anomal(?:y|ies)\b/i.test(message.slice(0, 400));
  return (
    hasDetailType(payload, /^(?:Cost )?Anomaly (?:Detected|Detection)/i) ||
    (json['anomalyId'] !== undefined && (isRecord(json['impact']) || json['monitorArn'] !== undefined))
  );
};

const amount = (money: string | undefined): number | undefined => {
  const digits = /-?[\d,]+(?:\.\d+)?/.exec(money ?? '')?.[0].replaceAll(',', '');
  return digits === undefined || digits === '' ? undefined : Number(digits);
};

/** Source: Cost Management user guide, "Creating an Amazon SNS topic for budget notifications" and the mail that Budgets sends. */
function budgetSignal(payload: Payload) {
  const message = payload.text;
  const name =
    labelled(message, 'Budget Name') ??
    /budgets?[:\s]+"?([^"\n]{1,100}?)"?(?: has exceeded\b|$)/i.exec(payload.subject ?? lineOf(message))?.[1] ??
    'unnamed budget';
  const type = labelled(message, 'Alert Type') ?? /\b(ACTUAL|FORECASTED)\b/.exec(message)?.[1];
  const limit = labelled(message, 'Budgeted Amount');
  const threshold = labelled(message, 'Alert Threshold');
  const spent = labelled(message, '(?:ACTUAL|FORECASTED|Actual|Forecasted) Amount');
  const forecast = /FORECAST/i.test(type ?? '');
  const account = accountIn(message);
  const over = (amount(spent) ?? 0) > (amount(limit) ?? Number.POSITIVE_INFINITY);
  return signalOf(payload, {
    source: 'billing',
    kind: 'budget',
    dedupKey: [
      'billing',
      'budget',
      account ?? payload.topicArn ?? '',
      name,
      forecast ? 'forecast' : 'actual',
      threshold ?? '',
    ].join(':'),
    severity: over && !forecast ? 'high' : forecast ? 'low' : 'medium',
    title:
      spent === undefined
        ? `Budget ${name} has passed its threshold`
        : `Budget ${name}: ${spent} ${forecast ? 'forecast' : 'spent'}${limit === undefined ? '' : ` of ${limit}`}`,
    sentence: asSentence(
      `The ${forecast ? 'forecast' : 'actual'} cost${spent === undefined ? '' : ` of ${spent}`} has passed the threshold${threshold === undefined ? '' : ` (${threshold.replace(/^> */, 'above ')})`} of the budget ${name}${limit === undefined ? '' : ` of ${limit}`}`,
    ),
    accounts: [account],
    regions: [],
    times: [],
    resource: { name, type: 'budget' },
    links: (where) => [serviceLink(where, 'budgets')],
    fields: [
      ['Spent', spent],
      ['Budget', limit],
      ['Threshold', threshold],
      ['Alert type', type],
      ['Budget type', labelled(message, 'Budget Type')],
    ],
  });
}

/** Source: Cost Management user guide, "Creating an Amazon SNS topic for anomaly notifications" (JSON) and "EventBridge for Cost Anomaly Detection". */
const Anomaly = shape({
  accountId: text,
  accountName: text,
  anomalyId: text,
  anomalyStartDate: text,
  anomalyEndDate: text,
  anomalyScore: shape({ currentScore: number, maxScore: number }),
  dimensionalValue: text,
  impact: shape({
    maxImpact: number,
    totalImpact: number,
    totalActualSpend: number,
    totalExpectedSpend: number,
    totalImpactPercentage: number,
  }),
  monitorArn: text,
  monitorName: text,
  rootCauses: list(
    shape({ service: text, region: text, linkedAccount: text, linkedAccountName: text, usageType: text }),
  ),
  subscriptionName: text,
});

/** The mail says the same in labelled lines. */
function anomalyInText(message: string) {
  const line = (label: string) => labelled(message, label);
  return {
    anomalyId: line('Anomaly ID'),
    accountId: accountIn(message),
    anomalyStartDate: line('(?:Anomaly )?(?:Start|Detection) date'),
    monitorName: line('Monitor name'),
    dimensionalValue: line('(?:AWS )?Service'),
    impact: { totalImpact: amount(line('(?:Total )?(?:cost )?impact')) ?? amount(/\$[\d,.]+/.exec(message)?.[0]) },
    rootCauses: [{ service: line('(?:AWS )?Service'), region: line('Region'), usageType: line('Usage type') }],
  };
}

const accountIn = (message: string): string | undefined => /\baccount(?: ID)?[:\s]+(\d{12})\b/i.exec(message)?.[1];

const lineOf = (message: string): string => message.slice(0, 300).split('\n', 1)[0] ?? '';

const dollars = (value: number): string =>
  `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

/** docs/severity.md, "Billing". */
const anomalySeverity = (impact: number): Severity => (impact >= 1000 ? 'high' : impact >= 100 ? 'medium' : 'low');

function anomalySignal(payload: Payload) {
  const event = awsEvent(payload);
  const anomaly = Anomaly.parse(event?.detail ?? payload.json ?? anomalyInText(payload.text));
  const [cause] = anomaly.rootCauses;
  const total = anomaly.impact.totalImpact ?? anomaly.impact.maxImpact ?? 0;
  const what = cause?.service ?? anomaly.dimensionalValue ?? 'an AWS service';
  const where = [cause?.linkedAccountName ?? cause?.linkedAccount, cause?.region]
    .filter((part) => part !== undefined)
    .join(', ');
  const { totalActualSpend, totalExpectedSpend } = anomaly.impact;
  return signalOf(payload, {
    source: 'billing',
    kind: 'cost anomaly',
    dedupKey: `billing:anomaly:${anomaly.anomalyId ?? event?.id ?? what}`,
    severity: anomalySeverity(total),
    title: `Cost anomaly: ${dollars(total)} more than expected for ${what}`,
    sentence: `${what} has cost ${dollars(total)} more than expected${totalActualSpend === undefined || totalExpectedSpend === undefined ? '' : ` (${dollars(totalActualSpend)} instead of ${dollars(totalExpectedSpend)})`}${where === '' ? '' : ` in ${where}`}.`,
    accounts: [cause?.linkedAccount, anomaly.accountId, event?.account, parseArn(anomaly.monitorArn ?? '')?.account],
    regions: [cause?.region, event?.region],
    times: [event?.time, anomaly.anomalyEndDate, anomaly.anomalyStartDate],
    resource: { name: what, type: 'AWS service' },
    links: (place) => [serviceLink(place, 'ce')],
    fields: [
      ['Impact', dollars(total)],
      [
        'Causes',
        listed(
          anomaly.rootCauses.map(({ service, usageType, region }) =>
            [service, usageType, region].filter(Boolean).join(' '),
          ),
        ),
      ],
      ['Monitor', anomaly.monitorName],
      ['Since', anomaly.anomalyStartDate],
      ['Until', anomaly.anomalyEndDate],
      ['Score', anomaly.anomalyScore.currentScore],
      ['Subscription', anomaly.subscriptionName],
    ],
  });
}
