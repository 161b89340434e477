import * as z from 'zod';
import { parseJson } from '../../words/json.ts';

/** A query that the Resolver answered for a network. Source: Route 53 developer guide, "Values that appear in VPC Resolver query logs". */
export interface DnsQuery {
  at: Date;
  account: string;
  region: string;
  vpc: string;
  /** In lower case, without the dot at its end. */
  name: string;
  /** `A`, `AAAA`, `TXT` … */
  type: string;
  /** `NOERROR`, `NXDOMAIN` … */
  rcode: string;
  answers: readonly string[];
  /** Who asked; of an inbound endpoint the host at home. */
  address: string;
  /** `i-…`, else the endpoint that it came through; '' where it is not told. */
  asker: string;
  /** What DNS Firewall did: `BLOCK`, `ALERT` …; '' where no rule matched. */
  action: string;
}

const Answer = z.looseObject({ Rdata: z.string().optional() });
const Entry = z.looseObject({
  account_id: z.string().default(''),
  region: z.string().default(''),
  vpc_id: z.string().default(''),
  query_timestamp: z.string(),
  query_name: z.string(),
  query_type: z.string().default(''),
  rcode: z.string().default(''),
  // Some stores keep the one answer without its list.
  answers: z.union([z.array(Answer), Answer]).nullish(),
  srcaddr: z.string().default(''),
  srcids: z
    .looseObject({
      instance: z.string().optional(),
      resolver_endpoint: z.string().optional(),
      resolver_network_interface: z.string().optional(),
    })
    .nullish(),
  firewall_rule_action: z.string().nullish(),
});

/** Reads a line; undefined: it is none. */
export function readDnsQuery(line: string): DnsQuery | undefined {
  const entry = Entry.safeParse(parseJson(line)).data;
  const at = new Date(entry?.query_timestamp ?? '');
  if (entry === undefined || Number.isNaN(at.getTime())) return undefined;
  const answers = entry.answers ?? [];
  return {
    at,
    account: entry.account_id,
    region: entry.region,
    vpc: entry.vpc_id,
    name: plainName(entry.query_name),
    type: entry.query_type,
    rcode: entry.rcode,
    answers: (Array.isArray(answers) ? answers : [answers]).flatMap(({ Rdata }) =>
      Rdata === undefined ? [] : [Rdata],
    ),
    address: entry.srcaddr,
    asker: entry.srcids?.instance ?? entry.srcids?.resolver_endpoint ?? entry.srcids?.resolver_network_interface ?? '',
    action: entry.firewall_rule_action ?? '',
  };
}

export const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, '');

/** Queries of one kind by one asker. */
export interface AskedName extends Omit<DnsQuery, 'at'> {
  lines: number;
  first: Date;
  last: Date;
}

/** Who asked for what, the newest first. */
export function askedNames(queries: Iterable<DnsQuery>): AskedName[] {
  const found = new Map<string, AskedName>();
  for (const { at, ...query } of queries) {
    const key = [query.name, query.type, query.rcode, query.action, query.address, query.asker, query.vpc].join(' ');
    const known = found.get(key);
    if (known === undefined) found.set(key, { ...query, lines: 1, first: at, last: at });
    else {
      known.lines += 1;
      known.answers = [...new Set([...known.answers, ...query.answers])];
      if (at < known.first) known.first = at;
      if (at > known.last) known.last = at;
    }
  }
  return [...found.values()].toSorted((a, b) => b.last.getTime() - a.last.getTime());
}
