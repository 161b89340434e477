import { type Answer, type Asking, all, ask, mapped, type Place } from '../../asks.ts';
import { type GraphMember, listGraphMembers, listGraphs } from '../../calls/detective.ts';
import { administratorOf, type Estate, organizationSpot, regionsOf, unknownFrom } from '../../estate.ts';
import type { Judged, Spot } from '../../verdict.ts';

/** A behavior graph and where it is administered. */
export interface GraphPlace extends Place {
  arn: string;
}

/** The graph of a region in the account that administers Detective; null: there is none. */
export function* graphIn(estate: Estate, region: string): Asking<Answer<GraphPlace | null>> {
  const administrator = administratorOf(estate, 'detective.amazonaws.com');
  if (administrator.is !== 'value') return administrator;
  const place = { account: administrator.value, region };
  return mapped(yield* ask(listGraphs, place), ({ GraphList: [first] }) =>
    first === undefined ? null : { ...place, arn: first.Arn },
  );
}

/** What is known of a region: its graph, and what was asked of it; facts null: there is no graph to ask. */
export interface GraphFacts<Facts> {
  region: string;
  graph: Answer<GraphPlace | null>;
  facts: Facts | null;
}

/** Asks the graph of every region. */
export const everyGraph =
  <Facts>(askOf: (graph: GraphPlace, estate: Estate) => Asking<Facts>) =>
  (estate: Estate): Asking<GraphFacts<Facts>[]> =>
    all(regionsOf(estate).map((region) => oneGraph(estate, region, askOf)));

function* oneGraph<Facts>(
  estate: Estate,
  region: string,
  askOf: (graph: GraphPlace, estate: Estate) => Asking<Facts>,
): Asking<GraphFacts<Facts>> {
  const graph = yield* graphIn(estate, region);
  const found = graph.is === 'value' ? graph.value : null;
  return { region, graph, facts: found === null ? null : yield* askOf(found, estate) };
}

/** Judges the graphs that there are; a region without one is det-graph's, and says nothing here. */
export const judgeGraphs = <Facts>(
  regions: readonly GraphFacts<Facts>[],
  estate: Estate,
  judge: (facts: Facts, spot: Spot, graph: GraphPlace) => Judged[],
): Judged[] =>
  regions.flatMap(({ region, graph, facts }) => {
    if (graph.is === 'unknown') return [unknownFrom({ account: organizationSpot(estate).account, region }, graph)];
    if (graph.is === 'absent' || graph.value === null || facts === null) return [];
    return judge(facts, { account: graph.value.account, region, resource: graph.value.arn }, graph.value);
  });

/** The members of a graph, the administrator left out. */
export function* membersOf({ arn, ...place }: GraphPlace): Asking<Answer<readonly GraphMember[]>> {
  return mapped(yield* ask(listGraphMembers, place, { GraphArn: arn }), ({ MemberDetails }) => MemberDetails);
}
