import type { Graph } from '../aws/detective.ts';
import { readInvestigation } from '../aws/detective.ts';
import { partitionNamed } from '../aws-names/arn.ts';
import { detectiveInvestigationsLink, detectivePageLink } from '../aws-names/console-links.ts';
import type { Parts } from '../parts.ts';
import type { Message } from '../slack/types.ts';
import type { InvestigationShown } from '../slack/views/investigate.ts';
import { shownIn } from '../slack/views/investigate.ts';

/** An investigation as Detective tells it now. @throws AwsTrouble */
export async function investigationNow(
  { aws }: Pick<Parts, 'aws'>,
  graph: Graph,
  id: string,
  user: string,
): Promise<InvestigationShown> {
  const { partition } = await aws.home();
  const { investigation, indicators } = await readInvestigation(aws, graph, id, { name: user });
  const where = { partition: partitionNamed(partition), region: graph.region };
  return {
    ...investigation,
    indicators: indicators.map(({ heading, sentence, page }) => ({
      heading,
      sentence,
      url: page === null ? null : detectivePageLink(where, page, investigation.scope).url,
    })),
    // The address of one investigation is documented nowhere: the list of them is sure to be there.
    console: detectiveInvestigationsLink(where).url,
    coverage: graphCoverage(graph),
  };
}

/** On what an answer of Detective rests. */
export const graphCoverage = ({ account, region }: Graph): string =>
  `Detective's graph of account ${account} in ${region}: what its member accounts did there, in no other region.`;

/** What the record says of an investigation that was shown. */
export const answered = ({ status, indicators, coverage }: InvestigationShown, message: Message) => ({
  status,
  found: indicators.length,
  shown: shownIn(message),
  coverage,
});
