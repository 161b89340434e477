import type { KnownBlock, RichTextElement } from '@slack/types';
import { DateTime } from 'luxon';
import { fallback, md } from '../escape.ts';
import type { Message } from '../types.ts';
import { actions, bold, button, code, context, header, lineBreak, richText, section, words } from './elements.ts';
import { linesBlockId, questionIds } from './question-ids.ts';

/** One who called, with how it is known that it stands behind the one before. */
export interface Step {
  kind: 'user' | 'federated' | 'workload' | 'service' | 'account' | 'session' | 'unknown';
  name: string;
  account: string | null;
  arn: string | null;
  key: string | null;
  proof: 'source identity' | 'on behalf of' | 'key match' | 'session name' | 'inferred by time' | 'named in the event';
  /** What IAM Identity Center says of the person, or why it does not; where it was asked. */
  directory?: string;
  /** ISO time. */
  event: { id: string; name: string; time: string; account: string; region: string } | null;
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

/** "alice", "deploy/i-0abc (not known who)" */
export function behind({ steps, problem }: Pick<WhoAnswer, 'steps' | 'problem'>): string {
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
export function whoMessage(answer: WhoAnswer): Message {
  const { asked, steps, problem } = answer;
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
      context(md`${answer.coverage}`),
      ...pivots(answer),
    ],
  };
}

function stepLine({ kind, name, account, key, directory, event }: Step, zone: string): RichTextElement[] {
  return [
    words(`${kindWords[kind]} `),
    bold(name, 150),
    ...(account === null ? [] : [words(' in '), code(account, 20)]),
    ...(key === null ? [] : [words(' with key '), code(key, 40)]),
    ...(directory === undefined ? [] : [words(`, ${directory}`, 300)]),
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

/** What this one did, what the key did, what happened around the first event. */
function pivots({ steps }: WhoAnswer): KnownBlock[] {
  const [first] = steps;
  const last = steps.at(-1);
  const lines = [
    ...(last !== undefined && (last.kind === 'user' || last.kind === 'federated')
      ? [{ label: `What ${last.name} did`, line: `lookup user "${last.name}" --since 7d` }]
      : []),
    ...(first?.key == null ? [] : [{ label: `Key ${first.key}`, line: `lookup key ${first.key}` }]),
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
