import { BlockList, isIP } from 'node:net';
import { PatternError, wildcard } from './metric-filter.ts';

/** Whether a part of a pattern matches a value; undefined: the event has nothing there. */
type Test = (value: unknown) => boolean;

/**
 * Reads an event pattern of EventBridge and returns whether it matches an event.
 * Source: EventBridge user guide, "Comparison operators for use in event patterns".
 * @throws PatternError for JSON that is none and for what the guide does not know
 */
export function parseEventPattern(text: string): (event: unknown) => boolean {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    throw new PatternError('Event pattern is not valid. Reason: it is not JSON.');
  }
  if (!isObject(pattern)) throw invalid('Filter is not an object');
  return objectTest(pattern);
}

const invalid = (reason: string): PatternError => new PatternError(`Event pattern is not valid. Reason: ${reason}`);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** All fields of a pattern must match; of several objects in a list, one must match in all fields. */
function objectTest(pattern: Readonly<Record<string, unknown>>): Test {
  const fields = Object.entries(pattern);
  if (fields.length === 0) throw invalid('Empty objects are not allowed');
  const tests = fields.map(([name, of]) => (name === '$or' ? orTest(of) : fieldTest(name, of)));
  const one: Test = (value) => tests.every((test) => test(value));
  return (value) => (Array.isArray(value) ? value.some(one) : one(value));
}

function orTest(of: unknown): Test {
  if (!Array.isArray(of) || of.length < 2) throw invalid('$or must be an array of two patterns or more');
  const tests = of.map((each: unknown) => {
    if (!isObject(each)) throw invalid('$or must hold objects');
    return objectTest(each);
  });
  return (value) => tests.some((test) => test(value));
}

function fieldTest(name: string, of: unknown): Test {
  const test = isObject(of) ? objectTest(of) : leafTest(name, of);
  return (value) => test(isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined);
}

/** One of the matchers must match the value, or one of the values of a list. */
function leafTest(name: string, of: unknown): Test {
  if (!Array.isArray(of)) throw invalid(`"${name}" must be an object or an array`);
  if (of.length === 0) throw invalid('Empty arrays are not allowed');
  const tests = of.map(matcher);
  return (value) =>
    tests.some(({ test, ofAbsent }) => {
      if (ofAbsent !== undefined) return (value !== undefined) !== ofAbsent;
      const values: unknown[] = Array.isArray(value) ? value : [value];
      return values.some((one) => one !== undefined && test(one));
    });
}

interface LeafMatcher {
  test: Test;
  /** Of `exists`: whether it wants that there is nothing. */
  ofAbsent?: boolean;
}

function matcher(of: unknown): LeafMatcher {
  if (!isObject(of)) {
    if (Array.isArray(of)) throw invalid('Arrays in arrays are not allowed');
    return { test: (value) => value === of };
  }
  const [[kind, argument] = ['', undefined], ...more] = Object.entries(of);
  if (more.length > 0) throw invalid('Only one key allowed in match expression');
  if (kind === 'exists') {
    if (typeof argument !== 'boolean') throw invalid('exists match pattern must be either true or false.');
    return { test: () => true, ofAbsent: !argument };
  }
  if (kind === 'anything-but') return { test: anythingBut(argument) };
  if (kind === 'numeric') return { test: numeric(argument) };
  if (kind === 'cidr') return { test: cidr(argument) };
  return { test: textTest(kind, argument) };
}

const texts: Readonly<Record<string, (wanted: string, ignoreCase: boolean) => (value: string) => boolean>> = {
  prefix: (wanted, ignoreCase) => (value) => cased(value, ignoreCase).startsWith(cased(wanted, ignoreCase)),
  suffix: (wanted, ignoreCase) => (value) => cased(value, ignoreCase).endsWith(cased(wanted, ignoreCase)),
  'equals-ignore-case': (wanted) => (value) => cased(value, true) === cased(wanted, true),
  wildcard: (wanted) => {
    if (wanted.includes('**')) throw invalid('Consecutive wildcard characters');
    const pattern = wildcard(wanted);
    return (value) => pattern.test(value);
  },
};

const cased = (text: string, ignore: boolean): string => (ignore ? text.toLowerCase() : text);

/** prefix, suffix, equals-ignore-case and wildcard; the first two may ignore case themselves. */
function textTest(kind: string, argument: unknown): Test {
  const make = Object.hasOwn(texts, kind) ? texts[kind] : undefined;
  if (make === undefined) throw invalid(`Unrecognized match type ${kind}`);
  const ignoring =
    (kind === 'prefix' || kind === 'suffix') && isObject(argument) ? argument['equals-ignore-case'] : undefined;
  const wanted = ignoring ?? argument;
  if (typeof wanted !== 'string') throw invalid(`${kind} match pattern must be a string`);
  const test = make(wanted, ignoring !== undefined);
  return (value) => typeof value === 'string' && test(value);
}

function anythingBut(argument: unknown): Test {
  if (isObject(argument)) {
    const [[kind, of] = ['', undefined], ...more] = Object.entries(argument);
    if (more.length > 0) throw invalid('Only one key allowed in anything-but');
    const tests = listOf(of).map((one) => textTest(kind, one));
    return (value) => !tests.some((test) => test(value));
  }
  const values = listOf(argument);
  for (const value of values)
    if (typeof value !== 'string' && typeof value !== 'number')
      throw invalid('Value of anything-but must be an array or single string/number value.');
  return (value) => !values.includes(value);
}

function listOf(value: unknown): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw invalid('Empty arrays are not allowed');
  return list;
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** `[">=", 4, "<", 7]`. */
function numeric(argument: unknown): Test {
  if (!Array.isArray(argument) || ![2, 4].includes(argument.length)) throw invalid('Too many or few terms in numeric');
  const parts: readonly unknown[] = argument;
  const tests = [0, 2].slice(0, parts.length / 2).map((at) => {
    const [operator, limit] = [parts[at], parts[at + 1]];
    const compare =
      typeof operator === 'string' && Object.hasOwn(comparisons, operator) ? comparisons[operator] : undefined;
    if (compare === undefined || typeof limit !== 'number') throw invalid('Value of numeric must be operator, number');
    return (value: number) => compare(value, limit);
  });
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function cidr(argument: unknown): Test {
  const [address = '', bits] = typeof argument === 'string' ? argument.split('/') : [];
  const family = isIP(address);
  const size = Number(bits);
  if (family === 0 || bits === undefined || !Number.isInteger(size) || size < 0 || size > (family === 4 ? 32 : 128))
    throw invalid('Malformed CIDR');
  const name = family === 4 ? 'ipv4' : 'ipv6';
  const block = new BlockList();
  block.addSubnet(address, size, name);
  return (value) => typeof value === 'string' && isIP(value) === family && block.check(value, name);
}
