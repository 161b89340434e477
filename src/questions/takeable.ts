import type { AskAws } from '../aws/asking.ts';
import type { Aws, Place } from '../aws/aws.ts';
import { inTurn } from '../aws/everywhere.ts';
import { parseArn, shortName } from '../aws-names/arn.ts';
import { ask } from '../framework/asks.ts';
import { roleDetails } from '../framework/calls/access-advisor.ts';
import { simulatePrincipalPolicy } from '../framework/calls/iam.ts';
import { type Statement, speaksOf, statementsOf } from '../framework/policies.ts';
import { listed, plural } from '../words/text.ts';
import { drive } from './driving.ts';
import type { TableAsking } from './table-answer.ts';

/** A role whose trust policy lets an identity take it. */
interface Trusting {
  arn: string;
  account: string;
  /** Names of the conditions of the trust that holds with the fewest. */
  conditions: readonly string[];
  /** The trust names the identity, not its whole account or everybody. */
  named: boolean;
}

/** The roles that an identity may take, and what could not be asked about them. */
interface Takeable {
  roles: readonly (Trusting & { decision: 'allowed' | 'trusted' })[];
  /** Accounts whose roles could not be read. */
  unasked: readonly string[];
  /** Why its own policies could not be asked for; null: they were. */
  unknown: string | null;
}

const accountsAtOnce = 16;
/** Resources in one request of the simulator. */
const rolesAtOnce = 50;

/** What the identity's own policies decide of taking roles, by the role; a sentence where they cannot be asked for. */
async function decisionsOn(
  identity: Place & { arn: string },
  roles: readonly Trusting[],
  askAws: AskAws,
): Promise<ReadonlyMap<string, string> | string> {
  const decisions = new Map<string, string>();
  for (let at = 0; at < roles.length; at += rolesAtOnce) {
    const ResourceArns = roles.slice(at, at + rolesAtOnce).map(({ arn }) => arn);
    const input = { PolicySourceArn: identity.arn, ActionNames: ['sts:AssumeRole'], ResourceArns };
    const said = await drive(ask(simulatePrincipalPolicy, identity, input), askAws);
    if (said.is !== 'value') return said.is === 'unknown' ? said.sentence : said.message;
    for (const { EvalResourceName = '', EvalDecision } of said.value.EvaluationResults)
      decisions.set(EvalResourceName, EvalDecision.toLowerCase());
  }
  return decisions;
}

/**
 * The roles of all accounts that a user or role may take: those whose trust policy lets it, and which its own policies allow by
 * IAM's simulator. A trust that names it in its own account is enough, unless its policies forbid it.
 * Source: IAM user guide, "Cross-account policy evaluation logic" and "AWS JSON policy elements: Principal".
 */
export async function takeableBy(
  aws: Aws,
  identity: Place & { arn: string },
  { asker, progress }: TableAsking,
  askAws: AskAws,
): Promise<Takeable> {
  const { accounts } = await aws.accounts(asker);
  const unasked: string[] = [];
  let done = 0;
  const found = await inTurn(accounts, accountsAtOnce, async ({ id }): Promise<Trusting[]> => {
    const said = await drive(ask(roleDetails, { account: id, region: identity.region }, { Filter: ['Role'] }), askAws);
    progress(`Roles of ${++done} of ${accounts.length} accounts read.`);
    if (said.is !== 'value') {
      unasked.push(id);
      return [];
    }
    return said.value.RoleDetailList.flatMap(({ Arn, AssumeRolePolicyDocument }) =>
      Arn === identity.arn ? [] : trusting(identity, { arn: Arn, account: id }, decoded(AssumeRolePolicyDocument)),
    );
  });
  const trusted = found.flat();
  const decisions = await decisionsOn(identity, trusted, askAws);
  const roles = trusted.flatMap((role): Takeable['roles'] => {
    if (typeof decisions === 'string') return [{ ...role, decision: 'trusted' }];
    const decision = decisions.get(role.arn);
    const enough = role.named && role.account === identity.account;
    return decision === 'allowed' || (enough && decision === 'implicitdeny') ? [{ ...role, decision: 'allowed' }] : [];
  });
  return { roles, unasked, unknown: typeof decisions === 'string' ? decisions : null };
}

function trusting(
  { arn, account }: { arn: string; account: string },
  role: Pick<Trusting, 'arn' | 'account'>,
  policy: string,
): Trusting[] {
  const { partition } = parseArn(arn) ?? {};
  const whole = [account, `arn:${partition}:iam::${account}:root`, '*'];
  const lets = ({ effect, principals, notPrincipal, ...statement }: Statement): boolean =>
    effect === 'Allow' &&
    !notPrincipal &&
    speaksOf(statement, 'sts:AssumeRole') &&
    principals.some((one) => one === arn || whole.includes(one));
  const trusts = (statementsOf(policy) ?? []).filter(lets).map(({ principals, conditions }) => ({
    ...role,
    named: principals.includes(arn),
    conditions: [...new Set(conditions.map(({ key }) => key))],
  }));
  // Named without a condition says the most.
  return trusts
    .toSorted((a, b) => a.conditions.length - b.conditions.length || Number(b.named) - Number(a.named))
    .slice(0, 1);
}

function decoded(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

const mostNamed = 8;

/** In sentences: "May take 2 roles: release in 111122334444, …". */
export function takeableWords({ roles, unknown }: Takeable): string[] {
  const words = roles.map(
    ({ arn, account, conditions }) =>
      `${shortName(arn)} in ${account}${conditions.length === 0 ? '' : ` (if ${conditions.join(', ')})`}`,
  );
  if (unknown !== null)
    return [
      `${plural(roles.length, 'role')} trust it or its account${roles.length === 0 ? '' : `: ${listed(words, mostNamed)}`}. Whether its own policies allow it to take them is not known: ${unknown}`,
    ];
  return [
    roles.length === 0
      ? 'May take no role of the accounts that were read.'
      : `May take ${plural(roles.length, 'role')}: ${listed(words, mostNamed)}. What such a role may do, it may do.`,
  ];
}
