import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { lockOpenAlertsOf } from '../store/alerts.ts';
import { actOnMany, type Deed } from './many.ts';
import { mustHave } from './rights.ts';

/**
 * Acknowledges or resolves every open alert of a storm, all in one transaction and each on the record. Returns how many.
 * @throws Refused
 */
export async function actOnStorm(parts: Parts, person: Person, stormId: number, command: Deed): Promise<number> {
  await mustHave(parts, 'respond', person, `storm ${stormId}`);
  return actOnMany(parts, person, command, {
    lock: (trx) => lockOpenAlertsOf(trx, { storm: stormId }),
    detail: { storm: stormId },
  });
}
