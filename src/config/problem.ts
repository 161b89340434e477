/** One thing wrong with the configuration, for one line on the screen. */
export interface Problem {
  /** Path of the file; null for the environment. */
  file: string | null;
  /** From 1; null for the environment and for a file that could not be read. */
  line: number | null;
  column: number | null;
  /** Key path in the file (`routes[0].match.severty`), name of the variable, or empty for the file as a whole. */
  key: string;
  message: string;
}

/** `trailwatch.yaml:12:5 routes[0].match.severty: unknown key; did you mean "severity"?` */
export function formatProblem({ file, line, column, key, message }: Problem): string {
  const place = file === null ? 'environment' : line === null ? file : `${file}:${line}:${column}`;
  return key === '' ? `${place}: ${message}` : `${place} ${key}: ${message}`;
}

/** `routes[0].match.severity` */
export const formatKey = (path: readonly PropertyKey[]): string =>
  path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? String(part) : `.${String(part)}`))
    .join('');

const secrets = [
  // Slack's tokens.
  /\bx(?:ox[a-z]|app)[.-][\w.-]{6,}/gi,
  // AWS access keys are identifiers, but they never stand alone.
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*/g,
  // A password in a URL.
  /(?<=\w:\/\/[^/\s:@]*:)[^/\s@]+(?=@)/g,
];

export const looksSecret = (text: string): boolean => secrets.some((secret) => text.search(secret) >= 0);

/** A text with `***` in place of what looks like a secret. */
export const hideSecrets = (text: string): string =>
  secrets.reduce((rest, secret) => rest.replace(secret, '***'), text);

/** What was written, short, in quotes, without what looks like a secret. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const masked = hideSecrets(text).replaceAll('\n', ' ');
  return `"${masked.length > 60 ? `${masked.slice(0, 59)}…` : masked}"`;
}
