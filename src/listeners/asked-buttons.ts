import { Refused } from '../acts/act.ts';
import { answerAsked, mustBeAsked } from '../acts/asked.ts';
import type { Parts } from '../parts.ts';
import { vouchModal } from '../slack/views/asked.ts';
import { alertById } from '../store/alerts.ts';
import { numberIn, type Press } from './press.ts';

/** "Yes, it was me…": asks what for. */
export async function openVouch(parts: Parts, press: Press): Promise<undefined> {
  const id = numberIn(press);
  await mustBeAsked(parts, press.person, id);
  const alert = await alertById(parts.database.db, id);
  if (alert === undefined) throw new Refused(`There is no alert #${id}.`);
  await press.open(vouchModal(alert));
}

export async function sayNotMe(parts: Parts, press: Press): Promise<string> {
  await answerAsked(parts, press.person, numberIn(press), { yes: false });
  return 'Whoever is on call is called now. Do not use this access until they have talked with you.';
}
