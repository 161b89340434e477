import { DateTime } from 'luxon';
import { type AskAws, askingAws } from '../aws/asking.ts';
import { type AwsAccount, AwsTrouble, type Place } from '../aws/aws.ts';
import { followBack } from '../aws/chain-search.ts';
import { accountsMeant, inTurn } from '../aws/everywhere.ts';
import { historySource } from '../aws/history/source.ts';
import { parseArn, shortName } from '../aws-names/arn.ts';
import { ask } from '../framework/asks.ts';
import {
  policiesGranting,
  type RoleUse,
  roleDetails,
  roleUse,
  type ServiceLastAccessed,
  serviceLastAccessed,
  userUse,
} from '../framework/calls/access-advisor.ts';
import { globalRegion, readEstate } from '../framework/estate.ts';
import { accountOf, type Statement, statementsOf } from '../framework/policies.ts';
import { customPolicies, parents, pathOf } from '../framework/steps/01-landing-zone/facts.ts';
import type { Parts } from '../parts.ts';
import { clip, listed, plural } from '../words/text.ts';
import { dayMs } from '../words/time.ts';
import { drive, valueIn } from './driving.ts';
import { keyShape } from './lookup-query.ts';
import { namedPlaces, wrongOptions } from './places.ts';
import type { TableAsking, TableQuestion } from './table-answer.ts';
import { takeableBy, takeableWords } from './takeable.ts';
import { wrong } from './wrong.ts';

const usage = 'access USER|ROLE|ARN|KEY [SERVICE] | access service NAME --account NAME [--unused 90]';
/** Source: IAM user guide, "Refine permissions in AWS using last accessed information". */
const limitsWords =
  'Access Advisor counts attempts that were denied, too, looks at identity policies alone, is up to four hours late and goes back about 400 days.';
/** Namespaces in one request. Source: IAM API reference, ListPoliciesGrantingServiceAccess. */
const mostNamespaces = 200;
const accountsAtOnce = 16;

/** An identity whose permissions are asked about. */
interface Identity extends Place {
  arn: string;
  role: RoleUse | null;
}

export const accessQuestion: TableQuestion = {
  name: 'access',
  usage,
  sentence:
    'What a user, role, group or policy may do and when it last did, newest first, with what was never used, the policy that grants it and the roles it may take; a session or an access key is taken for whose it is. With a service, that one alone; "service NAME" says which roles of an account may use it and do.',
  ask: async (parts, typed, asking) => {
    const [name = '', service, extra] = typed.words;
    if (name === '') return wrong(`Say of whom: a user, a role or an ARN, like /audit ${usage}`);
    if (extra !== undefined) return wrong(`"${clip(extra, 60)}" is one word too many. Type /audit ${usage}`);
    const strange = await wrongOptions(
      parts.aws,
      typed,
      { known: ['unused', 'account'], flags: [], usage },
      asking.asker,
    );
    if (strange !== undefined) return strange;
    const days = Number(/^(\d{1,4})d?$/.exec(typed.options.get('unused') ?? '90')?.[1] ?? Number.NaN);
    if (Number.isNaN(days)) return wrong('--unused wants days: --unused 90.');
    const askAws = askingAws(parts.aws, asking.asker, { now: parts.now, signal: asking.signal });
    if (name.toLowerCase() === 'service') {
      if (service === undefined) return wrong(`Say which service, like /audit access service s3 --account NAME.`);
      const shown = { service: service.toLowerCase(), days, now: parts.now(), zone: asking.zone };
      return usersOf(parts, shown, namedPlaces(typed).accounts, asking, askAws);
    }
    const whose = keyShape.test(name) ? await ownerOf(parts, name.toUpperCase(), asking) : name;
    const { identities, unasked } = await identitiesOf(parts, whose, namedPlaces(typed).accounts, asking, askAws);
    const [identity, another] = identities;
    if (another !== undefined)
      return wrong(
        `${clip(name, 60)} is in ${identities.length} accounts (${listed(
          identities.map(({ account }) => account),
          5,
        )}): say which with --account.`,
        'account',
      );
    const blind = unasked.length === 0 ? '' : ` ${plural(unasked.length, 'account')} could not be asked.`;
    if (identity === undefined)
      throw new AwsTrouble(
        // Who was not found everywhere may be there.
        unasked.length === 0 ? 'absent' : 'stopped',
        `No user or role ${clip(name, 60)} was found.${blind}`,
      );
    asking.progress('Access Advisor is at work.');
    const services = await servicesOf(identity, askAws);
    if (typeof services === 'string') return wrong(services);
    const policies = await policiesAbove(parts, identity.account, asking, askAws);
    // A service alone is a narrower question, and groups and policies take no role.
    const isCaller = service === undefined && /:(?:user|role)\//.test(identity.arn);
    const takeable = isCaller ? await takeableBy(parts.aws, identity, asking, askAws) : null;
    return answer(
      identity,
      services,
      { name, service, days, unasked, policies, takeable, now: parts.now(), zone: asking.zone },
      askAws,
    );
  },
};

/** Roles whose use of a service is asked for: each is a job of Access Advisor. */
const mostRoles = 60;
const jobsAtOnce = 6;

/** Which roles of an account may use a service, and when they last did. */
async function usersOf(
  { aws }: Pick<Parts, 'aws'>,
  { service, days, now, zone }: { service: string; days: number; now: Date; zone: string },
  accounts: readonly string[],
  { asker, progress }: TableAsking,
  askAws: AskAws,
) {
  const meant = accountsMeant(await aws.accounts(asker), accounts);
  const [account] = meant;
  if (account === undefined || meant.length > 1)
    return wrong('Say one account: each of its roles is a job of Access Advisor (--account NAME).', 'account');
  const { partition } = await aws.home();
  const place = { account: account.id, region: globalRegion(partition) };
  const all = valueIn(await drive(ask(roleDetails, place, { Filter: ['Role'] }), askAws)).RoleDetailList.filter(
    ({ Path }) => !Path.startsWith('/aws-service-role/'),
  );
  const asked = all.slice(0, mostRoles);
  let done = 0;
  const found = await inTurn(asked, jobsAtOnce, async ({ RoleName, Arn }) => {
    const said = await drive(ask(serviceLastAccessed, place, { Arn }), askAws);
    progress(`${++done} of ${asked.length} roles asked.`);
    const known = said.is === 'value' && said.value.JobStatus.toUpperCase() === 'COMPLETED' ? said.value : null;
    return { RoleName, known, use: known?.ServicesLastAccessed.find((one) => one.ServiceNamespace === service) };
  });
  const may = found.flatMap(({ RoleName, use }) => (use === undefined ? [] : [{ RoleName, ...use }]));
  const blind = found.filter(({ known }) => known === null).map(({ RoleName }) => RoleName);
  const lastOf = ({ LastAuthenticated }: ServiceLastAccessed): number => LastAuthenticated?.getTime() ?? 0;
  const unused = may.filter((one) => lastOf(one) < now.getTime() - days * dayMs);
  return {
    title: `${unused.length} of ${plural(may.length, 'role')} did not use ${clip(service, 40)} for ${days} days`,
    line: `access service ${service} --account ${account.id} --unused ${days}`,
    facts: [`${plural(may.length, 'role')} of ${asked.length} may use it in ${account.name ?? account.id}.`],
    columns: ['Role', `Last used (${zone})`, 'Region', 'Verdict'],
    rows: may
      .toSorted((a, b) => lastOf(b) - lastOf(a))
      .map((one) => [
        one.RoleName,
        one.LastAuthenticated === undefined ? 'not in the tracked period' : local(one.LastAuthenticated, zone),
        one.LastAuthenticatedRegion ?? '',
        unused.includes(one) ? 'unused' : 'used',
      ]),
    coverage: `${asked.length - blind.length} of ${all.length} roles. ${limitsWords}`,
    gaps: blind.length === 0 ? '' : `Not known of ${listed(blind, 5)}.`,
    whole: blind.length === 0 && asked.length === all.length,
    next: [],
    shareable: true,
  };
}

/** The ARN of the user or session that a key is of, as its newest call says. @throws AwsTrouble where it has made none */
async function ownerOf(
  { aws, config, now }: Pick<Parts, 'aws' | 'config' | 'now'>,
  key: string,
  { asker, signal }: TableAsking,
): Promise<string> {
  const trail = historySource(config.history);
  const { links } = await followBack(aws, { kind: 'key', value: key }, asker, { now: now(), signal, trail });
  const arn = links[0]?.arn;
  if (arn == null) throw new AwsTrouble('absent', `CloudTrail does not say whose key ${key} is.`);
  return arn;
}

/** The user or role of a name, in the accounts that are meant; an ARN names its own. */
async function identitiesOf(
  { aws }: Pick<Parts, 'aws'>,
  name: string,
  accounts: readonly string[],
  { asker }: TableAsking,
  askAws: AskAws,
): Promise<{ identities: Identity[]; unasked: readonly string[] }> {
  const { partition } = await aws.home();
  const region = globalRegion(partition);
  const arn = parseArn(name);
  if (arn !== undefined && arn.account !== '') {
    const place = { account: arn.account, region };
    const role = /^(?:assumed-role|role)\/(?:.*\/)?([^/]+)/.exec(
      arn.service === 'sts' ? (/^assumed-role\/[^/]+/.exec(arn.resource)?.[0] ?? '') : arn.resource,
    )?.[1];
    if (role === undefined) return { identities: [{ ...place, arn: name, role: null }], unasked: [] };
    const { Role } = valueIn(await drive(ask(roleUse, place, { RoleName: role }), askAws));
    return { identities: [{ ...place, arn: Role.Arn, role: Role }], unasked: [] };
  }
  const unasked: string[] = [];
  const meant = accountsMeant(await aws.accounts(asker), accounts);
  const found = await inTurn(meant, accountsAtOnce, (account) => identitiesIn(account, name, region, askAws, unasked));
  return { identities: found.flat(), unasked };
}

async function identitiesIn(
  { id: account }: AwsAccount,
  name: string,
  region: string,
  askAws: AskAws,
  unasked: string[],
): Promise<Identity[]> {
  const place = { account, region };
  const [role, user] = await Promise.all([
    drive(ask(roleUse, place, { RoleName: name }), askAws),
    drive(ask(userUse, place, { UserName: name }), askAws),
  ]);
  if (role.is === 'unknown' || user.is === 'unknown') unasked.push(account);
  return [
    ...(role.is === 'value' ? [{ ...place, arn: role.value.Role.Arn, role: role.value.Role }] : []),
    ...(user.is === 'value' ? [{ ...place, arn: user.value.User.Arn, role: null }] : []),
  ];
}

/** The service control policies on the path from the root to an account: what they deny, no policy of IAM allows. */
async function policiesAbove(
  { aws, config, now }: Pick<Parts, 'aws' | 'config' | 'now'>,
  account: string,
  { asker }: TableAsking,
  askAws: AskAws,
): Promise<string> {
  const [home, known] = [await aws.home(), await aws.accounts(asker)];
  const meant = { account: (id: string) => id === account, region: () => false };
  const course = readEstate(home, { ...known, regions: [home.region] }, config.framework, meant, now());
  const estate = await drive(course, askAws);
  const { organization } = estate;
  if (organization.is === 'absent') return 'The account belongs to no organization, so no policy of one bounds it.';
  if (organization.is === 'value' && organization.value.managementAccount === account)
    return 'Service control policies do not bind the management account.';
  const policies = await drive(customPolicies(estate, 'SERVICE_CONTROL_POLICY'), askAws);
  const above = await drive(parents(estate), askAws);
  const [found] = estate.accounts;
  const path = found === undefined || above.is !== 'value' ? null : pathOf(found, above.value);
  if (policies.is !== 'value' || path === null)
    return 'Which service control policies bound the account could not be read.';
  const names = policies.value
    .filter(({ targets }) => targets.some((target) => path.includes(target)))
    .map(({ name }) => name);
  return names.length === 0
    ? 'No service control policy of your own bounds the account.'
    : `Bounded by the service control policies ${listed(names, 8)}.`;
}

/** The services that it may use; a sentence where Access Advisor has none. */
async function servicesOf(
  { arn, account, region }: Identity,
  askAws: AskAws,
): Promise<readonly ServiceLastAccessed[] | string> {
  const {
    JobStatus,
    ServicesLastAccessed,
    Error: trouble,
  } = valueIn(await drive(ask(serviceLastAccessed, { account, region }, { Arn: arn }), askAws));
  return JobStatus.toUpperCase() === 'COMPLETED'
    ? ServicesLastAccessed
    : `The job of Access Advisor ended as ${JobStatus}. ${trouble?.Message ?? ''}`.trim();
}

interface Shown {
  /** What was asked about. */
  name: string;
  /** Only this one; undefined: all. */
  service: string | undefined;
  days: number;
  unasked: readonly string[];
  /** What the policies of the organization say of its account, a sentence. */
  policies: string;
  /** The roles that it may take; null: not asked. */
  takeable: Awaited<ReturnType<typeof takeableBy>> | null;
  now: Date;
  zone: string;
}

async function answer(
  identity: Identity,
  all: readonly ServiceLastAccessed[],
  { name, service, days, unasked, policies, takeable, now, zone }: Shown,
  askAws: AskAws,
) {
  const meant = all.filter(
    ({ ServiceNamespace }) => service === undefined || ServiceNamespace === service.toLowerCase(),
  );
  if (meant.length === 0 && service !== undefined)
    return wrong(`The policies of ${shortName(identity.arn)} grant nothing of ${clip(service, 60)}.`);
  const granting = await policiesBy(identity, meant, askAws);
  const lastOf = ({ LastAuthenticated }: ServiceLastAccessed): number => LastAuthenticated?.getTime() ?? 0;
  const unused = meant.filter((one) => lastOf(one) < now.getTime() - days * dayMs);
  const never = unused.filter(({ LastAuthenticated }) => LastAuthenticated === undefined);
  return {
    title: `${unused.length} of ${meant.length} services unused for ${days} days: ${clip(shortName(identity.arn), 60)}`,
    line: `access "${identity.arn}"${service === undefined ? '' : ` ${service}`} --unused ${days}`,
    facts: [
      keyShape.test(name) ? `${name.toUpperCase()} is of ${identity.arn}` : identity.arn,
      ...(identity.role === null ? [] : roleFacts(identity.role, identity.account, zone)),
      policies,
      ...(takeable === null ? [] : takeableWords(takeable)),
      ...(never.length === 0 ? [] : [`${plural(never.length, 'service')} not used in the tracked period.`]),
    ],
    columns: ['Service', `Last used (${zone})`, 'Region', 'Verdict', 'Granted by'],
    rows: meant
      .toSorted((a, b) => lastOf(b) - lastOf(a))
      .map((one) => [
        one.ServiceNamespace,
        one.LastAuthenticated === undefined ? 'not in the tracked period' : local(one.LastAuthenticated, zone),
        one.LastAuthenticatedRegion ?? '',
        unused.includes(one) ? 'unused' : 'used',
        granting === null ? 'not known' : (granting.get(one.ServiceNamespace) ?? []).join(', '),
      ]),
    coverage: limitsWords,
    gaps: [
      ...(granting === null ? ['Which policies grant what could not be read.'] : []),
      ...(unasked.length === 0 ? [] : [`Not asked whether the name is there, too: ${listed(unasked, 5)}.`]),
      ...(takeable === null || takeable.unasked.length === 0
        ? []
        : [`Roles of ${listed(takeable.unasked, 5)} could not be read.`]),
    ].join(' '),
    whole:
      granting !== null &&
      unasked.length === 0 &&
      (takeable === null || (takeable.unasked.length === 0 && takeable.unknown === null)),
    next: [
      {
        label: 'What it did',
        line: `lookup ${identity.role === null ? 'user' : 'role'} "${identity.arn}" --since 90d --writes`,
      },
      ...(keyShape.test(name) ? [{ label: 'All that came of it', line: `lookup from ${name.toUpperCase()}` }] : []),
      { label: 'What was done to it', line: `lookup resource "${identity.arn}"` },
      ...(takeable?.roles ?? [])
        .slice(0, 2)
        .map(({ arn }) => ({ label: `What ${shortName(arn)} may do`, line: `access "${arn}"` })),
    ],
    shareable: true,
  };
}

/** The policies that grant each service; null: they could not be read. */
async function policiesBy(
  { arn, account, region }: Identity,
  services: readonly ServiceLastAccessed[],
  askAws: AskAws,
): Promise<ReadonlyMap<string, readonly string[]> | null> {
  const found = new Map<string, readonly string[]>();
  for (let at = 0; at < services.length; at += mostNamespaces) {
    const ServiceNamespaces = services.slice(at, at + mostNamespaces).map(({ ServiceNamespace }) => ServiceNamespace);
    const said = await drive(ask(policiesGranting, { account, region }, { Arn: arn, ServiceNamespaces }), askAws);
    if (said.is !== 'value') return null;
    for (const { ServiceNamespace, Policies } of said.value.PoliciesGrantingServiceAccess)
      found.set(
        ServiceNamespace,
        Policies.map(({ PolicyName }) => PolicyName),
      );
  }
  return found;
}

/** When a role was last used, what bounds it, and who may take it. */
function roleFacts(role: RoleUse, account: string, zone: string): string[] {
  const last = role.RoleLastUsed?.LastUsedDate;
  const boundary = role.PermissionsBoundary?.PermissionsBoundaryArn;
  return [
    last === undefined
      ? 'IAM has noted no use of the role in its 400 days; it notes one up to four hours late.'
      : `Last used ${local(last, zone)}.`,
    ...(boundary === undefined ? [] : [`Bounded by ${boundary}.`]),
    ...trustFacts(role.AssumeRolePolicyDocument, account),
  ];
}

function trustFacts(encoded: string, account: string): string[] {
  const statements = statementsOf(decoded(encoded));
  if (statements === null) return ['Who may take it cannot be read.'];
  return statements.filter(({ effect }) => effect === 'Allow').flatMap((statement) => trustWords(statement, account));
}

function trustWords(statement: Statement, account: string): string[] {
  const { principals, services, conditions } = statement;
  const has = (key: RegExp): boolean => conditions.some((condition) => key.test(condition.key));
  return [...principals, ...services].map((principal) => {
    const owner = accountOf(principal);
    const flags = [
      ...(principal === '*' && conditions.length === 0 ? ['anybody'] : []),
      ...(owner !== null && owner !== account && !has(/^sts:externalid$/)
        ? ['another account, without an external id']
        : []),
      ...(principal.includes(':oidc-provider/') && !has(/:sub$/) ? ['any subject of this provider'] : []),
    ];
    return `May be taken by ${principal}${flags.length === 0 ? '' : ` ⚠️ ${flags.join(', ')}`}.`;
  });
}

function decoded(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

const local = (at: Date, zone: string): string => DateTime.fromJSDate(at, { zone }).toFormat('yyyy-MM-dd HH:mm');
