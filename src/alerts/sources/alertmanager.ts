import { asArray, asText, isRecord, type Json } from '../../words/json.ts';
import { clip, oneLine } from '../../words/text.ts';
import { asSentence, httpsIn, inBrief, json, map, resourceNamed, shape, signalOf, text } from '../shape.ts';
import type { Payload, Source } from '../source.ts';
import { gradeOf } from './grade.ts';
import { alertStateOf } from './outcome.ts';

/** One alert of a message. Source: Alertmanager, "Notification template reference"; Grafana, "Webhook notifier" writes the same. */
const Alert = shape({
  status: text,
  labels: map,
  annotations: map,
  startsAt: text,
  endsAt: text,
  generatorURL: text,
  fingerprint: text,
  values: json,
});

/** Labels that say where a rule lives, not what it is about; and the grade, which may change while the alert lasts. */
const beside = /^(?:alertname|severity|priority|grafana_folder|__.*|receiver|prometheus|rule_?group|rule_?uid)$/;

/** What Prometheus' Alertmanager and Grafana tell of one alert. Messages with several are taken apart before (alertsIn). */
export const alertmanager: Source = {
  name: 'alertmanager',
  matches: ({ json: message }) =>
    message !== undefined &&
    isRecord(message['labels']) &&
    typeof message['status'] === 'string' &&
    (message['labels']['alertname'] ?? message['startsAt'] ?? message['fingerprint']) !== undefined,
  read: (payload) => {
    const alert = Alert.parse(payload.json);
    const labels = Object.entries(alert.labels).flatMap(([name, value]): [string, string][] => {
      const line = asText(value);
      return line === undefined ? [] : [[name, line]];
    });
    const label = (...names: string[]): string | undefined => labels.find(([name]) => names.includes(name))?.[1];
    const note = (...names: string[]): string | undefined =>
      names.map((name) => asText(alert.annotations[name])?.trim()).find(Boolean);
    const over = alertStateOf(alert.status) === 'over';
    const name = label('alertname') ?? 'Unnamed alert';
    const about = labels.filter(([key]) => !beside.test(key));
    const told = note('summary', 'title', 'description', 'message');
    const more = note('description', 'message', 'summary');
    return signalOf(payload, {
      source: 'alertmanager',
      kind: name,
      dedupKey: [
        'alertmanager',
        payload.topicArn ?? '',
        labels.length === 0
          ? (alert.fingerprint ?? '')
          : labels
              .filter(([key]) => !/^(?:severity|priority)$/.test(key))
              .map(([key, value]) => `${key}=${value}`)
              .sort()
              .join(','),
      ].join(':'),
      severity: over ? 'info' : (gradeOf(label('severity', 'priority')) ?? 'medium'),
      state: over ? 'resolved' : 'firing',
      title: `${name}${over ? ' is over' : ''}${told === undefined ? '' : `: ${clip(oneLine(told), 100)}`}`,
      sentence: asSentence(inBrief(told ?? `${name} ${over ? 'is over' : 'fires'}`)),
      accounts: [label('account', 'account_id', 'aws_account')],
      regions: [label('region', 'aws_region')],
      times: [over ? ended(alert.endsAt) : undefined, alert.startsAt],
      resource: resourceNamed(label('resource', 'instance', 'pod', 'service', 'job', 'host', 'queue', 'cluster')),
      links: () => [],
      runbook: httpsIn(note('runbook_url', 'runbook')),
      fields: [
        ['Description', more === told ? undefined : more],
        ['About', about.map(([key, value]) => `${key} ${value}`).join(', ')],
        ['Severity', label('severity', 'priority')],
        ...Object.entries(map.parse(alert.values)).map(([key, value]): [string, string | undefined] => [
          `Value ${key}`,
          asText(value),
        ]),
        ...['runbook_url', 'dashboard_url', 'next_steps']
          .map((key): [string, string | undefined] => [key.replaceAll('_', ' '), note(key)])
          .filter(([key]) => key !== 'runbook url'),
        ['Source', alert.generatorURL],
      ],
    });
  },
};

/** Alertmanager writes the year 1 where an alert has not ended. */
const ended = (time: string | undefined): string | undefined => (time?.startsWith('0001') === true ? undefined : time);

/** Each alert of a message that holds several, as JSON or as the text of the default templates; undefined where it is none. */
export function alertsIn({ json: message, text: lines }: Payload): Json[] | undefined {
  if (message === undefined)
    return /^\W*(?:Alerts )?(?:Firing|Resolved)\b/im.test(lines.slice(0, 2_000)) ? inLines(lines) : undefined;
  const alerts = asArray(message['alerts']).filter(isRecord);
  return alerts.length > 0 && alerts.every((alert) => isRecord(alert['labels']))
    ? alerts.map((alert) => ({
        ...alert,
        status: alert['status'] ?? message['status'] ?? message['state'],
        labels: { ...map.parse(message['commonLabels']), ...map.parse(alert['labels']) },
        annotations: { ...map.parse(message['commonAnnotations']), ...map.parse(alert['annotations']) },
      }))
    : undefined;
}

/** The text of the default templates: a heading a state, and under it lists of labels and annotations. */
function inLines(lines: string): Json[] | undefined {
  const alerts: {
    status: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
    generatorURL?: string;
  }[] = [];
  let status = 'firing';
  let part: 'labels' | 'annotations' | undefined;
  for (const line of lines.slice(0, 200_000).split(/\r?\n/)) {
    const heading = /^\W*(?:Alerts )?(Firing|Resolved)\W*$/i.exec(line)?.[1];
    const [, name, value] = /^\s*-\s*([\w.-]{1,100})\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (heading !== undefined) status = heading.toLowerCase();
    else if (/^\s*Labels:/i.test(line)) {
      part = 'labels';
      alerts.push({ status, labels: {}, annotations: {} });
    } else if (/^\s*Annotations:/i.test(line)) part = 'annotations';
    else if (name !== undefined && value !== undefined && part !== undefined) {
      const alert = alerts.at(-1);
      if (alert !== undefined) alert[part][name] = value.trim();
    } else if (/^\s*Source:/i.test(line)) {
      const alert = alerts.at(-1);
      const url = /^\s*Source:\s*(\S+)/i.exec(line)?.[1];
      if (alert !== undefined && url !== undefined) alert.generatorURL = url;
      part = undefined;
    }
  }
  return alerts.length === 0 ? undefined : alerts.slice(0, 500);
}
