import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..');

/** What the script says of a tag in a folder with this changelog and version 1.2.0. */
function notes(tag: string, changelog: string): { code: number | null; out: string; err: string } {
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-release-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'package.json'), '{"version":"1.2.0"}');
  writeFileSync(join(folder, 'CHANGELOG.md'), changelog);
  const ran = spawnSync(process.execPath, [join(root, 'scripts', 'release-notes.mjs'), tag], { cwd: folder });
  return { code: ran.status, out: String(ran.stdout), err: String(ran.stderr) };
}

const older = '## [1.1.0] - 2026-10-01\n\n- Old.\n';

test('a release says what the changelog says of its version, and nothing of others', () => {
  const changelog = `# Changelog\n\n## [1.2.0] - 2026-11-28\n\n### Added\n\n- New.\n\n${older}`;
  expect(notes('v1.2.0', changelog)).toEqual({ code: 0, out: '### Added\n\n- New.\n', err: '' });
});

test.each([
  ['v1.3.0', `## [1.2.0] - 2026-11-28\n\n- New.\n\n${older}`, /The tag is v1\.3\.0, and package\.json says 1\.2\.0/],
  ['v1.2.0', `## [1.2.0] - unreleased\n\n- New.\n\n${older}`, /does not say when 1\.2\.0 was released/],
  ['v1.2.0', older, /has no section \[1\.2\.0\]/],
])('%s is refused where tag, version and changelog do not agree', (tag, changelog, said) => {
  expect(notes(tag, changelog)).toEqual({ code: 1, out: '', err: expect.stringMatching(said) });
});

test('the workflow runs nothing of others that is not fixed by its commit', () => {
  const Workflow = z.object({
    jobs: z.record(z.string(), z.object({ steps: z.array(z.object({ uses: z.string().optional() })) })),
  });
  const text = readFileSync(join(root, '.github', 'workflows', 'release.yml'), 'utf8');
  const steps = Object.values(Workflow.parse(parse(text)).jobs).flatMap((job) => job.steps);
  const used = steps.flatMap(({ uses }) => uses ?? []);
  expect(used.length).toBeGreaterThan(0);
  for (const each of used) expect(each).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
});
