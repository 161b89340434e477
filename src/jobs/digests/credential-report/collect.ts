import { setTimeout as after } from 'node:timers/promises';
import type {
  AttachedPolicy,
  GetCredentialReportResponse,
  IAMClient,
  PolicyDetail,
  UserDetail,
} from '@aws-sdk/client-iam';
import { z } from 'zod';
import type { Aws } from '../../../aws/aws.ts';
import type { Fact } from '../../../framework/credential-report/facts.ts';
import { messageOf } from '../../../words/text.ts';
import { asker, type DigestAccount, ownerIn } from '../digest.ts';
import { heard } from '../heard.ts';
import type { Answers } from './answers.ts';

/** What is asked once for the whole organization. */
export const Shared = z.object({
  managementAccount: z.string().nullable(),
  /** Whether root credentials of member accounts are managed centrally; null: not known, and why. */
  rootCentrallyManaged: z.boolean().nullable(),
  reason: z.string(),
});

export type Shared = z.infer<typeof Shared>;

/** IAM is one service for a whole partition, and answers in one region of it. */
const iamRegions: Readonly<Record<string, string>> = { 'aws-cn': 'cn-north-1', 'aws-us-gov': 'us-gov-west-1' };

const iamIn = async (aws: Aws, account: string): Promise<IAMClient> => {
  const { partition } = await aws.home();
  return aws.client('iam', { account, region: iamRegions[partition] ?? 'us-east-1' }, asker);
};

/** Asks the management account whether root credentials are managed centrally (RootCredentialsManagement). */
export async function askOrganization(aws: Aws): Promise<Shared> {
  let managementAccount: string | null = null;
  try {
    const { DescribeOrganizationCommand } = await import('@aws-sdk/client-organizations');
    const { ListOrganizationsFeaturesCommand } = await import('@aws-sdk/client-iam');
    const organizations = await aws.client('organizations', await aws.home(), asker);
    const { Organization } = await organizations.send(new DescribeOrganizationCommand({}));
    managementAccount = Organization?.MasterAccountId ?? null;
    if (managementAccount === null)
      return { managementAccount, rootCentrallyManaged: null, reason: 'Organizations names no management account.' };
    const iam = await iamIn(aws, managementAccount);
    const { EnabledFeatures = [] } = await iam.send(new ListOrganizationsFeaturesCommand({}));
    return {
      managementAccount,
      rootCentrallyManaged: EnabledFeatures.includes('RootCredentialsManagement'),
      reason: '',
    };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    // Never switched on, or no organization at all: then nobody manages them centrally.
    if (/^(ServiceAccessNotEnabled|OrganizationNotFound|AWSOrganizationsNotInUse)/.test(name))
      return { managementAccount, rootCentrallyManaged: false, reason: '' };
    return { managementAccount, rootCentrallyManaged: null, reason: reasonOf(error) };
  }
}

const reasonOf = (error: unknown): string => messageOf(error).slice(0, 300);

/** Asks for one fact: an account that does not tell it is still read, and the fact is said to be unknown. */
async function fact<T>(ask: () => Promise<T>): Promise<Fact<T>> {
  try {
    return { known: true, value: await ask() };
  } catch (error) {
    return { known: false, reason: reasonOf(error) };
  }
}

/**
 * Asks one account for its credential report and what the report leaves out.
 * @throws AwsTrouble, the SDK's errors or a CredentialReportError when there is no report: then nothing is known
 */
export async function collectAccount(
  aws: Aws,
  { account, name }: DigestAccount,
  shared: Shared,
  now: () => Date,
  stopping: AbortSignal,
): Promise<{ answers: Answers; report: Uint8Array }> {
  const sdk = await import('@aws-sdk/client-iam');
  const iam = await iamIn(aws, account);
  const askedAt = now();
  // AWS takes seconds for the report: what it leaves out is asked meanwhile.
  const { result, said } = await heard(iam, () =>
    Promise.all([fetchReport(iam, sdk, stopping), otherFacts(iam, sdk)] as const),
  );
  const [report, others] = result;
  const { rootCentrallyManaged: managed, managementAccount, reason } = shared;
  return {
    report: report.bytes,
    answers: {
      account,
      name,
      generatedAt: report.generatedAt.toISOString(),
      askedAt: askedAt.toISOString(),
      ...others,
      rootCentrallyManaged:
        managed === null ? { known: false, reason } : { known: true, value: managed && account !== managementAccount },
      said,
    },
  };
}

/** What the report leaves out. One call after the other: the report takes longer, and many accounts are asked at once. */
async function otherFacts(iam: IAMClient, sdk: Sdk) {
  return {
    passwordPolicy: await fact(async () => {
      try {
        const { PasswordPolicy: policy } = await iam.send(new sdk.GetAccountPasswordPolicyCommand({}));
        return {
          minimumLength: policy?.MinimumPasswordLength ?? null,
          reusePrevention: policy?.PasswordReusePrevention ?? null,
        };
      } catch (error) {
        if (error instanceof Error && /^NoSuchEntity/.test(error.name)) return null;
        throw error;
      }
    }),
    summary: await fact(async () => {
      const { SummaryMap = {} } = await iam.send(new sdk.GetAccountSummaryCommand({}));
      const root = SummaryMap['AccountPasswordPresent'];
      return { users: SummaryMap['Users'] ?? null, rootPassword: root === undefined ? null : root > 0 };
    }),
    virtualMfa: await fact(async () => {
      const devices = [];
      for await (const page of sdk.paginateListVirtualMFADevices({ client: iam }, { AssignmentStatus: 'Assigned' }))
        for (const device of page.VirtualMFADevices ?? [])
          devices.push({ serialNumber: device.SerialNumber ?? '', userArn: device.User?.Arn ?? null });
      return devices;
    }),
    users: await fact(() => userRights(iam, sdk)),
    serviceSpecific: await fact(() => serviceCredentials(iam, sdk)),
    serverCertificates: await fact(async () => {
      const certificates = [];
      for await (const page of sdk.paginateListServerCertificates({ client: iam }, {}))
        for (const each of page.ServerCertificateMetadataList ?? [])
          certificates.push({
            name: each.ServerCertificateName ?? '',
            arn: each.Arn ?? '',
            expiresAt: each.Expiration?.toISOString() ?? null,
          });
      return certificates;
    }),
  };
}

type Sdk = typeof import('@aws-sdk/client-iam');

/** Groups, policies and owner of each user. */
async function userRights(iam: IAMClient, sdk: Sdk) {
  const users: UserDetail[] = [];
  const ofGroup = new Map<string, string[]>();
  for await (const page of sdk.paginateGetAccountAuthorizationDetails({ client: iam }, { Filter: ['User', 'Group'] })) {
    users.push(...(page.UserDetailList ?? []));
    for (const { GroupName = '', AttachedManagedPolicies = [], GroupPolicyList = [] } of page.GroupDetailList ?? [])
      ofGroup.set(GroupName, namesIn(AttachedManagedPolicies, GroupPolicyList));
  }
  return users.map(
    ({ Arn = '', GroupList: groups = [], AttachedManagedPolicies = [], UserPolicyList = [], Tags = [] }) => ({
      arn: Arn,
      groups,
      policies: [
        ...new Set([
          ...namesIn(AttachedManagedPolicies, UserPolicyList),
          ...groups.flatMap((group) => ofGroup.get(group) ?? []),
        ]),
      ],
      owner: ownerIn(Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]))),
    }),
  );
}

const namesIn = (managed: readonly AttachedPolicy[], inline: readonly PolicyDetail[]): string[] =>
  [...managed, ...inline].flatMap(({ PolicyName }) => (PolicyName === undefined ? [] : [PolicyName]));

/** The credentials of single services, which the report leaves out. This operation has no paginator in the SDK. */
async function serviceCredentials(iam: IAMClient, sdk: Sdk) {
  const credentials = [];
  let marker: string | undefined;
  do {
    const page = await iam.send(
      new sdk.ListServiceSpecificCredentialsCommand({
        AllUsers: true,
        ...(marker === undefined ? {} : { Marker: marker }),
      }),
    );
    for (const each of page.ServiceSpecificCredentials ?? [])
      credentials.push({
        id: each.ServiceSpecificCredentialId ?? '',
        user: each.UserName ?? '',
        service: each.ServiceName ?? '',
        status: each.Status ?? ('Active' as const),
        createdAt: (each.CreateDate ?? new Date(0)).toISOString(),
        expiresAt: each.ExpirationDate?.toISOString() ?? null,
      });
    marker = page.IsTruncated === true ? page.Marker : undefined;
  } while (marker !== undefined);
  return credentials;
}

/** AWS needs seconds for a small account and minutes for a large one. */
const patienceMs = 15 * 60_000;

/** What GetCredentialReport says while there is none to give: the SDK's names and those on the wire. */
const notReady = /^(CredentialReportNotReady(Exception)?|ReportInProgress)$/;
const notThere = /^(CredentialReport(NotPresent|Expired)(Exception)?|Report(NotPresent|Expired))$/;

/**
 * Has AWS make the report and fetches it. AWS makes one at most every four hours and gives the former one else, with its
 * own time. Source: IAM API reference, GenerateCredentialReport and GetCredentialReport.
 */
async function fetchReport(
  iam: IAMClient,
  sdk: Sdk,
  stopping: AbortSignal,
): Promise<{ bytes: Uint8Array; generatedAt: Date }> {
  const until = performance.now() + patienceMs;
  let waitMs = 500;
  for (;;) {
    const { State } = await iam.send(new sdk.GenerateCredentialReportCommand({}), { abortSignal: stopping });
    if (State === 'COMPLETE') {
      const report = await getReport(iam, sdk, stopping);
      if (report !== undefined) return report;
    }
    if (performance.now() > until)
      throw new Error('AWS did not finish the credential report within 15 minutes; ask this account again later.');
    await after(waitMs, undefined, { signal: stopping });
    waitMs = Math.min(waitMs * 1.5, 10_000);
  }
}

/** The report, or undefined while it is being made or has to be made again. */
async function getReport(
  iam: IAMClient,
  sdk: Sdk,
  stopping: AbortSignal,
): Promise<{ bytes: Uint8Array; generatedAt: Date } | undefined> {
  let report: GetCredentialReportResponse;
  try {
    report = await iam.send(new sdk.GetCredentialReportCommand({}), { abortSignal: stopping });
  } catch (error) {
    if (error instanceof Error && (notReady.test(error.name) || notThere.test(error.name))) return undefined;
    throw error;
  }
  if (report.Content === undefined || report.GeneratedTime === undefined)
    throw new Error('AWS gave a credential report without content or time.');
  return { bytes: report.Content, generatedAt: report.GeneratedTime };
}
