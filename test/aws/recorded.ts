import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pino } from 'pino';
import { vi } from 'vitest';
import { openAws } from '../../src/aws/open.ts';
import { userNameOf } from '../../src/questions/about.ts';
import { at, isRecord, type Json, parseJson, textAt } from '../../src/words/json.ts';

const folder = join(import.meta.dirname, '..', 'data', 'questions');

/** The records of test/data/questions; their day is 10 July 2023. */
const recorded: readonly Json[] = readdirSync(folder).flatMap((name) => {
  const { Records }: { Records?: unknown } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  return Array.isArray(Records) ? Records.filter(isRecord) : [];
});

/** Names by which the event history finds an event. Source: CloudTrail user guide, "Viewing event history". */
function resourcesOf(record: Json): (string | undefined)[] {
  const [asked, given] = [record['requestParameters'], record['responseElements']];
  return [
    textAt(asked, 'roleArn'),
    textAt(asked, 'roleName'),
    textAt(asked, 'userName'),
    textAt(given, 'credentials', 'accessKeyId'),
    textAt(given, 'accessKey', 'accessKeyId'),
    textAt(asked, 'functionName'),
    textAt(asked, 'bucketName'),
  ];
}

const attributes: Readonly<Record<string, (record: Json) => (string | undefined)[]>> = {
  EventId: (record) => [textAt(record, 'eventID')],
  EventName: (record) => [textAt(record, 'eventName')],
  EventSource: (record) => [textAt(record, 'eventSource')],
  ReadOnly: (record) => [String(record['readOnly'])],
  Username: (record) => [userNameOf(record)],
  AccessKeyId: (record) => [textAt(record, 'userIdentity', 'accessKeyId')],
  ResourceName: resourcesOf,
};

/** An AWS at the wire that has STS and the event history of two accounts, over `records`. */
export async function recordedAws(records: readonly Json[] = recorded) {
  const asked: string[] = [];
  const denied = new Set<string>();
  const server = createServer(async (request, response) => {
    const parts: Uint8Array[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts).toString();
    const form = new URLSearchParams(body);
    const answer = (status: number, type: string, text: string) =>
      response.writeHead(status, { 'content-type': type, date: new Date().toUTCString() }).end(text);
    const xml = (action: string, inner: string) =>
      answer(
        200,
        'text/xml',
        `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${inner}</${action}Result></${action}Response>`,
      );
    if (form.get('Action') === 'GetCallerIdentity')
      return xml(
        'GetCallerIdentity',
        '<Arn>arn:aws:sts::999900001111:assumed-role/trailwatch/test</Arn><Account>999900001111</Account>',
      );
    if (form.get('Action') === 'AssumeRole') {
      const account = /::(\d{12}):/.exec(form.get('RoleArn') ?? '')?.[1] ?? '';
      if (denied.has(account))
        return answer(
          403,
          'text/xml',
          '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>',
        );
      return xml(
        'AssumeRole',
        `<Credentials><AccessKeyId>ASIA${account}TEST</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>x</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>`,
      );
    }
    const [, account = '', region = ''] =
      /Credential=ASIA(\d{12})TEST\/\d{8}\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
    const query = parseJson(body);
    const [key, value] = [
      textAt(query, 'LookupAttributes', '0', 'AttributeKey') ?? '',
      textAt(query, 'LookupAttributes', '0', 'AttributeValue'),
    ];
    asked.push(`${account} ${region} ${key}=${value}`);
    const [from, to] = [Number(at(query, 'StartTime')) * 1000, Number(at(query, 'EndTime')) * 1000];
    const found = records.filter((record) => {
      const time = Date.parse(textAt(record, 'eventTime') ?? '');
      const isHere = record['recipientAccountId'] === account && record['awsRegion'] === region;
      return isHere && time >= from && time <= to && (key === '' || attributes[key]?.(record).includes(value) === true);
    });
    const Events = found
      .toSorted((a, b) => (String(a['eventTime']) < String(b['eventTime']) ? 1 : -1))
      .map((record) => ({
        EventTime: Date.parse(textAt(record, 'eventTime') ?? '') / 1000,
        CloudTrailEvent: JSON.stringify(record),
      }));
    return answer(200, 'application/x-amz-json-1.1', JSON.stringify({ Events }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  for (const [name, text] of Object.entries({
    AWS_ENDPOINT_URL: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_SESSION_TOKEN: undefined,
  }))
    vi.stubEnv(name, text);
  const now = () => new Date('2023-07-10T12:00:00Z');
  const account = (id: string, name: string) => ({ id, name, organizationalUnit: null });
  const aws = openAws({
    accounts: {
      discover: false,
      list: [account('111122223333', 'one'), account('444455556666', 'two')],
      role: 'trailwatch-read',
      externalId: null,
      regions: ['us-east-1'],
    },
    history: { logGroup: null, athena: null, eventDataStore: null, askAboveDays: 180 },
    // The pace is for AWS's own sake.
    pace: async () => {},
    now,
    log: pino({ level: 'silent' }),
  });
  return {
    aws,
    now,
    asked,
    /** Accounts whose role cannot be taken. */
    denied,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
