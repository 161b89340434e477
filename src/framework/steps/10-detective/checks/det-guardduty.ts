import { isWord } from '../../../../words/text.ts';
import { type Answer, type Asking, ask, mapped } from '../../../asks.ts';
import { type Detector, getDetector } from '../../../calls/guardduty.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { centralIn } from '../../06-guardduty/facts.ts';
import { everyGraph, type GraphFacts, type GraphPlace, judgeGraphs } from '../facts.ts';

const about: About = {
  id: 'det-guardduty',
  version: 2,
  title: 'GuardDuty is on where Detective is',
  severity: 'low',
  why: 'Findings of GuardDuty are what an investigation starts from: without them the graph has no alarms in it.',
  passes: 'The administrator of GuardDuty has a detector that is on in each region with a graph.',
  fix: 'aws guardduty create-detector --enable --region {region}',
  references: ['https://docs.aws.amazon.com/detective/latest/userguide/detective-prerequisites.html'],
};

export const check = organizationCheck(about, everyGraph(detectors), judge);

type Facts = Answer<{ account: string; settings: Detector }>;

function* detectors({ region }: GraphPlace, estate: Estate): Asking<Facts> {
  const central = yield* centralIn(estate, region);
  if (central.is !== 'value') return central;
  const { account, detector } = central.value;
  const settings = yield* ask(getDetector, { account, region }, { DetectorId: detector });
  return mapped(settings, (value) => ({ account, settings: value }));
}

function judge(regions: readonly GraphFacts<Facts>[], estate: Estate): Judged[] {
  return judgeGraphs(regions, estate, (detector, spot) => {
    if (detector.is === 'unknown') return [unknownFrom(spot, detector)];
    if (detector.is === 'absent') return [fail(spot, detector.message, { cause: 'gd-admin' })];
    const { account, settings } = detector.value;
    return isWord(settings.Status, 'DISABLED')
      ? [fail(spot, `GuardDuty is suspended in its administrator ${account}.`)]
      : [pass(spot, `GuardDuty is on here, administered by ${account}.`)];
  });
}
