import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { expect, test } from 'vitest';
import { signingKeyArn } from '../../sandbox/aws/services/kms.ts';
import { digest } from '../../src/cli/digest.ts';
import { bot } from '../aws/bot.ts';
import { startHarness } from '../sandbox/aws/harness.ts';
import { prepareDataDir } from '../store/fresh-store.ts';

test('the evidence from a terminal: files that verify, data with --json, and a dry run that leaves nothing', async () => {
  await using aws = await startHarness();
  bot(aws);
  const cwd = mkdtempSync(join(tmpdir(), 'trailwatch-cli-'));
  const beside = mkdtempSync(join(tmpdir(), 'trailwatch-beside-'));
  const key = signingKeyArn(aws.organization);
  const config = join(beside, 'trailwatch.yaml');
  writeFileSync(config, `${readFileSync('sandbox/config.yaml', 'utf8')}  sign: { key: "${key}" }\n`);
  try {
    await prepareDataDir(join(cwd, 'data'));
    const run = async (...args: string[]) => {
      let said = '';
      const stdout = { write: (text: string) => (said += text) };
      const env = { ...process.env, TRAILWATCH_CONFIG: config };
      const code = await digest(args, { stdout, stderr: stdout, stdin: process.stdin, env, cwd });
      return { code, said };
    };
    const dry = await run('evidence', '--dry-run');
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.said).toMatch(/controls/);
    expect(readdirSync(cwd)).toEqual(['data']);

    const made = await run('evidence', '--out', 'evidence', '--json');
    expect(made.code).toBe(0);
    expect(JSON.parse(made.said)).toMatchObject({
      title: 'Evidence',
      manifestSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(readdirSync(join(cwd, 'evidence')).toSorted()).toEqual([
      'about.json',
      'evidence',
      'findings.csv',
      'findings.json',
      'manifest.json',
      'manifest.jws',
      'report.pdf',
      'trend.png',
    ]);
    expect(await run('verify', 'evidence')).toMatchObject({ code: 3 });
    expect(await run('verify', 'evidence', '--audit-log')).toMatchObject({ code: 0 });
    // The signature is that of the key, which whoever checks it has from elsewhere.
    const { publicKey } = await aws
      .client(KMSClient, { account: aws.organization.homeAccount })
      .send(new GetPublicKeyCommand({ KeyId: key }))
      .then(({ PublicKey = '' }) => ({
        publicKey: createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' }),
      }));
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    const pem = (name: string, of: KeyObject) =>
      writeFileSync(join(beside, name), of.export({ format: 'pem', type: 'spki' }));
    pem('key.pem', publicKey);
    pem('other.pem', other);
    expect((await run('verify', 'evidence')).said).toContain(`Signed by ${key}, as about.json says itself`);
    const given = await run('verify', 'evidence', '--public-key', join(beside, 'key.pem'));
    expect(given).toMatchObject({
      code: 0,
      said: expect.stringMatching(/whose public key you gave.\nAll \d+ files are/),
    });
    const wrong = await run('verify', 'evidence', '--public-key', join(beside, 'other.pem'));
    expect(wrong).toMatchObject({ code: 1, said: expect.stringContaining('The signature is not that of') });
    expect(readFileSync(join(cwd, 'evidence', 'about.json'), 'utf8')).toContain('"algorithm": "RS256"');
    // It asks no account, and has minutes.
    const alerts = await run('alert-numbers', '--out', 'alerts');
    expect(alerts.said).toMatch(/^No alert in the week\.\nAlerts: 0\nMedian to acknowledge: –\n/);
    await expect(run('evidence', '--out', 'evidence')).rejects.toThrow(/not empty/);
    await expect(run('evidence', 'now')).rejects.toThrow(/"now" is one word too many/);
    await expect(run('evidnce')).rejects.toThrow(/did you mean "evidence"/);
  } finally {
    for (const folder of [cwd, beside]) rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
