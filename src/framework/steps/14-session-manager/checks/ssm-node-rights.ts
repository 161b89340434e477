import { type Answer, type Asking, all, ask, together } from '../../../asks.ts';
import { type RoleDetail, roleDetails } from '../../../calls/access-advisor.ts';
import { describeInstances } from '../../../calls/ec2.ts';
import { type Simulated, simulatePrincipalPolicy } from '../../../calls/iam.ts';
import type { ManagedNode } from '../../../calls/ssm.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { globalPlace, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { judgeLogging, type Logging, logging, spotOf } from '../facts.ts';
import { logs, type Preferences } from '../preferences.ts';

const about: About = {
  id: 'ssm-node-rights',
  version: 1,
  title: 'Managed nodes may write the log of their sessions',
  severity: 'medium',
  why: 'The agent on the node writes the log, with the rights of the node. Without them it is lost, and nobody is told.',
  passes:
    'IAM’s simulator lets the role of each managed node write to the log group, or into the bucket, that the preferences name.',
  fix: [
    'aws iam attach-role-policy --role-name {name} --policy-arn arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy',
    '# for a bucket: a policy of your own that allows s3:PutObject on it and s3:GetEncryptionConfiguration',
  ].join('\n'),
  references: [
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html',
  ],
};

/** A role of managed nodes, and what it may. */
interface NodeRole {
  /** ARN; null: the nodes have none that can be found. */
  role: string | null;
  nodes: readonly string[];
  /** Null: there is no role to ask for. */
  simulated: Answer<readonly Simulated[]> | null;
}

interface Facts {
  logging: Logging;
  /** Null: not asked for. */
  roles: Answer<readonly NodeRole[]> | null;
}

export const check = regionCheck(about, facts, judge);

function* facts(scope: RegionScope): Asking<Facts> {
  const known = yield* logging(scope);
  const { use, preferences } = known;
  if (preferences?.is !== 'value' || !logs(preferences.value) || use.nodes.is !== 'value')
    return { logging: known, roles: null };
  const roles = yield* rolesOfNodes(scope, use.nodes.value);
  if (roles.is !== 'value') return { logging: known, roles };
  const wanted = wantedOf(preferences.value, scope);
  const place = globalPlace(scope.estate, scope.account.id);
  const simulated = yield* all(
    [...roles.value].map(function* ([role, nodes]): Asking<NodeRole> {
      if (role === null) return { role, nodes, simulated: null };
      const answers = yield* all(
        wanted.map(({ actions, resource }) =>
          ask(simulatePrincipalPolicy, place, {
            PolicySourceArn: role,
            ActionNames: actions,
            ResourceArns: [resource],
          }),
        ),
      );
      const whole = together(answers);
      return {
        role,
        nodes,
        simulated:
          whole.is === 'value' ? { ...whole, value: whole.value.flatMap((one) => one.EvaluationResults) } : whole,
      };
    }),
  );
  return { logging: known, roles: { ...roles, value: simulated } };
}

/** The roles that the nodes of a region have, each once, with the nodes. */
function* rolesOfNodes(
  scope: RegionScope,
  nodes: readonly ManagedNode[],
): Asking<Answer<ReadonlyMap<string | null, readonly string[]>>> {
  const place = { account: scope.account.id, region: scope.region };
  const [instances, roles] = [
    yield* ask(describeInstances, place),
    yield* ask(roleDetails, globalPlace(scope.estate, scope.account.id), { Filter: ['Role'] }),
  ];
  if (instances.is !== 'value') return instances;
  if (roles.is !== 'value') return roles;
  const profiles = new Map(
    instances.value.Reservations.flatMap(({ Instances }) => Instances).map(({ InstanceId, IamInstanceProfile }) => [
      InstanceId,
      IamInstanceProfile?.Arn,
    ]),
  );
  const found = Map.groupBy(
    nodes,
    ({ InstanceId, IamRole }) => roleOf(roles.value.RoleDetailList, profiles.get(InstanceId), IamRole)?.Arn ?? null,
  );
  return {
    ...roles,
    value: new Map([...found].map(([role, of]) => [role, of.map(({ InstanceId }) => InstanceId)])),
  };
}

/** An instance has its role by its profile; any other machine by the name of it. */
const roleOf = (
  roles: readonly RoleDetail[],
  profile: string | undefined,
  name: string | undefined,
): RoleDetail | undefined =>
  profile === undefined
    ? roles.find(({ RoleName }) => RoleName === name?.split('/').at(-1))
    : roles.find(({ InstanceProfileList }) => InstanceProfileList.some(({ Arn }) => Arn === profile));

/** What the agent does to write a log. Source: Systems Manager user guide, "Create a custom IAM role for Session Manager". */
function wantedOf(
  { logGroup, bucket }: Preferences,
  { estate, account, region }: RegionScope,
): { actions: string[]; resource: string }[] {
  const { partition } = estate.home;
  const groups = `arn:${partition}:logs:${region}:${account.id}:log-group:`;
  return logGroup === ''
    ? [{ actions: ['s3:PutObject'], resource: `arn:${partition}:s3:::${bucket}/session.log` }]
    : [
        { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resource: `${groups}${logGroup}:log-stream:session` },
        { actions: ['logs:DescribeLogGroups'], resource: `${groups}*` },
      ];
}

function judge({ logging: known, roles }: Facts, scope: RegionScope): Judged[] {
  const { nodes } = known.use;
  const spot = spotOf(scope);
  return judgeLogging(known, scope, ({ logGroup, bucket }) => {
    const where = logGroup === '' ? `the bucket ${bucket}` : `the log group ${logGroup}`;
    if (nodes.is === 'unknown') return [unknownFrom(spot, nodes)];
    if (nodes.is !== 'value' || nodes.value.length === 0) return [notApplicable(spot, 'There are no managed nodes.')];
    if (roles?.is !== 'value') return roles?.is === 'unknown' ? [unknownFrom(spot, roles)] : [];
    return roles.value.map((role) => judgeRole(role, where, scope));
  });
}

function judgeRole({ role, nodes, simulated }: NodeRole, where: string, scope: RegionScope): Judged {
  const named = nodes.slice(0, 5).join(', ') + (nodes.length > 5 ? ` and ${nodes.length - 5} more` : '');
  const spot = { ...spotOf(scope), resource: role ?? nodes[0] ?? 'nodes' };
  if (role === null || simulated === null)
    return unknown(spot, 'not readable', `The role of ${named} is not known: no instance profile names one.`);
  if (simulated.is === 'unknown') return unknownFrom(spot, simulated);
  if (simulated.is === 'absent') return fail(spot, `The role of ${named} does not exist any more.`);
  const refused = simulated.value.filter(({ EvalDecision }) => EvalDecision !== 'allowed');
  if (refused.length === 0) return pass(spot, `${named} may write to ${where}.`, { proof: 'proven' });
  const actions = refused.map(({ EvalActionName }) => EvalActionName).join(', ');
  return refused.some(({ MissingContextValues }) => MissingContextValues.length > 0)
    ? unknown(spot, 'not readable', `Whether ${named} may ${actions} hangs on a condition.`)
    : fail(spot, `${named} may not ${actions}, so sessions leave no log in ${where}.`, { proof: 'proven' });
}
