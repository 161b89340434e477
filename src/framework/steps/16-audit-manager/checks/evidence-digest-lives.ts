import { dayMs } from '../../../../words/time.ts';
import { type Answer, ask } from '../../../asks.ts';
import { lastEvidenceRun } from '../../../calls/store.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, organizationSpot, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';

const about: About = {
  id: 'evidence-digest-lives',
  version: 1,
  title: 'The evidence digest comes, is signed off, and its files are whole',
  severity: 'medium',
  why: 'Evidence that is collected and never looked at convinces nobody.',
  passes:
    'The last run of the evidence digest is complete, at most 8 days old, signed off, and its files are as the manifest says.',
  fix: 'Run `/audit evidence now`, read it, and sign it off with its button.',
  references: ['docs/digests.md'],
};

const daysAllowed = 8;

type Facts = Answer<{ run: { at: string; complete: boolean; signedOff: boolean; filesVerify: boolean } | null }>;

export const check = organizationCheck(about, (estate) => ask(lastEvidenceRun, estate.home), judge);

function judge(answer: Facts, estate: Estate): Judged[] {
  const spot = organizationSpot(estate);
  if (answer.is === 'unknown') return [unknownFrom(spot, answer)];
  const run = answer.is === 'value' ? answer.value.run : null;
  if (run === null) return [fail(spot, 'The evidence digest never ran.')];
  const of = `The run of ${run.at.slice(0, 10)}`;
  if (estate.now.getTime() - Date.parse(run.at) > daysAllowed * dayMs)
    return [fail(spot, `${of} is the last one.`, { proof: 'stale' })];
  if (!run.complete) return [fail(spot, `${of} is not complete.`)];
  if (!run.filesVerify)
    return [fail(spot, `${of} has files that are not as its manifest says.`, { proof: 'proven', severity: 'high' })];
  if (!run.signedOff) return [fail(spot, `${of} is signed off by nobody.`)];
  return [pass(spot, `${of} is complete and signed off, and its files are whole.`, { proof: 'proven' })];
}
