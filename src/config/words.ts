import type { z } from 'zod';
import { didYouMean } from '../words/nearest.ts';
import { quote } from './problem.ts';
import type { Remark } from './yaml.ts';

const types: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
  record: 'keys with values',
};

/** zod's own messages in the words of a person who writes YAML. */
export const plainWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'is missing'
        : `expected ${types[issue.expected] ?? issue.expected}, found ${found(issue.input)}`;
    case 'invalid_value':
      return issue.input === undefined
        ? 'is missing'
        : `${quote(issue.input)} is none of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    default:
      return undefined;
  }
};

function found(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object'
    ? 'keys with values'
    : `${typeof value === 'string' ? 'text' : `the ${typeof value}`} ${quote(value)}`;
}

/** One remark for each unknown key, one for any other issue. */
export function remarksOf(issue: z.core.$ZodIssue): Remark[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  // The schema puts the keys that it knows into the message.
  const known = issue.message.split(' ');
  return issue.keys.map((key) => ({
    path: [...issue.path, key],
    at: 'key',
    message: `unknown key${didYouMean(key, known) || `; known here: ${known.join(', ')}`}`,
  }));
}
