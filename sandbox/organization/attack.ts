import { known } from './accounts.ts';
import { estateOf } from './calls.ts';
import { type Backdoor, backdoorKey, leakedKey, userArn, userId } from './people.ts';
import { random } from './random.ts';
import { type ApiCall, type Principal, spelled } from './record.ts';
import {
  assumeRole,
  call,
  federationToken,
  type Sink,
  serviceSession,
  signIn,
  temporary,
  userPrincipal,
} from './sessions.ts';
import { agents, type Company, denied, runners } from './trail.ts';

const minuteMs = 60_000;

/** The attacker is at it for two hours, and over early enough for all of it to be delivered by the trail's end. */
export const attackFrom = (until: Date): Date => new Date(until.getTime() - 140 * minuteMs);
export const attackTo = (until: Date): Date => new Date(until.getTime() - 20 * minuteMs);

export const backdoorOf = (until: Date): Backdoor => ({
  account: known.payments,
  name: 'backup-admin',
  created: new Date(attackFrom(until).getTime() + 34 * minuteMs),
});

/** When the payments account's own trail was turned off, by when the attack began. */
export const loggingStopped = (attackFrom: Date): Date => new Date(attackFrom.getTime() + 52 * minuteMs);

export const address = '198.51.100.23';
const agent = 'aws-cli/2.31.5 md/Botocore#1.40.49 ua/2.1 os/linux#6.8 lang/python#3.13.4';
const home = 'eu-west-1';
/** An account that nobody in the organization knows. */
const outside = '999988887777';

const guarded = 'an explicit deny in a service control policy forbids';

/** The trail that the payments account had of its own, before the organization's. */
export const accountTrail = {
  account: known.payments,
  name: 'org-trail',
  arn: `arn:aws:cloudtrail:${home}:${known.payments}:trail/org-trail`,
  bucket: 'payments-logs',
  region: home,
} as const;

const reading = (service: string, name: string, parameters?: unknown): ApiCall => ({
  service,
  name,
  readOnly: true,
  parameters,
});
const writing = (service: string, name: string, parameters: unknown, response?: unknown): ApiCall => ({
  service,
  name,
  readOnly: false,
  parameters,
  response,
});
const openTo = (principal: unknown, action: string, resource?: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: principal, Action: action, Resource: resource }],
});
const allow = (action: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
});

/**
 * The attack: the key of a developer's deployment user leaks, is tried out, becomes a role in the payments account, goes
 * on into two more accounts, makes itself at home, turns off the account's own trail and takes data. The names and keys
 * are those of the alerts in the sandbox's scenario. Gives the event ids in order.
 */
export function attack(company: Company, sink: Sink): readonly string[] {
  const { seed, until } = company;
  const numbers = random(`${seed}/attack`);
  const ids: string[] = [];
  const noting: Sink = (record, place, when, behind) => {
    // What an outside account records, nobody in the organization sees.
    if (place.account === outside) return;
    ids.push(record.eventID);
    sink(record, place, when, behind);
  };
  let at = attackFrom(until).getTime();
  const pause = (minutes: number): void => {
    at += minutes * minuteMs + numbers.below(20_000);
  };
  const next = (): number => {
    at += 3000 + numbers.below(25_000);
    return at;
  };
  const then = (who: Principal, what: ApiCall, region = home): void => {
    call(noting, who, what, { account: who.account ?? known.payments, region }, next(), numbers);
  };
  const refused = (who: Principal, what: ApiCall, region = home, because?: string): void =>
    then(who, denied(who, what, because === undefined ? {} : { because }), region);
  /** Tries to take a role: the refusal names it in its message alone. */
  const refusedRole = (who: Principal, account: string, name: string): void =>
    then(who, denied(who, reading('sts', 'AssumeRole'), { on: company.role(account, name).arn }));
  /** Assumes a role; the following calls come from its session. */
  const become = (
    who: Principal,
    account: string,
    roleName: string,
    sessionName: string,
    { region = home, ...key }: { region?: string; accessKeyId?: string } = {},
  ): Principal =>
    assumeRole(noting, who, company.role(account, roleName), { sessionName, region, at: next(), numbers, ...key });
  const user = (name: string, key: string) => ({
    ...userPrincipal({ account: known.payments, name, id: userId(seed, known.payments, name), key, address, agent }),
    account: known.payments,
  });
  const payments = estateOf(seed, company.account(known.payments));
  const web = estateOf(seed, company.account(known.web));

  const bot = user('deploy-bot', leakedKey);
  // Forty minutes before, the key's rightful owner: a build. Nobody is in two such places within the hour.
  const build = { ...bot, address: runners[0], agent: agents.cli };
  const login = reading('ecr', 'GetAuthorizationToken');
  call(sink, build, login, { account: known.payments, region: home }, at - 40 * minuteMs, random(`${seed}/build`));

  // The key is tried out from a new address: who am I, and what may I do?
  then(bot, reading('sts', 'GetCallerIdentity'));
  refused(bot, reading('iam', 'ListUsers', { maxItems: 100 }));
  refused(bot, reading('iam', 'GetAccountAuthorizationDetails'));
  refused(bot, reading('iam', 'ListRoles', { maxItems: 100 }));
  then(bot, reading('iam', 'ListAttachedUserPolicies', { userName: 'deploy-bot' }));
  refused(bot, reading('ec2', 'DescribeInstances', { instancesSet: {}, filterSet: {} }));
  refused(bot, reading('ec2', 'DescribeInstances', { instancesSet: {}, filterSet: {} }), 'ap-southeast-1');
  refused(bot, reading('ses', 'GetSendQuota'), 'us-east-1');
  then(bot, reading('s3', 'ListBuckets', { Host: 's3.amazonaws.com' }), 'us-east-1');
  refused(bot, reading('secretsmanager', 'ListSecrets', { maxResults: 100 }));
  refused(bot, reading('organizations', 'DescribeOrganization'));
  pause(6);

  // A role that trusts the user.
  refusedRole(bot, known.payments, 'payments-app');
  refusedRole(bot, known.web, 'release');
  const maintenance = become(bot, known.payments, 'OrganizationAccountAccessRole', 'maintenance', {
    accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  });
  then(maintenance, reading('sts', 'GetCallerIdentity'));
  then(maintenance, reading('iam', 'ListUsers', { maxItems: 1000 }));
  then(maintenance, reading('iam', 'ListRoles', { maxItems: 1000 }));
  then(maintenance, reading('iam', 'GetAccountAuthorizationDetails', { maxItems: 1000 }));

  // More rights: for the leaked user, for whoever has a policy, for a function with a role passed to it.
  then(
    maintenance,
    writing('iam', 'PutUserPolicy', {
      userName: 'deploy-bot',
      policyName: 'maintenance',
      policyDocument: JSON.stringify(allow('iam:*')),
    }),
  );
  then(
    maintenance,
    writing(
      'iam',
      'CreatePolicyVersion',
      {
        policyArn: `arn:aws:iam::${known.payments}:policy/payments-deploy`,
        policyDocument: JSON.stringify(allow('*')),
        setAsDefault: true,
      },
      { policyVersion: { versionId: 'v7', isDefaultVersion: true, createDate: spelled(at) } },
    ),
  );
  const functionName = 'payments-maintenance';
  const passedRole = company.role(known.payments, 'payments-app');
  then(
    maintenance,
    writing(
      'lambda',
      'CreateFunction20150331',
      { functionName, runtime: 'python3.13', role: passedRole.arn, handler: 'index.handler' },
      { functionName, functionArn: `arn:aws:lambda:${home}:${known.payments}:function:${functionName}` },
    ),
  );

  // Made to stay: a new administrator with a key and a password, and a role that trusts an outside account.
  const { name: userName, created } = backdoorOf(until);
  const newUser = {
    path: '/',
    userName,
    userId: userId(seed, known.payments, userName),
    arn: userArn(known.payments, userName),
    createDate: spelled(created.getTime()),
  };
  at = created.getTime();
  const createUser = writing('iam', 'CreateUser', { userName }, { user: newUser });
  call(noting, bot, createUser, { account: known.payments, region: home }, at, numbers);
  const accessKey = { accessKeyId: backdoorKey, status: 'Active', userName, createDate: spelled(at) };
  then(bot, writing('iam', 'CreateAccessKey', { userName }, { accessKey }));
  then(bot, writing('iam', 'AttachUserPolicy', { userName, policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }));
  then(bot, writing('iam', 'CreateLoginProfile', { userName, passwordResetRequired: false }));
  then(
    maintenance,
    writing('iam', 'UpdateAssumeRolePolicy', {
      roleName: passedRole.name,
      policyDocument: JSON.stringify(
        openTo({ AWS: `arn:aws:iam::${outside}:root`, Service: 'lambda.amazonaws.com' }, 'sts:AssumeRole'),
      ),
    }),
  );
  pause(12);

  // The account's own trail is turned off; what the organization guards holds.
  const trailArn = accountTrail.arn;
  then(maintenance, reading('cloudtrail', 'DescribeTrails', { includeShadowTrails: true }));
  at = loggingStopped(attackFrom(until)).getTime();
  call(
    noting,
    maintenance,
    writing('cloudtrail', 'StopLogging', { name: trailArn }),
    { account: known.payments, region: home },
    at,
    numbers,
  );
  refused(maintenance, writing('cloudtrail', 'DeleteTrail', { name: trailArn }), home, guarded);
  refused(maintenance, writing('guardduty', 'DeleteDetector', { detectorId: numbers.hex(32) }), home, guarded);
  then(
    maintenance,
    writing('ec2', 'DeleteFlowLogs', {
      DeleteFlowLogsRequest: { FlowLogId: { tag: 1, content: 'fl-0a1b2c3d4e5f60718' } },
    }),
  );
  pause(10);

  // Data of the payments account.
  then(maintenance, reading('secretsmanager', 'ListSecrets', { maxResults: 100 }));
  for (const secret of payments.secrets)
    then(maintenance, reading('secretsmanager', 'GetSecretValue', { secretId: secret }));
  const bucketName = 'payments-exports';
  then(maintenance, writing('s3', 'DeleteBucketPublicAccessBlock', { bucketName, publicAccessBlock: '' }));
  then(
    maintenance,
    writing('s3', 'PutBucketPolicy', {
      bucketName,
      bucketPolicy: openTo('*', 's3:GetObject', `arn:aws:s3:::${bucketName}/*`),
    }),
  );
  pause(11);

  // On into the web account, and from there into the data account.
  refusedRole(maintenance, known.data, 'analytics-export');
  const release = become(maintenance, known.web, 'release', 'maintenance-web');
  then(release, reading('sts', 'GetCallerIdentity'));
  then(release, reading('lambda', 'ListFunctions20150331', { maxItems: 50 }));
  for (const secret of web.secrets.slice(0, 2))
    then(release, reading('secretsmanager', 'GetSecretValue', { secretId: secret }));
  const ownSnapshots = reading('ec2', 'DescribeSnapshots', { ownersSet: { items: [{ owner: 'self' }] } });
  then(release, ownSnapshots);
  then(
    release,
    writing('ec2', 'ModifySnapshotAttribute', {
      snapshotId: web.snapshots[0],
      createVolumePermission: { add: { items: [{ userId: outside }] } },
      attributeType: 'CREATE_VOLUME_PERMISSION',
    }),
  );
  then(release, ownSnapshots, 'eu-central-1');
  pause(5);
  // In another region than the session's other calls, where its minting has to be searched for; and under the name of
  // somebody else: whoever assumes a role writes into the session's name what they like.
  const analytics = become(release, known.data, 'analytics-export', 'ana@example.com', { region: 'us-east-1' });
  then(analytics, reading('sts', 'GetCallerIdentity'));
  then(analytics, reading('s3', 'ListBuckets', { Host: 's3.amazonaws.com' }), 'us-east-1');
  then(analytics, reading('s3', 'GetBucketPolicy', { bucketName: 'data-exports' }));
  then(
    analytics,
    writing('s3', 'PutBucketPolicy', {
      bucketName: 'data-exports',
      bucketPolicy: openTo({ AWS: `arn:aws:iam::${outside}:root` }, 's3:*', 'arn:aws:s3:::data-exports/*'),
    }),
  );
  then(
    analytics,
    writing('rds', 'ModifyDBSnapshotAttribute', {
      dBSnapshotIdentifier: 'data-db-nightly',
      attributeName: 'restore',
      valuesToAdd: [outside],
    }),
  );
  refused(analytics, writing('s3', 'PutBucketLifecycle', { bucketName: 'data-logs' }));
  pause(7);

  // The new administrator comes in by the console, without MFA, and by its key.
  const admin = user(userName, backdoorKey);
  const { accessKeyId: _, ...byPassword } = admin.identity;
  signIn(
    noting,
    { ...admin, identity: byPassword },
    { account: known.payments, region: 'us-east-1' },
    next(),
    numbers,
    {
      outcome: 'Success',
      mfa: false,
    },
  );
  const inConsole = { ...temporary(admin, numbers.iamId('ASIA'), at, false), console: true };
  then(inConsole, reading('s3', 'ListBuckets', { Host: 's3.amazonaws.com' }), 'us-east-1');
  then(admin, reading('sts', 'GetCallerIdentity'));
  const support = federationToken(noting, admin, { sessionName: 'support', region: home, at: next(), numbers });
  then(support, reading('ec2', 'DescribeInstances', { instancesSet: {}, filterSet: {} }));
  then(
    support,
    writing('ec2', 'RunInstances', {
      instancesSet: { items: [{ imageId: 'ami-0abcdef1234567890', minCount: 1, maxCount: 8 }] },
      instanceType: 'p5.48xlarge',
    }),
    'ap-southeast-1',
  );

  // The planted function uses the role that was passed to it, and the outside account the one that trusts it now.
  const planted = serviceSession(
    noting,
    passedRole,
    { sessionName: functionName, region: home, at: next(), numbers },
    {
      service: 'lambda.amazonaws.com',
      address: '198.18.8.77',
      agent: 'Boto3/1.40.49',
      behind: `workload:function ${functionName} (Lambda)`,
    },
  );
  then(planted, reading('s3', 'ListBuckets', { Host: 's3.amazonaws.com' }));
  const stranger: Principal = {
    identity: {},
    account: outside,
    principalId: numbers.iamId('AIDA', 21),
    address: '198.51.100.77',
    agent,
  };
  const visitor = become(stranger, known.payments, passedRole.name, 'app');
  then(visitor, reading('s3', 'GetBucketPolicy', { bucketName }));
  return ids;
}
