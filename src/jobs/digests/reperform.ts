import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { evaluate } from '../../framework/credential-report/evaluate.ts';
import type { Thresholds } from '../../framework/credential-report/thresholds.ts';
import { configSource, packControls } from '../../framework/evidence/conformance.ts';
import { HubFinding, hubControls, securityHubSource } from '../../framework/evidence/security-hub.ts';
import { EvidenceSnapshot } from '../../framework/evidence/snapshot.ts';
import { About, aboutName } from '../../reports/about.ts';
import { type CsvCell, csvLines, csvStart } from '../../reports/csv.ts';
import { type ReportedFinding, reportedFinding } from '../../reports/findings.ts';
import { filesBelow } from '../../reports/manifest.ts';
import { Answers, answersName, factsOf, reportName } from './credential-report/answers.ts';
import { header } from './evidence/words.ts';

/** What came of finding everything again from what AWS answered. */
export interface Reperformed {
  /** How many findings, or controls, were found again. */
  found: number;
  /** Sentences on what differs; none: the files say what follows from the answers. */
  differences: string[];
}

/**
 * Comes to the findings of a digest again, from the answers in its folder and the limits in `about.json` alone.
 * @throws Error with a sentence for people when the folder has not what that takes
 */
export async function reperform(folder: string): Promise<Reperformed> {
  const about = About.safeParse(await jsonIn(folder, aboutName));
  if (!about.success)
    throw new Error(
      `${aboutName} is not there or cannot be read: the findings of older reports cannot be found again.`,
    );
  const { digest, limits } = about.data;
  if (digest === 'credential-report' && limits !== null) return credentials(folder, limits);
  if (digest === 'evidence') return evidence(folder);
  throw new Error(
    `The findings of the digest ${digest} cannot be found again from its files: it keeps no answers of AWS.`,
  );
}

async function jsonIn(folder: string, name: string): Promise<unknown> {
  const text = await readFile(join(folder, name), 'utf8').catch(() => null);
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${name} is no JSON: it was changed or cut off.`);
  }
}

const Row = z.object({
  finding: z.object({ key: z.string(), sentence: z.string(), severity: z.string(), account: z.string() }),
  change: z.string().nullable(),
});

/** Changes that say that a finding was found now. */
const foundNow: ReadonlySet<string | null> = new Set(['baseline', 'new', 'reappeared', 'stricter', 'open', null]);

async function credentials(folder: string, limits: Thresholds): Promise<Reperformed> {
  const said = z.array(Row).parse(await jsonIn(folder, 'findings.json'));
  const written = new Map(
    said.flatMap(({ finding, change }) => (foundNow.has(change) ? [[finding.key, finding] as const] : [])),
  );
  const differences: string[] = [];
  let found = 0;
  for (const account of await accountsOf(folder, /^raw\/(\d{12})-answers\.json$/)) {
    const answers = Answers.parse(await jsonIn(folder, answersName(account)));
    const report = await readFile(join(folder, reportName(account)));
    for (const { key, sentence, severity, user, rule } of evaluate(factsOf(report, answers), limits).findings) {
      const other = written.get(key);
      written.delete(key);
      found += 1;
      if (other === undefined)
        differences.push(`${account}: ${rule} of ${user} follows from raw/ and is not in findings.json`);
      else if (other.sentence !== sentence || other.severity !== severity)
        differences.push(`${account}: ${rule} of ${user} reads otherwise: ${sentence}`);
    }
  }
  for (const { account, sentence } of written.values())
    differences.push(`${account}: in findings.json, and does not follow from raw/: ${sentence}`);
  const rows: ReportedFinding[] = JSON.parse(await readFile(join(folder, 'findings.json'), 'utf8'));
  differences.push(...(await tableDiffers(folder, reportedFinding.header, rows.map(reportedFinding.cells))));
  return { found, differences };
}

/** Whether `findings.csv`, which people open, says what `findings.json` says, which is compared with the answers. */
async function tableDiffers(folder: string, header: readonly string[], rows: readonly (readonly CsvCell[])[]) {
  const said = await readFile(join(folder, 'findings.csv'), 'utf8');
  return said === csvStart(header) + csvLines(rows) ? [] : ['findings.csv says something else than findings.json'];
}

const RawRegion = z.object({ region: z.string(), source: z.string(), answers: z.unknown() });
const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Hub = z.object({ standards: z.array(z.string()), findings: z.array(HubFinding) });
const Packs = z.object({
  rules: z.array(
    z.object({
      pack: z.string(),
      rule: z.string(),
      verdict: z.string(),
      domain: z.string().nullable(),
      evaluatedAt: z.string().nullable(),
      failing: z.array(z.object({ resource: z.string(), since: z.string().nullable() })),
    }),
  ),
});

async function evidence(folder: string): Promise<Reperformed> {
  const differences: string[] = [];
  let found = 0;
  const names = (await filesBelow(folder)).map(({ name }) => name);
  for (const account of await accountsOf(folder, /^evidence\/(\d{12})-config\.json$/)) {
    const { controls } = EvidenceSnapshot.parse(await jsonIn(folder, `evidence/${account}-config.json`));
    const written = new Map(controls.map((control) => [control.key, control]));
    for (const name of names.filter((each) => each.startsWith(`raw/${account}-`))) {
      const { region, source, answers } = RawRegion.parse(await jsonIn(folder, name));
      if (answers === null || answers === undefined) continue;
      for (const control of controlsOf(source, { account, region }, answers)) {
        const other = written.get(control.key);
        written.delete(control.key);
        found += 1;
        if (other?.status !== control.status || other.counts.noncompliant !== control.counts.noncompliant)
          differences.push(
            `${account} in ${region}: ${control.key} is ${control.status ?? 'without a status'} by ${name}`,
          );
      }
    }
    for (const key of written.keys()) differences.push(`${account}: ${key} does not follow from raw/`);
  }
  const rows = z.array(z.record(z.string(), Cell)).parse(await jsonIn(folder, 'findings.json'));
  const cells = rows.map((row) => header.map((name) => row[name] ?? null));
  differences.push(...(await tableDiffers(folder, header, cells)));
  return { found, differences };
}

function controlsOf(source: string, where: { account: string; region: string }, answers: unknown) {
  if (source === configSource) return packControls(Packs.parse(answers).rules, where);
  if (source !== securityHubSource) return [];
  return hubControls(Hub.parse(answers).findings, { ...where, ...Hub.parse(answers), titles: new Map() });
}

const accountsOf = async (folder: string, name: RegExp): Promise<string[]> =>
  (await filesBelow(folder)).flatMap((file) => name.exec(file.name)?.[1] ?? []);
