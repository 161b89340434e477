import { BlockList, isIP } from 'node:net';

/** The networks as Node checks addresses against them, each an address or CIDR; undefined when one is none. */
export function networkList(networks: readonly string[]): BlockList | undefined {
  const known = new BlockList();
  for (const network of networks) {
    const [address = '', bits, ...more] = network.split('/');
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    if (family === 0 || more.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits)) || Number(bits ?? 0) > most)
      return undefined;
    known.addSubnet(address, Number(bits ?? most), family === 4 ? 'ipv4' : 'ipv6');
  }
  return known;
}

/** Whether an address is in one of the networks; an AWS service in its place is in none. */
export function isIn(known: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && known.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

export const isAddress = (text: string): boolean => isIP(text) !== 0;
