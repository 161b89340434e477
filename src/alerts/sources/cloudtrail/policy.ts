import { globMatches } from '../../glob.ts';
import { isRecord, type Json, parseJson } from '../../json.ts';
import { isForeign, once, records, textsIn } from './call.ts';
import type { CloudTrailRecord } from './record.ts';

/** What is allowed by the policy documents among the parameters: objects, or JSON in text, under whatever name. */
const allows = once((record) =>
  // The policy of a network endpoint says what goes through it, not who may use something.
  (/VpcEndpoint(?!Service)/.test(record.eventName ?? '') ? [] : documents(record.requestParameters, 0))
    .flatMap((document) => records(document['Statement'] ?? document['statement']))
    .filter((statement) => statement['Effect'] === 'Allow'),
);

function documents(value: unknown, depth: number): Json[] {
  if (depth > 8) return [];
  if (typeof value === 'string') return /statement/i.test(value) ? documents(parsed(value), depth + 1) : [];
  if (Array.isArray(value)) return value.slice(0, 100).flatMap((item) => documents(item, depth + 1));
  if (!isRecord(value)) return [];
  if ('Statement' in value || 'statement' in value) return [value];
  return Object.values(value).flatMap((inner) => documents(inner, depth + 1));
}

/** IAM answers with policies encoded as in an address. */
function parsed(text: string): unknown {
  if (!text.startsWith('%7B')) return parseJson(text);
  try {
    return parseJson(decodeURIComponent(text));
  } catch {
    return undefined;
  }
}

const conditionKeys = (statement: Json): string[] =>
  Object.values(isRecord(statement['Condition']) ? statement['Condition'] : {}).flatMap((operator) =>
    isRecord(operator) ? Object.keys(operator) : [],
  );

/** Conditions that anybody can meet: an external id is no secret, and TLS is no right. */
const anybodyMeets = /SecureTransport|TlsVersion|ExternalId|RoleSessionName|x-amz-/i;

/** Whether a policy lets everybody in, whatever conditions that anybody can meet. */
export const toEverybody = (record: CloudTrailRecord): boolean =>
  allows(record).some(
    (statement) =>
      textsIn(statement['Principal']).includes('*') &&
      conditionKeys(statement).every((condition) => anybodyMeets.test(condition)),
  );

/** Whether a policy lets another account in. */
export const toForeigners = (record: CloudTrailRecord): boolean =>
  allows(record).some((statement) => textsIn(statement['Principal']).some((principal) => isForeign(record, principal)));

/** Identity providers that give tokens to everybody who has an account there. */
const sharedProviders = /(?:githubusercontent\.com|gitlab\.com|bitbucket\.org|app\.terraform\.io)/;

/** Whether a role trusts such a provider without saying whose token. */
export const toWholeProvider = (record: CloudTrailRecord): boolean =>
  allows(record).some(
    (statement) =>
      textsIn(statement['Principal']).some((principal) => sharedProviders.test(principal)) &&
      !conditionKeys(statement).some((condition) => condition.endsWith(':sub')),
  );

const onEverything = (statement: Json): boolean => textsIn(statement['Resource']).includes('*');

/** Whether a policy allows all there is, or all but a few things. */
export const grantsEverything = (record: CloudTrailRecord): boolean =>
  allows(record).some(
    (statement) =>
      onEverything(statement) &&
      (statement['NotAction'] !== undefined ||
        textsIn(statement['Action']).some((action) => ['*', '*:*', 'iam:*'].includes(action.toLowerCase()))),
  );

/** Who may do one of these to anybody can do anything. */
const waysUp = [
  'iam:CreateAccessKey',
  'iam:CreateLoginProfile',
  'iam:UpdateLoginProfile',
  'iam:AttachUserPolicy',
  'iam:AttachRolePolicy',
  'iam:AttachGroupPolicy',
  'iam:PutUserPolicy',
  'iam:PutRolePolicy',
  'iam:PutGroupPolicy',
  'iam:CreatePolicyVersion',
  'iam:SetDefaultPolicyVersion',
  'iam:UpdateAssumeRolePolicy',
  'iam:AddUserToGroup',
];

/** Whether a policy lets its holder take any rights. */
export const grantsWayUp = (record: CloudTrailRecord): boolean =>
  allows(record).some(
    (statement) =>
      onEverything(statement) &&
      textsIn(statement['Action']).some(
        (action) => /^iam:/i.test(action) && waysUp.some((way) => globMatches(action, way)),
      ),
  );
