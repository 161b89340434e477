import type { App, ViewSubmitAction } from '@slack/bolt';
import type { DigestNews, Notice } from '../alerts/notices.ts';
import { askRunAgain } from '../commands/report.ts';
import { attachReview, createReports } from '../jobs/digests/evidence/opt-in.ts';
import { shownEdition, standingOf } from '../jobs/digests/post.ts';
import { taskNews } from '../jobs/digests/schedule.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { slackDate } from '../slack/dates.ts';
import { fallback, md, userMention } from '../slack/escape.ts';
import {
  digestAcceptModal,
  digestAssignModal,
  itemPlaceOf,
  readDigestAccept,
  readDigestAssign,
} from '../slack/views/digest-forms.ts';
import { digestCallbacks, digestIds, type ItemPlace, readItemChoice, readPair } from '../slack/views/digest-ids.ts';
import { digestList } from '../slack/views/digest-message.ts';
import { type DigestItem, DigestResult } from '../slack/views/digest-result.ts';
import { type SubmittedView, subjectOf } from '../slack/views/modals/form.ts';
import { errorModal } from '../slack/views/modals/plain.ts';
import { putOut } from '../store/deliveries.ts';
import {
  askException,
  decideException,
  endTask,
  exceptionById,
  giveTask,
  openTasks,
  taskById,
} from '../store/digest-people.ts';
import { type DigestRun, redrawRun, reviewRun, runById } from '../store/digests.ts';
import { lacksRight, record } from './act.ts';
import type { Press } from './actions.ts';

/** Carries out a press on a digest; false when the button is none of a digest's. */
export async function digestPressed(parts: Parts, press: Press, id: string): Promise<boolean> {
  switch (id) {
    case digestIds.item:
      await openItemForm(parts, press);
      return true;
    case digestIds.list:
    case digestIds.turn:
    case digestIds.turnBack:
      await showList(parts, press, id !== digestIds.list);
      return true;
    case digestIds.review:
      await review(parts, press);
      return true;
    case digestIds.again:
      await press.tell(await askRunAgain(parts, press.person, Number(press.value), null));
      return true;
    case digestIds.createReport:
      await makeReports(parts, press);
      return true;
    case digestIds.taskDone:
      await taskDone(parts, press);
      return true;
    case digestIds.approve:
    case digestIds.refuse:
      await decide(parts, press, id === digestIds.approve);
      return true;
    default:
      return false;
  }
}

const tooOld = 'This digest is not kept any more: type /audit report history for those that are.';

/** The item that was on screen, or the sentence that says why it is not there any more. */
async function itemAt(
  { database }: Parts,
  { run: id, edition, place }: ItemPlace,
): Promise<{ run: DigestRun; item: DigestItem } | string> {
  const run = await runById(database.db, id);
  const item = DigestResult.safeParse(run?.result).data?.items[place];
  if (run === undefined || item === undefined) return tooOld;
  return shownEdition(run) === edition
    ? { run, item }
    : 'Accounts were asked again, so the list has changed since this was drawn: look at the message again.';
}

/** Opens the form for what was chosen in an item's menu. */
async function openItemForm(parts: Parts, press: Press): Promise<void> {
  const chosen = readItemChoice(press.value);
  if (chosen === undefined) return press.tell(tooOld);
  const lacking = await lacksRight(parts, 'investigate', press.person, `digest run ${chosen.run}`);
  if (lacking !== undefined) return press.tell(lacking);
  const found = await itemAt(parts, chosen);
  if (typeof found === 'string') return press.tell(found);
  const of = { ...chosen, item: found.item };
  const task = (await openTasks(parts.database.db, found.run.digest)).find(({ finding }) => finding === found.item.key);
  const view = chosen.act === 'assign' ? digestAssignModal(of, task?.assignee) : digestAcceptModal(of, parts.now());
  await parts.slack.views.open({ trigger_id: press.triggerId, view });
}

async function showList(parts: Parts, press: Press, turning: boolean): Promise<void> {
  const [id, page] = readPair(press.value) ?? [0, 1];
  const lacking = await lacksRight(parts, 'investigate', press.person, `digest run ${id}`);
  if (lacking !== undefined) return press.tell(lacking);
  const run = await runById(parts.database.db, id);
  const result = DigestResult.safeParse(run?.result);
  if (run === undefined || !result.success) return press.tell(tooOld);
  const list = digestList(result.data, await standingOf({ db: parts.database.db, config: parts.config }, run), page);
  return turning ? press.replace(list) : press.tell(list);
}

/** Sign-off: once for each run, of exactly the files whose manifest was on screen. */
async function review(parts: Parts, press: Press): Promise<void> {
  const match = /^(\d{1,9}):([0-9a-f]{64})$/.exec(press.value);
  if (match === null) return press.tell(tooOld);
  const [id, manifest] = [Number(match[1]), match[2] ?? ''];
  const lacking = await lacksRight(parts, 'investigate', press.person, `digest run ${id}`);
  if (lacking !== undefined) return press.tell(lacking);
  const done = await parts.database.transaction(async (trx) => {
    const signed = await reviewRun(trx, id, press.person.user, manifest, parts.now());
    if (signed)
      await record(trx, parts, press.person, 'digest-review', `digest run ${id}`, {
        manifestSha256: manifest,
        ...press.seen,
      });
    return signed;
  });
  const run = await runById(parts.database.db, id);
  if (run === undefined) return press.tell(tooOld);
  if (!done)
    return press.tell(
      run.reviewed_by !== null && run.reviewed_at !== null
        ? fallback(md`This was already reviewed by ${userMention(run.reviewed_by)}, ${slackDate(run.reviewed_at)}.`)
        : 'The files have changed since this message was drawn: look at it again, then press Reviewed.',
    );
  await redraw(parts, run);
  const attached = await attachReview(parts, run, press.person.user);
  await press.tell(
    `Your review is on the record, with the hash of the manifest.${attached === null ? '' : ` ${attached}`}`,
  );
}

/** Lets the message of a run show what people did. */
async function redraw(parts: Parts, run: DigestRun): Promise<void> {
  await redrawRun(parts.database.db, run.id);
  await parts.wakeRun(run.id, parts.now());
}

async function makeReports(parts: Parts, press: Press): Promise<void> {
  const lacking = await lacksRight(parts, 'administer', press.person, `digest run ${press.value}`);
  if (lacking !== undefined) return press.tell(lacking);
  return press.tell(await createReports(parts, press.person));
}

async function taskDone(parts: Parts, press: Press): Promise<void> {
  const id = Number(press.value);
  const task = await taskById(parts.database.db, id);
  if (task === undefined) return press.tell('This task does not exist any more.');
  if (task.assignee !== press.person.user) {
    const lacking = await lacksRight(parts, 'investigate', press.person, `digest task ${id}`);
    if (lacking !== undefined) return press.tell(lacking);
  }
  const ended = await parts.database.transaction(async (trx) => {
    const done = await endTask(trx, id, press.person.user, parts.now());
    if (done !== undefined)
      await record(trx, parts, press.person, 'digest-task-done', `digest task ${id}`, { finding: done.finding });
    return done;
  });
  if (ended === undefined)
    return press.tell(
      task.done_by === null
        ? 'This task is done already.'
        : fallback(md`This task was already done by ${userMention(task.done_by)}.`),
    );
  return press.tell('Done. The next digest says whether the finding is gone.');
}

/** A second person decides about an accepted risk; whoever asked for it may not. */
async function decide(parts: Parts, press: Press, approved: boolean): Promise<void> {
  const id = Number(press.value);
  const lacking = await lacksRight(parts, 'administer', press.person, `digest exception ${id}`);
  if (lacking !== undefined) return press.tell(lacking);
  const asked = await exceptionById(parts.database.db, id);
  if (asked === undefined) return press.tell('This request does not exist any more.');
  if (approved && asked.owner === press.person.user)
    return press.tell('You asked for this yourself: another person has to approve it.');
  const decided = await parts.database.transaction(async (trx) => {
    const done = await decideException(trx, id, { approved, by: press.person.user, now: parts.now() });
    if (done === undefined) return undefined;
    await record(
      trx,
      parts,
      press.person,
      approved ? 'digest-exception-approve' : 'digest-exception-refuse',
      `digest exception ${id}`,
      {
        finding: done.finding,
        owner: done.owner,
        reason: done.reason,
        until: done.expires_at.toISOString(),
      },
    );
    await say(trx, parts, `digest-exception-${id}-decided`, done.channel, {
      about: 'decision',
      title: done.title,
      owner: done.owner,
      by: press.person.user,
      approved,
      until: done.expires_at.toISOString(),
    });
    return done;
  });
  if (decided === undefined) {
    const now = await exceptionById(parts.database.db, id);
    const by = now?.decided_by ?? null;
    return press.tell(
      by === null
        ? 'This was decided already.'
        : fallback(md`This was already ${now?.approved === true ? 'approved' : 'refused'} by ${userMention(by)}.`),
    );
  }
  await parts.wake({ targets: [decided.channel], alerts: [] });
  return press.tell(
    approved
      ? 'Approved: from the next run on the finding is listed as accepted.'
      : 'Refused: the finding counts as before.',
  );
}

type Trx = Parameters<Parameters<Parts['database']['transaction']>[0]>[0];

const say = (trx: Trx, parts: Parts, key: string, target: string, news: DigestNews): Promise<void> => {
  const notice: Notice = { kind: 'digest', target, news };
  return putOut(trx, [{ key, alertId: null, notice }], parts.now());
};

/** Submitted forms of digests: what is wrong is told at the question, in the answer to Slack itself. */
export function registerDigestForms(app: App, parts: Parts): void {
  for (const callbackId of Object.values(digestCallbacks))
    app.view<ViewSubmitAction>(callbackId, async ({ ack, body, view }) => {
      const person = { user: body.user.id, team: body.user.team_id ?? body.team?.id ?? '' };
      const refuse = (sentence: string) => ack({ response_action: 'update', view: errorModal('Not done', sentence) });
      try {
        const wrong =
          callbackId === digestCallbacks.assign ? await assign(parts, person, view) : await accept(parts, person, view);
        if (wrong === undefined) await ack();
        else if (typeof wrong === 'string') await refuse(wrong);
        else await ack({ response_action: 'errors', errors: wrong });
      } catch (error) {
        parts.log.error({ err: error, form: callbackId }, 'A form of a digest could not be carried out.');
        await refuse('Trailwatch could not do this just now. Nothing was changed: try again in a minute.');
      }
    });
}

type Wrong = string | Record<string, string> | undefined;

/** The finding that a form is about, for whoever may ask about it; else the sentence that says why not. */
async function findingOf(parts: Parts, person: Person, view: SubmittedView) {
  const of = subjectOf(view);
  if (of === null) return tooOld;
  const lacking = await lacksRight(parts, 'investigate', person, `digest run ${of.id}`);
  return lacking ?? itemAt(parts, itemPlaceOf(of));
}

/** What is to be mended, for who does not see the list. */
const titleOf = ({ title, where, sentence }: DigestItem): string => `${title}, ${where}: ${sentence}`;

async function assign(parts: Parts, person: Person, view: SubmittedView): Promise<Wrong> {
  const read = readDigestAssign(view);
  if (!read.ok) return read.errors;
  const found = await findingOf(parts, person, view);
  if (typeof found === 'string') return found;
  const { run, item } = found;
  const { to, note = null } = read.form;
  await parts.database.transaction(async (trx) => {
    const task = await giveTask(trx, {
      digest: run.digest,
      finding: item.key,
      title: titleOf(item),
      assignee: to,
      askedBy: person.user,
      note,
      channel: run.channel,
      now: parts.now(),
    });
    await record(trx, parts, person, 'digest-assign', `digest task ${task.id}`, {
      finding: item.key,
      to,
      before: task.before,
    });
    const given = await taskById(trx, task.id);
    if (given !== undefined)
      await say(
        trx,
        parts,
        `digest-task-${task.id}-to-${to}-${parts.now().getTime()}`,
        to,
        taskNews({ ...given, chased: 0 }),
      );
  });
  await parts.wake({ targets: [to], alerts: [] });
  await redraw(parts, run);
  return undefined;
}

async function accept(parts: Parts, person: Person, view: SubmittedView): Promise<Wrong> {
  const read = readDigestAccept(view, parts.now());
  if (!read.ok) return read.errors;
  const found = await findingOf(parts, person, view);
  if (typeof found === 'string') return found;
  const { run, item } = found;
  const title = titleOf(item);
  const asked = await parts.database.transaction(async (trx) => {
    const exception = await askException(trx, {
      digest: run.digest,
      finding: item.key,
      title,
      owner: person.user,
      reason: read.form.reason,
      expiresAt: read.form.until,
      channel: run.channel,
      now: parts.now(),
    });
    if (exception === undefined) return undefined;
    const until = read.form.until.toISOString();
    await record(trx, parts, person, 'digest-exception-ask', `digest exception ${exception}`, {
      finding: item.key,
      reason: read.form.reason,
      until,
    });
    await say(trx, parts, `digest-exception-${exception}`, run.channel, {
      about: 'exception',
      id: exception,
      title,
      owner: person.user,
      reason: read.form.reason,
      until,
    });
    return exception;
  });
  if (asked === undefined) return 'Somebody has asked to accept this already, and nobody has decided yet.';
  await parts.wake({ targets: [run.channel], alerts: [] });
  return undefined;
}
