import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDelete, isError, isWeak, readAccess, readDataEvent } from '../../../src/questions/logs/access-record.ts';

const owner = '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be';
const tail =
  's9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com TLSV1.2 arn:aws:s3:us-west-1:123456789012:accesspoint/example-AP Yes';

/** Lines of the S3 user guide, "Amazon S3 server access log format", with the fields of their times. */
describe('a line of text', () => {
  const line = `${owner} amzn-s3-demo-bucket1 [06/Feb/2019:00:00:38 +0000] 192.0.2.3 ${owner} 3E57427F3EXAMPLE REST.GET.VERSIONING - "GET /amzn-s3-demo-bucket1?versioning HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" - ${tail}`;

  test.each([
    ['of 27 fields', `${line} us-east-1`],
    ['of 26', line],
    ['with fields to come', `${line} us-east-1 something new`],
    ['of old times, without what stands behind the version', line.replace(` ${tail}`, '')],
  ])('%s', (_, text) =>
    expect(readAccess(text)).toMatchObject({
      at: new Date('2019-02-06T00:00:38Z'),
      bucket: 'amzn-s3-demo-bucket1',
      address: '192.0.2.3',
      requester: owner,
      operation: 'REST.GET.VERSIONING',
      key: '',
      status: 200,
      error: '',
      bytes: 113,
      agent: 'S3Console/0.4',
    }),
  );

  test('an object that nobody may have, asked for without a signature, by an agent with quotes', () => {
    const request = readAccess(
      `${owner} b [29/Nov/2026:07:00:00 +0000] 198.51.100.23 - X REST.GET.OBJECT logs/year%253D2026/a+b%20c.gz "GET /logs/x"y HTTP/1.1" 403 AccessDenied 243 - 7 - "https://example.com/" "curl "8.0" [x] -" - ${tail.replace('TLSV1.2', '-')}`,
    );
    expect(request).toMatchObject({
      requester: '',
      key: 'logs/year=2026/a+b c.gz',
      status: 403,
      error: 'AccessDenied',
      agent: 'curl "8.0" [x] -',
      tls: '',
    });
    expect(request && [isError(request), isWeak(request), isDelete(request)]).toEqual([true, true, false]);
  });

  test('what the bucket’s own rules delete, and a batch', () => {
    const expired = readAccess(
      `${owner} b [29/Nov/2026:07:00:00 +0000] - AmazonS3 X S3.EXPIRE.OBJECT tmp/100%25.txt - - - - 5 - - - - v1 h - - - - - - -`,
    );
    expect(expired).toMatchObject({ requester: 'AmazonS3', status: null, key: 'tmp/100%.txt', address: '' });
    expect(expired && [isDelete(expired), isWeak(expired), isError(expired)]).toEqual([true, false, false]);
    expect(isDelete({ operation: 'BATCH.DELETE.OBJECT' })).toBe(true);
  });
});

test('the JSON that CloudWatch Logs delivers says the same', () => {
  expect(
    readAccess(
      JSON.stringify({
        bucket_name: 'b',
        request_time: '2026-11-29T07:00:00.123Z',
        remote_ip: '198.51.100.23',
        requester: null,
        operation: 'REST.DELETE.OBJECT',
        key_name: 'a%2Fb',
        http_status: 204,
        error_code: null,
        bytes_sent_size: 0,
        user_agent: 'aws-cli/2',
        tls_version: 'TLSv1.3',
      }),
    ),
  ).toEqual({
    at: new Date('2026-11-29T07:00:00.123Z'),
    bucket: 'b',
    address: '198.51.100.23',
    requester: '',
    operation: 'REST.DELETE.OBJECT',
    key: 'a/b',
    status: 204,
    error: '',
    bytes: 0,
    agent: 'aws-cli/2',
    tls: 'TLSv1.3',
  });
});

test('a data event of CloudTrail says it too; what is about no bucket does not', () => {
  const event = {
    eventTime: '2026-11-29T07:00:00Z',
    eventName: 'DeleteObject',
    sourceIPAddress: '198.51.100.23',
    userIdentity: { arn: 'arn:aws:iam::111122223333:user/deploy-bot' },
    requestParameters: { bucketName: 'b', key: 'cards/1' },
    errorCode: 'AccessDenied',
    tlsDetails: { tlsVersion: 'TLSv1.3' },
  };
  const request = readDataEvent(event);
  expect(request).toMatchObject({ bucket: 'b', key: 'cards/1', operation: 'DeleteObject', error: 'AccessDenied' });
  expect(request && isDelete(request)).toBe(true);
  expect(readDataEvent({ ...event, requestParameters: null })).toBeUndefined();
});

test('what is neither is none, however strange and long', () => {
  expect(readAccess('hello')).toBeUndefined();
  expect(readAccess('{}')).toBeUndefined();
  expect(
    readAccess(`${owner} b [99/Foo/2026:07:00:00 +0000] - - X REST.GET.OBJECT - "-" 200 - - - - - "-" "-" -`),
  ).toBeUndefined();
  expect(readAccess(`${owner} b [${'"- '.repeat(5000)}`)).toBeUndefined();
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void readAccess(text)));
});
