/** A record of a VPC flow log. Source: VPC user guide, "Flow log records". */
export interface Flow {
  account: string;
  /** `eni-…`; '' where the format leaves it out. */
  interface: string;
  /** NODATA: nothing passed. SKIPDATA: something did, and was not recorded for lack of capacity. */
  status: 'OK' | 'NODATA' | 'SKIPDATA';
  /** Who spoke to whom: the addresses in the packet where the record has them, which a NAT gateway does not hide. */
  source: string;
  target: string;
  /** The addresses at the interface, where they are others. */
  through: readonly string[];
  /** Whether the record names the addresses in the packet. */
  exact: boolean;
  sourcePort: number | null;
  targetPort: number | null;
  /** By its name, else by its number; '' where the format leaves it out. */
  protocol: string;
  packets: number;
  bytes: number;
  start: Date;
  end: Date;
  /** ACCEPT or REJECT. */
  action: string;
  /** Why it was rejected, where that is told. */
  reason: string;
  /** `ingress` or `egress`; '' where it is not told. */
  direction: string;
  /** Which AWS service the addresses belong to, as `S3`. */
  services: readonly string[];
  /** How it left the network; '' where it is not told. */
  path: string;
}

const integer = /^(?:\d{1,19}|-)$/;
const address = /^(?:[\da-f.:]+|-)$/i;

/** What a field must look like: by it a line is told from another format's, and from the header of a file. */
const shapes = new Map<string, RegExp>(
  Object.entries({
    version: integer,
    'interface-id': /^(?:eni-\w+|-)$/,
    srcaddr: address,
    dstaddr: address,
    'pkt-srcaddr': address,
    'pkt-dstaddr': address,
    srcport: integer,
    dstport: integer,
    protocol: integer,
    packets: integer,
    bytes: integer,
    start: integer,
    end: integer,
    'tcp-flags': integer,
    'traffic-path': integer,
    action: /^(?:ACCEPT|REJECT|-)$/,
    'log-status': /^(?:OK|NODATA|SKIPDATA)$/,
    'flow-direction': /^(?:ingress|egress|-)$/,
  }),
);

/** Source: IANA, "Assigned Internet Protocol Numbers". */
const protocols: Readonly<Record<string, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  47: 'gre',
  50: 'esp',
  58: 'icmpv6',
};

const paths = new Map<string, string>(
  Object.entries({
    1: 'within the network',
    2: 'internet or gateway endpoint',
    3: 'virtual private gateway',
    4: 'peering in the region',
    5: 'peering to another region',
    6: 'local gateway',
    7: 'gateway endpoint',
    8: 'internet gateway',
  }),
);

/**
 * Reads a line by the first of the formats (fields in their order) under which it makes sense; undefined: by none, or it is
 * the header of a file. A format without times takes those of `logged`.
 */
export function readFlow(
  line: string,
  formats: readonly (readonly string[])[],
  logged: Date | null = null,
): Flow | undefined {
  const values = line.trim().split(/\s+/);
  const format = formats.find(
    (fields) => fields.length === values.length && fields.every((name, at) => fits(name, values[at] ?? '')),
  );
  if (format === undefined) return undefined;
  const told = new Map(format.map((name, at) => [name, values[at] ?? '-']));
  const of = (name: string): string => {
    const value = told.get(name) ?? '-';
    return value === '-' ? '' : value;
  };
  const number = (name: string): number | null => (of(name) === '' ? null : Number(of(name)));
  const time = (name: string): Date | null => (of(name) === '' ? null : new Date(Number(of(name)) * 1000));
  const [start, end] = [time('start') ?? time('end') ?? logged, time('end') ?? time('start') ?? logged];
  if (start === null || end === null) return undefined;
  const source = of('pkt-srcaddr') || of('srcaddr');
  const target = of('pkt-dstaddr') || of('dstaddr');
  const status = told.get('log-status');
  return {
    account: /^\d{12}$/.test(of('account-id')) ? of('account-id') : '',
    interface: of('interface-id'),
    status: status === 'NODATA' || status === 'SKIPDATA' ? status : 'OK',
    source,
    target,
    through: [of('srcaddr'), of('dstaddr')].filter((one) => one !== '' && one !== source && one !== target),
    exact: told.has('pkt-srcaddr') && told.has('pkt-dstaddr'),
    sourcePort: number('srcport'),
    targetPort: number('dstport'),
    protocol: protocols[of('protocol')] ?? of('protocol'),
    packets: number('packets') ?? 0,
    bytes: number('bytes') ?? 0,
    start,
    end,
    action: of('action'),
    reason: of('reject-reason'),
    direction: of('flow-direction'),
    services: [...new Set([of('pkt-src-aws-service'), of('pkt-dst-aws-service')])].filter((one) => one !== ''),
    path: paths.get(of('traffic-path')) ?? of('traffic-path'),
  };
}

const fits = (name: string, value: string): boolean => shapes.get(name)?.test(value) ?? true;

/** Records of one conversation, added up. */
export interface Conversation {
  source: string;
  target: string;
  through: readonly string[];
  /** The port of the service: of the two the lower one, as clients take high ones; null: the protocol has none. */
  port: number | null;
  protocol: string;
  action: string;
  reason: string;
  direction: string;
  interface: string;
  account: string;
  path: string;
  services: readonly string[];
  records: number;
  packets: number;
  bytes: number;
  first: Date;
  last: Date;
}

/** The conversations that records tell of, the most bytes first. */
export function conversations(flows: Iterable<Flow>): Conversation[] {
  const found = new Map<string, Conversation>();
  for (const flow of flows) {
    if (flow.status !== 'OK') continue;
    const { source, target, through, protocol, action, reason, direction, interface: at, account } = flow;
    const port = servicePort(flow);
    const key = [source, target, port, protocol, action, reason, direction, at, ...through].join(' ');
    const known = found.get(key);
    if (known === undefined)
      found.set(key, {
        ...{ source, target, through, port, protocol, action, reason, direction, interface: at, account },
        path: flow.path,
        services: flow.services,
        records: 1,
        packets: flow.packets,
        bytes: flow.bytes,
        first: flow.start,
        last: flow.end,
      });
    else {
      known.records += 1;
      known.packets += flow.packets;
      known.bytes += flow.bytes;
      if (flow.start < known.first) known.first = flow.start;
      if (flow.end > known.last) known.last = flow.end;
    }
  }
  return [...found.values()].toSorted((a, b) => b.bytes - a.bytes || b.last.getTime() - a.last.getTime());
}

function servicePort({ sourcePort, targetPort }: Flow): number | null {
  const known = [sourcePort, targetPort].filter((port) => port !== null && port > 0);
  return known.length === 0 ? null : Math.min(...known.map(Number));
}
