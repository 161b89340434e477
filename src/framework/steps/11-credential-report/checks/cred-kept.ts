import type { Answer } from '../../../asks.ts';
import type { DigestRuns } from '../../../calls/digests.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, organizationSpot, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass } from '../../../verdict.ts';
import { runsOfDigest } from '../facts.ts';

const about: About = {
  id: 'cred-kept',
  version: 1,
  title: 'Credential reports of the year are kept, and prove that they are unchanged',
  severity: 'medium',
  why: 'What was reported in spring has to be shown in autumn, and that nobody has changed it since.',
  passes:
    'Every run of the last 52 weeks has its files, its manifest is in the audit log, whose chain is whole, and in the archive where one is set up.',
  fix: 'trailwatch audit-log verify # then look at digests.keepWeeks and digests.archive in trailwatch.yaml',
  references: [],
};

export const check = organizationCheck(about, runsOfDigest, judge);

function judge(answer: Answer<DigestRuns>, estate: Estate): Judged[] {
  const spot = organizationSpot(estate);
  if (answer.is === 'unknown') return [unknownFrom(spot, answer)];
  if (answer.is === 'absent' || answer.value.runs.length === 0)
    return [notApplicable(spot, 'No credential report was made yet, so there is none to keep.')];
  const { runs, auditLogFault } = answer.value;
  if (auditLogFault !== null) return [fail(spot, `The audit log does not verify: ${auditLogFault}`)];
  const bare = runs.filter(({ files, recorded }) => files === 0 || !recorded);
  const [first] = bare;
  if (first !== undefined)
    return [
      fail(
        spot,
        `Of ${runs.length} runs, ${bare.length} lack their files or their hash in the audit log, as run ${first.id}.`,
      ),
    ];
  const missing = runs.filter(({ notArchived }) => notArchived > 0).length;
  if (missing > 0) return [fail(spot, `Files of ${missing} of ${runs.length} runs are not in the archive.`)];
  return [
    pass(spot, `All ${runs.length} runs of the year have their files, and the audit log verifies.`, {
      proof: 'proven',
    }),
  ];
}
