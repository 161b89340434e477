import type { Answer, Asking } from '../../../asks.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { centralIn, type DetectorPlace } from '../../06-guardduty/facts.ts';
import { everyGraph, type GraphFacts, type GraphPlace, judgeGraphs } from '../facts.ts';

const about: About = {
  id: 'det-guardduty',
  version: 1,
  title: 'GuardDuty is on where Detective is',
  severity: 'low',
  why: 'Findings of GuardDuty are what an investigation starts from: without them the graph has no alarms in it.',
  passes: 'The administrator of GuardDuty has a detector in each region with a graph.',
  fix: 'aws guardduty create-detector --enable --region {region}',
  references: ['https://docs.aws.amazon.com/detective/latest/userguide/detective-prerequisites.html'],
};

export const check = organizationCheck(about, everyGraph(detectors), judge);

function* detectors({ region }: GraphPlace, estate: Estate): Asking<Answer<DetectorPlace>> {
  return yield* centralIn(estate, region);
}

function judge(regions: readonly GraphFacts<Answer<DetectorPlace>>[], estate: Estate): Judged[] {
  return judgeGraphs(regions, estate, (detector, spot) => {
    if (detector.is === 'unknown') return [unknownFrom(spot, detector)];
    if (detector.is === 'absent') return [fail(spot, detector.message, { cause: 'gd-admin' })];
    return [pass(spot, `GuardDuty is on here, administered by ${detector.value.account}.`)];
  });
}
