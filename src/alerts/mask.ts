import { isUtf8 } from 'node:buffer';
import { isRecord, type Json, parseJson } from '../words/json.ts';
import { secretShapes } from './secret-shapes.ts';

/** What stands in for a secret. */
const masked = '***';

/** Nesting and size that are kept; real payloads stay far below both. */
const maxDepth = 40;
const maxNodes = 50_000;

/** Names (lower case, separators taken out) whose text values are secrets. Access key *ids* are identifiers and stay. */
const secretName =
  /(?:password|passwd|passphrase|passcode|secret|secretkey|secretaccesskey|secretstring|secretbinary|token|tokenvalue|tokencode|(?:mfa|otp|totp|authentication|verification|confirmation|security|recovery|backup|login)code\d?|^otp|totp|onetimepassword|authorization|cookies?|privatekey|privatekeymaterial|apikey|accountkey|sharedaccesskey|accesskeysecret|authparams|plaintext|presignedurl|signature|userdata)$/;

/** Values that AWS has blanked already, and words that only say of which kind a token is: nothing to hide. */
const harmless = /^(?:HIDDEN_DUE_TO_SECURITY_REASONS|<?sensitiveDataRemoved>?|\*+|\[?redacted\]?|)$/i;

/**
 * What stands in a text that holds a secret, or the name of one, or an escape that may hide one. Each is looked for only
 * around a pair of characters that is rare in payloads. Names of keys may be written with any sign between their words.
 */
const suspects: readonly (readonly [pair: string, word: RegExp])[] = [
  ['ss', /pass[^a-z0-9]{0,4}(?:w|phrase|code)/i],
  ['cr', /secret/i],
  ['ok', /token/i],
  ['ho', /authori[sz]ation/i],
  ['ke', /(?:api|private|account|shared[^a-z0-9]{0,4}access)[^a-z0-9]{0,4}key/i],
  ['pa', /auth[^a-z0-9]{0,4}param/i],
  ['xt', /plain[^a-z0-9]{0,4}text/i],
  ['gn', /signature|pre[^a-z0-9]{0,4}signed/i],
  ['g=', /[?&;]sig=/i],
  ['--', /-----begin|--user/i],
  ['-u', /\s-u/i],
  ['be', /bearer/i],
  ['l=', /credential=/i],
  ['wd', /pwd\s?=/i],
  ['yj', /eyj/i],
  ['ki', /cookie/i],
  ['de', /(?:mfa|otp|cation|mation|curity|covery|ackup|login)[^a-z0-9]{0,4}code/i],
  ['ot', /otp/i],
  ['rd', /user[^a-z0-9]{0,4}data/i],
  ['_d', /user_data/i],
  ['-d', /user-data/i],
  ['sl', /hooks\.slack/i],
  ['\\u', /\\u/],
  ['\\/', /\\\//],
  ...secretShapes.map(({ pair, start }) => [pair, start] as const),
];

/** Which suspects a pair of characters begins, counted from one: a table of bytes stays in the processor's nearest memory. */
const suspectAt = new Uint8Array(128 * 128);
const suspectWords: RegExp[] = [];
for (const [pair, words] of Map.groupBy(suspects, ([pair]) => pair)) {
  suspectWords.push(new RegExp(words.map(([, word]) => word.source).join('|'), 'i'));
  suspectAt[pair.charCodeAt(0) * 128 + pair.charCodeAt(1)] = suspectWords.length;
}
const isBase64 = new Uint8Array(128);
/** Brackets, and the signs that an address with a password in it has. */
const isTelling = new Uint8Array(128);
for (const sign of '[]{}@/') isTelling[sign.charCodeAt(0)] = 1;
const lowerCase = new Uint8Array(128);
for (let code = 0; code < 128; code += 1) {
  const character = String.fromCharCode(code);
  lowerCase[code] = character.toLowerCase().charCodeAt(0);
  isBase64[code] = /[A-Za-z0-9+/]/.test(character) ? 1 : 0;
}

/**
 * True where nothing in a text can be a secret or the name of one, so that the patterns need not look through it, and
 * nothing is nested too deep to be kept. One pass, because every payload is asked.
 */
export function holdsNoSecret(text: string): boolean {
  let [before, run, depth, address, at] = [0, 0, 0, false, false];
  for (let place = 0; place < text.length; place += 1) {
    const code = text.charCodeAt(place);
    if (code > 127) {
      before = 0;
      run = 0;
      continue;
    }
    run = isBase64[code] === 1 ? run + 1 : 0;
    // Digests and paths have no capitals.
    if (run === 40 && /[A-Z]/.test(text.slice(place - 39, place + 1))) return false;
    const here = lowerCase[code] ?? 0;
    const suspect = suspectAt[before * 128 + here] ?? 0;
    if (suspect !== 0 && suspectWords[suspect - 1]?.test(text.slice(Math.max(0, place - 16), place + 16)) === true)
      return false;
    if (isTelling[code] === 1) {
      if (code === 64) at = true;
      else if (code === 91 || code === 123) depth += 1;
      else if (code === 93 || code === 125) depth -= 1;
      else if (before === 58) address = true;
      if (depth > maxDepth) return false;
    }
    before = here;
  }
  return !(at && address);
}

/** Each pattern is linear: every run it scans is either consumed by the match, bounded, or can start at one place only. */
const patterns: readonly [RegExp, string | ((match: string, ...groups: string[]) => string)][] = [
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g, masked],
  [/\b(hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/)[A-Za-z0-9/_-]{1,200}/g, `$1${masked}`],
  ...secretShapes.map(({ shape }): [RegExp, string] => [shape, masked]),
  [/(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)?/g, masked],
  [/\b(bearer\s{1,4})[A-Za-z0-9._~+/=-]{8,}/gi, `$1${masked}`],
  [
    /\b(authorization["'\\]{0,8}\s{0,4}[:=]\s{0,4}["'\\]{0,8}(?:basic|token|digest|apikey|ssws|negotiate|key)\s{1,4})[^\s"'\\]{4,}/gi,
    `$1${masked}`,
  ],
  // A header to its end: what a cookie holds may be a session.
  [
    /\b((?:set-)?cookie["'\\]{0,8}\s{0,4}[:=]\s{0,4}["'\\]{0,8})(?=[^\s=;"'\\]{1,200}=)[^"'\\\r\n]{1,8000}/gi,
    `$1${masked}`,
  ],
  // curl --user name:password
  [/((?<![\w-])(?:-u|--user)[ =]{1,4}["']?[^\s:"']{1,100}:)[^\s"']+/g, `$1${masked}`],
  [/([?&;]sig=)[A-Za-z0-9%+/=_-]{16,}/gi, `$1${masked}`],
  // Pre-signed URLs, and the Authorization header of SigV4: the key id of the credential scope stays readable.
  [
    /\b(x-amz-signature|x-amz-security-token|signature|x-amz-credential|credential)=([^&\s"'<>\\,]+)/gi,
    (_, name = '', value = '') => {
      const keyId = /credential$/i.test(name) ? /^[A-Z0-9]{16,32}(?=%2F|\/|$)/i.exec(value)?.[0] : undefined;
      return `${name}=${keyId === undefined ? masked : `${keyId}/${masked}`}`;
    },
  ],
  // https://user:password@host
  [/(:\/\/[^\s/:@]{0,100}:)[^\s/@]{1,200}@/g, `$1${masked}@`],
  // password = x, "secret_access_key": "x", also inside JSON that was put into a string; --password x
  [
    /((?:password|passwd|passphrase|passcode|(?<![a-z])pwd(?=\s?=\s?[^/\s])|(?:mfa|otp|security|verification|confirmation)[_-]?code|account[_-]?key|shared[_-]?access[_-]?key|secret[_-]?access[_-]?key|secret[_-]?key|client[_-]?secret|secret[_-]?(?:string|binary)|session[_-]?token|security[_-]?token|access[_-]?token|auth[_-]?token|refresh[_-]?token|id[_-]?token|api[_-]?key|private[_-]?key)(?:["'\\]{0,8}\s{0,4}[:=]\s{0,4}))(\\{0,7}"[^"\\]*|'[^']*|[^\s"'\\,;&}]+)/gi,
    (match, name = '', value = '') => {
      const [opening = ''] = /^\\*["']?/.exec(value) ?? [];
      return value.length === opening.length ? match : `${name}${opening}${masked}`;
    },
  ],
  // the password is x, the token for ana was x
  [
    /\b((?:pass(?:word|phrase|code)|secret|token|api key|(?:mfa|security|verification) code)(?:\s{1,3}(?:for|of|to)\s{1,3}[^\s]{1,80}){0,1}\s{1,3}(?:is|was)\s{1,3}(?:now\s{1,3})?)(["'`]?)([^\s"'`<>]{3,200})/gi,
    (match, before = '', quote = '', said = '') =>
      quote === '' && isPlainWord(said) ? match : `${before}${quote}${masked}`,
  ],
  [/((?<![\w-])--[a-z-]{0,30}(?:password|secret|token|secret-string)[ =]{1,4})[^\s-]\S*/gi, `$1${masked}`],
  // Session tokens of STS, then the 40 characters of a secret access key (a SHA-1 in hex is none).
  [/(?<![A-Za-z0-9+/=])(?:IQoJ|FwoG|FQoG|FwoD|AQo[DE])[A-Za-z0-9+/=]{60,}/g, masked],
  // It may follow the letter of an escape, where JSON stands in a text.
  [
    /(?:(?<![A-Za-z0-9+/=])|(?<=\\[bfnrt]))[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])/g,
    (match) => (looksRandom(match) ? masked : match),
  ],
  // A script or a file in base64, where what it says holds a secret.
  [/(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{40,65536}={0,2}/g, (match) => (holdsSecretWithin(match) ? masked : match)],
];

/** Whether base64 holds readable text in which something is a secret. */
function holdsSecretWithin(base64: string): boolean {
  const bytes = Buffer.from(base64, 'base64');
  if (!isUtf8(bytes)) return false;
  const text = bytes.toString();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: bytes that no text has
  return !/[\u0000-\u0008\u000e-\u001f]/.test(text) && maskText(text) !== text;
}

/** What is said of a password without saying it: "is required", "was too short", "is weaker than". */
const plainWords =
  /^(?:not|non|an?|the|too|being|no|set|in|on|to|at|by|for|as|of|old|older|new|newer|weak|weaker|strong|stronger|short|shorter|long|longer|empty|blank|wrong|incorrect|correct|valid|invalid|unknown|same|different|safe|unsafe|stale|null|none|true|false|yes|still|now|only|always|never|also|already|about|due|okay|kept|hidden|sent|known|shown|given|held|lost|left|part|public|private|default|optional|over|under|from|more|less|than|must|may|will|should|available|here|there|it|this|that|what|where|when|with|without|good|bad|fine|mandatory|necessary|present|absent|active|inactive|sensitive|secret|gone|ready|out|up|both|one|two|reused|\p{L}+(?:ed|ing|able|ible|ful|less|ly|ory))$/iu;

const isPlainWord = (said: string): boolean =>
  plainWords.test(said.replace(/(?<=^\p{L}+)-[\p{L}-]+|[.,;:!?)\]}]+$/gu, ''));

/** Upper case, lower case and digits mixed, and not a path of words: what 30 random bytes in base64 look like. */
const looksRandom = (text: string): boolean =>
  /[A-Z]/.test(text) &&
  /[a-z]/.test(text) &&
  /\d/.test(text) &&
  (text.match(/[a-z][A-Z0-9/+]|[A-Z][0-9/+]|\d[A-Za-z]/g)?.length ?? 0) >= 7;

/** The text with keys, tokens, passwords, private keys and signatures of pre-signed URLs taken out. Linear in its length. */
export function maskText(text: string): string {
  if (text.length < 8 || holdsNoSecret(text)) return text;
  let result = text;
  for (const [pattern, replacement] of patterns) {
    result =
      typeof replacement === 'string' ? result.replace(pattern, replacement) : result.replace(pattern, replacement);
  }
  return result;
}

const secretNames = new Map<string, boolean>();

/** Whether a key's text value is a secret by the key's name alone. */
export function isSecretName(name: string): boolean {
  const known = secretNames.get(name);
  if (known !== undefined) return known;
  const secret = secretName.test(
    name
      .slice(-60)
      .replace(/[^A-Za-z0-9]/g, '')
      .toLowerCase(),
  );
  // Payloads repeat the same few hundred keys; hostile ones must not fill the memory.
  if (secretNames.size < 5_000 && name.length <= 60) secretNames.set(name, secret);
  return secret;
}

/**
 * A copy of any JSON value with secrets masked: by the name of the key, by `{name, value}` pairs, and inside texts.
 * Deeper than 40 levels or beyond 50,000 values it says "…" in place of the rest. Never throws.
 */
export function mask(value: unknown): unknown {
  let nodes = 0;
  const walk = (here: unknown, depth: number): unknown => {
    nodes += 1;
    if (typeof here === 'string') return walkText(here, depth);
    if (typeof here !== 'object' || here === null) return here;
    if (depth >= maxDepth || nodes > maxNodes) return '…';
    if (Array.isArray(here)) {
      const items: unknown[] = [];
      for (const item of here) {
        if (nodes > maxNodes) {
          items.push('…');
          break;
        }
        items.push(walk(item, depth + 1));
      }
      return items;
    }
    return isRecord(here) ? walkRecord(here, depth) : here;
  };
  /** JSON in a text is looked into: there the names of its keys tell secrets, and what is left must be JSON still. */
  const walkText = (text: string, depth: number): string => {
    const inner = /^\s*[[{"]/.test(text) ? parseJson(text) : undefined;
    if (inner === undefined) return maskText(text);
    const clean = JSON.stringify(walk(inner, depth + 1));
    return clean === JSON.stringify(inner) ? text : clean;
  };
  const walkRecord = (record: Json, depth: number): Json => {
    const copy: Json = {};
    const secretPair = isSecretPair(record);
    for (const key of Object.keys(record)) {
      if (nodes > maxNodes) break;
      const secret = isSecretName(key) || (secretPair && /^(?:parameter|tag)?value$/i.test(key));
      const value = secret ? hidden(record[key], (other) => walk(other, depth + 1)) : walk(record[key], depth + 1);
      // A payload may hold this key, and setting it would set something else. Defining each costs ten times as much.
      if (key === '__proto__')
        Object.defineProperty(copy, key, { value, enumerable: true, writable: true, configurable: true });
      else copy[key] = value;
    }
    return copy;
  };
  return walk(value, 0);
}

/** A text (or a list of texts) under a secret name goes; flags, numbers and records under it are looked into. */
function hidden(value: unknown, walk: (value: unknown) => unknown): unknown {
  if (typeof value === 'string') return harmless.test(value) ? value : masked;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return value.length === 0 ? [] : [masked];
  return walk(value);
}

/** `{name: "DB_PASSWORD", value: "…"}`, tags, and CloudFormation's `{parameterKey, parameterValue}`. */
function isSecretPair(record: Json): boolean {
  const name =
    record['name'] ??
    record['Name'] ??
    record['key'] ??
    record['Key'] ??
    record['tagKey'] ??
    record['parameterKey'] ??
    record['ParameterKey'];
  return typeof name === 'string' && isSecretName(name);
}

/** The value made to fit in `maxBytes` of JSON: long texts and lists are cut first; what is still too big is kept as the start of its text. */
export function fitting(value: unknown, maxBytes: number): unknown {
  if (jsonBytes(value) <= maxBytes) return value;
  for (const [text, items] of [
    [2_000, 100],
    [300, 20],
  ] as const) {
    const cut = shortened(value, text, items);
    if (jsonBytes(cut) <= maxBytes) return cut;
  }
  // A character is at most 6 bytes in JSON (\u0000), and this text is JSON inside JSON.
  return { truncated: true, start: (JSON.stringify(value) ?? '').slice(0, Math.floor(maxBytes / 8)).toWellFormed() };
}

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '', 'utf8');

function shortened(value: unknown, text: number, items: number): unknown {
  if (typeof value === 'string') return value.length <= text ? value : `${value.slice(0, text).toWellFormed()}…`;
  if (Array.isArray(value)) {
    const kept = value.slice(0, items).map((item) => shortened(item, text, items));
    return value.length > items ? [...kept, `… ${value.length - items} more`] : kept;
  }
  if (!isRecord(value)) return value;
  const keys = Object.keys(value);
  return Object.fromEntries(
    keys.slice(0, items).map((key) => [key.slice(0, text), shortened(value[key], text, items)]),
  );
}
