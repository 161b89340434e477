import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { timeStamp } from '../../src/reports/time-stamp.ts';
import { sha256Of } from '../../src/store/packed.ts';

test('OpenSSL as the authority stamps a manifest, and verifies its own stamp for it alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-tsa-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' }).toString();
  writeFileSync(
    join(folder, 'tsa.cnf'),
    '[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=TSA\n[ext]\nextendedKeyUsage=critical,timeStamping\nbasicConstraints=CA:true\n[tsa]\ndefault_tsa=one\n[one]\nserial=./serial\nsigner_cert=./cert.pem\ncerts=./cert.pem\nsigner_key=./key.pem\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\n',
  );
  writeFileSync(join(folder, 'serial'), '01');
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'key.pem',
    '-out',
    'cert.pem',
    '-config',
    'tsa.cnf',
  );
  let refuse = false;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      writeFileSync(join(folder, 'query.tsq'), Buffer.concat(chunks));
      if (refuse) {
        response.writeHead(503).end();
        return;
      }
      openssl('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query.tsq', '-out', 'reply.tsr');
      response
        .writeHead(200, { 'content-type': 'application/timestamp-reply' })
        .end(readFileSync(join(folder, 'reply.tsr')));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    writeFileSync(join(folder, 'manifest.json'), '{}\n');
    writeFileSync(join(folder, 'another.json'), '{"a":1}\n');
    const stamp = await timeStamp(url, sha256Of(readFileSync(join(folder, 'manifest.json'))));
    writeFileSync(join(folder, 'manifest.tsr'), stamp);
    expect(openssl('ts', '-query', '-in', 'query.tsq', '-text')).toMatch(
      /Hash Algorithm: sha256[\s\S]*Certificate required: yes/,
    );
    const verify = (file: string) =>
      openssl('ts', '-verify', '-data', file, '-in', 'manifest.tsr', '-CAfile', 'cert.pem');
    expect(verify('manifest.json')).toMatch(/Verification: OK/);
    expect(() => verify('another.json')).toThrow();
    refuse = true;
    await expect(timeStamp(url, '0'.repeat(64))).rejects.toThrow(/answered 503/);
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
