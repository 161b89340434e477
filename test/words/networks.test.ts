import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isIn, networkList, networkPattern } from '../../src/words/networks.ts';

const fits = (network: string, address: string): boolean => new RegExp(`^${networkPattern(network)}$`).test(address);
const known = (network: string) => networkList([network]) ?? expect.fail(`${network} is no network`);

test('the pattern of a network of IPv4 fits its addresses and no others', () => {
  const address = fc.tuple(...Array.from({ length: 4 }, () => fc.nat(255)));
  fc.assert(
    fc.property(address, address, fc.nat(4), fc.nat(32), (one, other, alike, bits) => {
      const network = `${one.join('.')}/${bits}`;
      const near = [...one.slice(0, alike), ...other.slice(alike)].join('.');
      expect(fits(network, near)).toBe(isIn(known(network), near));
    }),
  );
});

test.each([
  ['2001:db8::/32', '2001:db8::1', true],
  ['2001:db8::/32', '2001:db8:0:7::1', true],
  ['2001:db8::/32', '2001:db9::1', false],
  ['2001:0DB8:00AB::/48', '2001:db8:ab:1::', true],
  ['2001:db8:1:2:3:4:5:6/128', '2001:db8:1:2:3:4:5:6', true],
  ['::/0', '2001:db8::1', true],
  ['fe80::/10', 'febf::1', true],
  ['::ffff:0:0/96', '::ffff:c000:201', true],
])('that of %s fits %s: %s', (network, address, expected) => expect(fits(network, address)).toBe(expected));
