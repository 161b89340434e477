import type { AccessKeyMetadata, IAMClient } from '@aws-sdk/client-iam';
import { asArray, at, isRecord, parseJson, textAt } from '../words/json.ts';
import { listed, oneLine } from '../words/text.ts';
import { dayMs } from '../words/time.ts';
import type { Asker, Aws } from './aws.ts';
import { AwsTrouble } from './aws.ts';
import { allOf } from './pages.ts';
import { troubleOf } from './trouble.ts';

/** What a user or role has in IAM, in one line each. Names are untrusted text on one line. */
export interface Principal {
  kind: 'user' | 'role';
  arn: string;
  facts: readonly { name: string; sentence: string }[];
}

/** Policies and trusted principals that are named in a line. */
const named = 5;

/**
 * Keys, password, MFA and policies of an IAM user, or trust, policies and last use of a role. What may not be read is
 * said in its line.
 * @param arn of an IAM user or role
 * @throws AwsTrouble when there is no such user or role, or its account cannot be asked
 */
export async function principalOf(aws: Aws, arn: string, asker: Asker, now: Date): Promise<Principal> {
  const [, account = '', kind, name = ''] =
    /^arn:[^:]+:iam::(\d{12}):(user|role)\/(?:.*\/)?([\w+=,.@-]+)$/.exec(arn) ?? [];
  if (kind === undefined) throw new AwsTrouble('invalid', 'This is no ARN of an IAM user or role.');
  const { region } = await aws.home();
  const iam = await aws.client('iam', { account, region }, asker);
  const facts = kind === 'user' ? userFacts(iam, name, now) : roleFacts(iam, name, now);
  const [first, ...others] = Object.entries(facts);
  if (first === undefined) throw new AwsTrouble('other', 'Nothing was asked.');
  // The first is the user or role itself: without it there is nothing to say.
  const start = await said(first[0], first[1]);
  if ('trouble' in start && start.trouble.kind !== 'denied') throw start.trouble;
  const rest = await Promise.all(others.map(([fact, ask]) => said(fact, ask)));
  return {
    kind: kind === 'user' ? 'user' : 'role',
    arn,
    facts: [start, ...rest].map((fact) => ({
      name: fact.name,
      sentence: 'trouble' in fact ? fact.trouble.message : oneLine(fact.sentence, 500),
    })),
  };
}

type Facts = Readonly<Record<string, () => Promise<string>>>;

async function said(
  name: string,
  ask: () => Promise<string>,
): Promise<{ name: string; sentence: string } | { name: string; trouble: AwsTrouble }> {
  try {
    return { name, sentence: await ask() };
  } catch (error) {
    return { name, trouble: troubleOf(error, `read this in IAM: ${name.toLowerCase()}`) };
  }
}

function userFacts(iam: IAMClient, UserName: string, now: Date): Facts {
  return {
    User: async () => {
      const { GetUserCommand } = await import('@aws-sdk/client-iam');
      const { User } = await iam.send(new GetUserCommand({ UserName }));
      const used = User?.PasswordLastUsed;
      return `Made on ${day(User?.CreateDate)}; ${used === undefined ? 'no password was ever used' : `password last used on ${day(used)}`}`;
    },
    Keys: async () => {
      const { ListAccessKeysCommand } = await import('@aws-sdk/client-iam');
      const { AccessKeyMetadata: keys = [] } = await iam.send(new ListAccessKeysCommand({ UserName }));
      if (keys.length === 0) return 'No access keys';
      return (await Promise.all(keys.map((key) => keySentence(iam, key, now)))).join('; ');
    },
    MFA: async () => {
      const { ListMFADevicesCommand } = await import('@aws-sdk/client-iam');
      const { MFADevices: devices = [] } = await iam.send(new ListMFADevicesCommand({ UserName }));
      if (devices.length === 0) return 'No MFA device';
      return devices
        .map(({ SerialNumber = '', EnableDate }) => `${deviceKind(SerialNumber)} since ${day(EnableDate)}`)
        .join('; ');
    },
    Policies: async () => {
      const { ListAttachedUserPoliciesCommand, ListUserPoliciesCommand } = await import('@aws-sdk/client-iam');
      const [attached, inline, groups] = await Promise.all([
        allOf(async (Marker) => {
          const page = await iam.send(new ListAttachedUserPoliciesCommand({ UserName, Marker }));
          return { items: page.AttachedPolicies ?? [], next: page.Marker };
        }),
        allOf(async (Marker) => {
          const page = await iam.send(new ListUserPoliciesCommand({ UserName, Marker }));
          return { items: page.PolicyNames ?? [], next: page.Marker };
        }),
        groupPolicies(iam, UserName),
      ]);
      return policySentence(
        attached.map(({ PolicyName }) => PolicyName),
        inline,
        groups,
      );
    },
  };
}

async function keySentence(iam: IAMClient, key: AccessKeyMetadata, now: Date): Promise<string> {
  const { GetAccessKeyLastUsedCommand } = await import('@aws-sdk/client-iam');
  const { AccessKeyId = '', Status, CreateDate } = key;
  const { AccessKeyLastUsed: last } = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
  const age = CreateDate === undefined ? '' : `, ${days(now.getTime() - CreateDate.getTime())} old`;
  const used =
    last?.LastUsedDate === undefined
      ? 'never used'
      : `last used on ${day(last.LastUsedDate)} for ${last.ServiceName} in ${last.Region}`;
  return `${AccessKeyId} is ${Status === 'Active' ? 'active' : 'inactive'}${age}, ${used}`;
}

async function groupPolicies(iam: IAMClient, UserName: string): Promise<string[]> {
  const { ListAttachedGroupPoliciesCommand, ListGroupsForUserCommand } = await import('@aws-sdk/client-iam');
  const groups = await allOf(async (Marker) => {
    const page = await iam.send(new ListGroupsForUserCommand({ UserName, Marker }));
    return { items: page.Groups ?? [], next: page.Marker };
  });
  const found = await Promise.all(
    groups.map(async ({ GroupName }) => {
      const policies = await allOf(async (Marker) => {
        const page = await iam.send(new ListAttachedGroupPoliciesCommand({ GroupName, Marker }));
        return { items: page.AttachedPolicies ?? [], next: page.Marker };
      });
      return policies.map(({ PolicyName }) => `${PolicyName} by group ${GroupName}`);
    }),
  );
  return found.flat();
}

function roleFacts(iam: IAMClient, RoleName: string, now: Date): Facts {
  return {
    Role: async () => {
      const { GetRoleCommand } = await import('@aws-sdk/client-iam');
      const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
      const { LastUsedDate: used, Region: region } = Role?.RoleLastUsed ?? {};
      const last =
        used === undefined
          ? 'no use noted in 400 days (IAM notes one up to four hours late)'
          : `last used ${days(now.getTime() - used.getTime())} ago${region === undefined ? '' : ` in ${region}`}`;
      return `Made on ${day(Role?.CreateDate)}; ${last}; may be taken by ${trusted(Role?.AssumeRolePolicyDocument)}`;
    },
    Policies: async () => {
      const { ListAttachedRolePoliciesCommand, ListRolePoliciesCommand } = await import('@aws-sdk/client-iam');
      const [attached, inline] = await Promise.all([
        allOf(async (Marker) => {
          const page = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName, Marker }));
          return { items: page.AttachedPolicies ?? [], next: page.Marker };
        }),
        allOf(async (Marker) => {
          const page = await iam.send(new ListRolePoliciesCommand({ RoleName, Marker }));
          return { items: page.PolicyNames ?? [], next: page.Marker };
        }),
      ]);
      return policySentence(
        attached.map(({ PolicyName }) => PolicyName),
        inline,
        [],
      );
    },
  };
}

/** Whom a trust policy allows to take a role. IAM gives the policy percent-encoded. */
export function trusted(encoded: string | undefined): string {
  const statements = asArray(at(parseJson(decoded(encoded ?? '')), 'Statement'));
  const principals = statements.flatMap((statement) => {
    if (textAt(statement, 'Effect') !== 'Allow') return [];
    const principal = at(statement, 'Principal');
    const all = isRecord(principal)
      ? Object.values(principal).flatMap((value) => (Array.isArray(value) ? value : [value]))
      : [principal];
    return all.flatMap((one) => (typeof one === 'string' ? [one === '*' ? 'anybody' : one] : []));
  });
  return principals.length === 0 ? 'nobody that the policy names' : listed([...new Set(principals)], named);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function policySentence(
  attached: readonly (string | undefined)[],
  inline: readonly string[],
  groups: readonly string[],
): string {
  const all = [...attached.flatMap((name) => name ?? []), ...inline.map((name) => `${name} (inline)`), ...groups];
  return all.length === 0 ? 'No policies' : listed(all, named);
}

/** A virtual device has an ARN, a passkey an ARN of its own kind, a key fob its serial number. */
const deviceKind = (serial: string): string =>
  /:u2f\//.test(serial)
    ? 'Passkey or security key'
    : /:mfa\//.test(serial)
      ? 'Virtual MFA device'
      : 'Hardware MFA device';

const day = (date: Date | undefined): string => date?.toISOString().slice(0, 10) ?? 'an unknown day';

function days(ms: number): string {
  const count = Math.max(0, Math.floor(ms / dayMs));
  return count === 1 ? '1 day' : `${count} days`;
}
