/** A statement of an IAM policy, as far as the templates in deploy/ use the language. */
export interface Statement {
  Effect: 'Allow' | 'Deny';
  Action: readonly string[];
  /** Absent in trust policies. */
  Resource?: readonly string[] | undefined;
  /** ARNs of the principals that a trust policy names. */
  Principal?: readonly string[] | undefined;
  /** Operator → key → accepted values. */
  Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> | undefined;
}

/** What somebody wants to do. */
export interface Act {
  /** As `cloudtrail:LookupEvents`. */
  action: string;
  /** An ARN, or `*` for actions that have none. */
  resource: string;
  /** By condition key: `sts:ExternalId`. */
  context?: Readonly<Record<string, string | undefined>>;
  /** Who asks, by ARN, where a trust policy is judged. */
  principal?: string;
}

export type Verdict = 'allowed' | 'denied' | 'not allowed';

/** An explicit deny wins, then any allow. Source: IAM user guide, "Policy evaluation logic". */
export function judge(statements: readonly Statement[], act: Act): Verdict {
  const applying = statements.filter((statement) => applies(statement, act));
  if (applying.some(({ Effect }) => Effect === 'Deny')) return 'denied';
  return applying.length > 0 ? 'allowed' : 'not allowed';
}

function applies({ Action, Resource, Principal, Condition = {} }: Statement, act: Act): boolean {
  return (
    Action.some((pattern) => like(pattern.toLowerCase(), act.action.toLowerCase())) &&
    (Resource === undefined || Resource.some((pattern) => like(pattern, act.resource))) &&
    (Principal === undefined || (act.principal !== undefined && Principal.includes(act.principal))) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, accepted]) => holds(operator, accepted, act.context?.[key])),
    )
  );
}

function holds(operator: string, accepted: readonly string[], value: string | undefined): boolean {
  switch (operator) {
    case 'StringEquals':
      return value !== undefined && accepted.includes(value);
    case 'StringLike':
    case 'ArnLike':
      return value !== undefined && accepted.some((pattern) => like(pattern, value));
    case 'Null':
      return accepted.includes(String(value === undefined));
    default:
      throw new Error(`The sandbox does not judge the condition ${operator}.`);
  }
}

/** The patterns of a policy are tried with every call. */
const compiled = new Map<string, RegExp>();

/** `*` is any text, `?` any character. */
function like(pattern: string, text: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === text;
  const source = RegExp.escape(pattern).replaceAll('\\*', '.*').replaceAll('\\?', '.');
  const regex = compiled.get(pattern) ?? new RegExp(`^${source}$`, 's');
  compiled.set(pattern, regex);
  return regex.test(text);
}
