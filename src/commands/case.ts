import { Refused } from '../acts/act.ts';
import { mayOpen } from '../acts/alerts.ts';
import { sendCaseFiles } from '../acts/case-files.ts';
import { addAlert, addIncident, addNote, beginCase, longestCaseName, noCase, setCase } from '../acts/cases.ts';
import { mustHave } from '../acts/rights.ts';
import type { Alert } from '../alerts/alert.ts';
import type { CaseMoment, CaseRecord } from '../alerts/case.ts';
import type { Parts } from '../parts.ts';
import { Told } from '../questions/told.ts';
import type { Person } from '../slack/access.ts';
import { md } from '../slack/escape.ts';
import { consequence, who } from '../slack/views/alert-words.ts';
import { caseList, caseMessage } from '../slack/views/case.ts';
import { alertById } from '../store/alerts.ts';
import { caseById, closedCases, entriesOf, openCases, type StoredEntry } from '../store/cases.ts';
import { didYouMean } from '../words/nearest.ts';
import { plural } from '../words/text.ts';
import { readNamed } from './by-number.ts';
import type { SlashCommand } from './command.ts';
import { incidentFor } from './incident.ts';

/** What an entry of a case is for one person. */
interface Read {
  entry: CaseRecord['entries'][number];
  moments: readonly CaseMoment[];
  withheld: number;
}

/** A case as one person may see it: alerts of private channels that they are not in are counted. @throws Refused */
export async function caseFor(parts: Parts, person: Person, id: number): Promise<CaseRecord> {
  await mustHave(parts, 'investigate', person, `case ${id}`);
  const { db } = parts.database;
  const found = await caseById(db, id);
  if (found === undefined) throw new Refused(noCase(id));
  const read: Read[] = [];
  for (const entry of await entriesOf(db, id)) read.push(await readEntry(parts, person, entry));
  // Several answers tell of one event: it is one line.
  const moments = new Map(
    read.flatMap((each) => each.moments.map((moment) => [`${moment.source} ${moment.at}`, moment] as const)),
  );
  return {
    id,
    name: found.name,
    openedBy: found.opened_by,
    openedAt: found.opened_at.toISOString(),
    closedAt: found.closed_at?.toISOString() ?? null,
    exportedAt: parts.now().toISOString(),
    entries: read.map(({ entry }) => entry),
    timeline: [...moments.values()].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)),
    withheld: read.reduce((sum, each) => sum + each.withheld, 0),
  };
}

const nothingElse = {
  ...{ who: null, on: null, from: null, account: null, region: null, severity: null, outcome: null },
};

async function readEntry(parts: Parts, person: Person, stored: StoredEntry): Promise<Read> {
  const { at, added_by: by, kind, ref, text } = stored;
  const answer = Told.safeParse(stored.answer).data ?? null;
  const entry = { at: at.toISOString(), by, kind, ref, text, answer };
  switch (kind) {
    case 'note':
      return {
        entry,
        withheld: 0,
        moments: [{ ...nothingElse, at: entry.at, kind, what: text, who: by, source: `note ${stored.id}` }],
      };
    case 'answer':
      return {
        entry,
        withheld: 0,
        moments: [
          { ...nothingElse, at: entry.at, kind, what: answer?.title ?? text, who: by, source: `question ${ref}` },
          ...(answer?.calls ?? []).map(({ id: source, ...call }) => ({ ...call, kind: 'call' as const, source })),
        ],
      };
    case 'alert':
      return readAlert(parts, person, entry, ref ?? 0);
    case 'incident': {
      const shown = await incidentFor(parts, person, ref ?? 0).catch(unlessRefused);
      if (shown === undefined) return { entry, moments: [], withheld: 0 };
      const told = shown.alerts.filter(({ id }) => !shown.withheld.has(id));
      return { entry, moments: told.map(momentOf), withheld: shown.withheld.size };
    }
  }
}

/**
 * An alert as it stands, or nothing of it. One that is not kept any more stands as it was for whoever put it there: in which
 * channel it was is not known any more, so nobody else can be shown to have been allowed to see it.
 */
async function readAlert(parts: Parts, person: Person, entry: Read['entry'], id: number): Promise<Read> {
  const gone = { ...nothingElse, at: entry.at, kind: 'alert' as const, what: entry.text, source: `alert ${id}` };
  if ((await alertById(parts.database.db, id)) === undefined)
    return entry.by === person.user
      ? { entry, moments: [gone], withheld: 0 }
      : { entry: { ...entry, text: 'an alert that is not kept any more' }, moments: [], withheld: 0 };
  const alert = await mayOpen(parts, person, id).catch(unlessRefused);
  return alert === undefined
    ? { entry: { ...entry, text: 'an alert of a private channel' }, moments: [], withheld: 1 }
    : { entry, moments: [momentOf(alert)], withheld: 0 };
}

function unlessRefused(error: unknown): undefined {
  if (!(error instanceof Refused)) throw error;
}

const momentOf = ({ id, firstSeen, severity, signal }: Alert): CaseMoment => {
  const by = signal.actor === undefined ? undefined : who(signal.actor);
  return {
    at: firstSeen.toISOString(),
    kind: 'alert',
    what: consequence(signal),
    who: by === undefined ? null : `${by.kind} ${by.name}`.trim() || null,
    on: signal.resource?.name ?? null,
    from: signal.sourceIp ?? null,
    account: signal.account ?? null,
    region: signal.region ?? null,
    severity,
    outcome: null,
    source: `alert ${id}`,
  };
};

const listMost = 50;
const closedMost = 10;
const verbs = ['add', 'note', 'export', 'close', 'open'];
const example = '/audit case 3 add 41 incident 7';

export const caseFilesSent = 'The files of the case are in your direct messages with Trailwatch.';

export const caseCommand: SlashCommand = {
  name: 'case',
  usage:
    'case [N] | case new NAME | case N add ALERT …|incident N | case N note TEXT | case N export | case N close|open',
  sentence:
    'Gathers answers, alerts, incidents and notes under a name, with one timeline: lists the open cases and those closed last, shows one, sends one as files. Answers are added by the button below them.',
  topic: 'Who did what',
  right: 'investigate',
  mostWords: null,
  run: async (parts, { person, typed: { words, options } }) => {
    const [option] = options.keys();
    if (option !== undefined) return md`A case has no --${option.slice(0, 40)}. Type ${example}`.toString();
    const [first, verb = '', ...rest] = words;
    if (first === undefined) return list(parts);
    if (first.toLowerCase() === 'new') {
      const name = [verb, ...rest].join(' ').trim();
      if (name === '') return 'Give it a name: /audit case new Leaked key of deploy-bot';
      if (name.length > longestCaseName) return `A name has ${longestCaseName} characters at most.`;
      return caseMessage(await caseFor(parts, person, await beginCase(parts, person, name)));
    }
    const id = /^#?([1-9]\d{0,8})$/.exec(first)?.[1];
    if (id === undefined)
      return md`"${first.slice(0, 60)}" is no number of a case. Type /audit case for the list, or /audit case new NAME`.toString();
    return onCase(parts, person, Number(id), verb.toLowerCase(), rest);
  },
};

async function list(parts: Parts) {
  const { db } = parts.database;
  const open = await openCases(db, listMost);
  const closed = await closedCases(db, closedMost);
  return caseList(
    [...open, ...closed].map(({ id, name, opened_by: openedBy, last_at: lastAt, closed_at: closedAt }) => ({
      ...{ id, name, openedBy, lastAt, closedAt },
    })),
  );
}

async function onCase(parts: Parts, person: Person, id: number, verb: string, rest: readonly string[]) {
  const shown = async () => caseMessage(await caseFor(parts, person, id));
  if (verb === '') return shown();
  if (verb === 'add') return addTo(parts, person, id, rest);
  if (verb === 'note') {
    if (rest.length === 0) return `Say what to note: /audit case ${id} note The key was in a public repository`;
    await addNote(parts, person, id, rest.join(' '));
    return shown();
  }
  if (!verbs.includes(verb))
    return md`"${verb.slice(0, 60)}" is not understood${didYouMean(verb, verbs) || '.'} For example: ${example}`.toString();
  if (rest.length > 0)
    return md`"${(rest[0] ?? '').slice(0, 60)}" is one word too many. For example: ${example}`.toString();
  if (verb === 'export') {
    await sendCaseFiles(parts, person, await caseFor(parts, person, id));
    return caseFilesSent;
  }
  await setCase(parts, person, id, verb === 'close' ? 'closed' : 'open');
  return shown();
}

/** Puts alerts and incidents into a case by their numbers; whatever one is refused for, the others are added. */
async function addTo(parts: Parts, person: Person, id: number, words: readonly string[]) {
  const { named, rest } = readNamed(words);
  const [stray] = rest;
  if (named.length === 0 || stray !== undefined)
    return stray === undefined
      ? `Say which alerts or incidents by their numbers: ${example}`
      : md`"${stray.slice(0, 60)}" is no number of an alert. Nothing was added. For example: ${example}`.toString();
  const refused: string[] = [];
  for (const each of named) {
    if (each.what === 'storm') {
      refused.push('A storm goes into no case: name its alerts.');
      continue;
    }
    const add = each.what === 'incident' ? addIncident : addAlert;
    await add(parts, person, id, each.id).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error;
      refused.push(error.message);
    });
  }
  const added = named.length - refused.length;
  if (added === 0) return refused.join('\n');
  return refused.length === 0
    ? caseMessage(await caseFor(parts, person, id))
    : [`${plural(added, 'entry', 'entries')} added to case ${id}.`, ...refused].join('\n');
}
