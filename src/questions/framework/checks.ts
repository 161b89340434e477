import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { Check, type Step } from '../../framework/check.ts';
import { didYouMean } from '../../words/nearest.ts';
import { clip } from '../../words/text.ts';

const folder = join(import.meta.dirname, '../../framework/steps');

const StepModule = z.object({
  step: z.object({
    number: z.int().min(1).max(16),
    name: z.string(),
    sentence: z.string(),
    question: z.string().nullable(),
  }),
});

/** A step with its checks, in the order of their files' names. */
export interface StepChecks {
  step: Step;
  checks: readonly Check[];
}

let known: Promise<readonly StepChecks[]> | undefined;

/** The steps and their checks as they stand in framework/steps/: a check is a file there and is named nowhere else. */
export function steps(): Promise<readonly StepChecks[]> {
  known ??= Promise.all(
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => readStep(join(folder, name))),
  ).then((all) => all.toSorted((a, b) => a.step.number - b.step.number));
  return known;
}

async function readStep(path: string): Promise<StepChecks> {
  const { step } = StepModule.parse(await import(pathToFileURL(join(path, 'step.ts')).href));
  const files = readdirSync(join(path, 'checks')).filter((name) => name.endsWith('.ts'));
  const checks = await Promise.all(
    files.toSorted().map(async (name) => {
      const { check } = z
        .object({ check: z.instanceof(Check) })
        .parse(await import(pathToFileURL(join(path, 'checks', name)).href));
      if (check.about.id !== name.replace('.ts', ''))
        throw new Error(`The check of ${name} calls itself ${check.about.id}.`);
      return check;
    }),
  );
  return { step, checks };
}

/** What is wrong with the name of a step or check, in a sentence; undefined: there is one. */
export async function noSuchStep(of: string): Promise<string | undefined> {
  const all = await steps();
  const names = [
    ...all.map(({ step }) => String(step.number)),
    ...all.flatMap(({ checks }) => checks.map(({ about }) => about.id)),
  ];
  if (names.includes(of)) return undefined;
  if (/^\d+$/.test(of)) return `There is no step ${clip(of, 20)}: they are 1 to ${all.length}.`;
  return `There is no step or check "${clip(of, 60)}"${didYouMean(of, names) || '.'}`;
}
