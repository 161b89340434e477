import type { KnownBlock, RichTextElement } from '@slack/types';
import { DateTime } from 'luxon';
import { listed, plural } from '../../words/text.ts';
import { fallback, md } from '../escape.ts';
import type { Message } from '../types.ts';
import { addToCaseButton } from './case.ts';
import { actions, bold, button, code, context, header, lineBreak, richText, section, words } from './elements.ts';
import { linesBlockId, questionBlockId, questionIds } from './question-ids.ts';

/** One who called, with how it is known that it stands behind the one before. */
interface Step {
  kind: 'user' | 'federated' | 'workload' | 'service' | 'account' | 'session' | 'unknown';
  name: string;
  account: string | null;
  arn: string | null;
  key: string | null;
  proof: 'source identity' | 'on behalf of' | 'key match' | 'session name' | 'inferred by time' | 'named in the event';
  /** What IAM Identity Center says of the person, or why it does not; where it was asked. */
  directory?: string;
  /** Who made its long-term key, or last made or changed the function. */
  maker?: { by: string; event: StepEvent };
  event: StepEvent | null;
}

interface StepEvent {
  id: string;
  name: string;
  /** ISO time. */
  time: string;
  account: string;
  region: string;
}

/** Sessions of one name that the same one made. Times are ISO 8601, UTC. */
export interface SessionGroup {
  /** Who is behind them. */
  behind: string;
  /** Why that is not known; null: it is. */
  problem: string | null;
  sessions: number;
  events: number;
  first: string;
  last: string;
  accounts: readonly string[];
  /** Five at most. */
  addresses: readonly string[];
  /** The question about the newest of them. */
  line: string;
}

/** From who called (the first) to who stands behind it (the last). */
export interface WhoAnswer {
  /** What was asked about: a key, a session, an event. */
  asked: string;
  steps: readonly Step[];
  /** Why the chain ends before a person, a workload or a service; null: it does not. */
  problem: string | null;
  zone: string;
  /** On what finding the event rests. */
  coverage: string;
  /** Where many sessions may bear the name that was asked about: who made them. With more than one there are no steps. */
  origins: readonly SessionGroup[];
}

const kindWords: Record<Step['kind'], string> = {
  user: '👤 IAM user',
  federated: '👤 person',
  workload: '⚙️ workload',
  service: '☁️ AWS service',
  account: '🏢 account outside',
  session: '🎭 role session',
  unknown: '❓ not known',
};

const proofWords: Record<Step['proof'], string> = {
  'source identity': 'proved: the session carries this source identity, which nobody further down can change',
  'on behalf of': 'proved: Identity Center says for whom the session acts',
  'key match': 'proved: the event that made the session gave out the very key that was used',
  'session name': 'proved: Identity Center names its sessions after the person',
  'inferred by time': 'inferred: a session of this name was made shortly before; its key is not known',
  'named in the event': 'named in the event itself',
};

/** "2 sessions by mallory from 198.51.100.66, 06:00 – 06:05; who ASIA…", `time` writes a time for the reader. */
export const originLine = (
  { behind: who, problem, sessions, events, first, last, accounts, addresses, line }: SessionGroup,
  time: (iso: string) => string,
): string =>
  [
    `${who}: ${plural(sessions, 'session')}, ${plural(events, 'event')}, ${time(first)} – ${time(last)}`,
    ...(addresses.length === 0 ? [] : [`from ${addresses.join(', ')}`]),
    `in ${listed(accounts, 5)}`,
    ...(problem === null ? [] : [problem]),
    line,
  ].join('; ');

/** "alice", "deploy/i-0abc (not known who)", "mallory or alice" */
export function behind({
  steps,
  problem,
  origins = [],
}: Pick<WhoAnswer, 'steps' | 'problem'> & Partial<Pick<WhoAnswer, 'origins'>>): string {
  if (origins.length > 1)
    return `${origins.length} different: ${listed(
      origins.map((group) => group.behind),
      4,
    )}`;
  const last = steps.findLast(({ kind }) => kind !== 'unknown');
  if (problem === null && last !== undefined) return last.name;
  return last === undefined ? 'not known' : `not known, behind ${last.name}`;
}

/** The whole chain as one sentence: what screen readers and notifications say of the picture. */
export const spokenChain = ({ steps }: Pick<WhoAnswer, 'steps'>): string =>
  steps
    .map(
      ({ kind, name, proof, directory }, place) =>
        `${place === 0 ? '' : `, behind it ${proof === 'inferred by time' ? 'probably ' : ''}`}${kindWords[kind].replace(/^\S+ /, '')} ${name}${directory === undefined ? '' : ` (${directory})`}`,
    )
    .join('');

/** A chain as a picture of steps: who called on top, then an arrow for each hop, and who stands behind it at the end. */
export function whoMessage(answer: WhoAnswer, id: number): Message {
  const { asked, steps, problem, origins } = answer;
  if (origins.length > 1) return originsMessage(answer, id);
  const title = `${behind(answer)} is behind ${asked}`;
  return {
    text: fallback(
      md`${problem === null ? title : `Not known who is behind ${asked}. ${problem}`} ${spokenChain(answer)}.`,
    ),
    blocks: [
      header(problem === null ? title : `Who is behind ${asked}? Not known`),
      ...steps.flatMap((step, place): KnownBlock[] => [
        ...(place === 0 ? [] : [context(md`⬇️ ${proofWords[step.proof]}`)]),
        richText(...stepLine(step, answer.zone)),
      ]),
      ...(problem === null ? [] : [section(md`⚠️ ${problem}`)]),
      ...origins.filter(({ sessions }) => sessions > 1).map((group) => context(md`${sessionsOf(group, answer.zone)}`)),
      context(md`${answer.coverage}`),
      ...pivots(answer),
      actions(questionBlockId('who', id), [addToCaseButton(id, title)]),
    ],
  };
}

const localTime = (iso: string, zone: string): string =>
  DateTime.fromISO(iso, { zone }).setLocale('en').toFormat('d LLL HH:mm');

const sessionsOf = ({ sessions, first, last, accounts }: SessionGroup, zone: string): string =>
  `${plural(sessions, 'session')} of this name, all made so: ${localTime(first, zone)} – ${localTime(last, zone)} (${zone}), in ${plural(accounts.length, 'account')}. The newest is shown.`;

/** Origins that are shown. */
const mostOrigins = 12;

/** Sessions of one name that different ones made: each with its question, for nobody knows which one is meant. */
function originsMessage({ asked, origins, problem, zone, coverage }: WhoAnswer, id: number): Message {
  const sessions = origins.reduce((sum, group) => sum + group.sessions, 0);
  const title = `${plural(sessions, 'session')} of ${origins.length} origins: ${asked}`;
  const shown = origins.slice(0, mostOrigins);
  const left = origins.length - shown.length;
  return {
    text: fallback(
      md`${title}. ${listed(
        shown.map((group) => group.behind),
        4,
      )}.`,
    ),
    blocks: [
      header(title),
      section(
        md`Different ones made sessions of this name, which whoever takes a role chooses. Ask about one of them by its key or event.`,
      ),
      ...shown.map((group) =>
        richText(
          words(
            originLine(group, (iso) => localTime(iso, zone)),
            600,
          ),
        ),
      ),
      ...(left > 0 ? [context(md`and ${left} more`)] : []),
      ...(problem === null ? [] : [section(md`⚠️ ${problem}`)]),
      context(md`${coverage}`),
      actions(
        linesBlockId,
        shown
          .slice(0, 5)
          .map(({ behind: who, line }, place) =>
            button(`${questionIds.line}:${place}`, `By ${who}`, line, `Follow the newest session by ${who}`),
          ),
      ),
      actions(questionBlockId('who', id), [addToCaseButton(id, title)]),
    ],
  };
}

function stepLine({ kind, name, account, key, directory, maker, event }: Step, zone: string): RichTextElement[] {
  return [
    words(`${kindWords[kind]} `),
    bold(name, 150),
    ...(account === null ? [] : [words(' in '), code(account, 20)]),
    ...(key === null ? [] : [words(' with key '), code(key, 40)]),
    ...(directory === undefined ? [] : [words(`, ${directory}`, 300)]),
    ...(maker === undefined
      ? []
      : [
          words(`, ${makerWords(kind)} ${maker.by} (${maker.event.name} ${localTime(maker.event.time, zone)}, event `),
          code(maker.event.id, 40),
          words(')'),
        ]),
    ...(event === null
      ? []
      : [
          lineBreak,
          words(
            `${event.name}, ${DateTime.fromISO(event.time, { zone }).setLocale('en').toFormat('d LLL HH:mm:ss')} (${zone}), ${event.account} ${event.region}, event `,
          ),
          code(event.id, 40),
        ]),
  ];
}

/** What the maker of a step made. */
export const makerWords = (kind: Step['kind']): string =>
  kind === 'workload' ? 'last made or changed by' : 'whose key was made by';

/** What this one did, what the key did, what happened around the first event. */
function pivots({ steps }: WhoAnswer): KnownBlock[] {
  const [first] = steps;
  const last = steps.at(-1);
  const lines = [
    ...(last !== undefined && (last.kind === 'user' || last.kind === 'federated')
      ? [{ label: `What ${last.name} did`, line: `lookup user "${last.name}" --since 7d` }]
      : []),
    ...(first?.key == null
      ? []
      : [
          { label: `Key ${first.key}`, line: `lookup key ${first.key}` },
          { label: 'All that came of it', line: `lookup from ${first.key}` },
        ]),
    ...(first?.kind === 'session'
      ? [{ label: 'This session', line: `lookup user "${first.name.split('/').at(-1)}" --since 7d` }]
      : []),
    ...(first?.event == null
      ? []
      : [
          {
            label: '15 min around',
            line: `lookup around ${first.event.time} --account ${first.event.account} --region ${first.event.region}`,
          },
        ]),
  ].filter(({ line }) => line.length < 1500);
  if (lines.length === 0) return [];
  return [
    actions(
      linesBlockId,
      lines.map(({ label, line }, place) => button(`${questionIds.line}:${place}`, label, line, `Look up: ${label}`)),
    ),
  ];
}
