import { reportLink } from '../acts/assessment-reports.ts';
import { reportNow } from '../acts/runs.ts';
import { DigestResult } from '../framework/digest-result.ts';
import { standingOf } from '../jobs/digests/post.ts';
import { fallback, link, md, safeUrl } from '../slack/escape.ts';
import { reportBegun } from '../slack/views/digest-history.ts';
import { digestList } from '../slack/views/digest-message.ts';
import { section } from '../slack/views/elements.ts';
import { runsOf } from '../store/digests/runs.ts';
import { formatDuration } from '../words/durations.ts';
import type { SlashCommand } from './command.ts';

/** How long a link holds, by what S3 wrote into it. */
function holds({ searchParams }: URL): string {
  const seconds = Number(searchParams.get('X-Amz-Expires'));
  return seconds > 0 ? `for ${formatDuration(seconds * 1000)}` : 'for a short time';
}

export const evidenceCommand: SlashCommand = {
  name: 'evidence',
  usage: 'evidence | evidence now | evidence link REPORT',
  sentence:
    'Shows which controls have evidence against them, asks for the evidence now, or gives a link to a report of Audit Manager.',
  topic: 'Reports',
  right: 'investigate',
  mostWords: { now: 1, link: 2, list: 1 },
  run: async (parts, { typed, person }) => {
    const [what = 'list', id] = typed.words;
    switch (what.toLowerCase()) {
      case 'now':
        return reportBegun(await reportNow(parts, person, 'evidence'));
      case 'link': {
        if (id === undefined) return 'Say which report, by its id: /audit evidence link ID.';
        const report = await reportLink(parts, person, id);
        const url = report === undefined ? undefined : safeUrl(report.link);
        if (report === undefined || url === undefined)
          return md`Audit Manager has no report ${id.slice(0, 60)}.`.toString();
        const said = md`${link(url, report.name)}: this link holds ${holds(url)}, for whoever has it.`;
        return { text: fallback(said), blocks: [section(said)] };
      }
      case 'list': {
        const runs = await runsOf(parts.database.db, 'evidence', 12);
        const run = runs.find(({ result }) => result !== null);
        const result = DigestResult.safeParse(run?.result);
        if (run === undefined || !result.success) return 'No evidence was collected yet: type /audit evidence now.';
        return digestList(result.data, await standingOf({ db: parts.database.db, config: parts.config }, run), 1);
      }
      default:
        return md`"${what.slice(0, 60)}" is none of now, link. For example: /audit evidence now`.toString();
    }
  },
};
