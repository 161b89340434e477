import type { OrganizationPerson, OrganizationRole, TrailRecord } from './organization.ts';
import { userArn } from './people.ts';
import type { Random } from './random.ts';
import { type ApiCall, type Principal, record, recordedIn, seconds, spelled } from './record.ts';
import { githubProvider, samlProvider } from './roles.ts';

export interface Place {
  account: string;
  region: string;
}

/** Takes each record with the moment it belongs to (ms since 1970), and who stood behind the session, if it was one. */
export type Sink = (record: TrailRecord, place: Place, at: number, behind: string | undefined) => void;

/** Makes a call: writes its record into the account and region where CloudTrail would, and gives its event id. */
export function call(
  sink: Sink,
  principal: Principal,
  what: ApiCall,
  place: Place,
  at: number,
  numbers: Random,
): string {
  const recorded = { account: place.account, region: recordedIn(what.service, place.region) };
  const written = record(principal, what, recorded, at, numbers);
  sink(written, recorded, at, principal.behind);
  return written.eventID;
}

/** An IAM user with a long-lived key. */
export const userPrincipal = (user: {
  account: string;
  name: string;
  id: string;
  key: string;
  address: string;
  agent: string;
}): Principal => ({
  identity: {
    type: 'IAMUser',
    principalId: user.id,
    arn: userArn(user.account, user.name),
    accountId: user.account,
    accessKeyId: user.key,
    userName: user.name,
  },
  account: user.account,
  principalId: user.id,
  arn: userArn(user.account, user.name),
  address: user.address,
  agent: user.agent,
});

/** An AWS service acting for itself. */
export const servicePrincipal = (service: string): Principal => ({
  identity: { type: 'AWSService', invokedBy: service },
  address: service,
  agent: service,
});

interface Minting {
  sessionName: string;
  region: string;
  /** ms since 1970 */
  at: number;
  numbers: Random;
}

const accountOf = (role: OrganizationRole): string => role.arn.split(':')[4] ?? '';

/** What a new session of a role calls with. */
function session(
  role: OrganizationRole,
  minting: Minting,
  key: string,
  made: { address: string; agent: string; behind: string; mfa?: boolean; sourceIdentity?: string | undefined },
  more: {
    federated?: object;
    ec2RoleDelivery?: string;
    invokedBy?: string;
    onBehalfOf?: object;
    console?: boolean;
  } = {},
): Principal {
  const account = accountOf(role);
  const principalId = `${role.id}:${minting.sessionName}`;
  const arn = `arn:aws:sts::${account}:assumed-role/${role.name}/${minting.sessionName}`;
  return {
    identity: {
      type: 'AssumedRole',
      principalId,
      arn,
      accountId: account,
      accessKeyId: key,
      ...(more.onBehalfOf === undefined ? {} : { onBehalfOf: more.onBehalfOf }),
      sessionContext: {
        sessionIssuer: { type: 'Role', principalId: role.id, arn: role.arn, accountId: account, userName: role.name },
        ...(more.federated === undefined ? {} : { webIdFederationData: more.federated }),
        attributes: { creationDate: seconds(minting.at), mfaAuthenticated: String(made.mfa ?? false) },
        ...(made.sourceIdentity === undefined ? {} : { sourceIdentity: made.sourceIdentity }),
        ...(more.ec2RoleDelivery === undefined ? {} : { ec2RoleDelivery: more.ec2RoleDelivery }),
      },
      ...(more.invokedBy === undefined ? {} : { invokedBy: more.invokedBy }),
    },
    account,
    principalId,
    arn,
    address: made.address,
    agent: made.agent,
    behind: made.behind,
    ...(more.console === true ? { console: true } : {}),
    ...(made.sourceIdentity === undefined ? {} : { sourceIdentity: made.sourceIdentity }),
  };
}

const minted = (role: OrganizationRole, minting: Minting, key: string, durationSeconds: number) => ({
  credentials: {
    accessKeyId: key,
    sessionToken: 'HIDDEN_DUE_TO_SECURITY_REASONS',
    expiration: spelled(minting.at + durationSeconds * 1000),
  },
  assumedRoleUser: {
    assumedRoleId: `${role.id}:${minting.sessionName}`,
    arn: `arn:aws:sts::${accountOf(role)}:assumed-role/${role.name}/${minting.sessionName}`,
  },
});

const endpoint = (region: string) => ({
  additionalEventData: { RequestDetails: { awsServingRegion: region, endpointType: 'regional' } },
});

const roleResource = (role: OrganizationRole) => [
  { accountId: accountOf(role), type: 'AWS::IAM::Role', ARN: role.arn },
];

/**
 * sts:AssumeRole. Across accounts CloudTrail writes one record into each, joined by sharedEventID; the role's account
 * sees of the caller only the account and principal id. Source: IAM user guide, "Logging IAM and STS API calls".
 */
export function assumeRole(
  sink: Sink,
  caller: Principal,
  role: OrganizationRole,
  minting: Minting & { sourceIdentity?: string | undefined; accessKeyId?: string },
): Principal {
  const { at, region, numbers, sessionName } = minting;
  const key = minting.accessKeyId ?? numbers.iamId('ASIA');
  const durationSeconds = 3600;
  const sourceIdentity = caller.sourceIdentity ?? minting.sourceIdentity;
  const sharedEventID = numbers.uuid();
  const owner = accountOf(role);
  const alone = caller.account === owner;
  const what: ApiCall = {
    service: 'sts',
    name: 'AssumeRole',
    readOnly: true,
    parameters: {
      roleArn: role.arn,
      roleSessionName: sessionName,
      durationSeconds,
      ...(caller.sourceIdentity === undefined && sourceIdentity !== undefined ? { sourceIdentity } : {}),
    },
    response: {
      ...minted(role, minting, key, durationSeconds),
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    },
    resources: roleResource(role),
    more: { ...endpoint(region), ...(alone ? {} : { sharedEventID }) },
  };
  if (caller.account !== undefined) call(sink, caller, what, { account: caller.account, region }, at, numbers);
  if (!alone) {
    const seen: Principal =
      caller.account === undefined
        ? caller
        : {
            identity: { type: 'AWSAccount', principalId: caller.principalId, accountId: caller.account },
            address: caller.address,
            agent: caller.agent,
          };
    call(sink, seen, what, { account: owner, region }, at, numbers);
  }
  const name = caller.identity['userName'];
  const behind =
    caller.behind ??
    (caller.account === undefined
      ? `service:${caller.address}`
      : typeof name === 'string'
        ? `user:${name}@${caller.account}`
        : `account:${caller.account}`);
  return session(role, minting, key, { address: caller.address, agent: caller.agent, behind, sourceIdentity });
}

/** The session of an instance, lambda function or service: the service assumes the role for it. */
export function serviceSession(
  sink: Sink,
  role: OrganizationRole,
  minting: Minting,
  by: { service: string; address: string; agent: string; behind: string; ec2RoleDelivery?: string; invokedBy?: string },
): Principal {
  const made = assumeRole(sink, servicePrincipal(by.service), role, minting);
  const key = made.identity['accessKeyId'];
  return session(role, minting, typeof key === 'string' ? key : '', by, {
    ...(by.ec2RoleDelivery === undefined ? {} : { ec2RoleDelivery: by.ec2RoleDelivery }),
    ...(by.invokedBy === undefined ? {} : { invokedBy: by.invokedBy }),
  });
}

/** A person of Identity Center in an account: AssumeRoleWithSAML, and for the console a sign-in. */
export function personSession(
  sink: Sink,
  person: OrganizationPerson,
  role: OrganizationRole,
  minting: Omit<Minting, 'sessionName'> & {
    seed: string;
    address: string;
    agent: string;
    console: boolean;
    /** Identity Center passed who the person is on to the service. */
    onBehalfOf?: object;
    setsSourceIdentity: boolean;
  },
): Principal {
  const { at, region, numbers } = minting;
  const account = accountOf(role);
  const named = { ...minting, sessionName: person.userName };
  const key = numbers.iamId('ASIA');
  const idp = `${numbers.iamId('', 27)}=`;
  const behind = `saml:${person.userName}`;
  const sourceIdentity = minting.setsSourceIdentity ? person.userName : undefined;
  const samlUser: Principal = {
    identity: {
      type: 'SAMLUser',
      principalId: `${idp}:${person.userName}`,
      userName: person.userName,
      identityProvider: idp,
    },
    address: minting.address,
    agent: minting.agent,
  };
  call(
    sink,
    samlUser,
    {
      service: 'sts',
      name: 'AssumeRoleWithSAML',
      readOnly: true,
      parameters: {
        sAMLAssertionID: `_${numbers.uuid()}`,
        roleSessionName: person.userName,
        durationSeconds: 3600,
        roleArn: role.arn,
        principalArn: samlProvider(minting.seed, account),
        ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
      },
      response: {
        subjectType: 'persistent',
        issuer: 'https://identitycenter.example.com/saml',
        ...minted(role, named, key, 3600),
        nameQualifier: idp,
        subject: person.userName,
        audience: 'https://signin.aws.amazon.com/saml',
        ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
      },
      resources: [
        ...roleResource(role),
        { accountId: account, type: 'AWS::IAM::SAMLProvider', ARN: samlProvider(minting.seed, account) },
      ],
      more: endpoint(region),
    },
    { account, region },
    at,
    numbers,
  );
  const principal = session(
    role,
    named,
    key,
    { address: minting.address, agent: minting.agent, behind, sourceIdentity },
    {
      console: minting.console,
      ...(minting.onBehalfOf === undefined ? {} : { onBehalfOf: minting.onBehalfOf }),
    },
  );
  if (minting.console)
    signIn(sink, principal, { account, region }, at + 2000, numbers, { outcome: 'Success', mfa: null });
  return principal;
}

/** A pipeline of a GitHub repository: AssumeRoleWithWebIdentity. */
export function githubSession(
  sink: Sink,
  role: OrganizationRole,
  minting: Minting & { repository: string; address: string },
): Principal {
  const { at, region, numbers } = minting;
  const account = accountOf(role);
  const key = numbers.iamId('ASIA');
  const subject = `repo:${minting.repository}:ref:refs/heads/main`;
  const provider = `arn:aws:iam::${account}:oidc-provider/${githubProvider}`;
  const agent = 'aws-sdk-nodejs/3.952.0 configure-aws-credentials-for-github-actions';
  call(
    sink,
    {
      identity: {
        type: 'WebIdentityUser',
        principalId: `${provider}:sts.amazonaws.com:${subject}`,
        userName: subject,
        identityProvider: provider,
      },
      address: minting.address,
      agent,
    },
    {
      service: 'sts',
      name: 'AssumeRoleWithWebIdentity',
      readOnly: true,
      parameters: { roleArn: role.arn, roleSessionName: minting.sessionName, durationSeconds: 3600 },
      response: {
        subjectFromWebIdentityToken: subject,
        ...minted(role, minting, key, 3600),
        provider,
        audience: 'sts.amazonaws.com',
      },
      resources: roleResource(role),
      more: endpoint(region),
    },
    { account, region },
    at,
    numbers,
  );
  return session(
    role,
    minting,
    key,
    { address: minting.address, agent, behind: `workload:${subject}` },
    { federated: { federatedProvider: provider, attributes: {} } },
  );
}

/**
 * A sign-in to the console; with the wrong password or an unknown name it is Failure.
 * Source: CloudTrail user guide, "AWS Management Console sign-in events".
 */
export function signIn(
  sink: Sink,
  principal: Principal,
  place: Place,
  at: number,
  numbers: Random,
  how: { outcome: 'Success' | 'Failure'; mfa: boolean | null },
): string {
  return call(
    sink,
    { ...principal, console: false },
    {
      service: 'signin',
      name: 'ConsoleLogin',
      readOnly: false,
      eventType: 'AwsConsoleSignIn',
      response: { ConsoleLogin: how.outcome },
      more: {
        ...(how.outcome === 'Success' ? {} : { errorMessage: 'Failed authentication' }),
        additionalEventData: {
          LoginTo: `https://console.aws.amazon.com/console/home?region=${place.region}`,
          MobileVersion: 'No',
          ...(how.mfa === null ? {} : { MFAUsed: how.mfa ? 'Yes' : 'No' }),
        },
      },
    },
    place,
    at,
    numbers,
  );
}

/** sts:GetSessionToken: a user's own temporary key, with MFA. */
export function sessionToken(
  sink: Sink,
  user: Principal & { account: string },
  minting: Omit<Minting, 'sessionName'> & { mfa: boolean },
): Principal {
  const { at, region, numbers } = minting;
  const key = numbers.iamId('ASIA');
  call(
    sink,
    user,
    {
      service: 'sts',
      name: 'GetSessionToken',
      readOnly: true,
      parameters: {
        durationSeconds: 3600,
        ...(minting.mfa ? { serialNumber: user.arn?.replace(':user/', ':mfa/') } : {}),
      },
      response: {
        credentials: {
          accessKeyId: key,
          sessionToken: 'HIDDEN_DUE_TO_SECURITY_REASONS',
          expiration: spelled(at + 3_600_000),
        },
      },
      more: endpoint(region),
    },
    { account: user.account, region },
    at,
    numbers,
  );
  return temporary(user, key, at, minting.mfa);
}

/** An IAM user with a temporary key: of the console, or from GetSessionToken. */
export const temporary = (user: Principal, key: string, at: number, mfa: boolean): Principal => ({
  ...user,
  identity: {
    ...user.identity,
    accessKeyId: key,
    sessionContext: { attributes: { creationDate: seconds(at), mfaAuthenticated: String(mfa) } },
  },
});

/** sts:GetFederationToken: a user's key for somebody it names. */
export function federationToken(sink: Sink, user: Principal & { account: string }, minting: Minting): Principal {
  const { at, region, numbers, sessionName } = minting;
  const key = numbers.iamId('ASIA');
  const arn = `arn:aws:sts::${user.account}:federated-user/${sessionName}`;
  const federatedUserId = `${user.account}:${sessionName}`;
  call(
    sink,
    user,
    {
      service: 'sts',
      name: 'GetFederationToken',
      readOnly: true,
      parameters: { name: sessionName, durationSeconds: 43200 },
      response: {
        credentials: {
          accessKeyId: key,
          sessionToken: 'HIDDEN_DUE_TO_SECURITY_REASONS',
          expiration: spelled(at + 43_200_000),
        },
        federatedUser: { federatedUserId, arn },
        packedPolicySize: 6,
      },
      more: endpoint(region),
    },
    { account: user.account, region },
    at,
    numbers,
  );
  return {
    identity: {
      type: 'FederatedUser',
      principalId: federatedUserId,
      arn,
      accountId: user.account,
      accessKeyId: key,
      sessionContext: {
        sessionIssuer: {
          type: 'IAMUser',
          principalId: user.principalId,
          arn: user.arn,
          accountId: user.account,
          userName: user.identity['userName'],
        },
        attributes: { creationDate: seconds(at), mfaAuthenticated: 'false' },
      },
    },
    account: user.account,
    principalId: federatedUserId,
    arn,
    address: user.address,
    agent: user.agent,
    behind: `user:${String(user.identity['userName'])}@${user.account}`,
  };
}
