import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conversations, type Flow, readFlow } from '../../../src/questions/logs/flow-record.ts';

const usual =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'.split(
    ' ',
  );
const read = (line: string, ...formats: readonly string[][]): Flow | undefined => readFlow(line, [...formats, usual]);

/** Lines of the VPC user guide, "Flow log record examples". */
describe('a record of version 2', () => {
  test('accepted, rejected, over IPv6', () => {
    expect(
      read(
        '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK',
      ),
    ).toMatchObject({
      source: '172.31.16.139',
      target: '172.31.16.21',
      targetPort: 22,
      protocol: 'tcp',
      bytes: 4249,
      action: 'ACCEPT',
      exact: false,
      start: new Date('2014-12-14T04:06:50Z'),
    });
    expect(
      read(
        '2 123456789010 eni-1235b8ca123456789 2001:db8:1234:a100:8d6e:3477:df66:f105 2001:db8:1234:a102:3304:8879:34cf:4071 34892 22 6 54 8855 1477913708 1477913820 REJECT OK',
      ),
    ).toMatchObject({ source: '2001:db8:1234:a100:8d6e:3477:df66:f105', action: 'REJECT', status: 'OK' });
  });

  test('without data, and with data that was skipped, is no conversation', () => {
    const silent = read('2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA');
    const skipped = read('2 unknown eni-11111111aaaaaaaaa - - - - - - - 1431280876 1431280934 - SKIPDATA');
    expect(silent).toMatchObject({ status: 'NODATA', source: '', bytes: 0 });
    expect(skipped).toMatchObject({ status: 'SKIPDATA', account: '', interface: 'eni-11111111aaaaaaaaa' });
    expect(conversations([silent, skipped].filter((one) => one !== undefined))).toEqual([]);
  });

  test('the header of a file and other text are none', () => {
    expect(read(usual.join(' '))).toBeUndefined();
    expect(read('')).toBeUndefined();
    expect(read('2 123456789010 eni-1 ACCEPT OK')).toBeUndefined();
  });
});

describe('a format of one’s own', () => {
  const nat = 'instance-id interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr'.split(' ');
  const logged = new Date('2026-11-29T07:00:00Z');

  test('behind a NAT gateway the packet says who it is', () => {
    expect(
      readFlow('- eni-1235b8ca123456789 10.0.0.220 203.0.113.5 10.0.1.5 203.0.113.5', [nat], logged),
    ).toMatchObject({
      source: '10.0.1.5',
      target: '203.0.113.5',
      through: ['10.0.0.220'],
      exact: true,
      start: logged,
    });
    // Without its own times and those of the log nobody knows when it was.
    expect(readFlow('- eni-1235b8ca123456789 10.0.0.220 203.0.113.5 10.0.1.5 203.0.113.5', [nat])).toBeUndefined();
  });

  test('of two with as many fields the one under which the line makes sense; fields to come are kept as text', () => {
    const swapped = [...usual.slice(0, 12), 'log-status', 'action'];
    const line = '2 123456789010 eni-1235b8ca123456789 10.0.0.1 10.0.0.2 1 2 17 1 40 1418530010 1418530070 OK REJECT';
    expect(read(line, usual, swapped)).toMatchObject({ action: 'REJECT', protocol: 'udp' });
    const wide = [...usual, 'traffic-path', 'reject-reason', 'pkt-dst-aws-service', 'something-new'];
    expect(
      read(
        '11 123456789010 eni-1235b8ca123456789 10.0.0.1 10.0.0.2 1 2 99 1 40 1418530010 1418530070 REJECT OK 8 BPA S3 <!here>',
        wide,
      ),
    ).toMatchObject({ path: 'internet gateway', reason: 'BPA', services: ['S3'], protocol: '99' });
  });

  test('a field by the name of what every object has is a text like another', () => {
    const format = 'version interface-id srcaddr dstaddr constructor'.split(' ');
    expect(readFlow('2 eni-1 10.0.0.1 10.0.0.2 x', [format], logged)).toMatchObject({ source: '10.0.0.1' });
  });

  test('no line is too strange to be looked at', () => {
    fc.assert(fc.property(fc.string(), (line) => void readFlow(line, [usual, nat], logged)));
  });
});

test('records of one conversation are added up under the port of the service, the most bytes first', () => {
  const of = (from: string, to: string, ports: string, bytes: number, start: number) =>
    read(`2 123456789010 eni-1235b8ca123456789 ${from} ${to} ${ports} 6 10 ${bytes} ${start} ${start + 60} ACCEPT OK`);
  const flows = [
    of('203.0.113.5', '10.0.0.1', '50001 443', 100, 1418530010),
    of('203.0.113.5', '10.0.0.1', '50002 443', 200, 1418530070),
    of('10.0.0.1', '203.0.113.5', '443 50001', 9000, 1418530010),
  ].filter((one) => one !== undefined);
  expect(conversations(flows)).toMatchObject([
    { source: '10.0.0.1', port: 443, bytes: 9000, records: 1 },
    {
      source: '203.0.113.5',
      port: 443,
      bytes: 300,
      packets: 20,
      records: 2,
      first: new Date(1418530010_000),
      last: new Date(1418530130_000),
    },
  ]);
});
