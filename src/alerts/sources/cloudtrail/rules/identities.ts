import { byMachine, call, gives, parameter, parametersText, parameterTexts, type Rule, textOf } from '../call.ts';
import { grantsEverything, grantsWayUp, toEverybody, toForeigners, toWholeProvider } from '../policy.ts';
import { byTool, type CloudTrailRecord, failed, reads, serviceOf } from '../record.ts';

/** AWS's own policies that give all rights, or the right to take them. */
const adminPolicy =
  /policy\/(?:[\w/-]*\/)?(?:AdministratorAccess(?:-\w+)?|IAMFullAccess|PowerUserAccess|AmazonEKS(?:Cluster)?AdminPolicy)$/;

/** What AWS itself attaches to a user whose key it found in public. */
const quarantine = /AWSCompromisedKeyQuarantine|AWSExposedCredentialPolicy/;

/** The user named in the parameters is not the one who calls. */
const forSomebodyElse = (record: CloudTrailRecord): boolean => {
  const named = textOf(record, 'userName');
  const session = (record.userIdentity.arn ?? '').split('/').at(-1)?.split('@')[0];
  return named !== undefined && named !== record.userIdentity.userName && named.split('@')[0] !== session;
};

const signIn = (record: CloudTrailRecord) => record.eventName === 'ConsoleLogin';
const isRoot = (record: CloudTrailRecord) => record.userIdentity.type === 'Root';
const mfaUsed = (record: CloudTrailRecord) =>
  String(record.additionalEventData['MFAUsed'] ?? record.additionalEventData['mFAUsed'] ?? '');

const trusts = call('iam', /^(?:UpdateAssumeRolePolicy|CreateRole)$/);

/** Who may sign in, with what, and with which rights. */
export const identities: readonly Rule[] = [
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
    holds: (record) =>
      isRoot(record) &&
      !reads(record) &&
      !signIn(record) &&
      !byTool(record) &&
      record.eventType !== 'AwsServiceEvent' &&
      !/ServiceLinkedRole/.test(record.eventName ?? ''),
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
    reason: 'a federated session, made with the key of a user, was used to open the console',
    holds: (record) => signIn(record) && record.userIdentity.type === 'FederatedUser',
  },

  // Users and what they sign in with
  {
    severity: 'medium',
    reason: 'an access key was made or switched on for somebody else',
    holds: (record) =>
      forSomebodyElse(record) &&
      (call(
        'iam',
        /^(?:CreateAccessKey|UploadSigningCertificate|UploadSSHPublicKey|(?:Create|Reset)ServiceSpecificCredential)$/,
      )(record) ||
        (call('iam', /^Update(?:AccessKey|SSHPublicKey|SigningCertificate)$/)(record) &&
          textOf(record, 'status') === 'Active')),
  },
  { severity: 'medium', reason: 'a user was made by hand', holds: call('iam', /^CreateUser$/), by: 'hand' },
  {
    severity: 'high',
    reason: 'a password was set for somebody else',
    holds: (record) =>
      forSomebodyElse(record) &&
      (call('iam', /^CreateLoginProfile$/)(record) ||
        (call('iam', /^UpdateLoginProfile$/)(record) &&
          // A password that must be changed at once is one that a help desk gives.
          !/"passwordResetRequired":(?:true|"true")/.test(parametersText(record)))),
  },
  {
    severity: 'high',
    reason: 'AWS quarantined a leaked key',
    holds: (record) =>
      call('iam', /^(?:Attach|Put)\w+Policy$/)(record) && parameterTexts(record).some((text) => quarantine.test(text)),
  },
  {
    severity: 'high',
    reason: 'the quarantine of a leaked key was lifted',
    holds: (record) =>
      call('iam', /^(?:Detach|Delete)\w+Policy$/)(record) &&
      parameterTexts(record).some((text) => quarantine.test(text)),
  },
  {
    severity: 'high',
    reason: 'multi-factor authentication was taken away',
    holds: call('iam sso-directory', /^(?:DeactivateMFADevice|DeleteVirtualMFADevice|DeleteMfaDeviceForUser)$/),
  },
  {
    severity: 'medium',
    reason: "a machine's credentials were used to change users or rights",
    holds: (record) => serviceOf(record) === 'iam' && !reads(record) && byMachine(record),
    by: 'hand',
  },

  // Rights
  {
    severity: 'high',
    reason: 'administrator rights were given',
    holds: (record) =>
      call('iam sso eks', /^(?:Attach|Associate|Put|Create|Add)/)(record) &&
      parameterTexts(record).some((text) => adminPolicy.test(text)),
  },
  {
    severity: 'medium',
    reason: 'a user was put into a group of administrators',
    holds: (record) =>
      call('iam', /^AddUserToGroup$/)(record) && /admin|power|root/i.test(textOf(record, 'groupName') ?? ''),
  },
  {
    severity: 'high',
    reason: 'a policy that allows everything was written',
    holds: (record) => call('iam sso', /^(?:Put|Create)\w*Polic\w*$/)(record) && grantsEverything(record),
  },
  {
    severity: 'medium',
    reason: 'a policy was written whose holder can take any rights',
    holds: (record) => call('iam sso', /^(?:Put|Create)\w*Polic\w*$/)(record) && grantsWayUp(record),
  },
  {
    severity: 'medium',
    reason: 'another version of a policy was made to hold',
    holds: call('iam', /^SetDefaultPolicyVersion$/),
  },
  {
    severity: 'medium',
    reason: 'a limit on rights or passwords was removed or made weak',
    holds: (record) =>
      call('iam sso', /^Delete\w*PermissionsBoundary\w*$|^DeleteAccountPasswordPolicy$/)(record) ||
      (call('iam', /^UpdateAccountPasswordPolicy$/)(record) &&
        parameter(record, 'minimumPasswordLength').some((length) => Number(length) < 8)),
  },
  {
    severity: 'medium',
    reason: 'a machine was given another role by hand',
    holds: call('ec2', /^(?:Associate|Replace)IamInstanceProfile\w*$/),
    by: 'hand',
  },

  // Trust
  {
    severity: 'high',
    reason: 'a role can be taken from another account',
    holds: (record) => trusts(record) && (toForeigners(record) || toEverybody(record)),
  },
  {
    severity: 'high',
    reason: 'a role can be taken by every customer of an identity provider',
    holds: (record) => trusts(record) && toWholeProvider(record),
  },
  {
    severity: 'medium',
    reason: 'the way people of an identity provider sign in was changed',
    holds: (record) =>
      call('iam', /(?:SAML|OpenIDConnect)Provider/)(record) && !reads(record) && !/[Tt]ag/.test(record.eventName ?? ''),
  },
  {
    severity: 'high',
    reason: 'how people sign in through Identity Center was changed',
    holds: call(
      'sso sso-directory identitystore',
      /^(?:AssociateDirectory|DisassociateDirectory|(?:Enable|Disable|Update)ExternalIdPConfiguration\w*|UpdateSsoConfiguration|UpdateMfaDeviceManagement\w*|(?:Create|Update)TrustedTokenIssuer|DeleteInstance)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'certificates from elsewhere can be used to sign in',
    holds: call('rolesanywhere', /^(?:Create|Update|Enable)(?:TrustAnchor|Profile)$/),
  },
  {
    severity: 'medium',
    reason: 'credentials with root rights over a member were taken',
    holds: call('sts', /^AssumeRoot$/),
  },
  {
    severity: 'medium',
    reason: 'a user made credentials for a federated session: they outlive the key they were made with',
    holds: (record) => call('sts', /^GetFederationToken$/)(record) && record.userIdentity.type === 'IAMUser',
  },

  // The organization and the account
  {
    severity: 'high',
    reason: 'an account tried to leave the organization',
    holds: call('organizations', /^LeaveOrganization$/),
    even: 'failed',
  },
  {
    severity: 'high',
    reason: 'an account left the organization, or its guardrails were removed',
    holds: call(
      'organizations account',
      /^(?:RemoveAccountFromOrganization|DeletePolicy|DetachPolicy|DisablePolicyType|DeleteOrganization|DisableAWSServiceAccess|DeregisterDelegatedAdministrator|CloseAccount)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'who is in the organization, or which guardrails hold for an account, was changed',
    holds: call(
      'organizations',
      /^(?:MoveAccount|InviteAccountToOrganization|AcceptHandshake|RegisterDelegatedAdministrator|UpdatePolicy)$/,
    ),
    by: 'hand',
  },
  { severity: 'medium', reason: 'a region was opened', holds: (record) => record.eventName === 'EnableRegion' },
  {
    severity: 'medium',
    reason: 'where AWS sends its warnings, or the address of root, was changed',
    holds: call('account', /^(?:(?:Put|Delete)AlternateContact|(?:Start|Accept)PrimaryEmailUpdate)$/),
    by: 'hand',
  },

  // Identities of users of an application
  {
    severity: 'medium',
    reason: 'everybody can get credentials of the account without signing in',
    holds: (record) =>
      gives(record) &&
      serviceOf(record) === 'cognito-identity' &&
      /"allowUnauthenticatedIdentities":(?:true|"true")/.test(parametersText(record)),
  },
];
