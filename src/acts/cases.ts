import type { Transaction } from 'kysely';
import { maskText } from '../alerts/mask.ts';
import type { Parts } from '../parts.ts';
import { toldIn } from '../questions/told.ts';
import type { Person } from '../slack/access.ts';
import { consequence } from '../slack/views/alert-words.ts';
import { recordOf } from '../store/audit-log.ts';
import { addEntry, closeCase, isIn, lockCase, openCase, type StoredCase, type StoredEntry } from '../store/cases.ts';
import { incidentById } from '../store/incidents.ts';
import { questionById } from '../store/questions.ts';
import type { Tables } from '../store/tables.ts';
import { Refused } from './act.ts';
import { mayOpen } from './alerts.ts';
import { noIncident } from './incidents.ts';
import { mustHave } from './rights.ts';

/** A case is what an investigation gathers under a name: answers as they stood, alerts, incidents, notes. */

export const noCase = (id: number): string => `There is no case ${id}: type /audit case for the list.`;

export const longestCaseName = 150;

/** Opens a case. Returns its number. @throws Refused */
export async function beginCase(parts: Parts, person: Person, name: string): Promise<number> {
  await mustHave(parts, 'investigate', person, 'a new case');
  const now = parts.now();
  return parts.database.transaction(async (trx) => {
    const kept = maskText(name).slice(0, longestCaseName);
    const id = await openCase(trx, { team: person.team, name: kept, by: person.user, now });
    await recordOf(person, now)(trx, 'open-case', `case ${id}`, { name: kept });
    return id;
  });
}

type Added = Pick<StoredEntry, 'kind' | 'text' | 'ref' | 'answer'>;

/** Puts something into a case, on the record. @throws Refused where there is no such case, or it is closed */
async function add(parts: Parts, person: Person, id: number, entries: readonly Added[]): Promise<void> {
  const now = parts.now();
  await inCase(parts, id, async (trx, found) => {
    if (found.closed_at !== null) throw new Refused(`Case ${id} is closed: /audit case ${id} open opens it again.`);
    for (const entry of entries) {
      const { kind, ref } = entry;
      if ((kind === 'alert' || kind === 'incident') && (await isIn(trx, id, { kind, ref })))
        throw new Refused(`${kind === 'alert' ? `Alert #${ref}` : `Incident ${ref}`} is in case ${id} already.`);
      await addEntry(trx, { ...entry, caseId: id, by: person.user, now });
      await recordOf(person, now)(trx, 'add-to-case', `case ${id}`, {
        what: entry.ref === null ? entry.kind : `${entry.kind === 'answer' ? 'question' : entry.kind} ${entry.ref}`,
        ...(entry.kind === 'answer' || entry.kind === 'note' ? { text: entry.text.slice(0, 1000) } : {}),
      });
    }
  });
}

const inCase = <Result>(
  parts: Parts,
  id: number,
  act: (trx: Transaction<Tables>, found: StoredCase) => Promise<Result>,
): Promise<Result> =>
  parts.database.transaction(async (trx) => {
    const found = await lockCase(trx, id);
    if (found === undefined) throw new Refused(noCase(id));
    return act(trx, found);
  });

/**
 * Puts an answer into a case as it stands now; with all that was found it is kept as long as the case.
 * @throws Refused where it is not through, or not kept any more
 */
export async function addAnswer(
  parts: Parts,
  person: Person,
  id: number,
  { question, note }: { question: number; note?: string | undefined },
): Promise<void> {
  await mustHave(parts, 'investigate', person, `case ${id}`);
  const stored = await questionById(parts.database.db, question);
  const answer = stored === undefined ? undefined : toldIn(stored);
  if (answer === undefined)
    throw new Refused(
      stored?.state === 'searching' || stored?.state === 'asking'
        ? 'This answer is not through yet: add it when it is.'
        : 'This answer is not kept any more: ask again.',
    );
  await add(parts, person, id, [
    { kind: 'answer', text: answer.line, ref: question, answer },
    ...(note === undefined ? [] : [noted(note)]),
  ]);
}

const noted = (text: string): Added => ({ kind: 'note', text: maskText(text), ref: null, answer: null });

/** Puts a note into a case. @throws Refused */
export async function addNote(parts: Parts, person: Person, id: number, text: string): Promise<void> {
  await mustHave(parts, 'investigate', person, `case ${id}`);
  await add(parts, person, id, [noted(text)]);
}

/** Puts an alert into a case that the person may see. @throws Refused */
export async function addAlert(parts: Parts, person: Person, id: number, alert: number): Promise<void> {
  await mustHave(parts, 'investigate', person, `case ${id}`);
  const { signal } = await mayOpen(parts, person, alert);
  await add(parts, person, id, [{ kind: 'alert', text: consequence(signal), ref: alert, answer: null }]);
}

/** Puts an incident into a case, with the alerts that it has whenever the case is read. @throws Refused */
export async function addIncident(parts: Parts, person: Person, id: number, incident: number): Promise<void> {
  await mustHave(parts, 'investigate', person, `case ${id}`);
  const found = await incidentById(parts.database.db, incident);
  if (found === undefined || found.count === 0) throw new Refused(noIncident(incident, found));
  await add(parts, person, id, [{ kind: 'incident', text: `incident ${incident}`, ref: incident, answer: null }]);
}

/** Closes a case, or opens it again. @throws Refused where it is so already */
export async function setCase(parts: Parts, person: Person, id: number, to: 'closed' | 'open'): Promise<void> {
  await mustHave(parts, 'investigate', person, `case ${id}`);
  const now = parts.now();
  await inCase(parts, id, async (trx, { closed_at }) => {
    if ((closed_at !== null) === (to === 'closed')) throw new Refused(`Case ${id} is ${to} already.`);
    await closeCase(trx, id, to === 'closed' ? now : null);
    await recordOf(person, now)(trx, to === 'closed' ? 'close-case' : 'open-case', `case ${id}`, {});
  });
}
