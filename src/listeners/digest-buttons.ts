import { Refused } from '../acts/act.ts';
import { digestTooOld, findingAt, gapsOf, reviewable } from '../acts/reviews.ts';
import { mustHave } from '../acts/rights.ts';
import { DigestResult } from '../framework/digest-result.ts';
import { standingOf } from '../jobs/digests/post.ts';
import type { Parts } from '../parts.ts';
import type { Message } from '../slack/types.ts';
import { digestAcceptModal, digestAssignModal, digestReviewModal } from '../slack/views/digest-forms.ts';
import { readItemChoice, readPair } from '../slack/views/digest-ids.ts';
import { digestList } from '../slack/views/digest-message.ts';
import { runById } from '../store/digests/runs.ts';
import type { Press } from './press.ts';

/** Opens the form for what was chosen in an item's menu. */
export async function openItemForm(parts: Parts, press: Press): Promise<undefined> {
  const chosen = readItemChoice(press.value);
  if (chosen === undefined) throw new Refused(digestTooOld);
  const { run, item } = await findingAt(parts, press.person, chosen);
  const of = { ...chosen, item };
  const { tasks } = await standingOf({ db: parts.database.db, config: parts.config }, run);
  const now = parts.now();
  await press.open(
    chosen.act === 'assign' ? digestAssignModal(of, tasks.get(item.key), now) : digestAcceptModal(of, now),
  );
}

export async function showDigestList(parts: Parts, press: Press): Promise<undefined> {
  await press.tell(await listAt(parts, press));
}

export async function turnDigestList(parts: Parts, press: Press): Promise<undefined> {
  await press.replace(await listAt(parts, press));
}

async function listAt(parts: Parts, press: Press): Promise<Message> {
  const { db } = parts.database;
  const [id, page] = readPair(press.value) ?? [0, 1];
  await mustHave(parts, 'audit', press.person, `digest run ${id}`);
  const run = await runById(db, id);
  const result = DigestResult.safeParse(run?.result);
  if (run === undefined || !result.success) throw new Refused(digestTooOld);
  return digestList(result.data, await standingOf({ db, config: parts.config }, run), page);
}

/** Opens the form of a sign-off, of exactly the edition that was on screen. */
export async function openReview(parts: Parts, press: Press): Promise<undefined> {
  const [id, edition] = readPair(press.value) ?? [0, 0];
  const { run, result } = await reviewable(parts, press.person, { id, edition });
  await press.open(digestReviewModal({ run: run.id, edition, title: result.title, gaps: gapsOf(result) }));
}
