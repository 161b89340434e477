import { isRecord } from '../../src/words/json.ts';

/** Values that Slack never sends in such a place, by what they are. */
const odd: Readonly<Record<string, unknown>> = {
  null: null,
  'a number': 5,
  'a list of null': [null],
  'an empty object': {},
  'an empty text': '',
  'a long text': 'x'.repeat(10_000),
  'the name of a prototype': '__proto__',
};

/** Every value of `payload`, at any depth, left out and replaced by each odd one: what was done, and what came of it. */
export function* altered(payload: unknown): Generator<[name: string, payload: unknown]> {
  for (const path of pathsOf(payload)) {
    yield [`${path.join('.')} left out`, replaced(payload, path, undefined)];
    for (const [name, value] of Object.entries(odd))
      yield [`${path.join('.')} is ${name}`, replaced(payload, path, value)];
  }
}

function* pathsOf(value: unknown): Generator<string[]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield [key];
    for (const path of pathsOf(inner)) yield [key, ...path];
  }
}

function replaced(value: unknown, [key = '', ...rest]: readonly string[], by: unknown): unknown {
  const change = (old: unknown) => (rest.length === 0 ? by : replaced(old, rest, by));
  if (Array.isArray(value)) return value.map((item, at) => (String(at) === key ? change(item) : item));
  return isRecord(value) ? { ...value, [key]: change(value[key]) } : value;
}

/** What an attacker would have a button, a menu or a field of a form carry. */
export const hostileValues: readonly string[] = [
  '',
  '1e99',
  '999999999',
  '99999999999999999999',
  "1'; drop table alert; --",
  '<!channel> <https://evil.example|Acknowledge>',
  '\u0000',
  '\ud800',
  '{"__proto__":{"admin":true}}',
  '{"schedule":"<!channel>","from":"+275760-09-13","until":"x","asker":"U0ANA","other":"U0ANA"}',
  '{"alert":1e15,"from":"U0ANA","until":"9999-12-31T23:59:59Z"}',
  '999999999:99999',
  'alerts-bulk:1:any:open::%E0%A4%A,,,,1e99,1e99',
  'x'.repeat(2000),
];
