import { serviceLink } from '../../aws-names/console-links.ts';
import { isRecord } from '../../words/json.ts';
import { listed } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import { anything, awsEvent, hasDetailType, list, resourceNamed, shape, signalOf, text } from '../shape.ts';
import type { Resource, Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';

/** What Route 53 Resolver says of DNS queries: the DNS Firewall's events, and records of the query log. */
export const route53resolver: Source = {
  name: 'route53resolver',
  matches: (payload) => {
    const { json } = payload;
    if (hasDetailType(payload, /^DNS Firewall /)) return true;
    return (
      json !== undefined &&
      ((json['query_name'] !== undefined && (json['query_type'] ?? json['rcode'] ?? json['vpc_id']) !== undefined) ||
        json['class_uid'] === 4003)
    );
  },
  read: (payload) => (hasDetailType(payload, /^DNS Firewall /) ? firewallSignal(payload) : querySignal(payload)),
};

/** Source: Route 53 developer guide, "Managing Route 53 Resolver DNS Firewall events using EventBridge". */
const Firewall = shape({
  'account-id': text,
  'last-observed-at': text,
  'query-name': text,
  'query-type': text,
  transport: text,
  'firewall-rule-action': text,
  'firewall-rule-group-id': text,
  'firewall-domain-list-id': text,
  'firewall-protection': text,
  'threat-detection-confidence': text,
  'src-addr': text,
  'src-port': text,
  'vpc-id': text,
  resources: list(
    shape({
      'resource-type': text,
      'instance-details': shape({ id: text }),
      'network-interface-details': shape({ id: text }),
      'resolver-endpoint-details': shape({ id: text }),
    }),
  ),
});

function firewallSignal(payload: Payload): Signal {
  const event = awsEvent(payload);
  const seen = Firewall.parse(event?.detail);
  const blocked = /BLOCK/i.test(seen['firewall-rule-action'] ?? event?.detailType ?? '');
  const domain = nameOf(seen['query-name']);
  const [first] = seen.resources;
  const id =
    first?.['instance-details'].id ??
    first?.['network-interface-details'].id ??
    first?.['resolver-endpoint-details'].id;
  const resource: Resource | undefined =
    id !== undefined
      ? { name: id, type: typeOfId(id) }
      : (resourceNamed(event?.resources.find((arn) => /:(?:instance|network-interface|vpc)\//.test(arn))) ??
        vpcNamed(seen['vpc-id']));
  const who = resource === undefined ? (seen['src-addr'] ?? 'A host') : `${resource.type ?? 'host'} ${resource.name}`;
  const protection = seen['firewall-protection'];
  return signalOf(payload, {
    source: 'route53resolver',
    kind: event?.detailType ?? 'DNS Firewall',
    dedupKey: [
      'route53resolver',
      event?.account ?? '',
      event?.region ?? '',
      seen['vpc-id'] ?? '',
      resource?.name ?? seen['src-addr'] ?? '',
      domain,
    ].join(':'),
    // What tries to reach a listed domain is suspect whether or not it was stopped; tunnels and generated names are an attack's own marks.
    severity: protection !== undefined ? 'high' : 'medium',
    title: `DNS Firewall ${blocked ? 'blocked' : 'let through'} a query for ${domain}`,
    sentence: `${who} asked for ${domain}, which ${protection === undefined ? 'is on a list of the DNS Firewall' : `looks like ${protection.toLowerCase().replaceAll('_', ' ')}`}; the query was ${blocked ? 'blocked' : 'only reported, not blocked'}.`,
    accounts: [seen['account-id'], event?.account],
    regions: [event?.region],
    times: [seen['last-observed-at'], event?.time],
    resource,
    sourceIp: seen['src-addr'],
    links: (where) => [serviceLink(where, 'route53resolver')],
    fields: [
      ['Domain', domain],
      ['Action', seen['firewall-rule-action']],
      ['VPC', seen['vpc-id']],
      ['Query', [seen['query-type'], seen.transport].filter(Boolean).join(', ')],
      ['Rule group', seen['firewall-rule-group-id']],
      ['Domain list', seen['firewall-domain-list-id']],
      ['Confidence', seen['threat-detection-confidence']],
    ],
  });
}

/** Without the root's dot, in lower case; DNS allows 255 characters. */
const nameOf = (name: string | undefined): string =>
  name?.slice(0, 255).replace(/\.$/, '').toLowerCase() ?? 'an unknown domain';

const typeOfId = (id: string): string =>
  id.startsWith('i-')
    ? 'EC2 instance'
    : id.startsWith('eni-')
      ? 'network interface'
      : id.startsWith('rslvr-')
        ? 'Resolver endpoint'
        : 'resource';

const vpcNamed = (id: string | undefined): Resource | undefined =>
  id === undefined ? undefined : { name: id, type: 'VPC' };

/** Source: Route 53 developer guide, "Values that appear in VPC Resolver query logs"; OCSF class 4003 in Security Lake. */
const Query = shape({
  account_id: text,
  region: text,
  vpc_id: text,
  query_name: text,
  query_type: text,
  query_timestamp: text,
  rcode: text,
  srcaddr: text,
  srcids: shape({ instance: text, resolver_endpoint: text }),
  firewall_rule_action: text,
  answers: list(shape({ Rdata: text, rdata: text })),
  query: shape({ hostname: text, type: text }),
  src_endpoint: shape({ ip: text, instance_uid: text, vpc_uid: text }),
  cloud: shape({ region: text, account: shape({ uid: text }) }),
  time: anything,
  time_dt: text,
});

/** Public mining pools' names, and the words that pools put into theirs; general by design, no list of single hosts. */
const mining =
  /(?:^|[.-])(?:[a-z0-9-]*(?:monero|xmr|minexmr|cryptonight|nicehash|minergate|nanopool|2miners|f2pool|hashvault|ethermine|supportxmr|dwarfpool|coinhive|coinimp|cryptoloot|hashrate|miningpool|minepool|moneroocean|unmineable|poolin|antpool|viabtc|slushpool|sparkpool|flypool|prohashing|zpool|herominers|ravenminer|kryptex)[a-z0-9-]*)\.|(?:^|\.)(?:pool|stratum|mining|miner|xmr|btc|eth|zec|rvn)\.[a-z0-9-]*(?:pool|min(?:e|er|ing)|coin|hash)[a-z0-9-]*\.|(?:^|\.)stratum\./i;

/** Free host names that anybody can point anywhere within a minute: servers rarely have a reason to ask for them. */
const dynamicDns =
  /\.(?:webhop\.(?:net|org|me|info)|duckdns\.org|no-ip\.(?:com|org|biz|info)|noip\.(?:com|me)|hopto\.org|zapto\.org|ddns\.(?:net|me)|sytes\.net|myftp\.(?:org|biz)|servebeer\.com|serveftp\.com|servehttp\.com|dyndns\.(?:org|biz|info|tv)|dynalias\.(?:com|org|net)|homeip\.net|is-a-geek\.(?:com|org|net)|chickenkiller\.com|mooo\.com|afraid\.org|dynu\.(?:com|net)|ngrok\.io|ngrok-free\.app|trycloudflare\.com|serveo\.net|localtunnel\.me|oast\.(?:fun|me|live|site|pro)|interact\.sh|burpcollaborator\.net|onion|onion\.(?:ws|ly|to))$/i;

/** docs/severity.md, "DNS query log". */
function judged(domain: string, action: string | undefined): { severity: Severity; why: string | undefined } {
  if (mining.test(`${domain}.`)) return { severity: 'high', why: 'the name is that of a crypto-mining pool' };
  if (dynamicDns.test(`.${domain}`))
    return { severity: 'medium', why: 'the name belongs to a dynamic DNS or tunnelling service' };
  if (/BLOCK|ALERT/i.test(action ?? ''))
    return { severity: 'medium', why: `the DNS Firewall answered with ${action?.toLowerCase()}` };
  return { severity: 'info', why: undefined };
}

function querySignal(payload: Payload): Signal {
  const query = Query.parse(payload.json);
  const domain = nameOf(query.query_name ?? query.query.hostname);
  const instance = query.srcids.instance ?? query.src_endpoint.instance_uid;
  const vpc = query.vpc_id ?? query.src_endpoint.vpc_uid;
  const ip = query.srcaddr ?? query.src_endpoint.ip;
  const resource: Resource | undefined =
    instance === undefined ? vpcNamed(vpc) : { name: instance, type: 'EC2 instance' };
  const { severity, why } = judged(domain, query.firewall_rule_action);
  const answers = query.answers.flatMap(({ Rdata, rdata }) => Rdata ?? rdata ?? []);
  return signalOf(payload, {
    source: 'route53resolver',
    kind: 'DNS query',
    dedupKey: [
      'route53resolver',
      'query',
      query.account_id ?? query.cloud.account.uid ?? '',
      vpc ?? '',
      instance ?? ip ?? '',
      domain,
    ].join(':'),
    severity,
    title: `DNS query for ${domain}${resource === undefined ? '' : ` from ${resource.name}`}`,
    sentence: `${resource === undefined ? (ip ?? 'A host') : `${resource.type ?? 'host'} ${resource.name}`} asked for ${domain}${why === undefined ? '' : `: ${why}`}.`,
    accounts: [query.account_id, query.cloud.account.uid],
    regions: [query.region, query.cloud.region],
    times: [query.query_timestamp, query.time_dt, text.parse(query.time)],
    resource,
    sourceIp: ip,
    links: (where) => [serviceLink(where, 'route53resolver')],
    fields: [
      ['Domain', domain],
      ['Why', why],
      ['Answer', listed(answers)],
      ['Type', query.query_type ?? query.query.type],
      ['Result', query.rcode ?? (isRecord(payload.json) ? text.parse(payload.json['rcode']) : undefined)],
      ['VPC', vpc],
      ['Firewall', query.firewall_rule_action],
    ],
  });
}
