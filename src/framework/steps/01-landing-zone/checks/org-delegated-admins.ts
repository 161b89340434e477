import { isWord } from '../../../../words/text.ts';
import { type Answer, type Asking, all, ask, mapped } from '../../../asks.ts';
import { listDetectiveAdministrators } from '../../../calls/detective.ts';
import { listHubAdministrators } from '../../../calls/security-hub-organization.ts';
import type { About } from '../../../check.ts';
import { delegatedServices, type Estate, organizationSpot, unknownFrom } from '../../../estate.ts';
import { usedRegions } from '../../../used.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { inOrganization } from '../facts.ts';

const about: About = {
  id: 'org-delegated-admins',
  version: 2,
  title: 'Security services are run from the security account',
  severity: 'high',
  why: 'Who works in the management account every day can do everything there, and no policy binds it.',
  passes:
    'Each security service has a delegated administrator, the same for all (framework.securityAccount), which is not the management account. Security Hub and Detective name the same one in each region that is used.',
  fix: 'aws organizations register-delegated-administrator --account-id SECURITY-ACCOUNT --service-principal {resource}\naws securityhub enable-organization-admin-account --admin-account-id SECURITY-ACCOUNT --region REGION  # where a region names another; detective has the same, as --account-id',
  references: [
    'CIS v7.0 2.1.5',
    'CIS v7.0 2.1.6',
    'SRA-GUARDDUTY-13',
    'SRA-GUARDDUTY-14',
    'SRA-SECURITYHUB-06',
    'SRA-SECURITYHUB-07',
    'SRA-CONFIG-07',
    'SRA-CONFIG-08',
    'SRA-CLOUDTRAIL-12',
    'SRA-CLOUDTRAIL-13',
    'SRA-AUDITMANAGER-02',
    'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_delegated_admin.html',
  ],
};

/** They took no new customers from some day on: who has none cannot get one. */
const closed: readonly string[] = ['auditmanager.amazonaws.com'];

/** Whom a service itself names in a region, which may be another than Organizations does. */
interface Named {
  region: string;
  administrators: Answer<readonly string[]>;
}

type Facts = ReadonlyMap<string, readonly Named[]>;

export const check = inOrganization(about, facts, judge);

/** What Security Hub and Detective say themselves; GuardDuty's own list is gd-admin's. */
function* facts(estate: Estate): Asking<Facts> {
  const { account } = organizationSpot(estate);
  const places = (yield* usedRegions(estate)).map((region) => ({ account, region }));
  const hubs = yield* all(places.map((place) => ask(listHubAdministrators, place)));
  const graphs = yield* all(places.map((place) => ask(listDetectiveAdministrators, place)));
  const inRegions = (answers: readonly Answer<readonly string[]>[]): Named[] =>
    answers.map((administrators, at) => ({ region: places[at]?.region ?? '', administrators }));
  return new Map([
    [
      'securityhub.amazonaws.com',
      inRegions(
        hubs.map((answer) =>
          mapped(answer, ({ AdminAccounts }) =>
            AdminAccounts.flatMap(({ AccountId, Status }) =>
              AccountId === undefined || isWord(Status, 'DISABLE_IN_PROGRESS') ? [] : [AccountId],
            ),
          ),
        ),
      ),
    ],
    [
      'detective.amazonaws.com',
      inRegions(
        graphs.map((answer) =>
          mapped(answer, ({ Administrators }) => Administrators.flatMap(({ AccountId }) => AccountId ?? [])),
        ),
      ),
    ],
  ]);
}

function judge(named: Facts, estate: Estate): Judged[] {
  const { delegated } = estate;
  const spot = organizationSpot(estate);
  if (delegated.is === 'unknown') return [unknownFrom(spot, delegated)];
  if (delegated.is === 'absent') return [unknown(spot, 'not asked', delegated.message)];
  const usual = estate.settings.securityAccount ?? mostCommon([...delegated.value.values()].flat());
  return delegatedServices.map((service) => {
    const ofAll = judgeService(service, delegated.value.get(service) ?? [], usual, estate);
    return ofAll.verdict === 'pass' ? judgeRegions(ofAll, named.get(service) ?? [], usual) : ofAll;
  });
}

/** Where nobody is named the service is off, or waits for steps 10 and 16: that is no other administrator. */
function judgeRegions(passed: Judged, named: readonly Named[], usual: string | null): Judged {
  const { resource: service } = passed;
  for (const { region, administrators } of named) {
    const other = administrators.is === 'value' ? administrators.value.find((account) => account !== usual) : undefined;
    if (other !== undefined)
      return fail(passed, `${service} is run from ${other} in ${region}, and from ${usual} by Organizations.`);
  }
  const dark = named.find(({ administrators }) => administrators.is === 'unknown')?.administrators;
  return dark?.is === 'unknown' ? unknownFrom(passed, dark) : passed;
}

function judgeService(
  service: string,
  administrators: readonly string[],
  usual: string | null,
  estate: Estate,
): Judged {
  const spot = { ...organizationSpot(estate), resource: service };
  if (service === 'detective.amazonaws.com' && estate.settings.detective === 'none')
    return notApplicable(spot, 'Detective is not used: framework.detective.');
  const [first] = administrators;
  if (first === undefined)
    return closed.includes(service)
      ? notApplicable(spot, `${service} has no administrator, and takes no new customers.`)
      : fail(spot, `${service} has no delegated administrator: it is run from the management account, or not at all.`);
  if (administrators.includes(spot.account)) return fail(spot, `${service} is run from the management account.`);
  if (usual !== null && !administrators.includes(usual))
    return fail(spot, `${service} is run from ${administrators.join(', ')}, the others from ${usual}.`, {
      severity: 'medium',
    });
  return pass(spot, `${service} is run from ${usual ?? first}.`);
}

function mostCommon(accounts: readonly string[]): string | null {
  const counts = Map.groupBy(accounts, (account) => account);
  return [...counts].toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? null;
}
