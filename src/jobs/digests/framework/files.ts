import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { inChunks } from '../../../reports/csv.ts';
import { ocsfFinding } from '../../../reports/framework/ocsf.ts';
import {
  type OscalCheck,
  type OscalRun,
  oscalEnd,
  oscalObservation,
  oscalStart,
} from '../../../reports/framework/oscal.ts';
import type { ReportedResult } from '../../../reports/framework/result.ts';
import { observationId } from '../../../reports/framework/uuid.ts';

/**
 * Writes the results as OSCAL assessment results and as OCSF findings while they pass through, so that each is read once
 * and memory does not grow with their number. `checks` is asked when all have passed.
 */
export async function* alsoStandards(
  folder: string,
  results: AsyncIterable<ReportedResult>,
  run: OscalRun,
  checks: { known: readonly Omit<OscalCheck, 'counts'>[]; counted: () => readonly OscalCheck[] },
): AsyncGenerator<ReportedResult, void> {
  await using oscal = await open(join(folder, 'oscal-assessment-results.json'), 'w');
  await using ocsf = await open(join(folder, 'ocsf-compliance-findings.jsonl'), 'w');
  await oscal.appendFile(oscalStart(run, checks.known));
  const observed = new Map<string, string[]>();
  let any = false;
  for await (const chunk of inChunks(results)) {
    await appendLines(
      ocsf,
      chunk.map((result) => ocsfFinding(result, run.version)),
      '',
      '\n',
    );
    const seen = chunk.filter(({ row }) => row.verdict === 'fail' || row.verdict === 'unknown');
    for (const { row } of seen) {
      const ids = observed.get(row.check) ?? [];
      observed.set(row.check, ids);
      ids.push(observationId(row));
    }
    any = (await appendLines(oscal, seen.map(oscalObservation), any ? ',\n' : '', '')) || any;
    yield* chunk;
  }
  await oscal.appendFile(oscalEnd(run, checks.counted(), observed, any));
}

async function appendLines(
  file: FileHandle,
  objects: readonly (object | null)[],
  before: string,
  after: string,
): Promise<boolean> {
  const lines = objects.flatMap((object) => (object === null ? [] : [JSON.stringify(object)]));
  if (lines.length === 0) return false;
  await file.appendFile(before + lines.join(after === '' ? ',\n' : '\n') + after);
  return true;
}
