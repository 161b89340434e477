import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mask, maskText } from '../../src/alerts/mask.ts';
import { signalsOf } from '../../src/alerts/message.ts';
import { voiceEventIn } from '../../src/alerts/voice-events.ts';
import { eventRow } from '../../src/cloudtrail/row.ts';
import { commands } from '../../src/commands/table.ts';
import { loadConfig } from '../../src/config/load.ts';
import { CredentialReportError, parseCredentialReport } from '../../src/framework/credential-report/parse.ts';
import { requestReader } from '../../src/listeners/slack-request.ts';
import { snsVerifier } from '../../src/listeners/sns/verify.ts';
import { readAccess } from '../../src/questions/logs/access-record.ts';
import { readFlow } from '../../src/questions/logs/flow-record.ts';
import { readDnsQuery } from '../../src/questions/logs/resolver-query.ts';
import { lookupGrammar, readLookup } from '../../src/questions/lookup-query.ts';
import { readSpan } from '../../src/questions/moments.ts';
import { turnList } from '../../src/slack/views/alert-list.ts';
import { globLiteral, globMatches } from '../../src/words/glob.ts';
import { isRecord, parseJson } from '../../src/words/json.ts';
import { readTokens, readTyped, tokensOf } from '../../src/words/typed.ts';

/** A reader of text from outside: whatever it is given, it returns. An error it throws is a find. */
export interface Target {
  seeds: readonly string[];
  /** What the text is made of. */
  words: readonly string[];
  read: (text: string) => unknown;
}

const data = join(import.meta.dirname, '..', 'data');

/** Some of the payloads of a folder, evenly over it. */
function samples(folder: string, most: number): string[] {
  const names = readdirSync(join(data, folder)).filter((name) => /\.(?:json|csv|txt|log)$/.test(name));
  const step = Math.max(1, Math.floor(names.length / most));
  return names
    .filter((_, at) => at % step === 0)
    .slice(0, most)
    .map((name) => readFileSync(join(data, folder, name), 'utf8').slice(0, 20_000));
}

const topic = 'arn:aws:sns:eu-west-1:111122223333:security-alerts';
const now = new Date('2026-11-24T10:30:00Z');
const clock = { now, zone: 'Europe/Prague' };
const envelope = JSON.stringify({
  Type: 'Notification',
  MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
  TopicArn: topic,
  Message: 'x',
  Timestamp: '2026-11-24T10:30:00.000Z',
  SignatureVersion: '2',
  Signature: 'AAAA',
  SigningCertURL: `https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-${'0'.repeat(32)}.pem`,
});
const verify = snsVerifier({
  topics: [{ arn: topic, signatureVersion: '2' }],
  trustedCertificates: [],
  now: () => now,
  fetch: async () => new Response('', { status: 404 }),
});

const message = (text: string) => ({
  id: '1',
  topicArn: topic,
  timestamp: now.toISOString(),
  message: text,
  stale: false,
});

const folder = mkdtempSync(join(tmpdir(), 'trailwatch-fuzz-'));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const usualConfig = readFileSync(join(import.meta.dirname, '..', '..', 'sandbox', 'config.yaml'), 'utf8');

const readRequest = requestReader('https://slack.com/api/');

export const targets: Readonly<Record<string, Target>> = {
  sns: {
    seeds: [envelope, ...samples('sns-envelope', 10)],
    words: [
      '"Type":',
      '"TopicArn":',
      '"Message":',
      '"Subject":null',
      '"Token":"a"',
      `"${topic}"`,
      '"SignatureVersion":"1"',
    ],
    read: (text) => verify(text, { 'content-type': 'text/plain' }),
  },
  message: {
    seeds: [
      ...['guardduty-finding', 'cloudwatch-alarm-sns', 'securityhub-asff', 'eventbridge-cloudtrail', 'health', 'macie'],
      ...['config-notification', 'eventbridge-other', 's3-event', 'accessanalyzer', 'bug-reports'],
    ].flatMap((name) => samples(name, 6)),
    words: [
      '"detail":',
      '"detail-type":',
      '"source":"aws.',
      '"resources":[',
      '"account":',
      '"severity":',
      '"AlarmName":',
      '"Records":[',
    ],
    read: (text) => {
      const onFault = (source: string, error: unknown): never => {
        throw new Error(`The source ${source} failed.`, { cause: error });
      };
      return [signalsOf({ ...message(text), type: 'Notification' }, onFault), voiceEventIn(text)];
    },
  },
  record: {
    seeds: samples('cloudtrail-record', 30),
    words: [
      '"userIdentity":',
      '"requestParameters":',
      '"responseElements":null',
      '"errorCode":',
      '"resources":[',
      '"eventTime":',
    ],
    read: (text) => {
      const record = mask(parseJson(text));
      return isRecord(record) ? eventRow(record) : undefined;
    },
  },
  mask: {
    seeds: [
      'password: x',
      '{"secretAccessKey":"a"}',
      'AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      'https://u:p@h/',
    ],
    words: [
      'password',
      'token=',
      'Bearer ',
      'AKIA',
      'sk_live_',
      'the password is ',
      'Cookie: ',
      '-----BEGIN',
      'AccountKey=',
    ],
    read: (text) => [maskText(text), mask(parseJson(text))],
  },
  words: {
    seeds: [
      'lookup user alice --since 24h --account prod-*',
      'silence add --kind "metric alarm" --for 4h',
      'alerts --text “x” —since yesterday',
      'lookup from AKIAIOSFODNN7EXAMPLE --only persistence --ip 10.0.0.0/8',
    ],
    words: [
      ' --since ',
      ' --until ',
      ' --account ',
      ' --',
      '“',
      '”',
      '—',
      ...commands.map(({ name }) => name),
      'arn:aws:iam::',
    ],
    read: (text) => {
      for (const { grammar } of commands) readTokens(tokensOf(text), grammar);
      const context = { ...clock, partition: 'aws', history: true, networks: new Map() };
      return readLookup(readTyped(text, lookupGrammar), context);
    },
  },
  times: {
    seeds: [
      '24h',
      'yesterday 14:00',
      'monday',
      '2026-11-23 11:50 UTC',
      '14:00Z',
      '1.5h',
      '23.11.2026',
      '1764000000',
      'last friday\n+30m',
    ],
    words: [
      'h',
      'd',
      'w',
      'yesterday',
      'today',
      'monday',
      'last ',
      ' ago',
      ':',
      'Z',
      ' UTC',
      '+',
      '-',
      'am',
      'Europe/Prague',
      '\n',
    ],
    read: (text) => {
      const [since, until] = text.split('\n');
      return readSpan(since, until, 86_400_000, clock);
    },
  },
  globs: {
    seeds: ['prod-*\nprod-eu', '*a*b*c*\nxaybzc', '\\*\n*', '**?*\nabc'],
    words: ['*', '?', '\\', '**', 'a*', '\n'],
    read: (text) => {
      const [pattern = '', ...rest] = text.split('\n');
      const whole = rest.join('\n');
      globMatches(pattern, whole);
      if (!globMatches(globLiteral(whole), whole)) throw new Error('A text does not match itself.');
    },
  },
  'credential-report': {
    seeds: samples('credential-report', 8),
    words: [
      ',',
      '\n',
      'N/A',
      'no_information',
      'not_supported',
      'true',
      '<root_account>',
      '2026-11-24T10:30:00+00:00',
      '"',
    ],
    read: (text) => {
      try {
        return parseCredentialReport(text, '111122223333');
      } catch (error) {
        if (error instanceof CredentialReportError) return error;
        throw error;
      }
    },
  },
  config: {
    seeds: [
      usualConfig,
      'sns: { topics: ["arn:aws:sns:eu-west-1:111122223333:a"] }\nchannels: { default: C0ALERTS, digest: C0AUDIT }\n',
    ],
    words: [
      'routes:',
      '  - match: {',
      'escalation:',
      'schedules:',
      'rotation: weekly',
      'handoff: "Mon 09:00"',
      '&a',
      '*a',
      '<<: *a',
      '!!',
      '|',
      '- ',
    ],
    read: (text) => loadConfig(file('trailwatch.yaml', text), {}),
  },
  holidays: {
    seeds: [
      'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261225\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n',
    ],
    words: [
      'RRULE:FREQ=',
      'DAILY',
      'SECONDLY',
      ';COUNT=',
      ';UNTIL=',
      ';INTERVAL=0',
      'EXDATE:',
      'DTEND;VALUE=DATE:',
      ';TZID=',
      'DURATION:P1D',
      '\r\n',
    ],
    read: (text) => {
      file('days.ics', text);
      const schedule =
        '{ timezone: Europe/Prague, rotation: weekly, handoff: "Mon 09:00", users: [U1], holidays: { file: days.ics } }';
      return loadConfig(file('holidays.yaml', `channels: { default: C0A }\nschedules: { a: ${schedule} }\n`), {});
    },
  },
  logs: {
    seeds: [
      '2 111122223333 eni-0a1b2c3d 10.0.0.1 10.0.0.2 443 49152 6 10 840 1764000000 1764000060 ACCEPT OK',
      '{"query_timestamp":"2026-11-24T10:30:00Z","query_name":"example.com.","query_type":"A","answers":[{"Rdata":"1.2.3.4","Type":"A"}]}',
      '79a59df900b949e5 bucket [06/Feb/2026:00:00:38 +0000] 192.0.2.3 arn:aws:iam::111122223333:user/a 3E57 REST.GET.OBJECT k "GET /k HTTP/1.1" 200 - 113 113 7 - "-" "S3Console" -',
    ],
    words: ['-', ' ', '"', '[', ']', 'NODATA', 'SKIPDATA', 'REJECT', 'eni-'],
    read: (text) => [readFlow(text, [text.split(' ')], now), readDnsQuery(text), readAccess(text)],
  },
  slack: {
    seeds: [
      '{"type":"block_actions","user":{"id":"U1","team_id":"T1"},"actions":[{"type":"button","action_id":"a","block_id":"alert:1:1","value":"1"}],"trigger_id":"1","response_url":"https://hooks.slack.com/x"}',
      '{"type":"event_callback","team_id":"T1","event":{"type":"app_home_opened","user":"U1","tab":"home"}}',
      'alerts-filter:1:any:open::prod,guardduty,x',
    ],
    words: ['"type":', '"view":', '"actions":', '"event":', 'alerts-bulk:', ':any:open:', '%', ','],
    read: (text) => [readRequest(parseJson(text)), turnList(text, 'alerts:next', '2')],
  },
};
