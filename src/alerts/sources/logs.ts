import { logGroupLink, serviceLink } from '../../aws-names/console-links.ts';
import { asArray, isRecord, type Json } from '../../words/json.ts';
import { oneLine, plural } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import { asSentence, list, shape, signalOf, text } from '../shape.ts';
import type { Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';

/** The lines in a message of a subscription filter; undefined where it is none. */
export const logLines = (json: Json): Json[] | undefined =>
  typeof json['logGroup'] === 'string' && Array.isArray(json['logEvents'])
    ? asArray(json['logEvents']).filter(isRecord)
    : undefined;

/** Source: CloudWatch Logs user guide, "Log group-level subscription filters". */
const Lines = shape({
  messageType: text,
  owner: text,
  logGroup: text,
  logStream: text,
  subscriptionFilters: list(text),
  logEvents: list(shape({ timestamp: text, message: text })),
});

/** What a subscription filter of CloudWatch Logs hands on. (API calls and flow records among the lines are read by their own sources.) */
export const logs: Source = {
  name: 'logs',
  matches: ({ json }) => json !== undefined && logLines(json) !== undefined,
  read: linesSignal,
};

/** docs/severity.md, "Log lines". */
const severityOf = (line: string): Severity =>
  /\b(?:FATAL|CRITICAL|EMERGENCY|PANIC)\b/.test(line)
    ? 'medium'
    : /\b(?:ERROR|error|exception|denied|refused|failed)\b/i.test(line)
      ? 'low'
      : 'info';

function linesSignal(payload: Payload): Signal {
  const {
    messageType,
    owner,
    logGroup = 'unknown log group',
    logStream,
    subscriptionFilters,
    logEvents,
  } = Lines.parse(payload.json);
  const [filter] = subscriptionFilters;
  const first = logEvents[0]?.message;
  const test = messageType === 'CONTROL_MESSAGE';
  const count = plural(logEvents.length, 'line');
  return signalOf(payload, {
    source: 'logs',
    kind: test ? 'subscription test' : 'log lines',
    dedupKey: ['logs', owner ?? '', logGroup, filter ?? ''].join(':'),
    severity: test
      ? 'info'
      : severityOf(
          logEvents
            .map(({ message }) => message ?? '')
            .join('\n')
            .slice(0, 8_000),
        ),
    title: test
      ? `Log group ${logGroup} can send here`
      : `Log group ${logGroup}: ${first === undefined ? count : oneLine(first, 100)}`,
    sentence: test
      ? `CloudWatch Logs checked that it can send lines of ${logGroup} here.`
      : asSentence(
          `${count} of ${logGroup} passed the filter${filter === undefined ? '' : ` ${filter}`}${first === undefined ? '' : `: ${oneLine(first, 400)}`}`,
        ),
    accounts: [owner],
    regions: [],
    times: [logEvents.at(-1)?.timestamp],
    resource: { name: logGroup, type: 'log group' },
    links: (where) => [where.region === undefined ? serviceLink(where, 'logs') : logGroupLink(where, logGroup)],
    fields: [
      ['Log stream', logStream],
      ['Filter', filter],
      ...logEvents.slice(1, 6).map(({ message }): [string, string | undefined] => ['Line', message]),
      ['More lines', logEvents.length > 6 ? logEvents.length - 6 : undefined],
    ],
  });
}
