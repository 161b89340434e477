import * as z from 'zod';
import { globMatches } from '../words/glob.ts';

/** One condition of a statement: all of them must hold. */
interface Condition {
  /** As `StringEquals`. */
  operator: string;
  /** In small letters: `aws:principalorgid`. */
  key: string;
  values: readonly string[];
}

/** A statement of a policy, in one form whichever way it was written. */
export interface Statement {
  sid: string | null;
  effect: 'Allow' | 'Deny';
  /** ARNs, account ids or `*`; of an organization's policy none. */
  principals: readonly string[];
  /** As `cloudtrail.amazonaws.com`. */
  services: readonly string[];
  /** Whether it speaks of everybody but its principals. */
  notPrincipal: boolean;
  actions: readonly string[];
  /** It speaks of every action but these. */
  notActions: readonly string[];
  resources: readonly string[];
  notResources: readonly string[];
  conditions: readonly Condition[];
}

const several = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const values = z
  .union([z.string(), z.boolean(), z.number(), z.array(z.union([z.string(), z.boolean(), z.number()]))])
  .transform((value) => [value].flat().map(String));
const principal = z.union([z.string().transform((value) => ({ AWS: [value] })), z.record(z.string(), several)]);
const Raw = z.object({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: principal.optional(),
  NotPrincipal: principal.optional(),
  Action: several.default([]),
  NotAction: several.default([]),
  Resource: several.default([]),
  NotResource: several.default([]),
  Condition: z.record(z.string(), z.record(z.string(), values)).default({}),
});
const Document = z.object({ Statement: z.union([Raw, z.array(Raw)]).default([]) });

/** The statements of a policy's JSON: one alone may stand without a list, and there may be none. Null: it cannot be read. */
export function statementsOf(policy: string): readonly Statement[] | null {
  const document = Document.safeParse(parsed(policy));
  return document.success ? [document.data.Statement].flat().map(statementOf) : null;
}

function statementOf(raw: z.output<typeof Raw>): Statement {
  const named: Readonly<Record<string, readonly string[]>> = raw.Principal ?? raw.NotPrincipal ?? {};
  return {
    sid: raw.Sid ?? null,
    effect: raw.Effect,
    principals: [...(named['AWS'] ?? []), ...(named['Federated'] ?? []), ...(named['CanonicalUser'] ?? [])],
    services: named['Service'] ?? [],
    notPrincipal: raw.NotPrincipal !== undefined,
    actions: raw.Action,
    notActions: raw.NotAction,
    resources: raw.Resource,
    notResources: raw.NotResource,
    conditions: Object.entries(raw.Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, given]) => ({ operator, key: key.toLowerCase(), values: given })),
    ),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const anyMatches = (patterns: readonly string[], text: string): boolean =>
  patterns.some((pattern) => globMatches(pattern, text));

/** Whether a statement speaks of an action, as `s3:GetObject`. */
export const speaksOf = (
  { actions, notActions }: Pick<Statement, 'actions' | 'notActions'>,
  action: string,
): boolean => (notActions.length > 0 ? !anyMatches(notActions, action) : anyMatches(actions, action));

/** Of a statement on everybody, the ARNs that its conditions leave: `aws:PrincipalArn` like a role. */
export const narrowedTo = ({ conditions }: Statement): readonly string[] =>
  conditions
    .filter(({ operator, key }) => key === 'aws:principalarn' && /^(?:String|Arn)(?:Equals|Like)$/i.test(operator))
    .flatMap(({ values: arns }) => arns);

/** The account of a principal: of an ARN, or 12 digits; null: anybody's. */
export const accountOf = (name: string): string | null =>
  /^\d{12}$/.test(name) ? name : (/^arn:[\w-]+:(?:iam|sts)::(\d{12}):/.exec(name)?.[1] ?? null);

/** What somebody wants to do with a resource, as the resource's own policy sees it. */
export interface Access {
  /** A service (`events.amazonaws.com`), or an account (12 digits). */
  principal: string;
  /** As `sns:Publish`. */
  action: string;
  resource: string;
  /** By condition key in small letters; keys that are not here cannot be judged. */
  context: Readonly<Record<string, string>>;
}

/** `unclear`: the policy asks for something that cannot be judged from outside. */
type Ruling = 'allowed' | 'denied' | 'not allowed' | 'unclear';

/** What a resource's policy says of an access. Source: IAM user guide, "Policy evaluation logic". */
export function rulingOf(policy: string, access: Access): Ruling {
  const statements = statementsOf(policy);
  if (statements === null) return 'unclear';
  const found = statements.map((statement) => ({ effect: statement.effect, applies: applies(statement, access) }));
  const some = (effect: Statement['effect'], applying: boolean | 'unclear') =>
    found.some((one) => one.effect === effect && one.applies === applying);
  if (some('Deny', true)) return 'denied';
  if (some('Deny', 'unclear')) return 'unclear';
  if (some('Allow', true)) return 'allowed';
  return some('Allow', 'unclear') ? 'unclear' : 'not allowed';
}

function applies(statement: Statement, access: Access): boolean | 'unclear' {
  const { resources, notResources, notPrincipal, conditions } = statement;
  if (!speaksOf(statement, access.action)) return false;
  if (resources.length > 0 && !anyMatches(resources, access.resource)) return false;
  if (anyMatches(notResources, access.resource)) return false;
  if (!notPrincipal && !namesPrincipal(statement, access.principal)) return false;
  const held = conditions.map(({ operator, key, values: accepted }) => holds(operator, accepted, access.context[key]));
  if (held.includes(false)) return false;
  return notPrincipal || held.includes('unclear') ? 'unclear' : true;
}

/** A service is meant by its name alone or by everybody; an account also by the ARN of its root. */
function namesPrincipal({ principals, services }: Statement, principal: string): boolean {
  if (principals.includes('*')) return true;
  return /^\d{12}$/.test(principal)
    ? principals.some((one) => accountOf(one) === principal)
    : services.some((one) => one === principal || one === '*');
}

function holds(operator: string, accepted: readonly string[], value: string | undefined): boolean | 'unclear' {
  const name = operator.replace(/^For(?:Any|All)Values?:/, '');
  if (value === undefined) return name.endsWith('IfExists') ? true : 'unclear';
  switch (name.replace(/IfExists$/, '').toLowerCase()) {
    case 'stringequals':
      return accepted.includes(value);
    case 'arnequals':
    case 'stringlike':
    case 'arnlike':
      return anyMatches(accepted, value);
    case 'stringequalsignorecase':
    case 'bool':
      return accepted.some((one) => one.toLowerCase() === value.toLowerCase());
    case 'stringnotequals':
      return !accepted.includes(value);
    default:
      return 'unclear';
  }
}
