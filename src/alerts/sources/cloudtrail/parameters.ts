import type { CloudTrailRecord } from '../../../cloudtrail/record.ts';
import { asText, isRecord, parseJson } from '../../../words/json.ts';
import { oneLine, spaced } from '../../../words/text.ts';
import { isSecretName } from '../../mask.ts';
import { resourceNamed } from '../../shape.ts';
import type { Resource } from '../../signal.ts';

/** Parameters that say nothing of what a call does. */
const idle =
  /^(?:clientToken|clientRequestToken|requestId|token|dryRun|maxResults|nextToken|host|x-id|tag|_return|attributeType|roleSessionName|version)$/i;

/**
 * What a call was made with, in words: ports and addresses, accounts, policies, settings. The resource that it acts on is
 * said elsewhere. At most 400 characters.
 */
export function madeWith({ requestParameters }: CloudTrailRecord, resource: Resource | undefined): string {
  const said: string[] = [];
  const look = (value: unknown, key: string, depth: number): void => {
    if (said.length >= 10 || depth > 8 || idle.test(key) || isSecretName(key)) return;
    const text = typeof value === 'boolean' ? String(value) : asText(value);
    if (text !== undefined) {
      const policy = policyIn(text);
      if (policy !== undefined) said.push(...policy);
      else if (text !== resource?.arn && text !== resource?.name && text.length <= 300)
        said.push(`${spaced(key)} ${text.startsWith('arn:') ? named(text) : oneLine(text, 100)}`);
    } else if (Array.isArray(value)) for (const item of value.slice(0, 5)) look(item, key, depth + 1);
    else if (isRecord(value)) {
      const statements = statementsOf(value);
      if (statements !== undefined) said.push(...statements);
      else
        for (const [name, inner] of Object.entries(value).slice(0, 40))
          look(inner, name === 'items' || name === 'content' || name === 'value' ? key : name, depth + 1);
    }
  };
  for (const [key, value] of Object.entries(requestParameters).slice(0, 40)) look(value, key, 0);
  return oneLine([...new Set(said)].join(', '), 400);
}

/** "policy AdministratorAccess", and whose, where it is somebody's account. */
const named = (arn: string): string => {
  const account = /^arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:(\d{12}):/.exec(arn)?.[1];
  return `${resourceNamed(arn)?.name ?? arn}${account === undefined ? '' : ` of ${account}`}`;
};

const policyIn = (text: string): string[] | undefined => {
  const plain = text.startsWith('%7B') ? decoded(text) : text;
  const value = /^\s*\{/.test(plain) ? parseJson(plain) : undefined;
  return isRecord(value) ? (statementsOf(value) ?? []) : undefined;
};

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Each statement of a policy: "allow s3:GetObject on payroll/* to arn:aws:iam::444455556666:root". */
function statementsOf(policy: Readonly<Record<string, unknown>>): string[] | undefined {
  const statements = policy['Statement'] ?? policy['statement'];
  if (statements === undefined) return undefined;
  return [statements]
    .flat()
    .filter(isRecord)
    .slice(0, 4)
    .map((statement) => {
      const list = (key: string): string => texts(statement[key]).slice(0, 3).join(', ');
      const on = list('Resource');
      const to = list('Principal');
      return [
        String(statement['Effect'] ?? 'Allow').toLowerCase(),
        list('Action') || `all but ${list('NotAction')}`,
        on === '' ? '' : `on ${on}`,
        to === '' ? '' : `to ${to}`,
      ]
        .filter(Boolean)
        .join(' ');
    });
}

const texts = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(texts)
      : [];
