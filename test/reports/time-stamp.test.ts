import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkTimeStamp, timeStamp } from '../../src/reports/time-stamp.ts';
import { sha256Of } from '../../src/store/packed.ts';
import { openTimeStamper } from './time-stamper.ts';

let authority: Awaited<ReturnType<typeof openTimeStamper>>;
let another: typeof authority;
const manifest = Buffer.from('{}\n');
let stamp: Buffer;
beforeAll(async () => {
  authority = await openTimeStamper();
  another = await openTimeStamper();
  stamp = await timeStamp(authority.url, sha256Of(manifest));
});
afterAll(() => {
  authority.close();
  another.close();
});

test('OpenSSL as the authority stamps a manifest, and verifies its own stamp for it alone', async () => {
  const { folder, openssl } = authority;
  writeFileSync(join(folder, 'manifest.json'), manifest);
  writeFileSync(join(folder, 'another.json'), '{"a":1}\n');
  writeFileSync(join(folder, 'manifest.tsr'), stamp);
  expect(openssl('ts', '-query', '-in', 'query.tsq', '-text')).toMatch(
    /Hash Algorithm: sha256[\s\S]*Certificate required: yes/,
  );
  const verify = (file: string) =>
    openssl('ts', '-verify', '-data', file, '-in', 'manifest.tsr', '-CAfile', 'cert.pem');
  expect(verify('manifest.json')).toMatch(/Verification: OK/);
  expect(() => verify('another.json')).toThrow();
  authority.refuses = true;
  await expect(timeStamp(authority.url, '0'.repeat(64))).rejects.toThrow(/answered 503/);
  authority.refuses = false;
});

test('a stamp is checked without OpenSSL, and every change of it is found', () => {
  const pem = (of: typeof authority) => readFileSync(of.certificate, 'utf8');
  const check = (bytes: Buffer, hash = sha256Of(manifest), trusted = [pem(authority)]) =>
    checkTimeStamp(bytes, hash, trusted);
  expect(check(stamp)).toBeInstanceOf(Date);
  expect(check(stamp, sha256Of(manifest), [pem(another), pem(authority)])).toBeInstanceOf(Date);
  expect(() => check(stamp, 'f'.repeat(64))).toThrow('about another hash');
  expect(() => check(stamp, sha256Of(manifest), [pem(another)])).toThrow('does not name');
  expect(() => check(stamp, sha256Of(manifest), [])).toThrow('does not name');
  expect(() => check(Buffer.from('no stamp'))).toThrow();
  // The hash, wherever it stands in it; then any byte: only what nobody signs may be another.
  const at = stamp.indexOf(Buffer.from(sha256Of(manifest), 'hex'));
  const other = Buffer.from(stamp);
  other.fill(7, at, at + 32);
  expect(() => check(other, '07'.repeat(32))).toThrow('changed after it was signed');
  for (let place = at; place < at + 60; place += 1) {
    const bent = Buffer.from(stamp);
    bent[place] = (bent[place] ?? 0) ^ 1;
    expect(() => check(bent), `byte ${place}`).toThrow();
  }
  for (let length = 0; length < stamp.length; length += 97) expect(() => check(stamp.subarray(0, length))).toThrow();
});
