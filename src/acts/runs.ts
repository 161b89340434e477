import { digestChannel } from '../config/digests/index.ts';
import { digests } from '../jobs/digests/index.ts';
import { openRunNow } from '../jobs/digests/schedule.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { md } from '../slack/escape.ts';
import { recordOf } from '../store/audit-log.ts';
import { askAgain, runUnderWay } from '../store/digests/runs.ts';
import { didYouMean } from '../words/nearest.ts';
import { Refused } from './act.ts';
import { mustHave } from './rights.ts';

const names = digests.map(({ command }) => command);

/** A digest by the name that is typed for it. @throws Refused, with the nearest one that there is */
export function digestNamed(name: string): (typeof digests)[number] {
  const digest = digests.find(({ command }) => command === name.toLowerCase());
  if (digest !== undefined) return digest;
  throw new Refused(
    md`There is no report "${name.slice(0, 60)}"${didYouMean(name, names) || `; there are ${names.join(', ')}.`}`.toString(),
  );
}

/** Lets a run ask its failed accounts (or one of them) again. Returns how many are asked. @throws Refused */
export async function askRunAgain(parts: Parts, person: Person, run: number, account: string | null): Promise<number> {
  const subject = `digest run ${run}`;
  await mustHave(parts, 'investigate', person, subject);
  const now = parts.now();
  const again = await parts.database.transaction(async (trx) => {
    const asked = await askAgain(trx, run, account);
    if (typeof asked === 'number' && asked > 0)
      await recordOf(person, now)(trx, 'digest-resume', subject, { account, accounts: asked });
    return asked;
  });
  switch (again) {
    case 'absent':
      throw new Refused(`There is no run ${run}: /audit report history shows those that are kept.`);
    case 'asking':
      throw new Refused(
        `Run ${run} is asking its accounts just now: its message shows what comes of it. Those that give no answer can be asked again then.`,
      );
    case 'terminal':
      throw new Refused(`Run ${run} was made in a terminal: run it again there, or type /audit report now.`);
    case 'reviewed':
      throw new Refused(
        'This run was signed off, so its files stay as they are. Type /audit report now for a new one.',
      );
    case 0:
      throw new Refused(
        account === null
          ? `Every account of run ${run} answered.`
          : md`Account ${account.slice(0, 20)} is not one of those that failed in run ${run}.`.toString(),
      );
  }
  parts.wakes.digests();
  return again;
}

/** Begins a digest because somebody asked for it. Returns its run. @throws Refused */
export async function reportNow(
  parts: Parts,
  person: Person,
  name: string,
): Promise<{ run: number; title: string; channel: string }> {
  const digest = digestNamed(name);
  await mustHave(parts, 'investigate', person, `digest ${digest.command}`);
  const now = parts.now();
  const { run, other } = await parts.database.transaction(async (trx) => {
    // Two people who ask at once want one report.
    const other = await runUnderWay(trx, digest.name);
    if (other !== undefined) return { run: undefined, other };
    await recordOf(person, now)(trx, 'digest-now', digest.command);
    return { run: await openRunNow(trx, parts, digest.name, person.user), other };
  });
  if (run === undefined)
    throw new Refused(
      other === undefined
        ? 'This report was asked for a moment ago: it is under way.'
        : `This report is under way (run ${other.id}): <#${other.channel}> shows how far it is, and then the result.`,
    );
  parts.wakes.digests();
  return {
    run,
    title: digest.title,
    channel: digestChannel(parts.config, digest.name),
  };
}
