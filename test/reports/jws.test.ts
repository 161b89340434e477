import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkJws, detachedJws } from '../../src/reports/jws.ts';

const payload = Buffer.from('{"files":[]}\n');

test('what KMS signs as DER is an ES256 of JWS, whatever zeros the numbers begin with', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'pem', type: 'spki' });
  const lengths = new Set<number>();
  for (let i = 0; i < 600; i++) {
    const header = { alg: 'ES256' as const, kid: `key ${i}` };
    const jws = await detachedJws(payload, header, async (sha256) => {
      // KMS takes the hash of exactly this. Source: RFC 7515, 5.1.
      const head = Buffer.from(JSON.stringify(header)).toString('base64url');
      const input = `${head}.${payload.toString('base64url')}`;
      expect(Buffer.from(sha256)).toEqual(createHash('sha256').update(input).digest());
      const der = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'der' });
      lengths.add(der.length);
      return der;
    });
    expect(checkJws(jws, payload, pem)).toEqual({ ok: true, key: `key ${i}` });
    if (i > 0) continue;
    expect(Buffer.from(jws.split('.')[2] ?? '', 'base64url')).toHaveLength(64);
    expect(checkJws(jws, Buffer.from('{"files":[1]}\n'), pem)?.ok).toBe(false);
    expect(checkJws(jws, payload, other.toString())?.ok).toBe(false);
  }
  // Numbers with a zero in front, and shorter ones, were among them.
  expect(lengths.size).toBeGreaterThan(2);
});

test('an algorithm that the key has not, none at all, and other text are no signature', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const head = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url');
  expect(checkJws(`${head({ alg: 'none', kid: 'k' })}..`, payload, pem)).toBeNull();
  expect(checkJws(`${head({ alg: 'none', kid: 'k' })}..AAAA`, payload, pem)).toBeNull();
  expect(checkJws(`${head({ alg: 'HS256', kid: 'k' })}..AAAA`, payload, pem)).toBeNull();
  expect(checkJws(`${head({ alg: 'ES256', kid: 'k' })}..AAAA`, payload, pem)).toMatchObject({ ok: false });
  expect(checkJws('not.a.jws', payload, pem)).toBeNull();
});
