import { type RawBuilder, sql } from 'kysely';

/**
 * A value as jsonb. PostgreSQL refuses NUL and lone surrogates in it, which JSON.stringify writes as escapes and
 * attackers may send: they become U+FFFD.
 */
export const jsonb = <T>(value: T): RawBuilder<T> => sql<T>`${jsonText(value)}::jsonb`;

export function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  // Hardly any has one, and to look for them properly takes longer than to write the text.
  return text.includes('\\u') ? text.replace(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi, '$1\\ufffd') : text;
}

/** Text as PostgreSQL takes it: no NUL, no lone surrogates. */
export const plainText = (text: string): string => text.toWellFormed().replaceAll('\0', '');
