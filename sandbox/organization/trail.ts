import { known } from './accounts.ts';
import {
  auditCalls,
  type CallMaker,
  deployCalls,
  type Estate,
  estateOf,
  functionCalls,
  instanceCalls,
  reads,
  robotCalls,
  serviceCalls,
  sweepCalls,
  writes,
} from './calls.ts';
import type { OrganizationAccount, OrganizationPerson, OrganizationRole } from './organization.ts';
import { robotKey, userId } from './people.ts';
import { type Random, random } from './random.ts';
import { type ApiCall, type Principal, seconds } from './record.ts';
import { identityCenterRegion, permissionSetRole } from './roles.ts';
import {
  assumeRole,
  call,
  githubSession,
  type Place,
  personSession,
  type Sink,
  servicePrincipal,
  serviceSession,
  sessionToken,
  signIn,
  temporary,
  userPrincipal,
} from './sessions.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Days of full activity, and of all. */
const recentDays = 30;
const allDays = 120;
/** How much of a recent day's activity an older day has. */
const thin = 0.05;

/** What the trail is made of. */
export interface Company {
  seed: string;
  until: Date;
  /** Records of a working day in one account, on average. */
  eventsPerDay: number;
  people: readonly OrganizationPerson[];
  identityStoreArn: string;
  account: (id: string) => OrganizationAccount;
  role: (account: string, name: string) => OrganizationRole;
}

/** The records that a working day has in one account at rate 1: what the rates below add up to. */
const dayAtRateOne = 86;

export const agents = {
  cli: 'aws-cli/2.31.5 md/Botocore#1.40.49 ua/2.1 os/linux#6.8 lang/python#3.13.4',
  browser: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  terraform: 'APN/1.0 HashiCorp/1.0 Terraform/1.13.5 terraform-provider-aws/6.22.0 aws-sdk-go-v2/1.39.6',
  sdk: 'aws-sdk-go-v2/1.39.6 os/linux lang/go#1.25.4',
  boto: 'Boto3/1.40.49 md/Botocore#1.40.49 ua/2.1 os/linux#6.12 lang/python#3.13.4',
} as const;

/** A user agent is whatever its sender says: these try what a reader's table, chat or spreadsheet would make of it. */
const hostileAgents = [
  '<!channel> *urgent* <https://example.com|click here>',
  '=HYPERLINK("https://example.com","open me")',
  '@here `code` _it_ ~gone~ & <b>bold</b>',
] as const;

const offices = ['203.0.113.10', '203.0.113.11', '203.0.113.64', '192.0.2.45'] as const;
export const runners = ['192.0.2.101', '192.0.2.102', '192.0.2.103'] as const;

/** Regions with some activity, most of it at home. */
const usual = ['eu-west-1', 'eu-west-1', 'eu-west-1', 'eu-central-1', 'us-east-1', 'eu-west-2'];

/** Regions in which anything happens at all. */
export const activeRegions: ReadonlySet<string> = new Set(usual);

/** Everything that happens in one account by itself, and in the visits to it (whose first steps other accounts record). */
export function activity(company: Company, account: OrganizationAccount, sink: Sink, what: 'own' | 'visits'): void {
  const { seed, until } = company;
  const lastDay = Math.floor(until.getTime() / dayMs);
  const estate = estateOf(seed, account);
  const end = account.state === 'SUSPENDED' ? until.getTime() - 45 * dayMs : until.getTime();
  const regions = usual.filter((region) => account.regions.includes(region));
  const bounded: Sink = (record, place, at, behind) => {
    if (at <= end) sink(record, place, at, behind);
  };
  for (let back = 0; back < allDays; back++) {
    const day = lastDay - back;
    // 1970-01-01 was a Thursday.
    const weekend = day % 7 === 2 || day % 7 === 3;
    const rate = (company.eventsPerDay / dayAtRateOne) * (back < recentDays ? 1 : thin);
    for (const { name, perDay, weekends, whole, run } of what === 'own' ? ownKinds : visitKinds) {
      const numbers = random(`${seed}/${account.id}/${name}/${day}`);
      const expected = perDay * rate * (weekend ? weekends : 1);
      const count = Math.floor(expected + numbers.fraction());
      for (let session = 0; session < count; session++) {
        const at = day * dayMs + (whole ? numbers.below(dayMs) : 6.5 * hourMs + numbers.below(11 * hourMs));
        const region = regions.length === 0 ? 'us-east-1' : numbers.pick(regions);
        run({ company, account, estate, region, at, numbers, sink: bounded });
      }
    }
  }
}

interface Setting {
  company: Company;
  account: OrganizationAccount;
  estate: Estate;
  region: string;
  at: number;
  numbers: Random;
  sink: Sink;
}

interface Kind {
  name: string;
  /** Sessions of a working day, and which part of them a weekend day has. */
  perDay: number;
  weekends: number;
  /** Around the clock, not in working hours. */
  whole: boolean;
  run: (setting: Setting) => void;
}

const ownKinds: readonly Kind[] = [
  { name: 'people', perDay: 1.6, weekends: 0.1, whole: false, run: personAtWork },
  { name: 'github', perDay: 1.2, weekends: 0.2, whole: false, run: pipeline },
  { name: 'robot', perDay: 1.2, weekends: 1, whole: true, run: robot },
  { name: 'console', perDay: 0.4, weekends: 0.2, whole: false, run: consoleUser },
  { name: 'mfa-session', perDay: 0.2, weekends: 0, whole: false, run: userWithMfa },
  { name: 'instance', perDay: 2, weekends: 1, whole: true, run: instance },
  { name: 'function', perDay: 1.5, weekends: 1, whole: true, run: workerFunction },
  { name: 'config', perDay: 1, weekends: 1, whole: true, run: configSweep },
  { name: 'autoscaling', perDay: 0.3, weekends: 1, whole: true, run: autoscaling },
  { name: 'service', perDay: 5, weekends: 1, whole: true, run: serviceByItself },
  { name: 'oddity', perDay: 0.3, weekends: 1, whole: true, run: oddity },
];

const visitKinds: readonly Kind[] = [
  { name: 'ops', perDay: 0.4, weekends: 0.1, whole: false, run: operator },
  { name: 'jump', perDay: 0.15, weekends: 0.1, whole: false, run: jumpUser },
  { name: 'audit', perDay: 0.3, weekends: 0, whole: false, run: auditor },
];

/** The accounts that visits to other accounts pass through: their trails hold the first steps. */
export const hubs: ReadonlySet<string> = new Set([known.sharedServices, known.securityTooling, known.audit]);

/** Some calls of a session, seconds to minutes apart; a few are refused. */
function calls(
  setting: Setting,
  principal: Principal,
  makers: readonly CallMaker[],
  count: number,
  from: number,
): void {
  const { account, estate, numbers, region, sink } = setting;
  let at = from;
  for (let made = 0; made < count; made++) {
    at += 1000 + numbers.below(90_000);
    const what = numbers.pick(makers)(estate, region, numbers);
    const place: Place = { account: account.id, region };
    call(sink, principal, numbers.chance(0.03) ? denied(principal, what) : what, place, at, numbers);
  }
}

/** The same call, refused, on a resource where one is named. EC2 has words of its own for it. */
export function denied(
  principal: Principal,
  what: ApiCall,
  { because = 'no identity-based policy allows', on = '*' }: { because?: string; on?: string } = {},
): ApiCall {
  const action = `${what.service}:${what.name.replace(/20\d{6}(v2)?$/, '')}`;
  return {
    ...what,
    error:
      what.service === 'ec2'
        ? {
            code: 'Client.UnauthorizedOperation',
            message: `You are not authorized to perform this operation. User: ${principal.arn ?? ''} is not authorized to perform: ${action} because ${because} the ${action} action.`,
          }
        : {
            code: 'AccessDenied',
            message: `User: ${principal.arn ?? ''} is not authorized to perform: ${action} on resource: ${on} because ${because} the ${action} action`,
          },
  };
}

const permissionSets = ['DeveloperAccess', 'DeveloperAccess', 'ReadOnlyAccess', 'AdministratorAccess'] as const;

/** A person in an account by a permission set of Identity Center. */
function enter(setting: Setting, account: string, permissionSet: string): Principal {
  const { company, numbers, at, sink } = setting;
  const person = numbers.pick(company.people);
  const inConsole = numbers.chance(0.5);
  return personSession(sink, person, company.role(account, permissionSetRole(company.seed, account, permissionSet)), {
    seed: company.seed,
    at,
    numbers,
    region: numbers.chance(0.7) ? identityCenterRegion : 'us-east-1',
    address: numbers.pick(offices),
    agent: inConsole ? agents.browser : numbers.chance(0.02) ? numbers.pick(hostileAgents) : agents.cli,
    console: inConsole,
    ...(inConsole && numbers.chance(0.4)
      ? { onBehalfOf: { userId: person.userId, identityStoreArn: company.identityStoreArn } }
      : {}),
    setsSourceIdentity: numbers.chance(0.3),
  });
}

function personAtWork(setting: Setting): void {
  const { account, numbers, at } = setting;
  const permissionSet = numbers.pick(permissionSets);
  const principal = enter(setting, account.id, permissionSet);
  calls(setting, principal, reads, 4 + numbers.below(9), at + 5000);
  if (permissionSet !== 'ReadOnlyAccess') calls(setting, principal, writes, 1 + numbers.below(3), at + 20 * 60_000);
}

function pipeline(setting: Setting): void {
  const { company, account, estate, region, at, numbers, sink } = setting;
  const principal = githubSession(sink, company.role(account.id, 'github-deploy'), {
    region,
    at,
    numbers,
    sessionName: 'GitHubActions',
    repository: estate.repository,
    address: numbers.pick(runners),
  });
  calls(setting, principal, deployCalls, 6 + numbers.below(6), at + 3000);
}

function robotOf(setting: Setting): Principal & { account: string } {
  const { company, account, numbers } = setting;
  return {
    ...userPrincipal({
      account: account.id,
      name: 'deploy-bot',
      id: userId(company.seed, account.id, 'deploy-bot'),
      key: robotKey(company.seed, account.id),
      address: numbers.pick(runners),
      agent: numbers.chance(0.5) ? agents.boto : agents.terraform,
    }),
    account: account.id,
  };
}

function robot(setting: Setting): void {
  calls(setting, robotOf(setting), robotCalls, 3 + setting.numbers.below(5), setting.at);
}

/** Where a sign-in of an IAM user is recorded. Source: CloudTrail user guide, "AWS Management Console sign-in events". */
function signInRegion(numbers: Random, region: string, enabled: readonly string[]): string {
  const global = numbers.pick(['us-east-1', 'us-east-2', 'eu-north-1', 'ap-southeast-2']);
  return numbers.chance(0.5) ? region : enabled.includes(global) ? global : 'us-east-1';
}

/** An IAM user signs in with a password: well, with the wrong one, or with a name that is hidden as it may be a password. */
function consoleUser(setting: Setting): void {
  const { company, account, region, at, numbers, sink } = setting;
  const name = numbers.pick(['ana', 'ben']);
  const user = userPrincipal({
    account: account.id,
    name,
    id: userId(company.seed, account.id, name),
    key: '',
    address: numbers.pick(offices),
    agent: agents.browser,
  });
  const { accessKeyId: _, ...identity } = user.identity;
  const place = { account: account.id, region: signInRegion(numbers, region, account.regions) };
  const person = { ...user, identity };
  const mfa = name === 'ana';
  if (numbers.chance(0.25)) signIn(sink, person, place, at - 30_000, numbers, { outcome: 'Failure', mfa });
  if (numbers.chance(0.15)) {
    const hidden = {
      type: 'IAMUser',
      accountId: account.id,
      accessKeyId: '',
      userName: 'HIDDEN_DUE_TO_SECURITY_REASONS',
    };
    signIn(sink, { ...person, identity: hidden }, place, at - 60_000, numbers, { outcome: 'Failure', mfa: false });
  }
  signIn(sink, person, place, at, numbers, { outcome: 'Success', mfa });
  const inConsole = { ...temporary(user, numbers.iamId('ASIA'), at, mfa), console: true };
  calls(setting, inConsole, reads, 3 + numbers.below(5), at + 5000);
  if (numbers.chance(0.04)) rootSignIn(setting);
}

/** Root signs in, which is always recorded in us-east-1. */
function rootSignIn({ account, at, numbers, sink }: Setting): void {
  const arn = `arn:aws:iam::${account.id}:root`;
  const root: Principal = {
    identity: { type: 'Root', principalId: account.id, arn, accountId: account.id, accessKeyId: '' },
    account: account.id,
    principalId: account.id,
    arn,
    address: numbers.pick(offices),
    agent: agents.browser,
  };
  signIn(sink, root, { account: account.id, region: 'us-east-1' }, at + 7200, numbers, {
    outcome: 'Success',
    mfa: true,
  });
}

function userWithMfa(setting: Setting): void {
  const { region, at, numbers, sink } = setting;
  const principal = sessionToken(sink, robotOf(setting), { region, at, numbers, mfa: true });
  calls(setting, principal, reads, 2 + numbers.below(4), at + 2000);
}

function instance(setting: Setting): void {
  const { company, account, estate, region, at, numbers, sink } = setting;
  const id = numbers.pick(estate.instances);
  const principal = serviceSession(
    sink,
    company.role(account.id, 'app-instance'),
    { sessionName: id, region, at, numbers },
    {
      service: 'ec2.amazonaws.com',
      address: `198.18.${numbers.below(4)}.${1 + numbers.below(250)}`,
      agent: agents.sdk,
      behind: `workload:${id}`,
      // The first instance still takes its credentials the old way, without a session token for the metadata.
      ec2RoleDelivery: id === estate.instances[0] ? '1.0' : '2.0',
    },
  );
  calls(setting, principal, instanceCalls, 4 + numbers.below(6), at + 60_000);
}

function workerFunction(setting: Setting): void {
  const { company, account, estate, region, at, numbers, sink } = setting;
  const sessionName = numbers.pick(estate.functions);
  const principal = serviceSession(
    sink,
    company.role(account.id, 'order-worker'),
    { sessionName, region, at, numbers },
    {
      service: 'lambda.amazonaws.com',
      address: `198.18.8.${1 + numbers.below(250)}`,
      agent: agents.boto,
      behind: `workload:function ${sessionName} (Lambda)`,
    },
  );
  calls(setting, principal, functionCalls, 2 + numbers.below(4), at + 1000);
}

/** A service with its service-linked role: its calls come from the service's own name. */
function linked(
  setting: Setting,
  service: string,
  roleName: string,
  sessionName: string,
  makers: readonly CallMaker[],
  count: number,
): void {
  const { company, account, region, at, numbers, sink } = setting;
  const principal = serviceSession(
    sink,
    company.role(account.id, roleName),
    { sessionName, region, at, numbers },
    { service, address: service, agent: service, behind: `service:${service}`, invokedBy: service },
  );
  calls(setting, principal, makers, count, at);
}

function configSweep(setting: Setting): void {
  linked(setting, 'config.amazonaws.com', 'AWSServiceRoleForConfig', 'AWSConfig-Describe', sweepCalls, 8);
}

function autoscaling(setting: Setting): void {
  const describe = sweepCalls.slice(0, 1);
  linked(setting, 'autoscaling.amazonaws.com', 'AWSServiceRoleForAutoScaling', 'AutoScaling', describe, 2);
}

function serviceByItself(setting: Setting): void {
  const { account, estate, region, at, numbers, sink } = setting;
  const { by, call: make } = numbers.pick(serviceCalls);
  call(sink, servicePrincipal(by), make(estate, region, numbers), { account: account.id, region }, at, numbers);
}

/** Records that readers stumble over: no identity, an empty key, an addendum to an earlier record, a service's own event. */
function oddity(setting: Setting): void {
  const { account, region, at, numbers, sink, estate } = setting;
  const place = { account: account.id, region };
  const nobody: Principal = { identity: {}, address: 'AWS Internal', agent: 'AWS Internal' };
  const kind = numbers.below(4);
  if (kind === 0) {
    call(sink, nobody, { service: 'ec2', name: 'DescribeInstances', readOnly: true }, place, at, numbers);
  } else if (kind === 1) {
    const identity = { type: 'Unknown', accountId: account.id, accessKeyId: '', principalId: '' };
    call(sink, { ...nobody, identity }, { service: 's3', name: 'ListBuckets', readOnly: true }, place, at, numbers);
  } else if (kind === 2) {
    const bot = robotOf(setting);
    const what = {
      service: 'lambda',
      name: 'GetFunction20150331v2',
      readOnly: true,
      parameters: { functionName: estate.functions[0] },
    };
    const originalEventID = call(sink, bot, what, place, at, numbers);
    const addendum = {
      reason: 'UPDATED_DATA',
      updatedFields: 'responseElements',
      originalRequestID: numbers.uuid(),
      originalEventID,
    };
    call(sink, bot, { ...what, more: { addendum } }, place, at + 400, numbers);
  } else {
    const keyId = `arn:aws:kms:${region}:${account.id}:key/${estate.kmsKey}`;
    const principal: Principal = {
      identity: { accountId: account.id, invokedBy: 'AWS Internal' },
      address: 'AWS Internal',
      agent: 'AWS Internal',
    };
    const what: ApiCall = {
      service: 'kms',
      name: 'RotateKey',
      readOnly: false,
      eventType: 'AwsServiceEvent',
      resources: [{ accountId: account.id, type: 'AWS::KMS::Key', ARN: keyId }],
      more: { serviceEventDetails: { rotationType: 'AUTOMATIC', keyOrigin: 'AWS_KMS', rotationDate: seconds(at) } },
    };
    call(sink, principal, what, place, at, numbers);
  }
}

/** A person goes from the shared services account into another one. */
function operator(setting: Setting): void {
  const { company, account, at, numbers, region, sink } = setting;
  if (hubs.has(account.id)) return;
  const first = enter(setting, known.sharedServices, 'AdministratorAccess');
  const roleName = numbers.chance(0.7) ? 'ops-read' : 'ops-admin';
  const session = assumeRole(sink, first, company.role(account.id, roleName), {
    // Nobody says who they are in the session's name: only the chain does.
    sessionName: `botocore-session-${Math.floor(at / 1000)}`,
    region: numbers.chance(0.8) ? region : 'us-east-1',
    at: at + 60_000,
    numbers,
  });
  calls(setting, session, roleName === 'ops-read' ? reads : writes, 3 + numbers.below(5), at + 65_000);
}

/** A key of the shared services account goes into another one, as before there was Identity Center. */
function jumpUser(setting: Setting): void {
  const { company, account, at, numbers, region, sink } = setting;
  if (hubs.has(account.id)) return;
  const bot = robotOf({ ...setting, account: company.account(known.sharedServices) });
  const session = assumeRole(sink, bot, company.role(account.id, 'ops-read'), {
    sessionName: 'nightly-inventory',
    region,
    at,
    numbers,
  });
  calls(setting, session, sweepCalls, 3 + numbers.below(5), at + 2000);
}

/** A person goes from security tooling by the audit account into another one: two hops. */
function auditor(setting: Setting): void {
  const { company, account, at, numbers, region, sink } = setting;
  if (hubs.has(account.id)) return;
  const first = enter(setting, known.securityTooling, 'ReadOnlyAccess');
  const second = assumeRole(sink, first, company.role(known.audit, 'audit-hub'), {
    sessionName: 'audit',
    region: 'eu-west-1',
    at: at + 30_000,
    numbers,
  });
  const session = assumeRole(sink, second, company.role(account.id, 'security-audit'), {
    sessionName: 'audit',
    region,
    at: at + 45_000,
    numbers,
  });
  calls(setting, session, auditCalls, 3 + numbers.below(4), at + 50_000);
}
