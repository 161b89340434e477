import { decideUser } from '../acts/reviews.ts';
import { askRunAgain, digestNamed, reportNow } from '../acts/runs.ts';
import { digestChannel } from '../config/digests/index.ts';
import { mendingSentence } from '../framework/operation.ts';
import { nextRunAt } from '../jobs/digests/due.ts';
import { digests } from '../jobs/digests/index.ts';
import { operatingReport, operationWeeks } from '../jobs/digests/operation.ts';
import type { Parts } from '../parts.ts';
import { md } from '../slack/escape.ts';
import type { Message } from '../slack/types.ts';
import { accountsAskedAgain, digestCalendar, digestHistory, reportBegun } from '../slack/views/digest-history.ts';
import { placesOf } from '../store/digests/places.ts';
import { runsOf } from '../store/digests/runs.ts';
import { userDecisions } from '../store/digests/users.ts';
import { didYouMean } from '../words/nearest.ts';
import type { SlashCommand } from './command.ts';

const names = digests.map(({ command }) => command);

const titleOf = (name: string): string => digests.find((each) => each.name === name)?.title ?? name;

async function history(parts: Parts, name: string | undefined): Promise<Message | string> {
  const digest = name === undefined ? undefined : digestNamed(name);
  const runs = await runsOf(parts.database.db, digest?.name ?? null, 12);
  const rows = await Promise.all(
    runs.map(async (run) => ({
      run: run.id,
      title: titleOf(run.digest),
      startedAt: run.started_at,
      askedBy: run.asked_by,
      state: run.state,
      failed: (await placesOf(parts.database.db, run.id, 'failed')).map(({ account, name: named }) => named ?? account),
      reviewedBy: run.reviewed_by,
      outcome: run.review_outcome,
      error: run.error,
      manifestSha256: run.manifest_sha256,
    })),
  );
  const scheduled = digests.filter(({ name: each }) => digest === undefined || each === digest.name);
  const upcoming = scheduled.flatMap(({ name: each, title }) => {
    const schedule = parts.config.digests[each];
    return schedule === undefined
      ? []
      : [{ title, at: nextRunAt(schedule, parts.now()), channel: digestChannel(parts.config, each) }];
  });
  return digestHistory(rows, upcoming);
}

export const reportCommand: SlashCommand = {
  name: 'report',
  usage: `report now [${names.join('|')}] | report history [NAME] | report calendar | report user RUN ARN|rest keep|change|remove [COMMENT] | report retry RUN [ACCOUNT]`,
  sentence:
    'Runs a digest now, lists the last runs and when the next are due, shows how they operated over a quarter, asks the accounts of a run again that gave no answer, or notes what is decided about a user in a review of access.',
  topic: 'Reports',
  // To begin one and to ask accounts again takes `investigate`, which the acts check.
  right: 'audit',
  mostWords: { now: 2, history: 2, calendar: 1, retry: 3, user: 60 },
  run: async (parts, { typed, person }) => {
    const [what = 'history', first, second] = typed.words;
    switch (what.toLowerCase()) {
      case 'now':
        return reportBegun(await reportNow(parts, person, first ?? 'credential-report'));
      case 'history':
        return history(parts, first);
      case 'calendar': {
        const report = await operatingReport(parts, operationWeeks);
        const titled = report.digests.map(({ name, operation }) => ({ title: titleOf(name), operation }));
        const mended = report.mending === null ? null : mendingSentence(report.mending);
        return digestCalendar(titled, { ...report, mended });
      }
      case 'retry': {
        if (!/^[1-9]\d{0,8}$/.test(first ?? ''))
          return 'Say which run, by its number: /audit report retry 12. /audit report history shows them.';
        return accountsAskedAgain(await askRunAgain(parts, person, Number(first), second ?? null));
      }
      case 'user': {
        const [, , who = '', decided = '', ...comment] = typed.words;
        const decision = userDecisions.find((each) => each === decided.toLowerCase());
        if (!/^[1-9]\d{0,8}$/.test(first ?? '') || decision === undefined)
          return 'Say the run, the user by ARN (or rest), and keep, change or remove: /audit report user 12 arn:aws:iam::111122223333:user/ana keep. users.csv lists them.';
        const said = comment.length === 0 ? null : comment.join(' ').slice(0, 1000);
        const count = await decideUser(parts, person, Number(first), who, { decision, comment: said });
        return `${count === 1 ? 'One user is' : `${count} users are`} noted as ${decision}; the certificate of the sign-off will say so.`;
      }
      default:
        return md`"${what.slice(0, 60)}" is none of now, history, calendar, retry, user${didYouMean(what, ['now', 'history', 'calendar', 'retry', 'user']) || '.'} For example: /audit report now credential-report`.toString();
    }
  },
};
