import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import { formatKey, type Problem, quote } from './problem.ts';

export type Path = readonly PropertyKey[];

/** Something to say about a place in the file, before its line is known. `at: 'key'` points at the key, not its value. */
export interface Remark {
  path: Path;
  message: string;
  at?: 'key';
}

export interface Yaml {
  /** The file as plain data, keys without a value left out; undefined when it is not YAML. */
  data: unknown;
  /** Syntax errors and keys that are there twice. */
  problems: Problem[];
  /** Every text in the file with its place. */
  texts: { path: Path; text: string }[];
  /** Gives a remark its line and column. */
  place(remark: Remark): Problem;
}

/** Parses a YAML text, remembering where everything stands. `file` is the name shown in problems. */
export function readYaml(file: string, source: string): Yaml {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const problemAt = (offset: number, key: string, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, key, message };
  };
  const problems = [...document.errors, ...document.warnings].map(({ code, pos: [offset], message }) =>
    code === 'DUPLICATE_KEY'
      ? problemAt(offset, '', `the key ${quote(keyAt(source, offset))} is here twice`)
      : problemAt(offset, '', `not valid YAML: ${message}`),
  );
  let data: unknown;
  if (document.errors.every(({ code }) => code === 'DUPLICATE_KEY')) {
    keepAccountIds(document);
    try {
      data = withoutEmptyKeys(document.toJS() ?? {});
    } catch {
      problems.push(problemAt(0, '', 'not usable YAML: an alias leads to itself, or to far too much; write it out'));
    }
  }
  return {
    data,
    problems,
    texts: textsIn(data),
    place: (remark) => {
      const { offset, path } = locate(document, remark);
      return problemAt(offset, formatKey(path), remark.message);
    },
  };
}

const keyAt = (source: string, offset: number): string => /^["']?([^"':\n]*)/.exec(source.slice(offset))?.[1] ?? '';

/** An account id without quotes is a number to YAML, which would lose its leading zeros. */
function keepAccountIds(document: Document): void {
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'number' && node.source !== undefined && /^\d{12}$/.test(node.source))
        node.value = node.source;
    },
  });
}

/** A key with nothing after it (because all of it is commented out) counts as not written. */
function withoutEmptyKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutEmptyKeys(inner)]),
  );
}

function textsIn(value: unknown, path: Path = []): { path: Path; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  return members(value).flatMap(([key, inner]) => textsIn(inner, [...path, key]));
}

/** The keys and values of an object, the indexes and items of a list, nothing of anything else. */
export function members(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) return [...value.entries()];
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/**
 * The offset of the deepest part of a path that is in the file, and the path as far as it makes sense to show: a
 * missing key is shown (the message says that it is missing), an index that a reader of the file cannot see is not.
 */
function locate(document: Document, { path, at }: Remark): { offset: number; path: Path } {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  const seen: PropertyKey[] = [];
  for (const [i, part] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    // One thing stands for a list of one.
    if (isMap(node) && typeof part === 'number') continue;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(part));
      // What is not in the file and has more below it is the long form of something written in short.
      if (pair === undefined && i < path.length - 1) continue;
      if (pair === undefined) return { offset, path: [...seen, part] };
      const pointAtKey = at === 'key' && i === path.length - 1;
      offset = (pointAtKey ? undefined : startOf(pair.value)) ?? startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = startOf(node) ?? offset;
    } else if (isSeq(node)) {
      // A list in short for an object that has it under this key.
      continue;
    } else return { offset, path: node === null ? [...seen, part] : seen };
    seen.push(part);
  }
  return { offset, path: seen };
}

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);
