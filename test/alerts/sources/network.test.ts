import { describe, expect, test } from 'vitest';
import { isRecord } from '../../../src/words/json.ts';
import { dataFiles, dataJson } from '../../data.ts';
import { event, fieldOf, readOne } from './reading.ts';

/** DNS Firewall and the log records that can arrive bare: DNS queries, VPC flows, S3 server access. */
describe('the DNS Firewall', () => {
  const read = (action: string, changes: object = {}) =>
    readOne(
      event('aws.route53resolver', `DNS Firewall ${action === 'BLOCK' ? 'Block' : 'Alert'}`, {
        'account-id': '111122223333',
        'last-observed-at': '2026-11-24T09:29:00Z',
        'query-name': 'evil.example.',
        'query-type': 'A',
        'src-addr': '10.0.1.5',
        'vpc-id': 'vpc-1',
        'firewall-rule-action': action,
        'firewall-domain-list-id': 'rslvr-fdl-1',
        resources: [{ 'resource-type': 'instance', 'instance-details': { id: 'i-0123456789abcdef0' } }],
        ...changes,
      }),
    );

  test('says who asked for what, and whether it was stopped', () => {
    expect(read('BLOCK')).toMatchObject({
      source: 'route53resolver',
      severity: 'medium',
      title: 'DNS Firewall blocked a query for evil.example',
      sentence:
        'EC2 instance i-0123456789abcdef0 asked for evil.example, which is on a list of the DNS Firewall; the query was blocked.',
      sourceIp: '10.0.1.5',
      time: '2026-11-24T09:29:00.000Z',
    });
    expect(read('ALERT').sentence).toContain('only reported, not blocked');
  });

  test('takes tunnels and generated names for an attack', () => {
    expect(read('ALERT', { 'firewall-protection': 'DNS_TUNNELING' })).toMatchObject({ severity: 'high' });
  });
});

describe('a DNS query', () => {
  const read = (query_name: string, changes: object = {}) =>
    readOne({
      version: '1.1',
      account_id: '111122223333',
      region: 'eu-west-1',
      vpc_id: 'vpc-1',
      query_timestamp: '2026-11-24T09:00:00Z',
      query_name,
      query_type: 'A',
      rcode: 'NOERROR',
      srcaddr: '10.0.1.5',
      srcids: { instance: 'i-1' },
      ...changes,
    });

  test.each([
    ['xmr.2miners.com.', 'high'],
    ['pool.minexmr.com', 'high'],
    ['stratum.slushpool.com', 'high'],
    ['c2.duckdns.org.', 'medium'],
    ['abc.oast.fun', 'medium'],
    ['s3.eu-west-1.amazonaws.com.', 'info'],
    ['carpool.example.com', 'info'],
    ['mining-history.museum', 'info'],
  ])('for %s is %s', (name, severity) => {
    expect(read(name)).toMatchObject({
      source: 'route53resolver',
      severity,
      account: '111122223333',
      region: 'eu-west-1',
    });
  });

  test('that the firewall blocked is medium', () => {
    expect(read('quiet.example', { firewall_rule_action: 'BLOCK' }).severity).toBe('medium');
  });
});

describe('a VPC flow record', () => {
  test('reads as a line of the default format', () => {
    const signal = readOne(
      '2 111122223333 eni-0123456789abcdef0 203.0.113.9 10.0.1.5 49152 22 6 20 4249 1795510000 1795510060 REJECT OK',
    );
    expect(signal).toMatchObject({
      source: 'vpcflow',
      kind: 'rejected traffic',
      severity: 'low',
      account: '111122223333',
      sourceIp: '203.0.113.9',
      resource: { name: 'eni-0123456789abcdef0', type: 'network interface' },
      sentence: '203.0.113.9 (internet) tried to reach 10.0.1.5 port 22 (SSH) and was rejected.',
    });
    expect(fieldOf(signal, 'Protocol')).toBe('TCP');
    expect(signal.time).toBe(new Date(1795510060_000).toISOString());
  });

  test.each([
    [{ srcaddr: '203.0.113.9', dstaddr: '10.0.1.5', dstport: 3389, action: 'ACCEPT' }, 'medium'],
    [{ 'src-addr': '203.0.113.9', 'dst-addr': '10.0.1.5', 'dst-port': '3389', action: 'REJECT' }, 'low'],
    [{ srcAddr: '10.0.1.9', dstAddr: '10.0.1.5', dstPort: 22, action: 'ACCEPT' }, 'info'],
    [{ srcaddr: '203.0.113.9', dstaddr: '10.0.1.5', dstport: 443, action: 'ACCEPT' }, 'info'],
    [{ srcaddr: '10.0.1.5', dstaddr: '203.0.113.9', dstport: 22, action: 'ACCEPT' }, 'info'],
  ])('%j is %s', (record, severity) => {
    expect(readOne(record)).toMatchObject({ source: 'vpcflow', severity });
  });
});

describe('an S3 access record', () => {
  test('reads as a line of the log', () => {
    const signal = readOne(
      '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be shop-assets [24/Nov/2026:09:00:38 +0000] 203.0.113.9 - 3E57427F3EXAMPLE REST.GET.OBJECT people.csv "GET /people.csv HTTP/1.1" 200 - 113 113 7 - "-" "curl/8.0" - hostid SigV4 ECDHE-RSA-AES128-GCM-SHA256 - shop-assets.s3.amazonaws.com TLSv1.3 - -',
    );
    expect(signal).toMatchObject({
      source: 's3access',
      kind: 'anonymous access',
      severity: 'medium',
      actor: { type: 'anonymous' },
      sourceIp: '203.0.113.9',
      time: '2026-11-24T09:00:38.000Z',
      resource: { arn: 'arn:aws:s3:::shop-assets' },
    });
    expect(signal.sentence).toBe('Somebody without credentials called REST.GET.OBJECT on shop-assets/people.csv.');
  });

  test.each([
    [{ requester: '-', operation: 'REST.PUT.OBJECT', httpstatus: 200 }, 'high'],
    [{ requester: '-', operation: 'REST.GET.OBJECT', httpstatus: 403, errorcode: 'AccessDenied' }, 'low'],
    [
      {
        requester: 'arn:aws:iam::111122223333:user/ana',
        operation: 'REST.GET.OBJECT',
        httpstatus: 403,
        errorcode: 'AccessDenied',
      },
      'low',
    ],
    [{ requester: 'arn:aws:iam::111122223333:user/ana', operation: 'REST.GET.OBJECT', httpstatus: 200 }, 'info'],
    [{ requester: 'arn:aws:iam::111122223333:user/ana', operation: 'REST.HEAD.BUCKET', httpstatus: 403 }, 'info'],
  ])('%j is %s', (record, severity) => {
    expect(readOne({ bucket: 'shop-assets', remoteip: '203.0.113.9', ...record })).toMatchObject({
      source: 's3access',
      severity,
    });
  });
});

describe('labelled log records', () => {
  /** Rules that need to know the owner's own lists (allowed addresses, known requesters) cannot be met by general rules. */
  const judged = [
    'AWS.DNS.Crypto.Domain',
    'AWS.VPC.InboundPort',
    'AWS.VPC.HealthyLogStatus',
    'AWS.S3.ServerAccess.Error',
    'AWS.S3.ServerAccess.Insecure',
    'AWS.S3.ServerAccess.Unauthenticated',
  ];
  const files = ['labelled-vpcflow', 'labelled-vpcdns', 'labelled-s3access']
    .flatMap(dataFiles)
    .filter((file) => judged.some((rule) => file.includes(rule)));

  test('a record that its rule fires on stands out from one that it does not', () => {
    expect(files.length).toBeGreaterThan(25);
    const wrong = files.filter((file) => {
      const labelled = dataJson(file);
      if (!isRecord(labelled)) return true;
      return (readOne(labelled['log']).severity !== 'info') !== labelled['expectedResult'];
    });
    expect(wrong).toEqual([]);
  });
});
