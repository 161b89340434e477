import { known } from './accounts.ts';
import type { OrganizationRole } from './organization.ts';
import { userArn } from './people.ts';
import { random } from './random.ts';

/** Where IAM Identity Center lives. */
export const identityCenterRegion = 'eu-west-1';

export const githubProvider = 'token.actions.githubusercontent.com';

/** The role's name for a permission set in one account, with the suffix that Identity Center adds. */
export const permissionSetRole = (seed: string, account: string, permissionSet: string): string =>
  `AWSReservedSSO_${permissionSet}_${random(`${seed}/${account}/sso/${permissionSet}`).hex(16)}`;

export const samlProvider = (seed: string, account: string): string =>
  `arn:aws:iam::${account}:saml-provider/AWSSSO_${random(`${seed}/${account}/saml`).hex(16)}_DO_NOT_DELETE`;

const trust = (principal: Record<string, string>, action = 'sts:AssumeRole', condition?: unknown) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: principal,
      Action: action,
      ...(condition === undefined ? {} : { Condition: condition }),
    },
  ],
});

const accountRoot = (account: string) => trust({ AWS: `arn:aws:iam::${account}:root` });
const aws = (policy: string) => `arn:aws:iam::aws:policy/${policy}`;

/** The roles of an account: what people, pipelines, workloads, services and other accounts assume there. */
export function rolesOf(seed: string, account: string, joined: Date): readonly OrganizationRole[] {
  const role = (name: string, trustPolicy: object, policyArns: readonly string[], path = '/'): OrganizationRole => ({
    name,
    path,
    id: random(`${seed}/${account}/role/${name}`).iamId('AROA', 21),
    arn: `arn:aws:iam::${account}:role${path}${name}`,
    created: joined,
    trustPolicy: { ...trustPolicy },
    policyArns,
  });
  const permissionSet = (name: string, policy: string) =>
    role(
      permissionSetRole(seed, account, name),
      trust({ Federated: samlProvider(seed, account) }, 'sts:AssumeRoleWithSAML'),
      [aws(policy)],
      `/aws-reserved/sso.amazonaws.com/${identityCenterRegion}/`,
    );
  const linked = (service: string, name: string) =>
    role(name, trust({ Service: service }), [aws(`aws-service-role/${name}Policy`)], `/aws-service-role/${service}/`);
  const roles = [
    permissionSet('AdministratorAccess', 'AdministratorAccess'),
    permissionSet('ReadOnlyAccess', 'ReadOnlyAccess'),
    permissionSet('DeveloperAccess', 'PowerUserAccess'),
    role(
      'github-deploy',
      trust({ Federated: `arn:aws:iam::${account}:oidc-provider/${githubProvider}` }, 'sts:AssumeRoleWithWebIdentity'),
      [aws('PowerUserAccess')],
    ),
    // One account forgot what lets its instances write a log.
    role('app-instance', trust({ Service: 'ec2.amazonaws.com' }), [
      aws('AmazonSSMManagedInstanceCore'),
      ...(account === known.data ? [] : [aws('CloudWatchAgentServerPolicy')]),
    ]),
    role('order-worker', trust({ Service: 'lambda.amazonaws.com' }), [aws('service-role/AWSLambdaBasicExecutionRole')]),
    linked('config.amazonaws.com', 'AWSServiceRoleForConfig'),
    linked('autoscaling.amazonaws.com', 'AWSServiceRoleForAutoScaling'),
    role('ops-read', accountRoot(known.sharedServices), [aws('ReadOnlyAccess')]),
    role('ops-admin', accountRoot(known.sharedServices), [aws('AdministratorAccess')]),
    role('security-audit', accountRoot(known.audit), [aws('SecurityAudit')]),
    role('trailwatch-read', trust({ AWS: userArn(known.securityTooling, 'trailwatch') }), [
      `arn:aws:iam::${account}:policy/trailwatch-read`,
    ]),
    role(
      'OrganizationAccountAccessRole',
      account === known.payments
        ? trust({ AWS: userArn(known.payments, 'deploy-bot') })
        : accountRoot(known.management),
      [aws('AdministratorAccess')],
    ),
  ];
  const own: Readonly<Record<string, () => OrganizationRole>> = {
    [known.audit]: () => role('audit-hub', accountRoot(known.securityTooling), [aws('SecurityAudit')]),
    [known.payments]: () =>
      role('payments-app', trust({ Service: 'lambda.amazonaws.com' }), [aws('AmazonS3FullAccess')]),
    [known.web]: () => role('release', accountRoot(known.payments), [aws('PowerUserAccess')]),
    [known.data]: () => role('analytics-export', accountRoot(known.web), [aws('AmazonS3FullAccess')]),
  };
  const special = own[account];
  return special === undefined ? roles : [...roles, special()];
}
