import { serviceLink } from '../../aws-names/console-links.ts';
import { isRecord, type Json } from '../../words/json.ts';
import { isPrivateAddress } from '../../words/networks.ts';
import type { Severity } from '../severity.ts';
import { number, shape, signalOf, text } from '../shape.ts';
import type { Resource, Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';

/** One record of a VPC flow log: as JSON, as the default line of version 2, or as OCSF class 4001. */
export const vpcflow: Source = {
  name: 'vpcflow',
  matches: ({ json, text: line }) => {
    if (json === undefined) return linePattern.test(line.trim());
    if (json['class_uid'] === 4001) return true;
    if (isRecord(json['src_endpoint']) && isRecord(json['dst_endpoint'])) return json['class_uid'] === undefined;
    const keys = new Set(Object.keys(json).map(plainKey));
    if (keys.has('srcaddr') && keys.has('dstaddr')) return true;
    // A record without data (NODATA, SKIPDATA) has a status only; log collectors name the table it came from.
    return (
      /VPCFlow|NetworkActivity/i.test(String(json['p_log_type'])) &&
      (keys.has('status') || keys.has('logstatus') || keys.has('statuscode'))
    );
  },
  read: (payload) => flowSignal(payload, flowOf(payload)),
};

/** Source: VPC user guide, "Flow log records", default format (version 2). */
const linePattern =
  /^\d+ (?:\d{12}|unknown) (?:eni-[0-9a-f]+|-) (\S+) (\S+) (\d+|-) (\d+|-) (\d+|-) (\d+|-) (\d+|-) (\d+) (\d+) (ACCEPT|REJECT|-) (OK|NODATA|SKIPDATA)$/;

const lineFields = [
  'version',
  'accountid',
  'interfaceid',
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'packets',
  'bytes',
  'start',
  'end',
  'action',
  'logstatus',
];

/** `dstAddr`, `dst-addr` and `dst_addr` are one field. */
const plainKey = (key: string): string => key.toLowerCase().replace(/[^a-z]/g, '');

const Endpoint = shape({ ip: text, port: number, interface_uid: text, vpc_uid: text, instance_uid: text });
const Flow = shape({
  accountid: text,
  account: text,
  region: text,
  interfaceid: text,
  instanceid: text,
  vpcid: text,
  srcaddr: text,
  dstaddr: text,
  srcport: number,
  dstport: number,
  protocol: number,
  bytes: number,
  packets: number,
  start: text,
  end: text,
  action: text,
  status: text,
  logstatus: text,
  statuscode: text,
  flowdirection: text,
});
type Flow = ReturnType<typeof Flow.parse>;

const OcsfFlow = shape({
  src_endpoint: Endpoint,
  dst_endpoint: Endpoint,
  cloud: shape({ region: text, account: shape({ uid: text }) }),
  traffic: shape({ bytes: number, packets: number }),
  connection_info: shape({ protocol_num: number, direction: text }),
  start_time: text,
  end_time: text,
  time: text,
  disposition: text,
});

function flowOf({ json, text: line }: Payload): Flow {
  if (json === undefined) {
    const values = line.trim().split(' ');
    return Flow.parse(
      Object.fromEntries(lineFields.map((name, index) => [name, values[index] === '-' ? undefined : values[index]])),
    );
  }
  const { src_endpoint, dst_endpoint, cloud, traffic, connection_info, start_time, end_time, time, disposition } =
    OcsfFlow.parse(json);
  const plain: Json = Object.fromEntries(Object.entries(json).map(([key, item]) => [plainKey(key), item]));
  return Flow.parse({
    ...plain,
    accountid: plain['accountid'] ?? cloud.account.uid,
    region: plain['region'] ?? cloud.region,
    srcaddr: plain['srcaddr'] ?? src_endpoint.ip,
    dstaddr: plain['dstaddr'] ?? dst_endpoint.ip,
    srcport: plain['srcport'] ?? src_endpoint.port,
    dstport: plain['dstport'] ?? dst_endpoint.port,
    interfaceid: plain['interfaceid'] ?? dst_endpoint.interface_uid ?? src_endpoint.interface_uid,
    instanceid: plain['instanceid'] ?? dst_endpoint.instance_uid ?? src_endpoint.instance_uid,
    vpcid: plain['vpcid'] ?? dst_endpoint.vpc_uid ?? src_endpoint.vpc_uid,
    bytes: plain['bytes'] ?? traffic.bytes,
    packets: plain['packets'] ?? traffic.packets,
    protocol: plain['protocol'] ?? connection_info.protocol_num,
    flowdirection: plain['flowdirection'] ?? connection_info.direction,
    start: plain['start'] ?? start_time ?? time,
    end: plain['end'] ?? end_time,
    action: actionOf(disposition ?? text.parse(plain['action'])),
  });
}

/** OCSF says "Blocked" or "Denied" where the log says REJECT. */
const actionOf = (said: string | undefined): string | undefined =>
  said === undefined
    ? undefined
    : /block|den|reject|drop/i.test(said)
      ? 'REJECT'
      : /allow|accept/i.test(said)
        ? 'ACCEPT'
        : said;

/** Ports by which machines and databases are administered: traffic from the internet to them is what an attacker tries first. */
const adminPorts: Record<number, string> = {
  21: 'FTP',
  22: 'SSH',
  23: 'Telnet',
  135: 'RPC',
  139: 'NetBIOS',
  445: 'SMB',
  1433: 'SQL Server',
  1521: 'Oracle',
  2375: 'Docker',
  2379: 'etcd',
  3306: 'MySQL',
  3389: 'RDP',
  5432: 'PostgreSQL',
  5601: 'Kibana',
  5900: 'VNC',
  5985: 'WinRM',
  5986: 'WinRM',
  6379: 'Redis',
  6443: 'Kubernetes',
  9200: 'Elasticsearch',
  10250: 'kubelet',
  11211: 'memcached',
  27017: 'MongoDB',
};

const isPrivate = (ip: string | undefined): boolean => isPrivateAddress(ip ?? '');

const isPublic = (ip: string | undefined): boolean => ip !== undefined && !isPrivate(ip);

/** docs/severity.md, "VPC flow log". */
function severityOf(flow: Flow): Severity {
  if (flow.srcaddr === undefined) return /SKIPDATA/.test(statusOf(flow) ?? '') ? 'low' : 'info';
  const inbound = isPublic(flow.srcaddr) && isPrivate(flow.dstaddr);
  const admin = adminPorts[flow.dstport ?? 0] !== undefined;
  if (inbound && admin) return flow.action === 'REJECT' ? 'low' : 'medium';
  return flow.action === 'REJECT' ? 'low' : 'info';
}

const statusOf = ({ logstatus, status, statuscode }: Flow): string | undefined => logstatus ?? status ?? statuscode;

function flowSignal(payload: Payload, flow: Flow): Signal {
  const status = statusOf(flow);
  const id = flow.instanceid ?? flow.interfaceid ?? flow.vpcid;
  const resource: Resource | undefined =
    id === undefined
      ? flow.dstaddr === undefined
        ? undefined
        : { name: flow.dstaddr, type: 'address' }
      : {
          name: id,
          type:
            flow.instanceid !== undefined
              ? 'EC2 instance'
              : flow.interfaceid !== undefined
                ? 'network interface'
                : 'VPC',
        };
  const port =
    flow.dstport === undefined
      ? ''
      : ` port ${flow.dstport}${adminPorts[flow.dstport] === undefined ? '' : ` (${adminPorts[flow.dstport]})`}`;
  const rejected = flow.action === 'REJECT';
  const empty = flow.srcaddr === undefined;
  const inbound = isPublic(flow.srcaddr) && isPrivate(flow.dstaddr);
  const verb = rejected ? 'Rejected' : flow.action === 'ACCEPT' ? 'Accepted' : 'Recorded';
  return signalOf(payload, {
    source: 'vpcflow',
    kind: empty ? 'flow log status' : rejected ? 'rejected traffic' : 'traffic',
    dedupKey: [
      'vpcflow',
      flow.accountid ?? flow.account ?? '',
      id ?? '',
      empty
        ? `status ${status ?? ''}`
        : `${flow.srcaddr ?? ''}>${flow.dstaddr ?? ''}:${flow.dstport ?? ''} ${flow.action ?? ''}`,
    ].join(':'),
    severity: severityOf(flow),
    title: empty
      ? `VPC flow log: ${status ?? 'no data'}`
      : `${verb} traffic to ${flow.dstaddr ?? 'an unknown address'}${port}`,
    sentence: empty
      ? status === 'SKIPDATA'
        ? 'The VPC flow log skipped records: traffic of that time is not on record.'
        : status === 'NODATA'
          ? 'The VPC flow log saw no traffic in its interval.'
          : `The VPC flow log reports status ${status ?? 'unknown'}.`
      : `${flow.srcaddr} ${inbound ? '(internet) ' : ''}${rejected ? 'tried to reach' : 'reached'} ${flow.dstaddr ?? 'an unknown address'}${port}${rejected ? ' and was rejected' : ''}.`,
    accounts: [flow.accountid, flow.account],
    regions: [flow.region],
    times: [flow.end, flow.start],
    resource,
    sourceIp: flow.srcaddr,
    links: (where) => [serviceLink(where, 'vpc')],
    fields: [
      ['From', flow.srcaddr],
      ['To', flow.dstaddr],
      ['Port', flow.dstport],
      ['Action', flow.action],
      ['Bytes', flow.bytes],
      ['Packets', flow.packets],
      [
        'Protocol',
        flow.protocol === undefined ? undefined : ({ 1: 'ICMP', 6: 'TCP', 17: 'UDP' }[flow.protocol] ?? flow.protocol),
      ],
      ['Direction', flow.flowdirection],
      ['VPC', flow.vpcid],
      ['Log status', status],
    ],
  });
}
