import { type Answer, type Asking, ask } from '../../../asks.ts';
import { listEventBuses } from '../../../calls/events.ts';
import type { About, RegionScope } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { type Statement, statementsOf } from '../../../policies.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { activeRegionCheck } from '../active.ts';

const about: About = {
  id: 'eb-bus-closed',
  version: 2,
  title: 'Buses take events of the organization alone',
  severity: 'high',
  why: 'A bus that is open to everybody takes forged alerts, and so many of them that the real ones are lost.',
  passes: 'The policy of each bus lets in named accounts, or this organization by aws:PrincipalOrgID, and nobody else.',
  fix: `aws events put-permission --event-bus-name {name} --statement-id <statement> --principal '*' --action events:PutEvents --condition Type=StringEquals,Key=aws:PrincipalOrgID,Value=<organization> --region {region}
aws events remove-permission --event-bus-name {name} --statement-id <statement> --region {region}`,
  references: [
    'Security Hub EventBridge.3',
    'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html',
  ],
};

type Buses = Answer<readonly { Name: string; Arn: string; Policy?: string | undefined }[]>;

/** A policy is put by a call: where nothing ever happened no bus has one. */
export const check = activeRegionCheck(about, facts, judge);

function* facts({ account, region }: RegionScope): Asking<Buses> {
  const answer = yield* ask(listEventBuses, { account: account.id, region });
  return answer.is === 'value' ? { ...answer, value: answer.value.EventBuses } : answer;
}

function judge(buses: Buses, { estate, account, region }: RegionScope): Judged[] {
  const place = { account: account.id, region };
  const organization = estate.organization.is === 'value' ? estate.organization.value.id : null;
  if (buses.is === 'unknown') return [unknownFrom(place, buses)];
  if (buses.is === 'absent') return [notApplicable(place, buses.message)];
  return buses.value.map(({ Name, Arn, Policy }) => {
    const spot = { ...place, resource: Arn };
    if (Policy === undefined || Policy === '') return pass(spot, `The bus ${Name} takes events of its account alone.`);
    const statements = statementsOf(Policy);
    if (statements === null) return unknown(spot, 'not readable', `The policy of the bus ${Name} cannot be read.`);
    const open = statements.find((statement) => isOpen(statement, organization));
    return open === undefined
      ? pass(spot, `The policy of the bus ${Name} lets in whom it names.`)
      : fail(spot, `The statement ${open.sid ?? 'without a name'} of the bus ${Name} lets in everybody.`);
  });
}

/** Keys that keep everybody else out, where an operator wants their value. */
const closing = /^aws:(?:principalorgid|principalorgpaths|principalaccount|sourceaccount|sourceorgid)$/;

/** Whether a value names accounts, or this organization where it is known: another's is everybody's, for anybody may found one. */
function isNamed(key: string, value: string, organization: string | null): boolean {
  if (!/org/.test(key)) return !value.includes('*');
  const [id = ''] = value.split('/');
  return !id.includes('*') && (organization === null || id === organization);
}

function isOpen({ effect, principals, notPrincipal, conditions }: Statement, organization: string | null): boolean {
  if (effect !== 'Allow') return false;
  const closed = conditions.some(
    ({ operator, key, values }) =>
      /^(?:ForAnyValue:)?String(?:Equals|Like|EqualsIgnoreCase)$/i.test(operator) &&
      closing.test(key) &&
      values.every((value) => isNamed(key, value, organization)),
  );
  // Everybody but somebody is everybody.
  return (notPrincipal || principals.includes('*')) && !closed;
}
