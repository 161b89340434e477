import type { Migration } from '../migrate.ts';
import { auditLogTable } from './001-audit-log.ts';
import { alertTables } from './002-alerts.ts';
import { digestTables } from './004-digests.ts';
import { questionTables } from './005-questions.ts';
import { unmatchedEnds } from './006-unmatched-ends.ts';
import { noOwner } from './007-no-owner.ts';
import { inboxTables } from './008-inbox.ts';
import { wanted } from './009-wanted.ts';
import { snsCertificates } from './010-sns-certificates.ts';
import { receivedEvents } from './011-received-events.ts';
import { ladder } from './012-ladder.ts';
import { held } from './013-held.ts';
import { triageAgain } from './014-triage-again.ts';
import { digestCare } from './015-digest-care.ts';
import { auditProof } from './016-audit-proof.ts';
import { calls } from './017-calls.ts';
import { reach } from './018-reach.ts';
import { second } from './019-second.ts';
import { incidents } from './020-incidents.ts';
import { heardHours } from './021-heard.ts';
import { plannedSilences } from './022-planned-silences.ts';
import { actorQuestions } from './023-actor-questions.ts';
import { calendarFeeds } from './024-calendar-feeds.ts';
import { ends } from './025-ends.ts';
import { anchorStamps } from './026-anchor-stamps.ts';
import { mergedIncidents } from './027-merged-incidents.ts';
import { rotas } from './028-rotas.ts';
import { digestTaskDue } from './029-digest-task-due.ts';
import { resolutions } from './030-resolutions.ts';
import { watches } from './031-watches.ts';
import { outboxKinds } from './033-outbox-kinds.ts';
import { cases } from './034-cases.ts';
import { recent } from './035-recent.ts';

/** In the order in which they run. A migration that was released is never changed: add the next one. */
export const migrations: readonly Migration[] = [
  auditLogTable,
  alertTables,
  digestTables,
  questionTables,
  unmatchedEnds,
  noOwner,
  inboxTables,
  wanted,
  snsCertificates,
  receivedEvents,
  ladder,
  held,
  triageAgain,
  digestCare,
  auditProof,
  calls,
  reach,
  second,
  incidents,
  heardHours,
  plannedSilences,
  actorQuestions,
  calendarFeeds,
  ends,
  anchorStamps,
  mergedIncidents,
  rotas,
  digestTaskDue,
  resolutions,
  watches,
  outboxKinds,
  cases,
  recent,
];
