import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digest } from '../../src/cli/digest.ts';
import { bot } from '../aws/bot.ts';
import { startHarness } from '../sandbox/aws/harness.ts';
import { prepareDataDir } from '../store/fresh-store.ts';

test('the evidence from a terminal: files that verify, data with --json, and a dry run that leaves nothing', async () => {
  await using aws = await startHarness();
  bot(aws);
  const cwd = mkdtempSync(join(tmpdir(), 'trailwatch-cli-'));
  try {
    await prepareDataDir(join(cwd, 'data'));
    const run = async (...args: string[]) => {
      let said = '';
      const stdout = { write: (text: string) => (said += text) };
      const env = { ...process.env, TRAILWATCH_CONFIG: join(process.cwd(), 'sandbox/config.yaml') };
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
      'report.pdf',
      'trend.png',
    ]);
    expect(await run('verify', 'evidence')).toMatchObject({ code: 3 });
    expect(await run('verify', 'evidence', '--audit-log')).toMatchObject({ code: 0 });
    // It asks no account, and has minutes.
    const alerts = await run('alert-numbers', '--out', 'alerts');
    expect(alerts.said).toMatch(/^No alert in the week\.\nAlerts: 0\nMedian to acknowledge: –\n/);
    await expect(run('evidence', '--out', 'evidence')).rejects.toThrow(/not empty/);
    await expect(run('evidence', 'now')).rejects.toThrow(/"now" is one word too many/);
    await expect(run('evidnce')).rejects.toThrow(/did you mean "evidence"/);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}, 120_000);
