import { type Answer, type Asking, all, ask, mapped } from '../../../asks.ts';
import { getRole, listAttachedRolePolicies } from '../../../calls/iam.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { type Estate, globalPlace, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { type Recorders, recordersOf } from '../facts.ts';

const about: About = {
  id: 'config-role',
  version: 1,
  title: 'The recorder may read what it records',
  severity: 'low',
  why: 'A recorder whose role is gone or may read too little leaves out resources and does not say so.',
  passes: 'The recorder’s role exists, and is Config’s own or has the policy AWS_ConfigRole.',
  fix: [
    'aws iam create-service-linked-role --aws-service-name config.amazonaws.com',
    'aws configservice put-configuration-recorder --configuration-recorder name=default,roleARN=arn:aws:iam::{account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig --region REGION',
  ].join('\n'),
  references: ['https://docs.aws.amazon.com/config/latest/developerguide/iamrole-permissions.html'],
};

interface RoleFacts {
  arn: string;
  regions: readonly string[];
  linked: boolean;
  /** Its policies; absent: there is no such role. */
  policies: Answer<readonly string[]>;
}

interface Facts {
  recorders: Recorders;
  roles: readonly RoleFacts[];
}

export const check = accountCheck(about, facts, judge);

function* facts({ estate, account }: AccountScope): Asking<Facts> {
  const recorders = yield* recordersOf({ estate, account });
  const byRole = Map.groupBy(recorders.seen, ({ recorder }) => recorder.roleARN ?? '');
  const roles = yield* all(
    [...byRole].map(([arn, placed]) =>
      roleOf(
        estate,
        account.id,
        arn,
        placed.map(({ region }) => region),
      ),
    ),
  );
  return { recorders, roles };
}

function* roleOf(estate: Estate, account: string, arn: string, regions: readonly string[]): Asking<RoleFacts> {
  const place = globalPlace(estate, account);
  const RoleName = arn.split('/').at(-1) ?? arn;
  const linked = arn.endsWith(':role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig');
  const policies = linked
    ? mapped(yield* ask(getRole, place, { RoleName }), () => [])
    : mapped(yield* ask(listAttachedRolePolicies, place, { RoleName }), ({ AttachedPolicies }) =>
        AttachedPolicies.map(({ PolicyArn }) => PolicyArn),
      );
  return { arn, regions, linked, policies };
}

function judge({ recorders, roles }: Facts, { account }: AccountScope): Judged[] {
  if (roles.length === 0) {
    const spot = { account: account.id, region: 'global' };
    return [
      recorders.trouble === null
        ? fail(spot, 'The account has no recorder.', { cause: 'config-recording' })
        : unknownFrom(spot, recorders.trouble),
    ];
  }
  return roles.map(({ arn, regions, linked, policies }) => {
    const spot = { account: account.id, region: 'global', resource: arn };
    const where = regions.length > 3 ? `${regions.length} regions` : regions.join(', ');
    if (policies.is === 'unknown') return unknownFrom(spot, policies);
    if (policies.is === 'absent') return fail(spot, `The role ${arn} of the recorder in ${where} does not exist.`);
    if (linked) return pass(spot, `The recorders in ${where} have Config’s own role.`);
    return policies.value.some((policy) => policy.endsWith('/AWS_ConfigRole'))
      ? pass(spot, `The role of the recorder in ${where} has the policy AWS_ConfigRole.`)
      : fail(spot, `The role ${arn} of the recorder in ${where} does not have the policy AWS_ConfigRole.`);
  });
}
