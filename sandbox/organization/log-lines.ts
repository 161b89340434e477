import { known } from './accounts.ts';
import { address as attacker } from './attack.ts';
import type { Vpc } from './network.ts';
import type { Organization } from './organization.ts';
import { hexOf, minuteMs, numberOf } from './stable.ts';

/** A line of a log, with when it happened and when it is there to be read. */
export interface LogLine {
  at: number;
  there: number;
  text: string;
}

/** Times in ms since 1970: what happened between, as far as it is there by `now`. */
export interface LineSpan {
  from: number;
  to: number;
  now: number;
}

const slotMs = 10 * minuteMs;
/** Logs are kept for so long: what is older was never written. */
export const keptMs = 14 * 24 * 60 * minuteMs;

/** The beginnings of the ten minutes that a span touches. */
function* slots({ from, to, now }: LineSpan): Generator<number> {
  const first = Math.max(from - slotMs, now - keptMs);
  for (let at = Math.ceil(first / slotMs) * slotMs; at <= Math.min(to, now); at += slotMs) yield at;
}

/** The attack seen from a slot: how many minutes it is under way; null: it is not. */
const underWay = ({ attack }: Organization, at: number): number | null =>
  at + slotMs > attack.from.getTime() && at < attack.to.getTime() ? (at - attack.from.getTime()) / minuteMs : null;

type Packet = Readonly<Record<string, string | number>>;

/** What passed at the interfaces of a network, each record as the fields of its flow log. Source: VPC user guide, "Flow log records". */
export function* flowLines(
  organization: Organization,
  vpc: Vpc,
  fields: readonly string[],
  { span, delayMs, traffic }: { span: LineSpan; delayMs: number; traffic: string },
): Generator<LogLine> {
  for (const slot of slots(span))
    for (const [place, one] of vpc.interfaces.entries()) {
      const start = slot + numberOf(9, 'start', one.id, slot) * minuteMs;
      const there = start + minuteMs + delayMs;
      if (there > span.now || start > span.to || start + minuteMs < span.from) continue;
      for (const packet of packetsAt(organization, vpc, place, slot)) {
        const { action } = packet;
        if (traffic !== 'ALL' && action !== undefined && action !== traffic) continue;
        const told: Packet = {
          version: 5,
          'account-id': vpc.account,
          'interface-id': one.id,
          start: start / 1000,
          end: start / 1000 + 60,
          'log-status': 'OK',
          'vpc-id': vpc.id,
          'subnet-id': one.subnet,
          'instance-id': one.instance,
          ...packet,
        };
        yield { at: start, there, text: fields.map((name) => told[name] ?? '-').join(' ') };
      }
    }
}

function* packetsAt(organization: Organization, vpc: Vpc, place: number, slot: number): Generator<Packet> {
  const one = vpc.interfaces[place];
  if (one === undefined) return;
  const pick = (end: number, what: string): number => numberOf(end, what, one.id, slot);
  const packet = (
    [source, sourcePort]: readonly [string, number],
    [target, targetPort]: readonly [string, number],
    bytes: number,
    more: Packet = {},
  ): Packet => ({
    srcaddr: source,
    dstaddr: target,
    srcport: sourcePort,
    dstport: targetPort,
    protocol: 6,
    packets: Math.ceil(bytes / 900),
    bytes,
    action: 'ACCEPT',
    'tcp-flags': 3,
    'pkt-srcaddr': source,
    'pkt-dstaddr': target,
    'flow-direction': source === one.address ? 'egress' : 'ingress',
    ...more,
  });
  if (pick(400, 'skip') === 0) {
    yield { 'log-status': 'SKIPDATA' };
    return;
  }
  // Nothing runs in the third zone at night.
  if (place === 2 && new Date(slot).getUTCHours() < 5) {
    yield { 'log-status': 'NODATA' };
    return;
  }
  const high = (what: string): number => 32_768 + pick(28_000, what);
  const balancer = one.address.replace(/\d+$/, '5');
  const client = `203.0.113.${1 + pick(250, 'client')}`;
  // A request comes through the load balancer: the packet says whose it is.
  yield packet([balancer, high('a')], [one.address, 8443], 2000 + pick(60_000, 'in'), { 'pkt-srcaddr': client });
  yield packet([one.address, high('b')], [one.address.replace(/\d+$/, '40'), 5432], 9000 + pick(90_000, 'sql'));
  yield packet([one.address, high('c')], ['192.0.2.44', 443], 3000 + pick(9000, 's3'), { 'pkt-dst-aws-service': 'S3' });
  if (pick(3, 'scan') === 0)
    yield packet(
      [`192.0.2.${100 + pick(100, 'scanner')}`, high('d')],
      [one.address, [22, 23, 3389][pick(3, 'port')] ?? 22],
      60,
      {
        action: 'REJECT',
        'tcp-flags': 2,
      },
    );
  const minutes = underWay(organization, slot);
  if (minutes === null || place !== 0) return;
  if (vpc.account === known.payments || vpc.account === known.web)
    yield packet([attacker, high('e')], [one.address, vpc.account === known.web ? 3389 : 22], 240, {
      action: 'REJECT',
      'tcp-flags': 2,
    });
  if (vpc.account !== known.payments || minutes < 40) return;
  yield packet([attacker, high('f')], [one.address, 443], 18_000 + pick(4000, 'command'));
  yield packet([one.address, 443], [attacker, high('f')], 38_000_000 + pick(9_000_000, 'taken'));
}

/** What the instances of a network asked the Resolver for. Source: Route 53 developer guide, "Resolver query logs". */
export function* dnsLines(organization: Organization, vpc: Vpc, span: LineSpan): Generator<LogLine> {
  for (const slot of slots(span))
    for (const [place, one] of vpc.interfaces.entries()) {
      const at = slot + numberOf(590, 'query', one.id, slot) * 1000;
      const there = at + 3 * minuteMs;
      if (there > span.now || at > span.to || at < span.from) continue;
      for (const { name, type = 'A', answer, action } of namesAt(organization, vpc, place, slot))
        yield {
          at,
          there,
          text: JSON.stringify({
            version: '1.100000',
            account_id: vpc.account,
            region: vpc.region,
            vpc_id: vpc.id,
            query_timestamp: `${new Date(at).toISOString().slice(0, 19)}Z`,
            query_name: name,
            query_type: type,
            query_class: 'IN',
            rcode: answer === undefined ? 'NXDOMAIN' : 'NOERROR',
            ...(answer !== undefined &&
              action !== 'BLOCK' && { answers: [{ Rdata: answer, Type: type, Class: 'IN' }] }),
            srcaddr: one.address,
            srcport: String(32_768 + numberOf(28_000, 'dns', one.id, slot)),
            transport: 'UDP',
            srcids: { instance: one.instance },
            ...(action !== undefined && {
              firewall_rule_action: action,
              firewall_rule_group_id: `rslvr-frg-${hexOf('group', vpc.region).slice(0, 16)}`,
              firewall_domain_list_id: `rslvr-fdl-${hexOf('list', vpc.region).slice(0, 16)}`,
            }),
          }),
        };
    }
}

interface Name {
  name: string;
  type?: string;
  /** Without one there is no such name. */
  answer?: string;
  action?: 'BLOCK' | 'ALERT';
}

function* namesAt(organization: Organization, vpc: Vpc, place: number, slot: number): Generator<Name> {
  const pick = (end: number, what: string): number => numberOf(end, what, vpc.id, place, slot);
  yield { name: `s3.${vpc.region}.amazonaws.com.`, answer: '192.0.2.44' };
  if (pick(2, 'api') === 0) yield { name: 'api.partner.example.', answer: '203.0.113.80' };
  if (pick(5, 'wpad') === 0) yield { name: `wpad.${vpc.region}.compute.internal.` };
  if (vpc.account === known.dev && pick(6, 'odd') === 0)
    yield { name: '<!channel>.*bold*.example.', type: 'TXT', answer: '"<https://example.com|click>"' };
  const minutes = underWay(organization, slot);
  if (minutes === null || place !== 0) return;
  if (vpc.account === known.payments) yield { name: 'updates.cdn-sync.example.', answer: attacker };
  if (vpc.account === known.web) yield { name: 'c2.cdn-sync.example.', answer: attacker, action: 'BLOCK' };
  if (vpc.account === known.data)
    yield {
      name: `${hexOf('tunnel', slot).slice(0, 40)}.t.cdn-sync.example.`,
      type: 'TXT',
      answer: '"ok"',
      action: 'ALERT',
    };
}

interface Request {
  at: number;
  who: string;
  address: string;
  operation: string;
  key: string;
  status: number;
  error?: string;
  bytes: number;
  agent: string;
}

/** What was asked of a bucket, as text or as CloudWatch Logs delivers it. Source: S3 user guide, "Amazon S3 server access log format". */
export function* accessLines(
  organization: Organization,
  { name, account, region }: { name: string; account: string; region: string },
  form: 'text' | 'json',
  span: LineSpan,
): Generator<LogLine> {
  for (const slot of slots(span))
    for (const request of requestsAt(organization, { name, account }, slot)) {
      const { at } = request;
      const there = at + 15 * minuteMs;
      if (there > span.now || at > span.to || at < span.from) continue;
      yield {
        at,
        there,
        text: form === 'json' ? jsonOf(request, { name, region }) : textOf(request, { name, region }),
      };
    }
}

function* requestsAt(
  organization: Organization,
  { name, account }: { name: string; account: string },
  slot: number,
): Generator<Request> {
  const pick = (end: number, what: string): number => numberOf(end, what, name, slot);
  const day = new Date(slot).toISOString().slice(0, 10);
  const session = (role: string, who: string): string => `arn:aws:sts::${account}:assumed-role/${role}/${who}`;
  const usual = {
    at: slot + pick(300, 'at') * 1000,
    address: `10.0.${pick(20, 'net')}.${pick(250, 'host')}`,
    agent: 'aws-sdk-java/2.30.1 Linux/6.1',
  };
  yield {
    ...usual,
    who: session('batch-writer', 'nightly'),
    operation: 'REST.PUT.OBJECT',
    key: `day=${day}/part-${pick(99, 'part')}.parquet`,
    status: 200,
    bytes: 0,
  };
  if (pick(2, 'read') === 0)
    yield {
      ...usual,
      at: usual.at + 40_000,
      who: session('reporting', 'dana@example.com'),
      operation: 'REST.GET.OBJECT',
      key: `day=${day}/part-1.parquet`,
      status: 200,
      bytes: 400_000 + pick(900_000, 'size'),
    };
  if (pick(12, 'expire') === 0)
    yield {
      ...usual,
      at: usual.at + 70_000,
      who: 'AmazonS3',
      address: '-',
      operation: 'S3.EXPIRE.OBJECT',
      key: 'tmp/old.tmp',
      status: 200,
      bytes: 0,
      agent: '',
    };
  const minutes = underWay(organization, slot);
  if (minutes === null || minutes < 40 || name !== 'payments-exports') return;
  const stolen = { at: usual.at + 90_000, address: attacker, agent: 'aws-cli/2.15 md/"botocore" <!here>' };
  yield {
    ...stolen,
    who: session('OrganizationAccountAccessRole', 'maintenance'),
    operation: 'REST.GET.BUCKET',
    key: '-',
    status: 200,
    bytes: 5000,
  };
  yield {
    ...stolen,
    at: stolen.at + 5000,
    who: '-',
    operation: 'REST.GET.OBJECT',
    key: `cards/${day} 1.csv`,
    status: 200,
    bytes: 41_000_000,
  };
  yield {
    ...stolen,
    at: stolen.at + 9000,
    who: session('OrganizationAccountAccessRole', 'maintenance'),
    operation: 'REST.DELETE.OBJECT',
    key: 'cards/ledger.csv',
    status: 403,
    error: 'AccessDenied',
    bytes: 243,
  };
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

function textOf(
  { at, who, address, operation, key, status, error, bytes, agent }: Request,
  bucket: { name: string; region: string },
): string {
  const time = new Date(at);
  const stamp = `[${time.toISOString().slice(8, 10)}/${months[time.getUTCMonth()]}/${time.getUTCFullYear()}:${time.toISOString().slice(11, 19)} +0000]`;
  const written = encodeURIComponent(key).replaceAll('%2F', '/');
  const tls =
    address === '-'
      ? '- - - - - - - -'
      : `SigV4 TLS_AES_128_GCM_SHA256 AuthHeader ${bucket.name}.s3.${bucket.region}.amazonaws.com TLSv1.3 - - ${bucket.region}`;
  return [
    ...[
      hexOf('owner', bucket.name),
      bucket.name,
      stamp,
      address,
      who,
      hexOf(at, key).slice(0, 16).toUpperCase(),
      operation,
    ],
    ...[written, address === '-' ? '-' : `"GET /${written} HTTP/1.1"`, status, error ?? '-', bytes, bytes, 12, 9],
    ...[address === '-' ? '-' : '"-"', address === '-' ? '-' : `"${agent}"`, '-', 'aGVsbG8gd29ybGQ=', tls],
  ].join(' ');
}

const jsonOf = (
  { at, who, address, operation, key, status, error, bytes, agent }: Request,
  bucket: { name: string; region: string },
): string =>
  JSON.stringify({
    schema_version_id: 'V_1_0',
    bucket_arn: `arn:aws:s3:::${bucket.name}`,
    bucket_name: bucket.name,
    request_time: new Date(at).toISOString(),
    bucket_owner_id: hexOf('owner', bucket.name),
    remote_ip: address === '-' ? null : address,
    requester: who === '-' ? null : who,
    request_id: hexOf(at, key).slice(0, 16).toUpperCase(),
    operation,
    key_name: key === '-' ? null : encodeURIComponent(key),
    http_status: status,
    error_code: error ?? null,
    bytes_sent_size: bytes,
    user_agent: agent === '' ? null : agent,
    tls_version: address === '-' ? null : 'TLSv1.3',
    source_region: bucket.region,
  });
