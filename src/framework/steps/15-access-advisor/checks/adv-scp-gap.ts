import { type Answer, type Asking, ask } from '../../../asks.ts';
import { organizationsAccessReport } from '../../../calls/access-advisor.ts';
import { listOrganizationalUnitsForParent, listRoots } from '../../../calls/organizations.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, globalPlace, organizationSpot, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';

const about: About = {
  id: 'adv-scp-gap',
  version: 1,
  title: 'Services that no account uses are closed',
  severity: 'low',
  why: 'A service that nobody uses is one that nobody watches.',
  passes:
    "For each organizational unit, each service that its policies allow was used by one of its accounts in the tracked period. Use by the management account is left out of AWS's report.",
  fix: [
    '# a draft, to be looked at by the owners of the accounts: deny the services that the report names',
    'aws organizations create-policy --name deny-unused-services --type SERVICE_CONTROL_POLICY --description "Services that no account uses" --content file://deny-unused-services.json',
    'aws organizations attach-policy --policy-id POLICY-ID --target-id {resource}',
  ].join('\n'),
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed-orgs.html',
    'https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateOrganizationsAccessReport.html',
  ],
};

const namedServices = 6;

/** What a unit may and what it uses. */
interface Unit {
  id: string;
  name: string;
  report: Answer<{ allowed: number; unused: readonly string[]; status: string }>;
}

interface Facts {
  /** Whether service control policies are on; absent: they are off. */
  on: Answer<string>;
  units: Answer<readonly Unit[]> | null;
}

export const check = organizationCheck(about, facts, judge);

function* facts(estate: Estate): Asking<Facts> {
  const { organization, home } = estate;
  if (organization.is !== 'value') return { on: organization, units: null };
  const { managementAccount, id } = organization.value;
  const asker = globalPlace(estate, home.account);
  const roots = yield* ask(listRoots, asker);
  if (roots.is !== 'value') return { on: roots, units: null };
  const [root] = roots.value.Roots;
  const on = root?.PolicyTypes.some(
    ({ Type, Status }) => Type === 'SERVICE_CONTROL_POLICY' && Status?.toUpperCase() === 'ENABLED',
  );
  if (root === undefined || on !== true)
    return {
      on: { is: 'absent', error: 'Off', message: 'Service control policies are off.', at: roots.at },
      units: null,
    };
  const found = yield* unitsBelow(asker, { id: root.Id, path: `${id}/${root.Id}` });
  if (found.is !== 'value') return { on: { ...roots, value: root.Id }, units: found };
  const place = globalPlace(estate, managementAccount);
  const units: Unit[] = [];
  // One report at a time: AWS refuses a second one.
  for (const unit of found.value) units.push({ ...unit, report: yield* reportOf(unit.path, place) });
  return { on: { ...roots, value: root.Id }, units: { ...found, value: units } };
}

interface Path {
  id: string;
  name: string;
  path: string;
}

function* unitsBelow(
  place: { account: string; region: string },
  parent: { id: string; path: string },
): Asking<Answer<Path[]>> {
  const answer = yield* ask(listOrganizationalUnitsForParent, place, { ParentId: parent.id });
  if (answer.is !== 'value') return answer;
  const found: Path[] = [];
  for (const { Id, Name = Id } of answer.value.OrganizationalUnits) {
    const unit = { id: Id, name: Name, path: `${parent.path}/${Id}` };
    const below = yield* unitsBelow(place, unit);
    if (below.is !== 'value') return below;
    found.push(unit, ...below.value);
  }
  return { ...answer, value: found };
}

function* reportOf(EntityPath: string, place: { account: string; region: string }): Asking<Unit['report']> {
  const answer = yield* ask(organizationsAccessReport, place, { EntityPath });
  if (answer.is !== 'value') return answer;
  const { JobStatus, AccessDetails, ErrorDetails } = answer.value;
  if (JobStatus.toUpperCase() !== 'COMPLETED') {
    const sentence = `The report of AWS ended as ${JobStatus}. ${ErrorDetails?.Message ?? ''}`.trim();
    return { is: 'unknown', why: 'not asked', sentence, at: answer.at };
  }
  const unused = AccessDetails.filter(({ LastAuthenticatedTime }) => LastAuthenticatedTime === undefined);
  return {
    ...answer,
    value: {
      status: JobStatus,
      allowed: AccessDetails.length,
      unused: unused.map(({ ServiceNamespace }) => ServiceNamespace),
    },
  };
}

function judge({ on, units }: Facts, estate: Estate): Judged[] {
  const spot = organizationSpot(estate);
  if (on.is === 'unknown') return [unknownFrom(spot, on)];
  if (on.is === 'absent' || units === null)
    return [notApplicable(spot, on.is === 'absent' && on.error === 'Off' ? on.message : 'There is no organization.')];
  if (units.is === 'unknown') return [unknownFrom(spot, units)];
  if (units.is === 'absent' || units.value.length === 0)
    return [notApplicable(spot, 'There are no organizational units.')];
  return units.value.map(({ id, name, report }) => {
    const where = { ...spot, resource: id };
    if (report.is === 'unknown') return unknownFrom(where, report);
    if (report.is === 'absent') return unknown(where, 'not asked', report.message);
    const { allowed, unused } = report.value;
    if (unused.length === 0) return pass(where, `${name} uses each of the ${allowed} services that it may.`);
    const names = unused.slice(0, namedServices).join(', ');
    const more = unused.length > namedServices ? ` and ${unused.length - namedServices} more` : '';
    return fail(
      where,
      `${name} may use ${allowed} services, and no account of it used ${unused.length} of them in the tracked period: ${names}${more}.`,
    );
  });
}
