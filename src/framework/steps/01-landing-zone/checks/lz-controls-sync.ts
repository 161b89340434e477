import { isWord } from '../../../../words/text.ts';
import { type Answer, type Asking, ask } from '../../../asks.ts';
import { type EnabledControl, listEnabledControls } from '../../../calls/control-tower.ts';
import type { About } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { type FoundZone, zoneFacts, zoneSpot } from '../landing-zone.ts';

const about: About = {
  id: 'lz-controls-sync',
  version: 2,
  title: 'Every control holds where it was turned on',
  severity: 'high',
  why: 'A control that failed or drifted guards nothing, and its name still stands in the list.',
  passes: 'Each enabled control succeeded and is in sync, or is one that Control Tower does not check for drift.',
  fix: 'aws controltower reset-enabled-control --enabled-control-identifier {resource} --region {region}',
  references: ['https://docs.aws.amazon.com/controltower/latest/userguide/resolve-drift.html'],
};

export const check = zoneFacts(about, controls, judge);

function* controls({ place }: FoundZone): Asking<Answer<{ enabledControls: readonly EnabledControl[] }>> {
  return yield* ask(listEnabledControls, place, { includeChildren: true });
}

function judge(answer: Answer<{ enabledControls: readonly EnabledControl[] }>, found: FoundZone): Judged[] {
  const spot = zoneSpot(found);
  if (answer.is === 'unknown') return [unknownFrom(spot, answer)];
  if (answer.is === 'absent' || answer.value.enabledControls.length === 0)
    return [notApplicable(spot, 'No control is enabled.')];
  return answer.value.enabledControls.map((control) => judgeControl(control, found));
}

function judgeControl({ arn, controlIdentifier, targetIdentifier, ...rest }: EnabledControl, found: FoundZone): Judged {
  const spot = { ...zoneSpot(found), resource: arn };
  const status = rest.statusSummary?.status ?? 'unknown';
  const { driftStatus: drift = 'UNKNOWN', types } = rest.driftStatusSummary ?? {};
  const kinds = [drift, types?.inheritance?.status, types?.resource?.status];
  const name = `The control ${controlIdentifier?.split('/').at(-1) ?? arn} on ${targetIdentifier?.split('/').at(-1) ?? 'its target'}`;
  if (/^under_change$/i.test(status)) return unknown(spot, 'pending', `${name} is being changed.`);
  if (/^failed$/i.test(status)) return fail(spot, `${name} failed.`);
  if (kinds.some((kind) => isWord(kind, 'DRIFTED'))) return fail(spot, `${name} drifted.`);
  if (!/^succeeded$/i.test(status))
    return unknown(spot, 'not asked', `${name} has a state that is not known here: ${status}.`);
  if (/^(?:in_sync|not_checking)$/i.test(drift)) return pass(spot, `${name} holds.`);
  return unknown(spot, 'not asked', `Whether it drifted is not known. ${name}: ${drift}.`);
}
