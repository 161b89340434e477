import { isRecord, parseJson } from '../words/json.ts';

/** One value of a configuration by the way to it: `rolePolicyList[audit].policyDocument.Statement[0].Action`. */
export type Leaves = ReadonlyMap<string, string>;

/** What changed between two configurations, by the way to it; null: it was not there, or is not any more. */
export interface Difference {
  path: string;
  before: string | null;
  after: string | null;
}

/** Members that name an item of a list: so it is known again though others came before it. */
const names = ['policyName', 'policyArn', 'Sid', 'key', 'name', 'id', 'groupName', 'instanceProfileName'];

/**
 * A configuration as AWS Config has it, as flat text: policies are written in it as JSON, URL-encoded or not, and are read;
 * lists of plain values are one line, sorted, for their order means nothing in policies.
 */
export function leavesOf(configuration: unknown): Leaves {
  const leaves = new Map<string, string>();
  walk(configuration, '', leaves);
  return leaves;
}

function walk(value: unknown, path: string, leaves: Map<string, string>): void {
  const read = typeof value === 'string' ? document(value) : value;
  if (Array.isArray(read)) {
    if (read.every((item) => typeof item !== 'object' || item === null)) {
      if (read.length > 0) leaves.set(path, read.map(String).toSorted().join(', '));
      return;
    }
    for (const [place, item] of read.entries()) walk(item, `${path}[${nameOf(item) ?? place}]`, leaves);
    return;
  }
  if (isRecord(read)) {
    for (const [key, inner] of Object.entries(read)) walk(inner, path === '' ? key : `${path}.${key}`, leaves);
    return;
  }
  if (read !== null && read !== undefined && read !== '') leaves.set(path, String(read));
}

/** A policy in a string, read; anything else as it is. */
function document(text: string): unknown {
  const plain = /^%7B/i.test(text) ? decoded(text) : text;
  return plain.startsWith('{') ? (parseJson(plain) ?? text) : text;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const nameOf = (item: unknown): string | undefined =>
  isRecord(item) ? names.map((name) => item[name]).find((name) => typeof name === 'string') : undefined;

/** What differs, in the order of the ways. */
export function differences(before: Leaves, after: Leaves): readonly Difference[] {
  return [...new Set([...before.keys(), ...after.keys()])].toSorted().flatMap((path) => {
    const [was, is] = [before.get(path) ?? null, after.get(path) ?? null];
    return was === is ? [] : [{ path, before: was, after: is }];
  });
}
