import type {
  SelectAggregateResourceConfigRequest,
  SelectAggregateResourceConfigResponse,
} from '@aws-sdk/client-config-service';
import { analyzers } from '../../organization/analyzers.ts';
import { networks } from '../../organization/network.ts';
import type { Organization } from '../../organization/organization.ts';
import { homeRegion } from '../../organization/traces.ts';
import { strayWorkloads } from '../../organization/workloads.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call } from '../service.ts';
import { buckets } from './buckets.ts';
import { isAggregated, requireAggregator } from './recorders.ts';

/** A resource as an aggregator has it: the properties that its queries can name, the deeper ones by their whole path. */
type Item = Readonly<Record<string, unknown>>;

/** Config's SQL over the aggregator: what each place recorded, as it is now. */
export const aggregatedOperations = {
  SelectAggregateResourceConfig: (
    call: Call<SelectAggregateResourceConfigRequest>,
  ): SelectAggregateResourceConfigResponse => {
    const { NextToken: token, Limit, MaxResults, ...request } = call.input;
    requireAggregator(call, request.ConfigurationAggregatorName);
    const query = readQuery(request.Expression ?? '');
    const matching = items(call.organization).filter((item) =>
      query.conditions.every(([field, values]) => values.includes(String(item[field] ?? ''))),
    );
    const rows =
      query.groupBy.length === 0 ? matching.map((item) => only(item, query.fields)) : grouped(matching, query);
    // Source: AWS Config API reference: at most 100 rows a page, 500 where they are grouped.
    const most = query.groupBy.length === 0 ? 100 : 500;
    const size = Math.min(Limit || MaxResults || (query.groupBy.length === 0 ? 25 : 500), most);
    const { items: page, next } = pageOf(rows, {
      token,
      size,
      request,
      refusal: new AwsError('InvalidNextTokenException', 'The specified next token is not valid.'),
    });
    return {
      Results: page.map((row) => JSON.stringify(row)),
      QueryInfo: { SelectFields: query.fields.map((Name) => ({ Name })) },
      NextToken: next,
    };
  },
};

/** What every region has from the start, beside what the organization made. */
const builtIn = { resourceType: 'AWS::Athena::WorkGroup', resourceId: 'primary', resourceName: 'primary' };

function items(organization: Organization): Item[] {
  const found: Item[] = [];
  for (const { id: accountId, regions, state } of organization.accounts) {
    if (state !== 'ACTIVE') continue;
    for (const awsRegion of regions)
      if (isAggregated(organization, accountId, awsRegion)) found.push({ accountId, awsRegion, ...builtIn });
    if (isAggregated(organization, accountId, homeRegion))
      for (const { id, name } of organization.roles(accountId))
        found.push({
          accountId,
          awsRegion: 'global',
          resourceType: 'AWS::IAM::Role',
          resourceId: id,
          resourceName: name,
        });
  }
  for (const { id, account: accountId, region: awsRegion } of networks(organization))
    if (isAggregated(organization, accountId, awsRegion))
      found.push({ accountId, awsRegion, resourceType: 'AWS::EC2::VPC', resourceId: id });
  for (const { name, account: accountId, settings } of buckets(organization).values())
    if (isAggregated(organization, accountId, homeRegion))
      found.push({
        accountId,
        awsRegion: homeRegion,
        resourceType: 'AWS::S3::Bucket',
        resourceId: name,
        resourceName: name,
        'supplementaryConfiguration.BucketLoggingConfiguration': {
          destinationBucketName: settings.logging?.TargetBucket ?? null,
          logFilePrefix: settings.logging?.TargetPrefix ?? null,
        },
      });
  for (const { account: accountId, region: awsRegion, summary } of analyzers(organization))
    if (isAggregated(organization, accountId, awsRegion))
      found.push({
        accountId,
        awsRegion,
        resourceType: 'AWS::AccessAnalyzer::Analyzer',
        resourceId: summary.arn,
        resourceName: summary.name,
      });
  for (const { account: accountId, region: awsRegion, type, name } of strayWorkloads(organization))
    if (isAggregated(organization, accountId, awsRegion))
      found.push({ accountId, awsRegion, resourceType: type, resourceId: name, resourceName: name });
  return found;
}

interface Query {
  fields: readonly string[];
  conditions: readonly (readonly [field: string, values: readonly string[]])[];
  groupBy: readonly string[];
}

const selectable =
  /^(?:accountId|awsRegion|resourceId|resourceName|resourceType|supplementaryConfiguration\.BucketLoggingConfiguration)$/;

/** The part of Config's SQL that counts and names: SELECT … WHERE a = 'x' AND b IN ('y', 'z') GROUP BY a, b. */
function readQuery(expression: string): Query {
  const [, list, where, group] =
    /^\s*select\s+(.+?)(?:\s+where\s+(.+?))?(?:\s+group\s+by\s+(.+?))?\s*;?\s*$/is.exec(expression) ?? [];
  if (list === undefined) throw wrong('The expression is not a SELECT statement.');
  const names = (text: string | undefined): string[] => text?.split(',').map((name) => name.trim()) ?? [];
  const fields = names(list);
  const groupBy = names(group);
  const conditions = (where?.split(/\s+and\s+/i) ?? []).map((text) => {
    const [, field, one, many] =
      /^\s*([\w.]+)\s*(?:=\s*'((?:[^']|'')*)'|in\s*\(\s*('[^)]*')\s*\))\s*$/i.exec(text) ?? [];
    if (field === undefined) throw wrong(`The condition ${text} is not understood.`);
    const values = one !== undefined ? [one] : names(many).map((value) => value.slice(1, -1));
    return [field, values.map((value) => value.replaceAll("''", "'"))] as const;
  });
  const plain = fields.filter((field) => !/^count\(\*\)$/i.test(field));
  const unknown = [...plain, ...groupBy, ...conditions.map(([field]) => field)].find((name) => !selectable.test(name));
  if (unknown !== undefined) throw wrong(`The property ${unknown} is not known.`);
  if (groupBy.length > 0 && plain.some((field) => !groupBy.includes(field)))
    throw wrong('Every property that is selected has to be grouped by or counted.');
  return { fields, conditions, groupBy };
}

const wrong = (message: string) => new AwsError('InvalidExpressionException', message);

/** As Config writes it: `a.b` is an object within. */
function only(item: Item, fields: readonly string[]): object {
  const row: Record<string, unknown> = {};
  for (const field of fields) {
    const [outer = field, inner] = field.split('.');
    if (item[field] !== undefined) row[outer] = inner === undefined ? item[field] : { [inner]: item[field] };
  }
  return row;
}

const grouped = (all: readonly Item[], { fields, groupBy }: Query): object[] =>
  [...Map.groupBy(all, (item) => JSON.stringify(groupBy.map((field) => item[field])))].map(
    ([, [first = {}, ...rest]]) =>
      Object.fromEntries(fields.map((field) => [field, /^count/i.test(field) ? rest.length + 1 : first[field]])),
  );
