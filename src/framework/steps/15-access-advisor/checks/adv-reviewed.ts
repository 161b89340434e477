import { type Answer, type Asking, ask } from '../../../asks.ts';
import { accessReviewed } from '../../../calls/access-advisor.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, organizationSpot, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { unusedMs } from '../facts.ts';

const about: About = {
  id: 'adv-reviewed',
  version: 1,
  title: 'Somebody looks at what is unused',
  severity: 'low',
  why: 'A list that nobody opens takes no permission away.',
  passes: 'Within 90 days somebody asked /audit access, which is on the record.',
  fix: '# ask in Slack, and look at what comes: /audit access ROLE',
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#remove-credentials'],
};

export const check = organizationCheck(about, facts, judge);

function* facts({ home, now }: Estate): Asking<Answer<{ at: Date | null; by: string | null }>> {
  return yield* ask(accessReviewed, home, { since: new Date(now.getTime() - unusedMs) });
}

function judge(reviewed: Answer<{ at: Date | null; by: string | null }>, estate: Estate): Judged[] {
  const spot = organizationSpot(estate);
  if (reviewed.is === 'unknown') return [unknownFrom(spot, reviewed)];
  if (reviewed.is === 'absent' || reviewed.value.at === null)
    return [fail(spot, 'Nobody asked what is unused in the last 90 days.', { proof: 'proven' })];
  const { at, by } = reviewed.value;
  return [pass(spot, `${by ?? 'Somebody'} looked at it at ${at.toISOString()}.`, { proof: 'proven' })];
}
