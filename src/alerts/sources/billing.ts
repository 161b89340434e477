import { parseArn } from '../arn.ts';
import { serviceLink } from '../console-links.ts';
import { isRecord } from '../json.ts';
import type { Severity } from '../severity.ts';
import type { Payload, Source } from '../source.ts';
import { listed } from '../text.ts';
import { awsEvent, hasDetailType, list, number, sentence, shape, signalOf, text } from './shape.ts';

/** What AWS Budgets writes, as plain text or through EventBridge, and what Cost Anomaly Detection finds. */
export const billing: Source = {
  name: 'billing',
  matches: (payload) => isAnomaly(payload) || isBudget(payload),
  read: (payload) => (isAnomaly(payload) ? anomalySignal(payload) : budgetSignal(payload)),
};

const isBudget = ({ json, text: message, subject }: Payload): boolean =>
  json === undefined &&
  (/^AWS Budgets?:|Budget(?:s)? Notification|exceeded your .{0,40}budget/i.test(subject ?? '') ||
    (/\bBudget Name:/i.test(message) && /\bBudget(?:ed)? (?:Amount|Type):|Alert Threshold:/i.test(message)));

const isAnomaly = (payload: Payload): boolean => {
  const { json } = payload;
  if (json === undefined) return false;
  return (
    hasDetailType(payload, /^(?:Cost )?Anomaly (?:Detected|Detection)/i) ||
    (json['anomalyId'] !== undefined && (isRecord(json['impact']) || json['monitorArn'] !== undefined))
  );
};

/** The value after a label of the mail: "Budgeted Amount: $200.00". */
const labelled = (message: string, label: string): string | undefined =>
  new RegExp(`^[\\s>*-]{0,8}${label}:[ \\t]{0,8}(\\S[^\\r\\n]{0,200})`, 'im').exec(message)?.[1]?.trim();

const amount = (money: string | undefined): number | undefined => {
  const digits = /-?[\d,]+(?:\.\d+)?/.exec(money ?? '')?.[0].replaceAll(',', '');
  return digits === undefined || digits === '' ? undefined : Number(digits);
};

/** Source: Cost Management user guide, "Creating an Amazon SNS topic for budget notifications" and the mail that Budgets sends. */
function budgetSignal(payload: Payload) {
  const message = payload.text;
  const name =
    labelled(message, 'Budget Name') ??
    /budget[:\s]+"?([^"\n]{1,100})/i.exec(payload.subject ?? '')?.[1] ??
    'unnamed budget';
  const type = labelled(message, 'Alert Type') ?? /\b(ACTUAL|FORECASTED)\b/.exec(message)?.[1];
  const limit = labelled(message, 'Budgeted Amount');
  const threshold = labelled(message, 'Alert Threshold');
  const spent = labelled(message, '(?:ACTUAL|FORECASTED|Actual|Forecasted) Amount');
  const forecast = /FORECAST/i.test(type ?? '');
  const account = /(?:AWS Account|Account)[:\s]+(\d{12})/i.exec(message)?.[1];
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
    title: `Budget ${name}: ${spent ?? 'spending'} ${forecast ? 'forecast' : 'spent'}${limit === undefined ? '' : ` of ${limit}`}`,
    sentence: sentence(
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

const dollars = (value: number): string =>
  `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

/** docs/severity.md, "Billing". */
const anomalySeverity = (impact: number): Severity => (impact >= 1000 ? 'high' : impact >= 100 ? 'medium' : 'low');

function anomalySignal(payload: Payload) {
  const event = awsEvent(payload);
  const anomaly = Anomaly.parse(event?.detail ?? payload.json);
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
