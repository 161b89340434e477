import type { Asking } from '../../../asks.ts';
import type { About } from '../../../check.ts';
import { delegatedServices, type Estate, organizationSpot, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { inOrganization } from '../facts.ts';

const about: About = {
  id: 'org-delegated-admins',
  version: 1,
  title: 'Security services are run from the security account',
  severity: 'high',
  why: 'Who works in the management account every day can do everything there, and no policy binds it.',
  passes:
    'Each security service has a delegated administrator, the same for all (framework.securityAccount), which is not the management account.',
  fix: 'aws organizations register-delegated-administrator --account-id SECURITY-ACCOUNT --service-principal {resource}',
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

export const check = inOrganization(about, estateOnly, judge);

// biome-ignore lint/correctness/useYield: the estate says it all, nothing is asked.
function* estateOnly(): Asking<null> {
  return null;
}

function judge(_: null, estate: Estate): Judged[] {
  const { delegated } = estate;
  const spot = organizationSpot(estate);
  if (delegated.is === 'unknown') return [unknownFrom(spot, delegated)];
  if (delegated.is === 'absent') return [unknown(spot, 'not asked', delegated.message)];
  const usual = estate.settings.securityAccount ?? mostCommon([...delegated.value.values()].flat());
  return delegatedServices.map((service) => judgeService(service, delegated.value.get(service) ?? [], usual, estate));
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
