import type { Parts } from '../parts.ts';
import type { AccessVerdict, Person, Right } from '../slack/access.ts';
import { notAllowed, notForGuests } from '../slack/views/refusals.ts';
import { recordOf } from '../store/audit-log.ts';
import { Refused } from './act.ts';

/**
 * Checks a right; a refusal is on the record too. `subject` is what the act is about: "alert 1042".
 * @throws Refused
 */
export async function mustHave(parts: Parts, right: Right, person: Person, subject: string): Promise<void> {
  const verdict = await parts.access.check(right, person, parts.team);
  if (verdict.allowed) return;
  await parts.database.transaction((trx) =>
    recordOf(person, parts.now())(trx, 'refused', subject, { right, reason: verdict.reason }),
  );
  throw new Refused(whyNot(right, verdict));
}

/** One sentence for whoever was refused. */
export function whyNot(right: Right, { reason, holders }: Extract<AccessVerdict, { allowed: false }>): string {
  switch (reason) {
    case 'guest':
      return notForGuests(holders);
    case 'stranger':
      return 'People of other workspaces cannot do this.';
    case 'deactivated':
      return 'This account is deactivated.';
    case 'unknown':
      return 'Slack did not say just now whether you may do this: try again in a moment.';
    case 'not-listed':
      return notAllowed(right, holders);
  }
}
