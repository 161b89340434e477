import type { Migration } from '../migrate.ts';
import { auditLog } from './001-audit-log.ts';
import { alerts } from './002-alerts.ts';
import { digests } from './004-digests.ts';
import { questions } from './005-questions.ts';
import { unmatchedEnds } from './006-unmatched-ends.ts';
import { noOwner } from './007-no-owner.ts';

/** In the order in which they run. A migration that was released is never changed: add the next one. */
export const migrations: readonly Migration[] = [auditLog, alerts, digests, questions, unmatchedEnds, noOwner];
