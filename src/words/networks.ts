import { BlockList, isIP } from 'node:net';

/** The networks as Node checks addresses against them, each an address or CIDR; undefined when one is none. */
export function networkList(networks: readonly string[]): BlockList | undefined {
  const known = new BlockList();
  for (const network of networks) {
    const [address = '', bits, ...more] = network.split('/');
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    // A zone (fe80::1%eth0) is of one machine: no record of AWS bears it.
    if (
      family === 0 ||
      address.includes('%') ||
      more.length > 0 ||
      (bits !== undefined && !/^\d{1,3}$/.test(bits)) ||
      Number(bits ?? 0) > most
    )
      return undefined;
    known.addSubnet(address, Number(bits ?? most), family === 4 ? 'ipv4' : 'ipv6');
  }
  return known;
}

/**
 * A regular expression for the addresses of a network (CIDR) as AWS writes them. Of IPv6 it may fit others too: an address
 * leaves out zeros wherever it likes, so only the groups before the first zero are told.
 */
export function networkPattern(network: string): string {
  const [address = '', length = ''] = network.toLowerCase().split('/');
  const bits = Number(length);
  if (isIP(address) === 4)
    return address
      .split('.')
      .map((octet, place) => octetPattern(Number(octet), Math.min(8, Math.max(0, bits - 8 * place))))
      .join(String.raw`\.`);
  const groups = (address.split('::')[0] ?? '').split(':').slice(0, Math.min(7, Math.floor(bits / 16)));
  const zero = groups.findIndex((group) => /^0*$/.test(group));
  const told = (zero < 0 ? groups : groups.slice(0, zero)).map((group) => `${group.replace(/^0+/, '')}:`);
  return told.length === 0 ? '[0-9a-f:.]*:[0-9a-f:.]*' : `${told.join('')}[0-9a-f:.]*`;
}

/** The octets that begin with so many bits of this one. */
function octetPattern(octet: number, bits: number): string {
  if (bits === 8) return String(octet);
  if (bits === 0) return '[0-9]{1,3}';
  const size = 2 ** (8 - bits);
  const first = octet - (octet % size);
  return `(?:${Array.from({ length: size }, (_, place) => first + place).join('|')})`;
}

/** Whether an address is in one of the networks; an AWS service in its place is in none. */
export function isIn(known: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && known.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

const privateNetworks = networkList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
  'fe80::/10',
  '::/127',
]);

/** An address that is on no internet: of a private network, a carrier's, the link or the machine itself. Sources: RFC 1918, 3927, 4193, 4291, 6598. */
export const isPrivateAddress = (address: string): boolean =>
  privateNetworks !== undefined && isIn(privateNetworks, address);

export const isAddress = (text: string): boolean => isIP(text) !== 0;
