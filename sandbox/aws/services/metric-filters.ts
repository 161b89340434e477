import type {
  DeleteMetricFilterRequest,
  DescribeMetricFiltersRequest,
  DescribeMetricFiltersResponse,
  MetricFilter,
  PutMetricFilterRequest,
  TestMetricFilterRequest,
  TestMetricFilterResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import { monitored } from '../../organization/monitoring.ts';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { pageOf } from '../page.ts';
import { type Matcher, PatternError, parseFilterPattern } from '../patterns/metric-filter.ts';
import { AwsError, type Call } from '../service.ts';

export const metricNamespace = 'CloudTrailMetrics';

/** The filters of the trail's log group, by name: one for each control. */
const metricFiltersOf = perOrganization(
  ({ trail, attack }) =>
    new Map(
      monitored.map(({ topic, metric, pattern }): [string, MetricFilter] => [
        `cis-${topic}`,
        {
          filterName: `cis-${topic}`,
          filterPattern: pattern,
          metricTransformations: [{ metricName: metric, metricNamespace, metricValue: '1' }],
          creationTime: attack.from.getTime() - 200 * 86_400_000,
          logGroupName: trail.logGroup,
        },
      ]),
    ),
);

/** Metric filters of the trail's log group, which is the only one of the organization. Source: CloudWatch Logs API reference. */
export const metricFilterOperations = {
  DescribeMetricFilters: (call: Call<DescribeMetricFiltersRequest>): DescribeMetricFiltersResponse => {
    const { nextToken: token, limit: size = 50, ...request } = call.input;
    if (request.logGroupName !== undefined) requireGroup(call);
    const found = isTrailsPlace(call) ? [...metricFiltersOf(call.organization).values()] : [];
    const { items, next } = pageOf(
      found.filter(({ filterName }) => filterName?.startsWith(request.filterNamePrefix ?? '')),
      { token, size, request, refusal: invalid('The specified nextToken is invalid.') },
    );
    return { metricFilters: items, nextToken: next };
  },

  TestMetricFilter: ({ input }: Call<TestMetricFilterRequest>): TestMetricFilterResponse => {
    const matches = readPattern(input.filterPattern ?? '');
    return {
      matches: (input.logEventMessages ?? []).flatMap((eventMessage, index) =>
        matches(eventMessage) ? [{ eventNumber: index + 1, eventMessage, extractedValues: {} }] : [],
      ),
    };
  },

  PutMetricFilter: (call: Call<PutMetricFilterRequest>): object => {
    requireGroup(call);
    const { filterName = '', filterPattern = '' } = call.input;
    readPattern(filterPattern);
    metricFiltersOf(call.organization).set(filterName, { ...call.input, creationTime: call.now.getTime() });
    return {};
  },

  DeleteMetricFilter: (call: Call<DeleteMetricFilterRequest>): object => {
    requireGroup(call);
    if (!metricFiltersOf(call.organization).delete(call.input.filterName ?? ''))
      throw new AwsError('ResourceNotFoundException', 'The specified metric filter does not exist.');
    return {};
  },
};

export function readPattern(pattern: string): Matcher {
  try {
    return parseFilterPattern(pattern);
  } catch (error) {
    if (error instanceof PatternError) throw invalid(error.message);
    throw error;
  }
}

const isTrailsPlace = ({ account, region, organization: { trail } }: Call<unknown>): boolean =>
  account === trail.account && region === trail.region;

function requireGroup(call: Call<{ logGroupName?: string | undefined }>): void {
  if (!isTrailsPlace(call) || call.input.logGroupName !== call.organization.trail.logGroup)
    throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
}

const invalid = (message: string) => new AwsError('InvalidParameterException', message);

/** Adds a condition to a filter, as somebody would who wants not to be seen. */
export function narrowFilter(organization: Organization, filterName: string, condition: string): void {
  const filters = metricFiltersOf(organization);
  const filter = filters.get(filterName);
  if (filter === undefined) throw new Error(`There is no filter ${filterName}.`);
  const inner = (filter.filterPattern ?? '').trim().slice(1, -1);
  filters.set(filterName, { ...filter, filterPattern: `{ (${inner}) && ${condition} }` });
}
