import { randomUUID } from 'node:crypto';
import type {
  DeleteRuleRequest,
  DescribeEventBusRequest,
  DescribeEventBusResponse,
  DescribeRuleRequest,
  DescribeRuleResponse,
  DisableRuleRequest,
  EnableRuleRequest,
  EventBus,
  ListEventBusesRequest,
  ListEventBusesResponse,
  ListRulesRequest,
  ListRulesResponse,
  ListTargetsByRuleRequest,
  ListTargetsByRuleResponse,
  PutEventsRequest,
  PutEventsResponse,
  PutPermissionRequest,
  PutRuleRequest,
  PutRuleResponse,
  PutTargetsRequest,
  PutTargetsResponse,
  RemovePermissionRequest,
  RemoveTargetsRequest,
  RemoveTargetsResponse,
  Rule,
  Target,
  TestEventPatternRequest,
  TestEventPatternResponse,
} from '@aws-sdk/client-eventbridge';
import * as z from 'zod';
import { seededRules } from '../../organization/event-rules.ts';
import { busRegion, centralBus } from '../../organization/monitoring.ts';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { pageOf } from '../page.ts';
import { parseEventPattern } from '../patterns/event-pattern.ts';
import { PatternError } from '../patterns/metric-filter.ts';
import { AwsError, type Call, type Service } from '../service.ts';

interface Held {
  rule: Rule;
  targets: Map<string, Target>;
}
/** A bus with its rules by name. */
interface Bus {
  name: string;
  arn: string;
  statements: object[];
  rules: Map<string, Held>;
}
type Where = Pick<Call<unknown>, 'organization' | 'account' | 'region'>;

const buses = perOrganization(() => new Map<string, Bus>());

const arnOf = ({ account, region }: Pick<Where, 'account' | 'region'>, bus: string): string =>
  `arn:aws:events:${region}:${account}:event-bus/${bus}`;

const ruleArn = ({ account, region }: Pick<Where, 'account' | 'region'>, bus: string, rule: string): string =>
  `arn:aws:events:${region}:${account}:rule/${bus === 'default' ? '' : `${bus}/`}${rule}`;

function busAt(where: Where, name: string): Bus | undefined {
  const { organization } = where;
  const arn = arnOf(where, name);
  const known = buses(organization).get(arn);
  if (known !== undefined) return known;
  if (name !== 'default' && arn !== centralBus(organization)) return undefined;
  const rules = seededRules(organization, where.account, where.region, name).map(
    ({ name: Name, state, pattern, schedule, managedBy, targets }): [string, Held] => [
      Name,
      {
        rule: {
          Name,
          Arn: ruleArn(where, name, Name),
          EventBusName: name,
          State: state,
          ...(pattern !== undefined && { EventPattern: JSON.stringify(pattern) }),
          ...(schedule !== undefined && { ScheduleExpression: schedule }),
          ...(managedBy !== undefined && { ManagedBy: managedBy }),
        },
        targets: new Map(targets.map((target) => [target.Id, target])),
      },
    ],
  );
  const made: Bus = {
    name,
    arn,
    statements: name === 'default' ? [] : [ofOrganization(organization, arn)],
    rules: new Map(rules),
  };
  buses(organization).set(arn, made);
  return made;
}

const ofOrganization = ({ id }: Organization, arn: string) => ({
  Sid: 'organization',
  Effect: 'Allow',
  Principal: '*',
  Action: 'events:PutEvents',
  Resource: arn,
  Condition: { StringEquals: { 'aws:PrincipalOrgID': id } },
});

/** By its name, or by its ARN. */
function foundBus(call: Call<{ EventBusName?: string | undefined }>): Bus {
  const { EventBusName = 'default' } = call.input;
  const found = busAt(call, EventBusName.split('/').at(-1) ?? EventBusName);
  if (found === undefined || (EventBusName.startsWith('arn:') && found.arn !== EventBusName))
    throw new AwsError('ResourceNotFoundException', `Event bus ${EventBusName} does not exist.`);
  return found;
}

function foundRule(call: Call<{ EventBusName?: string | undefined; Name?: string | undefined }>): Held {
  const found = foundBus(call).rules.get(call.input.Name ?? '');
  if (found === undefined)
    throw new AwsError('ResourceNotFoundException', `Rule ${call.input.Name} does not exist on EventBus default.`);
  return found;
}

/** EventBridge: buses, rules, targets, and patterns that are really tried. Source: EventBridge API reference. */
export const events = {
  signingName: 'events',
  sdk: () => import('@aws-sdk/client-eventbridge'),
  operations: {
    ListEventBuses: (call: Call<ListEventBusesRequest>): ListEventBusesResponse => {
      const { NextToken: token, Limit: size = 100, ...request } = call.input;
      const here = ['default', 'security'].flatMap((name) => busAt(call, name) ?? []);
      const made = [...buses(call.organization).values()].filter(({ arn }) => arn.startsWith(arnOf(call, '')));
      const all = [...new Set([...here, ...made])].filter(({ name }) => name.startsWith(request.NamePrefix ?? ''));
      const { items, next } = pageOf(all, { token, size, request });
      return { EventBuses: items.map(describedBus), NextToken: next };
    },

    DescribeEventBus: (call: Call<DescribeEventBusRequest>): DescribeEventBusResponse => {
      const { Name } = call.input;
      return describedBus(foundBus({ ...call, input: Name === undefined ? {} : { EventBusName: Name } }));
    },

    ListRules: (call: Call<ListRulesRequest>): ListRulesResponse => {
      const { NextToken: token, Limit: size = 100, ...request } = call.input;
      const rules = [...foundBus(call).rules.values()]
        .map(({ rule }) => rule)
        .filter(({ Name }) => Name?.startsWith(request.NamePrefix ?? ''));
      const { items, next } = pageOf(rules, { token, size, request });
      return { Rules: items, NextToken: next };
    },

    DescribeRule: (call: Call<DescribeRuleRequest>): DescribeRuleResponse => ({
      ...foundRule(call).rule,
      CreatedBy: call.account,
    }),

    ListTargetsByRule: (call: Call<ListTargetsByRuleRequest>): ListTargetsByRuleResponse => {
      const { NextToken: token, Limit: size = 100, ...request } = call.input;
      const { targets } = foundRule({ ...call, input: { ...request, Name: request.Rule } });
      const { items, next } = pageOf([...targets.values()], { token, size, request });
      // Without targets the list is left out.
      return { ...(items.length > 0 && { Targets: items }), NextToken: next };
    },

    TestEventPattern: ({ input }: Call<TestEventPatternRequest>): TestEventPatternResponse => {
      const matches = readPattern(input.EventPattern ?? '');
      return { Result: matches(readEvent(input.Event ?? '')) };
    },

    PutRule: (call: Call<PutRuleRequest>): PutRuleResponse => {
      const bus = foundBus(call);
      const { Name = '', EventPattern, ScheduleExpression, State = 'ENABLED', Description, RoleArn } = call.input;
      if (EventPattern === undefined && ScheduleExpression === undefined)
        throw new AwsError('ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.');
      if (EventPattern !== undefined) readPattern(EventPattern);
      const Arn = ruleArn(call, bus.name, Name);
      bus.rules.set(Name, {
        rule: { Name, Arn, EventBusName: bus.name, EventPattern, ScheduleExpression, State, Description, RoleArn },
        targets: bus.rules.get(Name)?.targets ?? new Map(),
      });
      return { RuleArn: Arn };
    },

    DeleteRule: (call: Call<DeleteRuleRequest>): object => {
      const bus = foundBus(call);
      if ((bus.rules.get(call.input.Name ?? '')?.targets.size ?? 0) > 0)
        throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
      bus.rules.delete(call.input.Name ?? '');
      return {};
    },

    EnableRule: (call: Call<EnableRuleRequest>): object => {
      const held = foundRule(call);
      held.rule = { ...held.rule, State: 'ENABLED' };
      return {};
    },

    DisableRule: (call: Call<DisableRuleRequest>): object => {
      const held = foundRule(call);
      held.rule = { ...held.rule, State: 'DISABLED' };
      return {};
    },

    PutTargets: (call: Call<PutTargetsRequest>): PutTargetsResponse => {
      const { targets } = foundRule({ ...call, input: { ...call.input, Name: call.input.Rule } });
      for (const target of call.input.Targets ?? []) targets.set(target.Id ?? '', target);
      return { FailedEntryCount: 0, FailedEntries: [] };
    },

    RemoveTargets: (call: Call<RemoveTargetsRequest>): RemoveTargetsResponse => {
      const { targets } = foundRule({ ...call, input: { ...call.input, Name: call.input.Rule } });
      for (const id of call.input.Ids ?? []) targets.delete(id);
      return { FailedEntryCount: 0, FailedEntries: [] };
    },

    // Nothing carries them on here.
    PutEvents: ({ input: { Entries = [] } }: Call<PutEventsRequest>): PutEventsResponse => ({
      FailedEntryCount: 0,
      Entries: Entries.map(() => ({ EventId: randomUUID() })),
    }),

    PutPermission: putPermission,

    RemovePermission: (call: Call<RemovePermissionRequest>): object => {
      const bus = foundBus(call);
      const { StatementId, RemoveAllPermissions = false } = call.input;
      const left = bus.statements.filter((statement) => !RemoveAllPermissions && sidOf(statement) !== StatementId);
      if (!RemoveAllPermissions && left.length === bus.statements.length)
        throw new AwsError('ResourceNotFoundException', `Statement with the provided id does not exist.`);
      bus.statements = left;
      return {};
    },
  },
} satisfies Service;

const sidOf = (statement: object): unknown => Reflect.get(statement, 'Sid');

function putPermission(call: Call<PutPermissionRequest>): object {
  const bus = foundBus(call);
  const { Policy, StatementId, Principal, Action, Condition } = call.input;
  if (Policy !== undefined) {
    bus.statements = z
      .object({ Statement: z.array(z.record(z.string(), z.unknown())) })
      .parse(JSON.parse(Policy)).Statement;
    return {};
  }
  if (StatementId === undefined || Principal === undefined || Action === undefined)
    throw new AwsError('ValidationException', 'StatementId, Principal and Action are needed without a policy.');
  const statement = {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: Principal === '*' ? '*' : { AWS: `arn:aws:iam::${Principal}:root` },
    Action,
    Resource: bus.arn,
    ...(Condition !== undefined && {
      Condition: { [Condition.Type ?? '']: { [Condition.Key ?? '']: Condition.Value } },
    }),
  };
  bus.statements = [...bus.statements.filter((one) => sidOf(one) !== StatementId), statement];
  return {};
}

const describedBus = ({ name, arn, statements }: Bus): EventBus => ({
  Name: name,
  Arn: arn,
  ...(statements.length > 0 && { Policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }) }),
});

function readPattern(text: string): (event: unknown) => boolean {
  try {
    return parseEventPattern(text);
  } catch (error) {
    if (error instanceof PatternError) throw new AwsError('InvalidEventPatternException', error.message);
    throw error;
  }
}

const mandatory = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];

/** Source: EventBridge API reference, TestEventPattern: the fields that an event must have. */
function readEvent(text: string): object {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    throw new AwsError('ValidationException', 'Parameter Event is not valid.');
  }
  if (typeof event !== 'object' || event === null || !mandatory.every((name) => Object.hasOwn(event, name)))
    throw new AwsError('ValidationException', `Event must have the fields ${mandatory.join(', ')}.`);
  return event;
}

/** Changes a rule of a default bus as its owner would. */
export function changeRule(
  organization: Organization,
  place: { account: string; region: string },
  name: string,
  change: Pick<Rule, 'State' | 'EventPattern'>,
): void {
  const held = busAt({ organization, ...place }, 'default')?.rules.get(name);
  if (held === undefined) throw new Error(`There is no rule ${name} in ${place.account} ${place.region}.`);
  held.rule = { ...held.rule, ...change };
}

/** Lets everybody send to the central bus. */
export function openBus(organization: Organization): void {
  const arn = centralBus(organization);
  const bus = busAt({ organization, account: organization.homeAccount, region: busRegion }, 'security');
  if (bus === undefined) throw new Error(`There is no bus ${arn}.`);
  bus.statements = [{ Sid: 'everybody', Effect: 'Allow', Principal: '*', Action: 'events:PutEvents', Resource: arn }];
}
