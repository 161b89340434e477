import { apiCallEvent, type SampleEvent } from '../../event-rules.ts';

/** The changes in IAM that must be told: of users, groups, roles, policies, keys, MFA and identity providers. */
export const changeNames: readonly string[] = [
  ...'CreateUser DeleteUser UpdateUser CreateAccessKey UpdateAccessKey DeleteAccessKey'.split(' '),
  ...'CreateLoginProfile UpdateLoginProfile DeleteLoginProfile DeactivateMFADevice DeleteVirtualMFADevice'.split(' '),
  ...'CreateServiceSpecificCredential UploadSigningCertificate UploadSSHPublicKey'.split(' '),
  ...'CreateGroup DeleteGroup AddUserToGroup RemoveUserFromGroup'.split(' '),
  ...'CreateRole DeleteRole UpdateRole UpdateAssumeRolePolicy'.split(' '),
  ...'CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion SetDefaultPolicyVersion'.split(' '),
  ...'PutUserPolicy DeleteUserPolicy PutGroupPolicy DeleteGroupPolicy PutRolePolicy DeleteRolePolicy'.split(' '),
  ...'AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy AttachRolePolicy DetachRolePolicy'.split(
    ' ',
  ),
  ...'PutUserPermissionsBoundary DeleteUserPermissionsBoundary'.split(' '),
  ...'PutRolePermissionsBoundary DeleteRolePermissionsBoundary'.split(' '),
  ...'CreateSAMLProvider UpdateSAMLProvider CreateOpenIDConnectProvider AddClientIDToOpenIDConnectProvider'.split(' '),
  ...'UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy'.split(' '),
];

export const changeEvent = (name: string): SampleEvent => apiCallEvent('iam', name);

/** A sign-in to the console, of a user with a password. */
export const signInEvent = (region: string): SampleEvent => ({
  source: 'aws.signin',
  'detail-type': 'AWS Console Sign In via CloudTrail',
  region,
  detail: {
    eventVersion: '1.11',
    userIdentity: { type: 'IAMUser', userName: 'canary', accountId: '111122223333' },
    eventSource: 'signin.amazonaws.com',
    eventName: 'ConsoleLogin',
    awsRegion: region,
    sourceIPAddress: '203.0.113.9',
    eventType: 'AwsConsoleSignIn',
    additionalEventData: { MFAUsed: 'No' },
    responseElements: { ConsoleLogin: 'Success' },
  },
});

/** Regions that record sign-ins beside us-east-1. Source: IAM user guide, "Sign-in endpoints". */
export const signInRegions: readonly string[] = ['us-east-2', 'eu-north-1', 'ap-southeast-2'];
