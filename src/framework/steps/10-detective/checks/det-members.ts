import { isWord } from '../../../../words/text.ts';
import type { Answer, Asking } from '../../../asks.ts';
import type { GraphMember } from '../../../calls/detective.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { type GraphPlace, graphIn, membersOf } from '../facts.ts';

const about: About = {
  id: 'det-members',
  version: 1,
  title: 'Every account sends to the behavior graph',
  severity: 'medium',
  why: 'An account that is no member leaves no trace in the graph: an attack that passed through it has a hole there.',
  passes: 'Each active account is ENABLED in the graph of its region, the administrator by itself.',
  fix: `aws detective create-members --graph-arn {resource} --accounts AccountId={account},EmailAddress=<the account's address> --disable-email-notification --region {region}
aws detective start-monitoring-member --graph-arn {resource} --account-id {account} --region {region}  # one that is ACCEPTED_BUT_DISABLED; AWS Support raises the volume that a graph takes`,
  references: ['https://docs.aws.amazon.com/detective/latest/userguide/graph-master-add-member-accounts.html'],
};

interface Facts {
  graph: Answer<GraphPlace | null>;
  members: Answer<readonly GraphMember[]> | null;
}

export const check = regionCheck(about, members, judge);

function* members({ estate, region }: RegionScope): Asking<Facts> {
  const graph = yield* graphIn(estate, region);
  const found = graph.is === 'value' ? graph.value : null;
  return { graph, members: found === null ? null : yield* membersOf(found) };
}

/** What is no member that sends. Source: Detective API reference, MemberDetail. */
const off = ['INVITED', 'VERIFICATION_IN_PROGRESS', 'VERIFICATION_FAILED', 'ACCEPTED_BUT_DISABLED'];

function judge({ graph, members }: Facts, { account, region }: RegionScope): Judged[] {
  const spot = { account: account.id, region };
  if (graph.is === 'unknown') return [unknownFrom(spot, graph)];
  // A region without a graph is det-graph's.
  if (graph.is === 'absent' || graph.value === null || members === null) return [];
  const inGraph = { ...spot, resource: graph.value.arn };
  if (graph.value.account === account.id) return [pass(inGraph, 'It administers the graph, and is part of it.')];
  if (members.is === 'unknown') return [unknownFrom(inGraph, members)];
  const member = members.is === 'value' ? members.value.find(({ AccountId }) => AccountId === account.id) : undefined;
  if (member === undefined) return [fail(inGraph, 'It is no member of the graph.')];
  if (isWord(member.Status, 'ENABLED'))
    return [pass(inGraph, 'It sends to the graph.', { inheritedFrom: `behavior graph of ${graph.value.account}` })];
  if (!off.includes(member.Status.toUpperCase()))
    return [unknown(inGraph, 'not asked', `It is ${member.Status} in the graph, a word that is not known.`)];
  const reason = member.DisabledReason === undefined ? '' : ` (${member.DisabledReason})`;
  return [fail(inGraph, `It does not send to the graph: it is ${member.Status}${reason}.`)];
}
