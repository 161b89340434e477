import { shortName } from '../../../../aws-names/arn.ts';
import {
  byBrowser,
  type CloudTrailRecord,
  failed,
  reads,
  serviceOf,
  throughService,
} from '../../../../cloudtrail/record.ts';
import {
  anyOf,
  byMachine,
  type CallRule,
  call,
  gives,
  isPublicAddress,
  isTrue,
  of,
  parameter,
  parametersText,
  parameterTexts,
  records,
  setting,
  textOf,
} from '../call.ts';
import {
  grantsEverything,
  grantsWayUp,
  grantsWholeServices,
  toEverybody,
  toForeigners,
  toWholeProvider,
} from '../policy.ts';

/** AWS's own policies that give all rights, or the right to take them. */
const adminPolicy =
  /policy\/(?:[\w/-]*\/)?(AdministratorAccess(?:-\w+)?|IAMFullAccess|PowerUserAccess|AmazonEKS(?:Cluster)?AdminPolicy)$/;

/** AWS's own policies that give all of a service, but for those that only let see and count. */
const servicePolicy =
  /:aws:policy\/(?:[\w/-]*\/)?((?!CloudWatch|AWSXRay|AmazonSNS|AWSHealth|AmazonEventBridge|AWSCloudShell|AmazonQ)\w+FullAccess|SecretsManagerReadWrite)$/;

/** What AWS itself attaches to a user whose key it found in public. */
const quarantine = /AWSCompromisedKeyQuarantine\w*|AWSExposedCredentialPolicy\w*/;

/** What policies are called that hold somebody back. */
const limit =
  /boundar|guard-?rail|den(?:y|ies)|restrict|limit|quarantine|prevent|protect|enforce|require|forbid|block|scp|mfa/i;

/** The policies that match, as a call on policies names them: "AdministratorAccess". No ARN of a policy is longer. */
const policies = (record: CloudTrailRecord, which: RegExp): string[] =>
  parameterTexts(record).flatMap((text) => {
    const found = text.length > 700 ? null : which.exec(text);
    return found === null ? [] : [found[1] ?? found[0]];
  });

/** Whom a call on users, roles and groups is about, "dev-2"; else the policy. */
const holder = (record: CloudTrailRecord): string =>
  ['userName', 'roleName', 'groupName', 'principalArn', 'permissionSetArn', 'policyName', 'policyArn']
    .map((name) => textOf(record, name))
    .find((name) => name !== undefined)
    ?.replace(/^arn:[^/]*\//, '') ?? 'somebody';

/** The user named in the parameters is not the one who calls. */
const forSomebodyElse = (record: CloudTrailRecord): boolean => {
  const named = textOf(record, 'userName');
  const session = (record.userIdentity.arn ?? '').split('/').at(-1)?.split('@')[0];
  return named !== undefined && named !== record.userIdentity.userName && named.split('@')[0] !== session;
};

/** The other user as the value of a reason. */
const otherUser = (record: CloudTrailRecord): string[] =>
  forSomebodyElse(record) ? [textOf(record, 'userName') ?? ''] : [];

const signIn = (record: CloudTrailRecord) => record.eventName === 'ConsoleLogin';
const isRoot = (record: CloudTrailRecord) => record.userIdentity.type === 'Root';
const mfaUsed = (record: CloudTrailRecord) =>
  String(record.additionalEventData['MFAUsed'] ?? record.additionalEventData['mFAUsed'] ?? '');

const trusts = call('iam', /^(?:UpdateAssumeRolePolicy|CreateRole)$/);
const writesPolicy = call('iam sso', /^(?:Put|Create)\w*Polic\w*$/);
/** Takes a policy away from one or from all. */
const dropsPolicy = call('iam', /^(?:Delete|Detach)(?:User|Role|Group)?Policy$/);

/** AWS acts in the name of root where it protects the account. */
const bySelf = ({ sourceIPAddress, userAgent }: CloudTrailRecord): boolean =>
  sourceIPAddress === 'AWS Internal' || userAgent === 'AWS Internal';

/** Root of the account itself, not AWS in its name. */
const rootItself = (record: CloudTrailRecord): boolean =>
  isRoot(record) &&
  !signIn(record) &&
  !throughService(record) &&
  record.userIdentity.invokedBy === undefined &&
  !bySelf(record) &&
  record.eventType !== 'AwsServiceEvent' &&
  !/ServiceLinkedRole/.test(record.eventName ?? '');

/** Calls whose parameters say who may do what: without them nothing can be judged. */
const givesRights = (record: CloudTrailRecord): boolean =>
  /^(?:Put|Create|Set|Update|Attach|Add|Authorize|Modify)\w*(?:Polic|Permission|Acl|Ingress|Grant|Role)/.test(
    record.eventName ?? '',
  );

/** A session that a user made of a key, without MFA and outside of the console. */
const bareSessionToken = (record: CloudTrailRecord): boolean =>
  record.userIdentity.type === 'IAMUser' &&
  (record.userIdentity.accessKeyId ?? '').startsWith('ASIA') &&
  record.userIdentity.sessionContext.attributes.mfaAuthenticated !== true &&
  record.sessionCredentialFromConsole !== true &&
  !byBrowser(record);

/** Users and roles that one service made for its own use, and the services that belong to it. */
const madeFor: readonly { who: RegExp; services: RegExp }[] = [
  { who: /(?:user\/|:)BedrockAPIKey-[\w-]+$/, services: /^bedrock/ },
  { who: /user\/ses-smtp-user\.[\w-]+$/, services: /^ses$/ },
  {
    who: /\/BedrockAgentCore-[^/]+$|assumed-role\/[^/]*AgentCore[^/]*\//i,
    services: /^(?!(?:iam|sts|sso|organizations|account|ec2|secretsmanager|ssm)$)/,
  },
];

/** An identity that was made for one service and is used in another: whose it is. */
const strayed = (record: CloudTrailRecord): string[] => {
  const arn = (record.userIdentity.arn ?? '').slice(0, 300);
  return madeFor.some(({ who, services }) => who.test(arn) && !services.test(serviceOf(record)))
    ? [`${arn.split('/').at(-1)} in ${serviceOf(record)}`]
    : [];
};

/** Credentials made for a function or a task, in the hands of a program that runs elsewhere. */
const outsideOfTask = (record: CloudTrailRecord): boolean =>
  /:(?:Function|Task)$/i.test(record.userIdentity.inScopeOf.issuerType ?? '') &&
  isPublicAddress(record.sourceIPAddress) &&
  // The libraries of AWS say where they run when they run at AWS.
  !/exec-env\/AWS_/.test(record.userAgent ?? '') &&
  /aws-cli|aws-sdk|boto|powershell|mozilla/i.test(record.userAgent ?? '');

/** A provider of identities that is no part of the account's own clusters. */
const foreignIssuer = (record: CloudTrailRecord): string[] => {
  const url = textOf(record, 'url') ?? textOf(record, 'name') ?? textOf(record, 'sAMLProviderArn') ?? 'a provider';
  return /oidc[.-]eks\./.test(url) ? [] : [shortName(url)];
};

/** Who may sign in, with what, and with which rights. */
export const identities: readonly CallRule[] = [
  // Root and the console
  {
    severity: 'high',
    reason: 'root signed in, or somebody tried to',
    holds: (record) => signIn(record) && isRoot(record),
    even: 'failed',
  },
  {
    severity: 'high',
    reason: 'root changed something',
    holds: (record) => rootItself(record) && !reads(record),
  },
  {
    severity: 'medium',
    reason: 'root was used',
    holds: (record) => rootItself(record) && (reads(record) || (failed(record) && record.eventType === 'AwsApiCall')),
    even: 'failed',
  },
  {
    severity: 'high',
    reason: 'a user signed in to the console without MFA',
    holds: (record) =>
      signIn(record) &&
      record.userIdentity.type === 'IAMUser' &&
      mfaUsed(record) === 'No' &&
      // Who came by an identity provider used its MFA, which CloudTrail does not see.
      record.additionalEventData['SamlProviderArn'] === undefined,
  },
  {
    severity: 'high',
    reason: 'the password was right and the MFA code was not',
    holds: (record) => signIn(record) && failed(record) && mfaUsed(record) === 'Yes',
    even: 'failed',
  },
  {
    severity: 'medium',
    reason: 'opened the console with a federated session that was made with the key of a user',
    holds: (record) => signIn(record) && record.userIdentity.type === 'FederatedUser',
  },
  {
    severity: 'medium',
    reason: 'a program did what people do in a browser ({})',
    calls: call('signin', /^(?:GetSigninToken|ConsoleLogin|SwitchRole)$/),
    holds: (record) => (record.userAgent !== undefined && !byBrowser(record) ? [record.userAgent] : []),
    by: 'no service',
  },

  // Users and what they sign in with
  {
    severity: 'medium',
    reason: 'gave somebody else a working access key ({})',
    calls: call(
      'iam',
      /^(?:(?:Create|Update)AccessKey|(?:Upload|Update)(?:SigningCertificate|SSHPublicKey)|(?:Create|Reset)ServiceSpecificCredential)$/,
    ),
    holds: (record) =>
      (record.eventName ?? '').startsWith('Update') && textOf(record, 'status') !== 'Active' ? [] : otherUser(record),
  },
  {
    severity: 'medium',
    reason: 'made a user by hand',
    calls: call('iam sso-directory identitystore', /^CreateUser$/),
    by: 'hand',
  },
  {
    severity: 'high',
    reason: 'set a password for somebody else ({})',
    calls: call('iam', /^(?:Create|Update)LoginProfile$/),
    holds: (record) =>
      // A new password that must be changed at once is one that a help desk gives.
      record.eventName === 'UpdateLoginProfile' && parameter(record, 'passwordResetRequired').some(isTrue)
        ? []
        : otherUser(record),
  },
  {
    severity: 'medium',
    reason: 'registered an MFA device for somebody else ({})',
    calls: call('iam', /^EnableMFADevice$/),
    holds: (record) => otherUser(record),
  },
  {
    severity: 'medium',
    reason: 'changed users, rights or MFA with a session token made of a key, without MFA',
    holds: (record) => serviceOf(record) === 'iam' && !reads(record) && bareSessionToken(record),
    by: 'hand',
  },
  {
    severity: 'high',
    reason: 'AWS quarantined a leaked key: put {}',
    calls: call('iam', /^(?:Attach|Put)\w+Policy$/),
    holds: (record) => policies(record, quarantine).map((name) => `${name} on ${holder(record)}`),
  },
  {
    severity: 'high',
    reason: 'lifted the quarantine of a leaked key',
    holds: (record) => dropsPolicy(record) && parameterTexts(record).some((text) => quarantine.test(text)),
  },
  {
    severity: 'high',
    reason: 'took multi-factor authentication away',
    calls: call('iam sso-directory', /^(?:DeactivateMFADevice|DeleteVirtualMFADevice|DeleteMfaDeviceForUser)$/),
  },
  {
    severity: 'medium',
    reason: "used a machine's credentials to change users or rights",
    holds: (record) => serviceOf(record) === 'iam' && !reads(record) && byMachine(record),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'an identity that was made for one service is used in another ({})',
    holds: strayed,
    by: 'no service',
    even: 'failed',
  },
  {
    severity: 'high',
    reason: 'credentials of a function or a task were used from elsewhere on the internet',
    holds: outsideOfTask,
    by: 'no service',
    even: 'failed',
  },

  // Rights
  {
    severity: 'high',
    reason: 'gave {}',
    calls: call('iam sso eks', /^(?:Attach|Associate|Put|Create|Add)/),
    holds: (record) => policies(record, adminPolicy).map((name) => `${name} to ${holder(record)}`),
  },
  {
    severity: 'medium',
    reason: 'gave by hand all of a service: {}',
    calls: call('iam sso', /^Attach\w*Policy\w*$/),
    holds: (record) => policies(record, servicePolicy).map((name) => `${name} to ${holder(record)}`),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'put {}',
    calls: call('iam', /^AddUserToGroup$/),
    holds: (record) =>
      /admin|power|root/i.test(textOf(record, 'groupName') ?? '')
        ? [`${textOf(record, 'userName') ?? 'somebody'} into the group ${textOf(record, 'groupName')}`]
        : [],
  },
  {
    severity: 'high',
    reason: 'wrote a policy that allows everything ({})',
    holds: (record) => (writesPolicy(record) && grantsEverything(record) ? [holder(record)] : []),
  },
  {
    severity: 'medium',
    reason: 'wrote a policy whose holder can take any rights ({})',
    holds: (record) => (writesPolicy(record) ? grantsWayUp(record) : []),
  },
  {
    severity: 'medium',
    reason: 'wrote by hand a policy that gives all of a service on everything ({})',
    holds: (record) => (writesPolicy(record) ? grantsWholeServices(record) : []),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'gave rights or access that the record does not show: its parameters were left out',
    holds: (record) =>
      givesRights(record) &&
      (parameter(record, 'omitted').some(isTrue) ||
        parameterTexts(record).some((text) => text.length < 100 && /too large/i.test(text))),
    by: 'no service',
  },
  {
    severity: 'medium',
    reason: 'made another version of a policy hold ({})',
    calls: call('iam', /^SetDefaultPolicyVersion$/),
    holds: (record) => [`${textOf(record, 'versionId') ?? 'a version'} of ${holder(record)}`],
  },
  {
    severity: 'medium',
    reason: 'removed a limit on rights or passwords, or made it weak',
    holds: anyOf(
      call('iam sso', /^Delete\w*PermissionsBoundary\w*$|^DeleteAccountPasswordPolicy$/),
      of(call('iam', /^UpdateAccountPasswordPolicy$/), (record) =>
        parameter(record, 'minimumPasswordLength').some((length) => Number(length) < 8),
      ),
    ),
  },
  {
    severity: 'medium',
    reason: 'put another limit on rights in the place of the one before ({})',
    calls: call('iam', /^Put(?:User|Role)PermissionsBoundary$/),
    holds: (record) => [(textOf(record, 'permissionsBoundary') ?? '').split('/').at(-1) ?? ''],
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'changed which members have a root of their own',
    calls: call('iam', /^(?:Enable|Disable)OrganizationsRoot(?:Sessions|CredentialsManagement)$/),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'an API asks nobody any more who they are ({})',
    calls: call('apigateway', /^Update(?:Route|Method)$/),
    holds: (record) => [
      ...setting(record, 'authorizationType', (value) => value === 'NONE'),
      ...parameter(record, 'patchOperations')
        .flatMap(records)
        .flatMap(({ path, value }) => (path === '/authorizationType' && value === 'NONE' ? ['NONE'] : [])),
    ],
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'removed a policy that looks like a limit on rights ({})',
    holds: (record) => {
      const name = (textOf(record, 'policyArn') ?? textOf(record, 'policyName'))?.split('/').at(-1);
      return dropsPolicy(record) && name !== undefined && limit.test(name) ? [name] : [];
    },
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'people who sign in to an application need no second factor any more ({})',
    calls: call('cognito-idp', /^(?:SetUserPoolMfaConfig|UpdateUserPool)$/),
    holds: (record) => setting(record, 'mfaConfiguration', (value) => value === 'OFF'),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'gave a machine another role by hand',
    holds: anyOf(
      call('ec2', /^(?:Associate|Replace)IamInstanceProfile\w*$/),
      // The console makes a profile of the same name with every role for EC2.
      of(call('iam', /^AddRoleToInstanceProfile$/), (record) => !byBrowser(record)),
    ),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'gave somebody an account to work in, by hand',
    calls: call('sso', /^CreateAccountAssignment$/),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'changed by hand who gets into a cluster: {}',
    calls: call('eks', /^(?:(?:Create|Update|Delete)AccessEntry|CreatePodIdentityAssociation)$/),
    holds: (
      record, // Nodes and Fargate have entries of their own.
    ) =>
      !parameter(record, 'type').some((type) => /^(?:EC2|FARGATE|HYBRID|HYPERPOD)/.test(String(type)))
        ? [holder(record)]
        : [],
    by: 'no program',
  },

  // Trust
  {
    severity: 'high',
    reason: 'everybody can take a role',
    holds: (record) => trusts(record) && toEverybody(record),
  },
  {
    severity: 'high',
    reason: 'another account ({}) can take a role',
    holds: (record) => (trusts(record) ? toForeigners(record) : []),
  },
  {
    severity: 'high',
    reason: 'every customer of an identity provider ({}) can take a role',
    holds: (record) => (trusts(record) ? toWholeProvider(record) : []),
  },
  {
    severity: 'high',
    reason: 'trusted by hand somebody outside to say who people are: {}',
    holds: anyOf(
      of(call('rolesanywhere', /^(?:Create|Update)TrustAnchor$/), (record) =>
        parameter(record, 'sourceType').includes('CERTIFICATE_BUNDLE') ? ['a certificate authority'] : [],
      ),
      of(call('iam', /^(?:Create(?:SAML|OpenIDConnect)Provider|UpdateSAMLProvider)$/), foreignIssuer),
    ),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'changed the way people of an identity provider sign in',
    calls: call('iam', /(?:SAML|OpenIDConnect)Provider/),
    holds: (record) => !reads(record) && !/[Tt]ag/.test(record.eventName ?? ''),
  },
  {
    severity: 'high',
    reason: 'changed how people sign in through Identity Center',
    calls: call(
      'sso sso-directory identitystore',
      /^(?:AssociateDirectory|DisassociateDirectory|(?:Create|Enable|Disable|Update|Delete)ExternalIdPConfiguration\w*|(?:Import|Delete)ExternalIdPCertificate|UpdateSsoConfiguration|UpdateMfaDeviceManagement\w*|(?:Create|Update)TrustedTokenIssuer|DeleteInstance)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'certificates from elsewhere can be used to sign in',
    calls: call('rolesanywhere', /^(?:(?:Create|Update|Enable)(?:TrustAnchor|Profile)|(?:Disable|Delete)Crl)$/),
  },
  {
    severity: 'medium',
    reason: 'took credentials with root rights over a member ({})',
    calls: call('sts', /^AssumeRoot$/),
    holds: (record) => [textOf(record, 'targetPrincipal') ?? 'an account'],
  },
  {
    severity: 'medium',
    reason: 'made credentials for a federated session: they outlive the key they were made with',
    calls: call('sts', /^GetFederationToken$/),
    holds: (record) => record.userIdentity.type === 'IAMUser',
  },

  // The organization and the account
  {
    severity: 'high',
    reason: 'tried to take the account out of the organization',
    calls: call('organizations', /^LeaveOrganization$/),
    even: 'failed',
  },
  {
    severity: 'high',
    reason: 'took an account out of the organization, or its guardrails away',
    calls: call(
      'organizations account',
      /^(?:RemoveAccountFromOrganization|DeletePolicy|DetachPolicy|DisablePolicyType|DeleteOrganization|DisableAWSServiceAccess|DeregisterDelegatedAdministrator|CloseAccount)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'changed who is in the organization, or which guardrails hold for an account',
    calls: call(
      'organizations',
      /^(?:MoveAccount|InviteAccountToOrganization|AcceptHandshake|RegisterDelegatedAdministrator|UpdatePolicy)$/,
    ),
    by: 'hand',
  },
  { severity: 'medium', reason: 'opened a region', holds: (record) => record.eventName === 'EnableRegion' },
  {
    severity: 'medium',
    reason: 'changed where AWS sends its warnings, or the address of root',
    calls: call('account', /^(?:(?:Put|Delete)AlternateContact|(?:Start|Accept)PrimaryEmailUpdate)$/),
    by: 'hand',
  },

  // Identities of users of an application
  {
    severity: 'medium',
    reason: 'somebody who had not signed in got credentials of the account',
    calls: call('cognito-identity', /^GetCredentialsForIdentity$/),
    holds: (record) => parameter(record, 'logins').length === 0,
    by: 'no service',
  },
  {
    severity: 'medium',
    reason: 'everybody can get credentials of the account without signing in',
    holds: (record) =>
      gives(record) &&
      serviceOf(record) === 'cognito-identity' &&
      /"allowUnauthenticatedIdentities":(?:true|"true")/.test(parametersText(record)),
  },
];
