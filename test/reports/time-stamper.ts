import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const settings = `[req]
distinguished_name=dn
x509_extensions=ext
prompt=no
[dn]
CN=TSA
[ext]
extendedKeyUsage=critical,timeStamping
basicConstraints=CA:true
[tsa]
default_tsa=one
[one]
serial=./serial
signer_cert=./cert.pem
certs=./cert.pem
signer_key=./key.pem
signer_digest=sha256
default_policy=1.2.3.4
digests=sha256
`;

/** A time-stamp authority on this machine: OpenSSL behind a web server. Its certificate is `certificate`. */
export async function openTimeStamper() {
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-tsa-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' }).toString();
  writeFileSync(join(folder, 'tsa.cnf'), settings);
  writeFileSync(join(folder, 'serial'), '01');
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem'];
  openssl('req', '-x509', ...key, '-out', 'cert.pem', '-config', 'tsa.cnf');
  const authority = { folder, openssl, certificate: join(folder, 'cert.pem'), url: '', refuses: false };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      writeFileSync(join(folder, 'query.tsq'), Buffer.concat(chunks));
      if (authority.refuses) {
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
  const address = server.address();
  if (typeof address === 'object' && address !== null) authority.url = `http://127.0.0.1:${address.port}/`;
  return Object.assign(authority, {
    close: () => {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}
