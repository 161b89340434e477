import type { EvaluationResult, SimulateCustomPolicyRequest } from '@aws-sdk/client-iam';
import * as z from 'zod';
import { AwsError } from './service.ts';

const several = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const Statement = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([z.string().transform((value) => ({ AWS: [value] })), z.record(z.string(), several)]).optional(),
  Action: several.optional(),
  NotAction: several.optional(),
  Resource: several.optional(),
  NotResource: several.optional(),
  Condition: z.record(z.string(), z.record(z.string(), several)).default({}),
});
const Document = z.object({ Statement: z.union([Statement, z.array(Statement)]).transform((value) => [value].flat()) });
type PolicyStatement = z.output<typeof Statement>;

/**
 * What policies decide of actions on resources. Across accounts both the caller's policies and the resource's must allow.
 * Source: IAM user guide, "Policy evaluation logic" and "Testing IAM policies with the IAM policy simulator".
 */
export function simulate(input: Omit<SimulateCustomPolicyRequest, 'Marker' | 'MaxItems'>): EvaluationResult[] {
  const identity = (input.PolicyInputList ?? []).flatMap(statementsOf);
  const resource = input.ResourcePolicy === undefined ? [] : statementsOf(input.ResourcePolicy);
  const context = new Map(
    (input.ContextEntries ?? []).map(({ ContextKeyName = '', ContextKeyValues = [] }) => [
      ContextKeyName.toLowerCase(),
      ContextKeyValues,
    ]),
  );
  const keys = [...identity, ...resource].flatMap(({ Condition }) => Object.values(Condition).flatMap(Object.keys));
  const missing = [...new Set(keys)].filter((key) => !context.has(key.toLowerCase()));
  const { CallerArn: caller = '', ResourceOwner: owner = '' } = input;
  const abroad = owner.split(':')[4] !== caller.split(':')[4];
  return (input.ActionNames ?? []).flatMap((action) =>
    (input.ResourceArns ?? ['*']).map((arn): EvaluationResult => {
      const applying = (statements: readonly PolicyStatement[], principal: string | null) =>
        statements.filter((one) => applies(one, { action, arn, principal, context })).map(({ Effect }) => Effect);
      const [own, theirs] = [applying(identity, null), applying(resource, caller)];
      const allowed = abroad
        ? own.includes('Allow') && theirs.includes('Allow')
        : own.includes('Allow') || theirs.includes('Allow');
      return {
        EvalActionName: action,
        EvalResourceName: arn,
        EvalDecision: [...own, ...theirs].includes('Deny') ? 'explicitDeny' : allowed ? 'allowed' : 'implicitDeny',
        MatchedStatements: [],
        MissingContextValues: missing,
      };
    }),
  );
}

/**
 * What the policies of an organization on an account's path say of actions. Conditions are not looked at, so a statement
 * that has some counts for nothing. Source: IAM user guide, "Testing IAM policies with the IAM policy simulator".
 */
export function allowedByOrganization(policies: readonly string[], action: string): boolean {
  const plain = policies
    .flatMap(statementsOf)
    .filter(({ Effect, Condition }) => Effect === 'Deny' && Object.keys(Condition).length === 0);
  return !plain.some((one) => applies(one, { action, arn: '*', principal: null, context: new Map() }));
}

function statementsOf(policy: string): PolicyStatement[] {
  try {
    return Document.parse(JSON.parse(policy)).Statement;
  } catch {
    throw new AwsError('InvalidInput', 'The policy is not valid.');
  }
}

interface Asked {
  action: string;
  arn: string;
  /** Null: the policy is the caller's own. */
  principal: string | null;
  context: ReadonlyMap<string, readonly string[]>;
}

function applies(
  { Principal, Action, NotAction, Resource, NotResource, Condition }: PolicyStatement,
  { action, arn, principal, context }: Asked,
): boolean {
  const acts = NotAction
    ? !NotAction.some((one) => like(one, action))
    : (Action ?? []).some((one) => like(one, action));
  const reaches = NotResource
    ? !NotResource.some((one) => like(one, arn))
    : (Resource ?? ['*']).some((one) => like(one, arn));
  return (
    acts &&
    reaches &&
    (principal === null || (Principal?.['AWS'] ?? []).some((one) => isMeant(one, principal))) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, accepted]) => holds(operator, accepted, context.get(key.toLowerCase()))),
    )
  );
}

function isMeant(named: string, principal: string): boolean {
  const account = principal.split(':')[4];
  return named === '*' || named === principal || named === account || named === `arn:aws:iam::${account}:root`;
}

function holds(operator: string, accepted: readonly string[], values: readonly string[] | undefined): boolean {
  const name = operator.replace(/^For(?:Any|All)Values:/, '').replace(/IfExists$/, '');
  if (name === 'Null') return accepted.includes(String(values === undefined));
  const negative = /Not/.test(name);
  if (values === undefined) return negative || operator.endsWith('IfExists');
  const exact = /^String(?:Not)?Equals/.test(name);
  if (!exact && !/^(?:String|Arn)(?:Not)?(?:Like|Equals)$|^Bool$/.test(name))
    throw new AwsError('PolicyEvaluation', `The sandbox does not simulate the condition ${operator}.`);
  const found = values.some((value) => accepted.some((one) => (exact ? one === value : like(one, value))));
  return found !== negative;
}

function like(pattern: string, text: string): boolean {
  const source = RegExp.escape(pattern.toLowerCase()).replaceAll('\\*', '.*').replaceAll('\\?', '.');
  return new RegExp(`^${source}$`, 's').test(text.toLowerCase());
}
