import { createHash } from 'node:crypto';
import type { CaseRecord } from '../alerts/case.ts';
import type { Parts } from '../parts.ts';
import { caseCsv, caseJson, caseMarkdown } from '../reports/case.ts';
import type { Person } from '../slack/access.ts';
import { nameOf } from '../slack/people.ts';
import { type FileToSend, sendFilesTo } from '../slack/upload.ts';
import { recordOf } from '../store/audit-log.ts';
import { keptEvents } from '../store/questions.ts';
import { mustHave } from './rights.ts';

/**
 * Sends a case to the person directly: Markdown, JSON, the timeline as CSV, every event that its answers found, and the SHA-256 of
 * each file, which the audit log holds, too. `record` is what they may see of it. @throws Refused
 */
export async function sendCaseFiles(parts: Parts, person: Person, record: CaseRecord): Promise<void> {
  const { id } = record;
  const subject = `case ${id}`;
  await mustHave(parts, 'investigate', person, subject);
  const people = new Set([record.openedBy, ...record.entries.map(({ by }) => by)]);
  const names = new Map<string, string>();
  for (const user of people) names.set(user, await nameOf(parts.slack, user));
  const name = (user: string): string => names.get(user) ?? user;
  const named: CaseRecord = {
    ...record,
    openedBy: name(record.openedBy),
    entries: record.entries.map((entry) => ({ ...entry, by: name(entry.by) })),
    timeline: record.timeline.map((moment) => ({ ...moment, who: moment.who === null ? null : name(moment.who) })),
  };
  const sums: { name: string; sha256: string }[] = [];
  const file = (ending: string, what: string, content: AsyncIterable<string>): FileToSend => ({
    name: `case-${id}${ending}`,
    title: `Case ${id}, ${what}`,
    content: summed(`case-${id}${ending}`, content, sums),
  });
  await sendFilesTo(
    parts.slack,
    person.user,
    [
      file('.md', 'the timeline and the answers', pieces(caseMarkdown(named))),
      file('.json', 'the same for programs', pieces(caseJson(named))),
      file('-timeline.csv', 'the timeline', pieces(caseCsv(named))),
      file('-events.ndjson', 'every event, with the number of its question', eventsOf(parts, record)),
      { name: 'SHA256SUMS', title: `Case ${id}, checksums`, content: sumsFile(sums) },
    ],
    `Case ${id}. The audit log holds the checksums, too.`,
  );
  await parts.database.transaction((trx) => recordOf(person, parts.now())(trx, 'files', subject, { files: sums }));
}

async function* pieces(text: string): AsyncGenerator<string, void> {
  yield text;
}

/** The same pieces; once they are through, their SHA-256 is among the sums. */
async function* summed(
  name: string,
  content: AsyncIterable<string>,
  sums: { name: string; sha256: string }[],
): AsyncGenerator<string, void> {
  const hash = createHash('sha256');
  for await (const piece of content) {
    hash.update(piece);
    yield piece;
  }
  sums.push({ name, sha256: hash.digest('hex') });
}

/** Written last, when the others are: as `sha256sum --check` reads it. */
async function* sumsFile(sums: readonly { name: string; sha256: string }[]): AsyncGenerator<string, void> {
  for (const { name, sha256 } of sums) yield `${sha256}  ${name}\n`;
}

/** Every event that the answers found, one JSON object a line; secrets are masked. */
async function* eventsOf(parts: Parts, { entries }: CaseRecord): AsyncGenerator<string, void> {
  const questions = new Set(entries.flatMap(({ kind, ref }) => (kind === 'answer' && ref !== null ? [ref] : [])));
  for (const question of questions)
    for await (const line of keptEvents(parts.database.db, question))
      yield `{"question":${question},"event":${line}}\n`;
}
