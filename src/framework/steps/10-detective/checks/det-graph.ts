import { type Answer, type Asking, all, ask, mapped } from '../../../asks.ts';
import { listGraphs } from '../../../calls/detective.ts';
import { type About, organizationCheck } from '../../../check.ts';
import {
  activeAccounts,
  administratorOf,
  type Estate,
  organizationSpot,
  regionsOf,
  unknownFrom,
} from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { type GraphPlace, graphIn } from '../facts.ts';

const about: About = {
  id: 'det-graph',
  version: 1,
  title: 'Detective has a behavior graph in every region',
  severity: 'medium',
  why: 'Where there is no graph, nobody can look a year back when something is found.',
  passes:
    'The administrator of Detective has a graph in each region that is on and where Detective is offered; not applicable where framework.detective is none.',
  fix: 'aws detective enable-organization-admin-account --account-id <security account> --region {region}  # in the management account\naws detective create-graph --region {region}  # in the security account',
  references: ['https://docs.aws.amazon.com/detective/latest/userguide/accounts-orgs-transition.html'],
};

interface Facts {
  graphs: readonly { region: string; graph: Answer<GraphPlace | null> }[];
  /** Accounts that have a graph of their own in the bot's region, asked where the administrator has none at all. */
  strangers: readonly string[];
}

export const check = organizationCheck(about, graphs, judge);

function* graphs(estate: Estate): Asking<Facts> {
  const regions = regionsOf(estate);
  const found = yield* all(regions.map((region) => graphIn(estate, region)));
  const graphs = found.map((graph, at) => ({ region: regions[at] ?? '', graph }));
  if (found.some((graph) => graph.is !== 'value' || graph.value !== null)) return { graphs, strangers: [] };
  const others = activeAccounts(estate);
  const own = yield* all(others.map(({ id }) => ask(listGraphs, { account: id, region: estate.home.region })));
  const strangers = others.flatMap(({ id }, at) => {
    const answer = own[at];
    return answer?.is === 'value' && answer.value.GraphList.length > 0 ? [id] : [];
  });
  return { graphs, strangers };
}

function judge({ graphs, strangers }: Facts, estate: Estate): Judged[] {
  const administrator = mapped(administratorOf(estate, 'detective.amazonaws.com'), (account) => account);
  const account = administrator.is === 'value' ? administrator.value : organizationSpot(estate).account;
  const answered = graphs.some(({ graph }) => graph.is === 'value');
  const some = graphs.some(({ graph }) => graph.is === 'value' && graph.value !== null);
  if (estate.settings.detective === 'none' && answered && !some)
    return [
      notApplicable({ account, region: 'global' }, 'The company does not use Detective: framework.detective is none.'),
    ];
  return graphs.map(({ region, graph }) => {
    const spot = { account, region };
    if (graph.is === 'unknown') return unknownFrom(spot, graph);
    // A host that does not exist while others answer: Detective is not offered there.
    if (graph.is === 'absent')
      return answered
        ? notApplicable(spot, 'Detective is not offered in this region.')
        : unknown(spot, 'not asked', graph.message);
    if (graph.value !== null)
      return pass({ ...spot, resource: graph.value.arn }, 'There is a behavior graph, and it answers.', {
        proof: 'proven',
      });
    return fail(
      spot,
      strangers.length === 0
        ? 'There is no behavior graph.'
        : `There is no central behavior graph; ${strangers.slice(0, 5).join(', ')} ${strangers.length === 1 ? 'has one of its own' : 'have their own'}.`,
    );
  });
}
