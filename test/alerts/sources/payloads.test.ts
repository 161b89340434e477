import { describe, expect, test } from 'vitest';
import type { Signal } from '../../../src/alerts/signal.ts';
import { sources } from '../../../src/alerts/sources/index.ts';
import { isRecord } from '../../../src/words/json.ts';
import { dataFiles, dataJson } from '../../data.ts';
import { readAll, receivedAt } from './reading.ts';

/** Folders whose every payload has a shape that a source knows. */
const known = [
  'accessanalyzer',
  'cloudwatch-alarm-eventbridge',
  'cloudwatch-alarm-lambda',
  'cloudwatch-alarm-sns',
  'config-eventbridge',
  'config-notification',
  'config-rule-invocation',
  'controltower-lifecycle',
  'guardduty-eventbridge',
  'guardduty-finding',
  'health',
  'labelled-asff',
  'labelled-guardduty',
  'labelled-s3access',
  'labelled-vpcdns',
  'labelled-vpcflow',
  'macie',
  'ocsf',
  's3-event',
  'securityhub-asff',
  'securityhub-eventbridge',
  'securityhub-v2-ocsf',
];

/** Folders that hold texts and events of people's own besides those of AWS. */
const mixed = ['eventbridge-other', 'sns-envelope', 'sns-lambda-event'];

interface Case {
  file: string;
  payload: unknown;
  signals: Signal[];
}

const cases = (folders: string[]): Case[] =>
  folders.flatMap(dataFiles).map((file) => {
    const read = dataJson(file);
    // Labelled files wrap the record: {rule, severity, test, expectedResult, log}.
    const payload = isRecord(read) && isRecord(read['log']) && 'expectedResult' in read ? read['log'] : read;
    return { file, payload, signals: readAll(payload) };
  });

/** Every text and number in a payload with the key it stands under, texts that are JSON themselves included. */
function* leaves(value: unknown, key = ''): Generator<[key: string, text: string]> {
  if (typeof value === 'number') yield [key, String(value)];
  else if (typeof value === 'string') {
    yield [key, value];
    if (/^\s*[{[]/.test(value)) {
      try {
        yield* leaves(JSON.parse(value), key);
      } catch {
        // A text that only looks like JSON.
      }
    }
  } else if (Array.isArray(value)) for (const item of value) yield* leaves(item, key);
  else if (isRecord(value)) for (const [name, item] of Object.entries(value)) yield* leaves(item, name);
}

const offers = (payload: unknown, key: RegExp, text: RegExp): boolean =>
  [...leaves(payload)].some(([name, value]) => key.test(name) && text.test(value));

/** ARNs other than those of the way here: topics, queues, subscriptions. */
const hasArn = (payload: unknown, arn: RegExp): boolean =>
  [...leaves(payload)].some(
    ([name, value]) => !/topicarn|subscriptionarn|eventsourcearn/i.test(name) && arn.test(value),
  );

const isAccount = /^\d{12}$/;
const isRegion = /^(?:us|eu|ap|ca|sa|me|af|il|mx|cn)-(?:[a-z]+-)+\d$/;
const isTime = /^(?:19|20)\d\d-\d\d-\d\d[T ]\d\d:\d\d/;
const isArn = /^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(?:\d{12}|aws)?:\S/;
/** ARNs of who acted, of the finding, of the event itself or of the way here are not what it is about. */
const aboutItself = /^arn:aws[a-z-]*:(?:iam|sts|health|guardduty|securityhub|cloudformation|events|sns):/;

/** Of the payloads that offer a field, the share whose signals have it. */
function rate(all: Case[], offered: (payload: unknown) => boolean, filled: (signal: Signal) => boolean) {
  const having = all.filter(({ payload }) => offered(payload));
  const missed = having.filter(({ signals }) => !signals.every(filled)).map(({ file }) => file);
  return { of: having.length, share: having.length === 0 ? 1 : 1 - missed.length / having.length, missed };
}

describe('every alert payload in the data folder', () => {
  const all = cases([...known, ...mixed]);
  const own = cases(known);

  test('is read by the source made for it', () => {
    const generic = own.filter(({ signals }) => signals.some(({ source }) => source === 'generic'));
    expect(generic.map(({ file }) => file)).toEqual([]);
  });

  test('says which service an AWS event came from', () => {
    const aws = cases(['eventbridge-other']).filter(({ file }) => /\/aws\./.test(file));
    expect(aws.length).toBeGreaterThan(100);
    expect(
      aws.flatMap(({ file, signals }) => (signals.some(({ source }) => source === 'generic') ? [file] : [])),
    ).toEqual([]);
  });

  test('fills what the payload offers', () => {
    const rates = {
      account: rate(
        all,
        (payload) =>
          offers(payload, /account(?:_?(?:id|uid))?$|^owner_?id$/i, isAccount) ||
          hasArn(payload, /^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d{12}:/),
        ({ account }) => account !== undefined,
      ),
      region: rate(
        all,
        (payload) =>
          offers(payload, /region$/i, isRegion) || hasArn(payload, /^arn:aws[a-z-]*:[a-z0-9-]+:[a-z]{2}-[a-z-]+-\d:/),
        ({ region }) => region !== undefined,
      ),
      resource: rate(
        all,
        (payload) =>
          [...leaves(payload)].some(
            ([name, value]) => !/topic/i.test(name) && isArn.test(value) && !aboutItself.test(value),
          ),
        ({ resource }) => resource !== undefined,
      ),
      time: rate(
        own,
        (payload) => offers(payload, /time(?:stamp)?$|^(?:created|updated|modified)_?at$|seen$/i, isTime),
        ({ time }) => time !== receivedAt,
      ),
      sourceIp: rate(
        own,
        (payload) =>
          offers(
            payload,
            /^(?:ipAddressV4|sourceIPAddress|source-ip-address|remoteip|src_?addr)$/i,
            /^\d+\.\d+\.\d+\.\d+$/,
          ),
        ({ sourceIp }) => sourceIp !== undefined,
      ),
      // A check of an IAM user names the user as the resource, not as somebody who acted.
      actor: rate(
        all.filter(({ payload }) => !JSON.stringify(payload).includes('"AwsIamUser"')),
        (payload) =>
          offers(payload, /^(?:userName|requester|callerUserArn|ExecutedBy|accessKeyId|principalId)$/i, /\S{2}/),
        ({ actor }) => actor !== undefined,
      ),
      link: rate(
        own,
        () => true,
        ({ links }) => links.length > 0,
      ),
    };
    for (const [field, { of, share, missed }] of Object.entries(rates)) {
      expect(of, field).toBeGreaterThan(10);
      expect({ field, enough: share >= 0.98, missed: share >= 0.98 ? [] : missed }).toEqual({
        field,
        enough: true,
        missed: [],
      });
    }
  });

  test('has a readable title and sentence, and no JSON in either', () => {
    for (const { file, signals } of own) {
      for (const { title, sentence } of signals) {
        expect(title, file).not.toMatch(/undefined|\[object|^\W*$/);
        expect(sentence, file).toMatch(/[.!?…]$/);
        expect(sentence, file).not.toMatch(/undefined|\[object|\{"[^"]+":\{/);
      }
    }
  });

  test('gives the same dedup key however often it comes', () => {
    for (const { file, payload, signals } of all) {
      expect(
        readAll(payload).map(({ dedupKey }) => dedupKey),
        file,
      ).toEqual(signals.map(({ dedupKey }) => dedupKey));
    }
  });

  test('survives any field being null, a number, a list or nested text', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: payloads made from templates come with their holes
    const strange = [null, 7, true, [], {}, [[['x']]], '', '${x}', 'x'.repeat(3000)];
    let turn = 0;
    const broken = (value: unknown): unknown => {
      turn += 1;
      if (turn % 7 === 0) return strange[turn % strange.length];
      if (Array.isArray(value)) return value.map(broken);
      return isRecord(value)
        ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, broken(item)]))
        : value;
    };
    for (const { file, payload } of own) {
      for (let round = 0; round < 3; round += 1) {
        const json = broken(payload);
        if (!isRecord(json)) continue;
        const given = { json, text: JSON.stringify(json), receivedAt };
        for (const source of sources) {
          expect(() => source.matches(given) && source.read(given), `${source.name} on ${file}`).not.toThrow();
        }
      }
    }
  });
});
