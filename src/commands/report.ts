import { didYouMean } from '../alerts/nearest.ts';
import { nextDue } from '../jobs/digests/due.ts';
import { digests } from '../jobs/digests/index.ts';
import { openRunNow } from '../jobs/digests/schedule.ts';
import { lacksRight, record } from '../listeners/act.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { md } from '../slack/escape.ts';
import type { Message } from '../slack/types.ts';
import { digestHistory } from '../slack/views/digest-history.ts';
import { askAgain, placesOf, runsOf } from '../store/digests.ts';
import type { Command } from './audit.ts';

const names = digests.map(({ command }) => command);

const unknownReport = (name: string): string =>
  md`There is no report "${name.slice(0, 60)}"${didYouMean(name, names) || `; there are ${names.join(', ')}.`}`.toString();

/** Lets a run ask its failed accounts (or one of them) again. Answers the sentence to show. */
export async function askRunAgain(parts: Parts, person: Person, run: number, account: string | null): Promise<string> {
  const lacking = await lacksRight(parts, 'investigate', person, `digest run ${run}`);
  if (lacking !== undefined) return lacking;
  const again = await parts.database.transaction(async (trx) => {
    const asked = await askAgain(trx, run, account);
    if (typeof asked === 'number' && asked > 0)
      await record(trx, parts, person, 'digest-resume', `digest run ${run}`, { account, accounts: asked });
    return asked;
  });
  if (again === 'absent') return `There is no run ${run}: /audit report history shows those that are kept.`;
  if (again === 'asking')
    return `Run ${run} is asking its accounts just now: its message shows what comes of it. Those that give no answer can be asked again then.`;
  if (again === 'terminal') return `Run ${run} was made in a terminal: make it anew there, or type /audit report now.`;
  if (again === 'reviewed')
    return 'This run was signed off, so its files stay as they are. Type /audit report now for a new one.';
  if (again === 0)
    return account === null
      ? `Every account of run ${run} answered.`
      : md`Account ${account.slice(0, 20)} is not one of those that failed in run ${run}.`.toString();
  await parts.wakeRun(run, parts.now());
  return `${again === 1 ? 'One account is' : `${again} accounts are`} asked again; the message shows how it goes.`;
}

/** Opens a run because somebody asked for it. Answers the sentence to show. */
export async function reportNow(parts: Parts, person: Person, name: string): Promise<string> {
  const digest = digests.find(({ command }) => command === name.toLowerCase());
  if (digest === undefined) return unknownReport(name);
  const run = await parts.database.transaction(async (trx) => {
    await record(trx, parts, person, 'digest-now', digest.command, {});
    return openRunNow(trx, parts, digest.name, person.user);
  });
  if (run === undefined) return 'This report was asked for a moment ago: it is under way.';
  await parts.wakeRun(run, parts.now());
  const channel = parts.config.digests[digest.name]?.channel ?? parts.config.channels.digest;
  return `The ${digest.title.toLowerCase()} is under way (run ${run}): <#${channel}> shows how far it is, and then the result.`;
}

async function history(parts: Parts, name: string | undefined): Promise<Message | string> {
  const digest = digests.find(({ command }) => command === name?.toLowerCase());
  if (name !== undefined && digest === undefined) return unknownReport(name);
  const runs = await runsOf(parts.database.db, digest?.name ?? null, 12);
  const rows = await Promise.all(
    runs.map(async (run) => ({
      run: run.id,
      title: digests.find((each) => each.name === run.digest)?.title ?? run.digest,
      startedAt: run.started_at,
      askedBy: run.asked_by,
      state: run.state,
      failed: (await placesOf(parts.database.db, run.id, 'failed')).map(({ account, name: named }) => named ?? account),
      reviewedBy: run.reviewed_by,
      error: run.error,
      manifestSha256: run.manifest_sha256,
    })),
  );
  const scheduled = digests.filter(({ name: each }) => digest === undefined || each === digest.name);
  const upcoming = scheduled.flatMap(({ name: each, title }) => {
    const schedule = parts.config.digests[each];
    return schedule === undefined ? [] : [{ title, at: nextDue(schedule, parts.now()), channel: schedule.channel }];
  });
  return digestHistory(rows, upcoming);
}

export const reportCommand: Command = {
  name: 'report',
  usage: `report now [${names.join('|')}] | report history [NAME] | report retry RUN [ACCOUNT]`,
  sentence:
    'Runs a digest now, lists the last runs and when the next are due, or asks the accounts of a run again that gave no answer.',
  topic: 'Reports',
  right: 'investigate',
  run: async (parts, { typed, person }) => {
    const [what = 'history', first, second] = typed.words;
    switch (what.toLowerCase()) {
      case 'now':
        if (second !== undefined)
          return md`One report at a time: "${second.slice(0, 60)}" is one word too many. For example: /audit report now credential-report`.toString();
        return reportNow(parts, person, first ?? 'credential-report');
      case 'history':
        return history(parts, first);
      case 'retry': {
        if (!/^[1-9]\d{0,8}$/.test(first ?? ''))
          return 'Say which run, by its number: /audit report retry 12. /audit report history shows them.';
        return askRunAgain(parts, person, Number(first), second ?? null);
      }
      default:
        return md`"${what.slice(0, 60)}" is none of now, history, retry${didYouMean(what, ['now', 'history', 'retry']) || '.'} For example: /audit report now credential-report`.toString();
    }
  },
};
