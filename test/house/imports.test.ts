import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Each file with the files that it imports, types included: a circle of types is a circle for a reader, too. */
function importsOf(room: string): Map<string, string[]> {
  const files = globSync(`${room}/**/*.{ts,tsx}`, { cwd: root });
  const known = new Set(files);
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const named = text.matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\(\s*)'(\.[^']*)'/g);
      return [file, [...named].map(([, name = '']) => join(dirname(file), name)).filter((name) => known.has(name))];
    }),
  );
}

/** One circle of imports as the files on it, or undefined. */
function circleIn(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): string[] | undefined => {
    const met = way.indexOf(file);
    if (met >= 0) return [...way.slice(met), file];
    if (done.has(file)) return undefined;
    for (const next of imports.get(file) ?? []) {
      const circle = walk(next, [...way, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = walk(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

test.each(['src', 'sandbox'])('no file of %s imports itself in a circle', (room) => {
  const imports = importsOf(room);
  expect([...imports.values()].flat().length).toBeGreaterThan(100);
  expect(circleIn(imports)).toBeUndefined();
});

test('a circle is found', () => {
  const imports = new Map([
    ['a', ['b', 'd']],
    ['b', ['c']],
    ['c', ['b']],
    ['d', []],
  ]);
  expect(circleIn(imports)).toEqual(['b', 'c', 'b']);
});
