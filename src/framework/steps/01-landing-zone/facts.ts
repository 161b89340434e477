import { type Answer, type Asking, all, ask, type Call, mapped, together } from '../../asks.ts';
import {
  describePolicy,
  listOrganizationalUnitsForParent,
  listPolicies,
  listRoots,
  listTargetsForPolicy,
} from '../../calls/organizations.ts';
import { type About, type Check, organizationCheck } from '../../check.ts';
import { type Estate, globalPlace, organizationSpot, unknownFrom } from '../../estate.ts';
import { type Statement, statementsOf } from '../../policies.ts';
import { type Judged, notApplicable } from '../../verdict.ts';

/** A check of the organization as a whole: where there is none, or nobody knows, it says so by itself. */
export const inOrganization = <Facts>(
  about: About,
  facts: (estate: Estate) => Asking<Facts>,
  judge: (facts: Facts, estate: Estate) => Judged[],
): Check =>
  organizationCheck(
    about,
    function* (estate: Estate): Asking<Judged[]> {
      const { organization } = estate;
      const spot = organizationSpot(estate);
      if (organization.is === 'absent') return [notApplicable(spot, 'The account belongs to no organization.')];
      if (organization.is === 'unknown') return [unknownFrom(spot, organization)];
      return judge(yield* facts(estate), estate);
    },
    (judged) => judged,
  );

/** Asks Organizations: in the management account, else where the bot itself is, which may be its delegate. */
function* askOrganization<Output>(
  estate: Estate,
  call: Call<Output>,
  input: Readonly<Record<string, unknown>> = {},
): Asking<Answer<Output>> {
  const { organization, home } = estate;
  const own = yield* ask(call, globalPlace(estate, home.account), input);
  if (own.is !== 'unknown' || organization.is !== 'value' || organization.value.managementAccount === home.account)
    return own;
  const theirs = yield* ask(call, globalPlace(estate, organization.value.managementAccount), input);
  return theirs.is === 'unknown' ? own : theirs;
}

/** The root with the types of policies that are on there. */
export function* root(
  estate: Estate,
): Asking<Answer<{ Id: string; PolicyTypes: readonly { Type?: string | undefined; Status?: string | undefined }[] }>> {
  const answer = yield* askOrganization(estate, listRoots);
  if (answer.is !== 'value') return answer;
  const [first] = answer.value.Roots;
  return first === undefined
    ? { is: 'absent', error: 'NoRoot', message: 'The organization has no root.', at: answer.at }
    : { ...answer, value: first };
}

/** A policy that the company wrote, with where it is attached. */
export interface CustomPolicy {
  id: string;
  name: string;
  /** Null: its text cannot be read. */
  statements: readonly Statement[] | null;
  /** Ids of the root, units and accounts. */
  targets: readonly string[];
}

export type PolicyKind = 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY';

/** The company's own policies of a kind: AWS's own allow everything, so they guard nothing. */
export function* customPolicies(estate: Estate, kind: PolicyKind): Asking<Answer<readonly CustomPolicy[]>> {
  const answer = yield* askOrganization(estate, listPolicies, { Filter: kind });
  if (answer.is !== 'value') return answer;
  const own = answer.value.Policies.filter(({ AwsManaged }) => AwsManaged !== true);
  const texts = together(yield* all(own.map(({ Id }) => askOrganization(estate, describePolicy, { PolicyId: Id }))));
  if (texts.is !== 'value') return texts;
  const targets = together(
    yield* all(own.map(({ Id }) => askOrganization(estate, listTargetsForPolicy, { PolicyId: Id }))),
  );
  return mapped(targets, (lists) =>
    own.map(({ Id, Name = Id }, at) => ({
      id: Id,
      name: Name,
      statements: statementsOf(texts.value[at]?.Policy.Content ?? ''),
      targets: lists[at]?.Targets.map(({ TargetId }) => TargetId) ?? [],
    })),
  );
}

/** The parent of each organizational unit: one walk down, which the run has made before. */
export function* parents(estate: Estate): Asking<Answer<ReadonlyMap<string, string>>> {
  const top = yield* root(estate);
  if (top.is !== 'value') return top;
  const found = new Map<string, string>();
  let level = [top.value.Id];
  while (level.length > 0) {
    const lists = together(
      yield* all(level.map((ParentId) => askOrganization(estate, listOrganizationalUnitsForParent, { ParentId }))),
    );
    if (lists.is !== 'value') return lists;
    const above = level;
    level = lists.value.flatMap(({ OrganizationalUnits }, at) =>
      OrganizationalUnits.map(({ Id }) => {
        found.set(Id, above[at] ?? top.value.Id);
        return Id;
      }),
    );
  }
  return { ...top, value: found };
}

/** The ids from an account up to the root, itself first; null: where it is, is not known. */
export function pathOf(
  account: { id: string; parent: string | null },
  above: ReadonlyMap<string, string>,
): string[] | null {
  if (account.parent === null) return null;
  const path = [account.id];
  for (let at: string | undefined = account.parent; at !== undefined; at = above.get(at)) path.push(at);
  return path;
}
