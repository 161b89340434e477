import type { Transaction } from 'kysely';
import { z } from 'zod';
import type { DigestNews } from '../alerts/notices.ts';
import { type DigestItem, DigestResult, dueOf } from '../framework/digest-result.ts';
import { digests } from '../jobs/digests/index.ts';
import { shownEdition } from '../jobs/digests/post.ts';
import { taskNews } from '../jobs/digests/schedule.ts';
import type { Parts } from '../parts.ts';
import { signOffFile } from '../reports/sign-off.ts';
import type { Person } from '../slack/access.ts';
import { slackDate } from '../slack/dates.ts';
import { fallback, md, userMention } from '../slack/escape.ts';
import { nameOf } from '../slack/people.ts';
import type { AssignForm, ReviewForm } from '../slack/views/digest-forms.ts';
import type { ItemPlace } from '../slack/views/digest-ids.ts';
import { recordOf } from '../store/audit-log.ts';
import { putOut } from '../store/deliveries.ts';
import { addFile } from '../store/digests/files.ts';
import { askException, decideException, endTask, exceptionById, giveTask, taskById } from '../store/digests/people.ts';
import { placesOf } from '../store/digests/places.ts';
import { type DigestRun, redrawRun, reviewRun, runById } from '../store/digests/runs.ts';
import { snapshotOf } from '../store/digests/snapshots.ts';
import { decideUsers, decisionsOf, type UserDecision } from '../store/digests/users.ts';
import { sha256Of } from '../store/packed.ts';
import type { Tables } from '../store/tables.ts';
import { Refused } from './act.ts';
import { attachReview } from './assessment-reports.ts';
import { mustHave } from './rights.ts';

/** What people decide about a digest: it is signed off, a finding is given to somebody, a risk is accepted. */

export const digestTooOld = 'This digest is not kept any more: type /audit report history for those that are.';

/** A finding that was on screen, for whoever may ask about it. @throws Refused when the list has changed since */
export async function findingAt(
  parts: Parts,
  person: Person,
  { run: id, edition, place }: ItemPlace,
): Promise<{ run: DigestRun; item: DigestItem }> {
  await mustHave(parts, 'investigate', person, `digest run ${id}`);
  const run = await runById(parts.database.db, id);
  const item = DigestResult.safeParse(run?.result).data?.items[place];
  if (run === undefined || item === undefined) throw new Refused(digestTooOld);
  if (shownEdition(run) !== edition)
    throw new Refused(
      'Accounts were asked again, so the list has changed since this was drawn: look at the message again.',
    );
  return { run, item };
}

/** What a result does not rest on, in sentences: accounts without an answer, and what could not be read in the others. */
export const gapsOf = ({ coverage }: DigestResult): string[] => [
  ...(coverage.trouble === null ? [] : [coverage.trouble]),
  ...coverage.missing.map(({ account, name, reason }) => `${name ?? account}: ${reason}`),
  ...coverage.gaps,
];

/**
 * The edition of a run that somebody may sign off: not who asked for it, and not once it is signed.
 * @throws Refused
 */
export async function reviewable(
  parts: Parts,
  person: Person,
  { id, edition }: { id: number; edition: number },
): Promise<{ run: DigestRun; result: DigestResult }> {
  await mustHave(parts, 'audit', person, `digest run ${id}`);
  const run = await runById(parts.database.db, id);
  const result = DigestResult.safeParse(run?.result);
  if (run === undefined || !result.success) throw new Refused(digestTooOld);
  if (run.reviewed_by !== null && run.reviewed_at !== null)
    throw new Refused(
      fallback(md`This was already reviewed by ${userMention(run.reviewed_by)}, ${slackDate(run.reviewed_at)}.`),
    );
  if (run.manifest_sha256 === null || run.edition !== edition)
    throw new Refused('The files have changed since this message was drawn: look at it again, then press Sign off.');
  if (run.asked_by === person.user)
    throw new Refused('You asked for this run yourself: another person has to sign it off.');
  return { run, result: result.data };
}

/** Signs an edition of a run off, once; the certificate goes into its thread and the archive. @throws Refused */
export async function review(
  parts: Parts,
  person: Person,
  of: { id: number; edition: number },
  { outcome, comment, gapsSeen }: ReviewForm,
): Promise<void> {
  const { result } = await reviewable(parts, person, of);
  const gaps = gapsOf(result);
  if (gaps.length > 0 && outcome !== 'refused' && !gapsSeen)
    throw new Refused('Say in the form that you know what was not looked at: the sign-off stands for that too.');
  const now = parts.now();
  const names = new Map<string, string>();
  const named = async (id: string) => {
    const name = names.get(id) ?? (await nameOf(parts.slack, id));
    names.set(id, name);
    return { id, name };
  };
  const reviewer = await named(person.user);
  const before = await runById(parts.database.db, of.id);
  const askedBy = before?.asked_by == null ? null : await named(before.asked_by);
  const signed = await parts.database.transaction(async (trx) => {
    const run = await reviewRun(trx, of, { by: person.user, outcome, comment, now });
    if (run === undefined || run.manifest_sha256 === null) return undefined;
    const digest = digests.find(({ name }) => name === run.digest);
    const bytes = signOffFile({
      format: 'trailwatch-sign-off-1',
      digest: digest?.command ?? run.digest,
      run: run.id,
      edition: run.edition,
      manifestSha256: run.manifest_sha256,
      outcome,
      comment,
      reviewer,
      at: now.toISOString(),
      askedBy,
      gaps,
      users: (await decisionsOf(trx, run.id)).map(({ principal, decision, comment, by, at }) => ({
        ...{ principal, decision, comment, by },
        at: at.toISOString(),
      })),
    });
    const name = `${digest?.command ?? run.digest}-${run.id}-sign-off.json`;
    await addFile(trx, run.id, { name, title: 'Sign-off certificate', bytes });
    await recordOf(person, now)(trx, 'digest-review', `digest run ${run.id}`, {
      manifestSha256: run.manifest_sha256,
      outcome,
      comment,
      gaps: gaps.length,
      certificateSha256: sha256Of(bytes),
    });
    return run;
  });
  if (signed === undefined) {
    await reviewable(parts, person, of);
    throw new Refused('The files have changed since this form was opened: look at the message again.');
  }
  if (outcome !== 'refused') await attachReview(parts, signed, person.user);
  await redraw(parts, signed);
}

/** What a run's snapshot of an account knows of its principals. */
const Principals = z.object({ principals: z.array(z.string()) });

/**
 * Decides about one user of a run, by ARN, or about the `rest` that nobody has decided about. Returns how many. @throws Refused
 */
export async function decideUser(
  parts: Parts,
  person: Person,
  id: number,
  who: string,
  { decision, comment }: Pick<UserDecision, 'decision' | 'comment'>,
): Promise<number> {
  const subject = `digest run ${id}`;
  await mustHave(parts, 'audit', person, subject);
  const { db } = parts.database;
  const run = await runById(db, id);
  if (run === undefined || run.digest !== 'credentialReport')
    throw new Refused(`Run ${id} is no credential report: /audit report history shows those that are kept.`);
  if (run.reviewed_at !== null) throw new Refused('This run was signed off: what was decided about its users stays.');
  const decided = new Set((await decisionsOf(db, id)).map(({ principal }) => principal));
  const wanted: string[] = [];
  for (const { account } of await placesOf(db, id, 'answered')) {
    if (who !== 'rest' && !who.includes(`::${account}:`)) continue;
    const known = Principals.safeParse((await snapshotOf(db, id, account))?.content).data?.principals ?? [];
    wanted.push(...known.filter((principal) => (who === 'rest' ? !decided.has(principal) : principal === who)));
  }
  if (wanted.length === 0)
    throw new Refused(
      who === 'rest'
        ? 'Every user of this run is decided about.'
        : md`Run ${id} has no user ${who.slice(0, 200)}: users.csv lists them by their ARN.`.toString(),
    );
  const now = parts.now();
  await parts.database.transaction(async (trx) => {
    await decideUsers(trx, id, wanted, { decision, comment, by: person.user, at: now });
    await recordOf(person, now)(trx, 'digest-user-review', subject, {
      who,
      users: wanted.length,
      decision,
      comment,
    });
  });
  return wanted.length;
}

/** Gives a finding to somebody, who hears of it; without `due` until when is usual for its severity. @throws Refused */
export async function assignFinding(
  parts: Parts,
  person: Person,
  at: ItemPlace,
  { to, note, ticket, due }: AssignForm,
): Promise<void> {
  const { run, item } = await findingAt(parts, person, at);
  const now = parts.now();
  const until = due ?? dueOf(item, now);
  await parts.database.transaction(async (trx) => {
    const task = await giveTask(trx, {
      digest: run.digest,
      finding: item.key,
      title: titleOf(item),
      assignee: to,
      askedBy: person.user,
      note: note ?? null,
      due: until,
      ticket: ticket ?? null,
      channel: run.channel,
      now,
    });
    await recordOf(person, now)(trx, 'digest-assign', `digest task ${task.id}`, {
      finding: item.key,
      to,
      due: until.toISOString(),
      ticket,
      before: task.before,
    });
    const given = await taskById(trx, task.id);
    if (given !== undefined)
      await say(
        trx,
        now,
        `digest-task-${task.id}-to-${to}-${now.getTime()}`,
        to,
        taskNews({ ...given, chased: 0 }, now),
      );
  });
  parts.wakes.deliver(to);
  await redraw(parts, run);
}

/** Ends a task: its assignee may, and whoever may investigate. @throws Refused */
export async function finishTask(parts: Parts, person: Person, id: number): Promise<void> {
  const subject = `digest task ${id}`;
  const task = await taskById(parts.database.db, id);
  if (task === undefined) throw new Refused('This task does not exist any more.');
  if (task.assignee !== person.user) await mustHave(parts, 'investigate', person, subject);
  const now = parts.now();
  const ended = await parts.database.transaction(async (trx) => {
    const done = await endTask(trx, id, person.user, now);
    if (done !== undefined) await recordOf(person, now)(trx, 'digest-task-done', subject, { finding: done.finding });
    return done;
  });
  if (ended === undefined)
    throw new Refused(
      task.done_by === null
        ? 'This task is done already.'
        : fallback(md`This task was already done by ${userMention(task.done_by)}.`),
    );
}

/** Asks that the risk of a finding be accepted; the digest's channel hears of it. @throws Refused */
export async function askToAccept(
  parts: Parts,
  person: Person,
  at: ItemPlace,
  { reason, until }: { reason: string; until: Date },
): Promise<void> {
  const { run, item } = await findingAt(parts, person, at);
  const now = parts.now();
  const title = titleOf(item);
  const asked = await parts.database.transaction(async (trx) => {
    const id = await askException(trx, {
      digest: run.digest,
      finding: item.key,
      title,
      owner: person.user,
      reason,
      expiresAt: until,
      channel: run.channel,
      now,
    });
    if (id === undefined) return undefined;
    const what = { reason, until: until.toISOString() };
    await recordOf(person, now)(trx, 'digest-exception-ask', `digest exception ${id}`, { finding: item.key, ...what });
    await say(trx, now, `digest-exception-${id}`, run.channel, {
      about: 'exception',
      id,
      title,
      owner: person.user,
      ...what,
    });
    return id;
  });
  if (asked === undefined) throw new Refused('Somebody has asked to accept this already, and nobody has decided yet.');
  parts.wakes.deliver(run.channel);
}

/** A second person decides about an accepted risk; whoever asked for it may not approve it. @throws Refused */
export async function decide(parts: Parts, person: Person, id: number, approved: boolean): Promise<void> {
  const subject = `digest exception ${id}`;
  await mustHave(parts, 'administer', person, subject);
  const asked = await exceptionById(parts.database.db, id);
  if (asked === undefined) throw new Refused('This request does not exist any more.');
  if (approved && asked.owner === person.user)
    throw new Refused('You asked for this yourself: another person has to approve it.');
  const now = parts.now();
  const decided = await parts.database.transaction(async (trx) => {
    const done = await decideException(trx, id, { approved, by: person.user, now });
    if (done === undefined) return undefined;
    const until = done.expires_at.toISOString();
    const { finding, owner, reason, title } = done;
    const action = approved ? 'digest-exception-approve' : 'digest-exception-refuse';
    await recordOf(person, now)(trx, action, subject, { finding, owner, reason, until });
    await say(trx, now, `digest-exception-${id}-decided`, done.channel, {
      about: 'decision',
      title,
      owner,
      by: person.user,
      approved,
      until,
    });
    return done;
  });
  if (decided === undefined) throw new Refused(await decidedBefore(parts, id));
  parts.wakes.deliver(decided.channel);
}

async function decidedBefore({ database }: Parts, id: number): Promise<string> {
  const now = await exceptionById(database.db, id);
  const by = now?.decided_by ?? null;
  return by === null
    ? 'This was decided already.'
    : fallback(md`This was already ${now?.approved === true ? 'approved' : 'refused'} by ${userMention(by)}.`);
}

/** Lets the message of a run show what people did. */
async function redraw(parts: Parts, run: DigestRun): Promise<void> {
  await redrawRun(parts.database.db, run.id);
  parts.wakes.digests();
}

const say = (trx: Transaction<Tables>, now: Date, key: string, target: string, news: DigestNews): Promise<void> =>
  putOut(trx, [{ key, alertId: null, notice: { kind: 'digest', target, news } }], now);

/** What is to be fixed, for whoever does not see the list. */
const titleOf = ({ title, where, sentence }: DigestItem): string => `${title}, ${where}: ${sentence}`;
