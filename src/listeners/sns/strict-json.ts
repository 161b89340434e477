import { Refused } from './message.ts';

// A genuine envelope is three deep (MessageAttributes, one attribute, its value).
const maxDepth = 8;

/**
 * A JSON object that every parser reads alike. Beyond JSON.parse it refuses what lets two readers of one text see
 * different things: a byte order mark, invalid UTF-8, a key twice in one object, `__proto__`; and deep nesting.
 * @throws Refused 400 `json`
 */
export const parseStrictJson = (body: Uint8Array | string): { text: string; json: Record<string, unknown> } => {
  const text = typeof body === 'string' ? body : decode(body);
  if (text.startsWith('\uFEFF')) refuse('starts with a byte order mark');
  const json = parse(text);
  checkKeys(text);
  if (!isObject(json)) return refuse('is not a JSON object');
  return { text, json };
};

const refuse = (why: string): never => {
  throw new Refused(400, 'json', `The body ${why}.`);
};

const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse('is not valid UTF-8');
  }
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return refuse('is not valid JSON');
  }
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

// Strings and the punctuation that gives them their place. Linear only on text that JSON.parse took: run it after.
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g;

const checkKeys = (text: string): void => {
  /** The keys seen so far in each object and array that is open here, outermost first. */
  const open: Set<string>[] = [];
  let lastString = '';
  for (const [part] of text.matchAll(token)) {
    switch (part) {
      case '{':
      case '[':
        if (open.length === maxDepth) refuse(`is nested deeper than ${maxDepth} levels`);
        open.push(new Set());
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ':': {
        // Compared after unescaping: "\u0054ype" is the same key as "Type".
        const key = String(JSON.parse(lastString));
        const keys = open.at(-1);
        if (key === '__proto__') refuse('has the key "__proto__"');
        if (keys?.has(key)) refuse('has the same key twice in one object');
        keys?.add(key);
        break;
      }
      default:
        lastString = part;
    }
  }
};
