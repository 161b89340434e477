import type { CloudTrailRecord } from '../../../cloudtrail/record.ts';
import { isRecord, type Json } from '../../../words/json.ts';
import { once } from './call.ts';

/** What a call lets in or out, and from where: "port 22", "0.0.0.0/0". */
interface Opening {
  ports: string;
  from: string;
  /** The internet, not a network of somebody's. */
  world: boolean;
  /** Web servers are there for the world. */
  web: boolean;
}

const network = /^(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f:]*:[0-9a-f:]*)\/\d{1,3}$/i;
/** The whole internet, or half of it. */
const internet = /^(?:(?:\d{1,3}\.){3}\d{1,3}\/[0-7]|::\/[0-3])$/;

/** Which networks the parameters open something to, however the service nests it. */
export const opened = once((record: CloudTrailRecord): Opening[] => found(record.requestParameters, {}, 0));

/** What they open to the internet. */
export const openedToWorld = (record: CloudTrailRecord): Opening[] => opened(record).filter(({ world }) => world);

/** `from` holds the ports and the protocol that stand nearest above. */
function found(value: unknown, from: Json, depth: number): Opening[] {
  if (depth > 12) return [];
  // No network is written longer, and the expression takes its time with long texts.
  if (typeof value === 'string') return value.length < 50 && network.test(value) ? [opening(value, from)] : [];
  if (Array.isArray(value)) return value.slice(0, 200).flatMap((item) => found(item, from, depth + 1));
  if (!isRecord(value)) return [];
  const here = { ...from };
  for (const [name, inner] of Object.entries(value)) {
    const key = name.toLowerCase();
    if (/^(?:(?:from|to)port|(?:ip|acl)?protocol)$/.test(key)) here[key.replace(/^(?:ip|acl)/, '')] = inner;
    // A network list has its range in a record of its own.
    else if (key === 'portrange' && isRecord(inner))
      Object.assign(here, { fromport: inner['from'], toport: inner['to'] });
  }
  return Object.values(value).flatMap((inner) => found(inner, here, depth + 1));
}

function opening(from: string, { fromport, toport, protocol }: Json): Opening {
  const [first, last] = [Number(fromport ?? Number.NaN), Number(toport ?? fromport ?? Number.NaN)];
  const one = first === last;
  return {
    from,
    world: internet.test(from),
    web: one && (first === 80 || first === 443),
    ports:
      /^(?:-1|all)$/i.test(String(protocol)) || Number.isNaN(first)
        ? 'everything'
        : /^icmp|^1$|^58$/i.test(String(protocol))
          ? 'ping and other ICMP'
          : one
            ? `port ${first}`
            : first <= 0 && last >= 65_535
              ? 'all ports'
              : `ports ${first} to ${last}`,
  };
}
