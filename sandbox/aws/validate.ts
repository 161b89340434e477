import type { Model, Shape } from './models/model.ts';

/** One way in which a value breaks its model. */
export interface Violation {
  /** As AWS writes it: `lookupAttributes.1.member.attributeKey`. */
  path: string;
  kind: 'missing' | 'type' | 'constraint' | 'unknown';
  /** What must hold: `Member must have length less than or equal to 64`. */
  rule: string;
  value: unknown;
}

/**
 * Everything in which a value, in the SDK's shape, differs from its shape in the API model: members that are missing or
 * unknown, types, enums, lengths, ranges and patterns.
 */
export function violations(model: Model, shapeName: string, value: unknown, path = ''): Violation[] {
  const shape = model.shapes[shapeName];
  if (shape === undefined) throw new Error(`The model has no shape ${shapeName}.`);
  const wrong = (kind: Violation['kind'], rule: string): Violation[] => [{ path, kind, rule, value }];
  if (shape.document) return [];
  switch (shape.type) {
    case 'structure':
      return isRecord(value)
        ? structureViolations(model, shape, value, path)
        : wrong('type', 'Member must be a structure');
    case 'list': {
      if (!Array.isArray(value)) return wrong('type', 'Member must be a list');
      const member = shape.member?.shape ?? '';
      const items = value.flatMap((item, index) => violations(model, member, item, `${path}.${index + 1}.member`));
      return [...sizeViolations(shape, value.length, wrong), ...items];
    }
    case 'map': {
      if (!isRecord(value)) return wrong('type', 'Member must be a map');
      const entries = Object.entries(value).flatMap(([key, held]) => [
        ...violations(model, shape.key?.shape ?? '', key, `${path}.key`),
        ...violations(model, shape.value?.shape ?? '', held, `${path}.${key}.member`),
      ]);
      return [...sizeViolations(shape, Object.keys(value).length, wrong), ...entries];
    }
    case 'string':
      return typeof value === 'string'
        ? stringViolations(shape, value, wrong)
        : wrong('type', 'Member must be a string');
    case 'integer':
    case 'long':
    case 'double':
    case 'float':
      return typeof value === 'number' && !Number.isNaN(value)
        ? numberViolations(shape, value, wrong)
        : wrong('type', 'Member must be a number');
    case 'boolean':
      return typeof value === 'boolean' ? [] : wrong('type', 'Member must be true or false');
    case 'timestamp':
      return value instanceof Date && !Number.isNaN(value.getTime()) ? [] : wrong('type', 'Member must be a timestamp');
    case 'blob':
      return value instanceof Uint8Array
        ? sizeViolations(shape, value.length, wrong)
        : wrong('type', 'Member must be bytes');
    default:
      throw new Error(`The model has a shape of an unknown type: ${shape.type}.`);
  }
}

type Wrong = (kind: Violation['kind'], rule: string) => Violation[];

function structureViolations(
  model: Model,
  { required = [], members = {}, union }: Shape,
  value: Readonly<Record<string, unknown>>,
  path: string,
): Violation[] {
  const at = (name: string): string => (path === '' ? lowerFirst(name) : `${path}.${lowerFirst(name)}`);
  const given = Object.entries(value).filter(([, held]) => held !== undefined);
  const missing = required
    .filter((name) => value[name] === undefined)
    .map((name): Violation => ({ path: at(name), kind: 'missing', rule: 'Member must not be null', value: null }));
  const inside = given.flatMap(([name, held]): Violation[] => {
    const member = members[name];
    return member === undefined
      ? [{ path: at(name), kind: 'unknown', rule: 'Member is not part of the model', value: held }]
      : violations(model, member.shape, held, at(name));
  });
  const torn: Violation[] =
    union && given.length !== 1 ? [{ path, kind: 'constraint', rule: 'Exactly one member must be set', value }] : [];
  return [...missing, ...torn, ...inside];
}

function stringViolations(shape: Shape, value: string, wrong: Wrong): Violation[] {
  const found = lengthViolations(shape, [...value].length, wrong);
  if (shape.enum !== undefined && !shape.enum.includes(value))
    found.push(...wrong('constraint', `Member must satisfy enum value set: [${shape.enum.join(', ')}]`));
  if (shape.pattern !== undefined && !compile(shape.pattern).test(value))
    found.push(...wrong('constraint', `Member must satisfy regular expression pattern: ${shape.pattern}`));
  return found;
}

const bounds =
  (noun: string) =>
  ({ min, max }: Shape, size: number, wrong: Wrong): Violation[] => [
    ...(min !== undefined && size < min
      ? wrong('constraint', `Member must have ${noun} greater than or equal to ${min}`)
      : []),
    ...(max !== undefined && size > max
      ? wrong('constraint', `Member must have ${noun} less than or equal to ${max}`)
      : []),
  ];
const lengthViolations = bounds('length');
const numberViolations = bounds('value');
const sizeViolations = lengthViolations;

/** As the JSON of the API has it: the models write `LookupAttributes`, the messages `lookupAttributes`. */
const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

const compiled = new Map<string, RegExp>();

/**
 * A pattern of the models, matched against the whole value as AWS does. They are written for Java: inline flags and
 * possessive classes are put into JavaScript's words.
 */
export function compile(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const dotAll = pattern.includes('(?s)');
  const source = pattern
    .replace('(?s)', '')
    .replace(/\\Z|\\z/g, '$')
    .replace(/\\A/g, '^');
  const regex = build(`^(?:${source})$`, dotAll ? 's' : '');
  compiled.set(pattern, regex);
  return regex;
}

function build(source: string, flags: string): RegExp {
  try {
    // With `u`, `\p{L}` and characters beyond 16 bits mean what they mean in Java.
    return new RegExp(source, `u${flags}`);
  } catch {
    return new RegExp(source, flags);
  }
}

/** AWS's own sentence for a request that breaks the model. */
export function describeViolations(found: readonly Violation[]): string {
  const each = found.map(({ path, rule, value, kind }) =>
    kind === 'missing'
      ? `Value null at '${path}' failed to satisfy constraint: ${rule}`
      : `Value '${typeof value === 'object' ? JSON.stringify(value) : String(value)}' at '${path}' failed to satisfy constraint: ${rule}`,
  );
  return `${found.length} validation error${found.length === 1 ? '' : 's'} detected: ${each.join('; ')}`;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
