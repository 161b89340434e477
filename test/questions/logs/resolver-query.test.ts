import fc from 'fast-check';
import { expect, test } from 'vitest';
import { askedNames, readDnsQuery } from '../../../src/questions/logs/resolver-query.ts';

/** A line of the Route 53 developer guide, "VPC Resolver query log example". */
const line = {
  version: '1.100000',
  account_id: '111122223333',
  region: 'eu-west-1',
  vpc_id: 'vpc-0a',
  query_timestamp: '2026-11-29T07:00:00Z',
  query_name: 'Updates.Example.com.',
  query_type: 'A',
  query_class: 'IN',
  rcode: 'NOERROR',
  answers: [{ Rdata: '203.0.113.9', Type: 'A', Class: 'IN' }],
  srcaddr: '10.0.1.5',
  srcport: '53124',
  transport: 'UDP',
  srcids: { instance: 'i-0a' },
};
const read = (change: object) => readDnsQuery(JSON.stringify({ ...line, ...change }));

test('a name is known without its dot, in small letters', () => {
  expect(read({})).toMatchObject({
    name: 'updates.example.com',
    answers: ['203.0.113.9'],
    asker: 'i-0a',
    action: '',
    at: new Date('2026-11-29T07:00:00Z'),
  });
});

test.each([
  ['no answer where there is no such name', { rcode: 'NXDOMAIN', answers: undefined }, { answers: [] }],
  [
    'an answer without its list',
    { answers: { Rdata: '198.51.100.7', Type: 'A', Class: 'IN' } },
    { answers: ['198.51.100.7'] },
  ],
  [
    'what the firewall did',
    { firewall_rule_action: 'BLOCK', firewall_domain_list_id: 'rslvr-fdl-x' },
    { action: 'BLOCK' },
  ],
  [
    'an endpoint that a host at home came through',
    { srcids: { resolver_endpoint: 'rslvr-in-1' } },
    { asker: 'rslvr-in-1' },
  ],
  ['nothing of who asked', { srcids: undefined }, { asker: '' }],
])('%s', (_, change, expected) => expect(read(change)).toMatchObject(expected));

test('what is no line of it is none, however strange', () => {
  expect(readDnsQuery('{"query_name":"x."}')).toBeUndefined();
  expect(read({ query_timestamp: 'yesterday' })).toBeUndefined();
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void readDnsQuery(text)));
});

test('queries of one kind are one row, with every answer that was given', () => {
  const queries = [
    read({}),
    read({ query_timestamp: '2026-11-29T08:00:00Z', answers: [{ Rdata: '203.0.113.10' }] }),
    read({ query_type: 'TXT', query_timestamp: '2026-11-29T09:00:00Z' }),
  ].filter((one) => one !== undefined);
  expect(askedNames(queries)).toMatchObject([
    { type: 'TXT', lines: 1 },
    { type: 'A', lines: 2, answers: ['203.0.113.9', '203.0.113.10'], last: new Date('2026-11-29T08:00:00Z') },
  ]);
});
