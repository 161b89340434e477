/**
 * Fuzzing guided by coverage: what reaches a block that nothing reached before is kept and changed further.
 *   npm run fuzz -- [TARGET…] [--seconds=60] [--seed=N]
 * A find is an error that a reader throws, or a second in which it does not return. Exit code 1 where there is one.
 */
import { parseArgs } from 'node:util';
import { openCoverage } from './coverage.ts';
import { mutated, randomFrom } from './mutate.ts';
import { type Target, targets } from './targets.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: String(Date.now() % 1e6) } },
});
const tooSlowMs = 1000;
/** Texts between two looks at the coverage. */
const groupSize = 30;

interface Find {
  input: string;
  wrong: string;
}

/** What is wrong with how a target reads a text; undefined: nothing. */
async function triedOn({ read }: Target, input: string): Promise<string | undefined> {
  const began = performance.now();
  try {
    await read(input);
  } catch (error) {
    const { stack, cause } = error instanceof Error ? error : new Error(String(error));
    return `${stack}${cause instanceof Error ? `\n${cause.stack}` : ''}`;
  }
  const ms = performance.now() - began;
  return ms > tooSlowMs ? `It took ${Math.round(ms)} ms for ${input.length} characters.` : undefined;
}

async function fuzz(name: string, target: Target, seconds: number, seed: number): Promise<Find[]> {
  const random = randomFrom(seed);
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)] ?? '';
  const coverage = await openCoverage();
  const known = new Set<string>();
  const kept: string[] = [];
  /** One of each kind: by the first line of its own that an error went through. */
  const finds = new Map<string, Find>();
  let runs = 0;
  const run = async (input: string): Promise<void> => {
    runs += 1;
    const wrong = await triedOn(target, input);
    if (wrong === undefined) return;
    const place = /at .*\/src\/.*$/m.exec(wrong)?.[0] ?? wrong.slice(0, 40);
    if (!finds.has(place)) finds.set(place, { input, wrong });
  };
  const fresh = async (): Promise<string[]> => (await coverage.take()).filter((block) => !known.has(block));
  /** Asking for the coverage takes longer than reading: only a group that reached something new is run again one by one. */
  const runAll = async (inputs: readonly string[]): Promise<void> => {
    for (const input of inputs) await run(input);
    if ((await fresh()).length === 0) return;
    for (const input of inputs) {
      await run(input);
      const reached = await fresh();
      for (const block of reached) known.add(block);
      if (reached.length > 0) kept.push(input);
    }
  };
  await coverage.take();
  await runAll(target.seeds);
  const seeded = known.size;
  for (const until = Date.now() + seconds * 1000; Date.now() < until; )
    await runAll(
      Array.from({ length: groupSize }, () => {
        // The newest lead on most often.
        const from = random() < 0.5 ? pick(kept.slice(-20)) : pick(kept);
        return mutated(from, pick(kept), target.words, random);
      }),
    );
  coverage.close();
  console.log(
    `${name}: ${runs} texts, ${known.size} blocks (${seeded} by the seeds), ${kept.length} kept, ${finds.size} found`,
  );
  for (const { input, wrong } of finds.values()) console.log(`  ${JSON.stringify(input).slice(0, 2000)}\n  ${wrong}\n`);
  return [...finds.values()];
}

const names = positionals.length > 0 ? positionals : Object.keys(targets);
const seed = Number(values.seed);
console.log(`Seed ${seed}.`);
let found = 0;
for (const name of names) {
  const target = targets[name];
  if (target === undefined) throw new Error(`There is no target ${name}: ${Object.keys(targets).join(', ')}.`);
  found += (await fuzz(name, target, Number(values.seconds) / names.length, seed)).length;
}
process.exitCode = found > 0 ? 1 : 0;
