import { known } from '../../organization/accounts.ts';
import { busRegion } from '../../organization/monitoring.ts';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { numberOf } from '../../organization/stable.ts';
import type { Call } from '../service.ts';

/** A rule, and a metric of it: `FailedInvocations`. */
interface Metric {
  rule: string;
  bus: string;
  metric: string;
}

const keyOf = (place: { account: string; region: string }, { rule, bus, metric }: Metric): string =>
  [place.account, place.region, bus, rule, metric].join('/');

/** What went wrong, by rule; a defect: the rule of one account could not reach the central bus three times. */
const troubles = perOrganization(
  () =>
    new Map<string, number>([
      [
        keyOf(
          { account: known.staging, region: busRegion },
          { rule: 'trailwatch-findings', bus: 'default', metric: 'FailedInvocations' },
        ),
        3,
      ],
    ]),
);

const counted: readonly string[] = ['MatchedEvents', 'TriggeredRules', 'Invocations'];

/** The sum of a metric over some days: rules are triggered now and then, and nothing goes wrong unless it was broken. */
export function eventMetric({ organization, account, region }: Call<unknown>, metric: Metric): number {
  const trouble = troubles(organization).get(keyOf({ account, region }, metric));
  if (trouble !== undefined) return trouble;
  return counted.includes(metric.metric) ? 1 + numberOf(40, account, region, metric.rule) : 0;
}

/** Sets what a metric of a rule says; 0: there is none. */
export function setEventMetric(
  organization: Organization,
  place: { account: string; region: string },
  metric: Metric,
  value: number,
): void {
  troubles(organization).set(keyOf(place, metric), value);
}
