import { isWord } from '../../../../words/text.ts';
import { hourMs } from '../../../../words/time.ts';
import { type Answer, type Asking, ask, mapped } from '../../../asks.ts';
import { type GraphMember, listDatasourcePackages } from '../../../calls/detective.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, type Spot, unknown } from '../../../verdict.ts';
import { everyGraph, type GraphFacts, type GraphPlace, judgeGraphs, membersOf } from '../facts.ts';

const about: About = {
  id: 'det-sources',
  version: 1,
  title: 'The graph takes in CloudTrail, flow logs and GuardDuty findings, and goes on doing so',
  severity: 'medium',
  why: 'A graph that nothing flows into any more looks the same as one of a quiet week.',
  passes:
    'DETECTIVE_CORE is STARTED. Proven where its volume of a member is more than nothing and was counted within 48 hours.',
  fix: 'aws detective update-datasource-packages --graph-arn {resource} --datasource-packages DETECTIVE_CORE --region {region}',
  references: ['https://docs.aws.amazon.com/detective/latest/userguide/source-data-types-core.html'],
  provenForMs: 48 * hourMs,
};

const countedWithinMs = 48 * hourMs;
const core = 'DETECTIVE_CORE';

interface Facts {
  state: Answer<string>;
  members: Answer<readonly GraphMember[]>;
}

export const check = organizationCheck(about, everyGraph(sources), judge);

function* sources(graph: GraphPlace): Asking<Facts> {
  const { arn, ...place } = graph;
  const packages = yield* ask(listDatasourcePackages, place, { GraphArn: arn });
  return {
    state: mapped(
      packages,
      ({ DatasourcePackages }) => DatasourcePackages[core]?.DatasourcePackageIngestState ?? 'absent',
    ),
    members: yield* membersOf(graph),
  };
}

function judge(regions: readonly GraphFacts<Facts>[], estate: Estate): Judged[] {
  return judgeGraphs(regions, estate, ({ state, members }, spot) => {
    if (state.is === 'unknown') return [unknownFrom(spot, state)];
    const word = state.is === 'value' ? state.value : 'absent';
    if (['STOPPED', 'DISABLED', 'ABSENT'].includes(word.toUpperCase()))
      return [fail(spot, `The source ${core} is ${word}: nothing flows into the graph.`)];
    if (!isWord(word, 'STARTED'))
      return [unknown(spot, 'not asked', `The source ${core} is ${word}, a word that is not known.`)];
    return [judgeVolume(members.is === 'value' ? members.value : [], spot, estate)];
  });
}

function judgeVolume(members: readonly GraphMember[], spot: Spot, { now }: Estate): Judged {
  const volumes = members.flatMap(({ VolumeUsageByDatasourcePackage: volumes }) => volumes?.[core] ?? []);
  const counted = volumes
    .flatMap(({ VolumeUsageUpdateTime: at }) => at ?? [])
    .toSorted((a, b) => b.getTime() - a.getTime());
  const bytes = volumes.reduce((sum, { VolumeUsageInBytes = 0 }) => sum + VolumeUsageInBytes, 0);
  const [newest] = counted;
  if (newest === undefined) return pass(spot, `The source ${core} is started; no member's volume is counted yet.`);
  const said = `${bytes} bytes of ${volumes.length} members, counted last ${newest.toISOString()}`;
  if (now.getTime() - newest.getTime() > countedWithinMs)
    return fail(spot, `The source ${core} is started, but nothing was counted for 48 hours: ${said}.`, {
      proof: 'stale',
    });
  return bytes > 0
    ? pass(spot, `The source ${core} is started: ${said}.`, { proof: 'proven' })
    : fail(spot, `The source ${core} is started, but nothing flows: ${said}.`, { proof: 'proven' });
}
