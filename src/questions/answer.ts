import * as z from 'zod';
import { severities } from '../alerts/severity.ts';
import { EventRow } from '../cloudtrail/row.ts';
import { Summary, Tally } from '../cloudtrail/tally.ts';
import type { LookupAnswer } from '../slack/views/lookup.ts';
import type { StoredQuestion } from '../store/questions.ts';
import { clip } from '../words/text.ts';
import { TreeNode } from './forward.ts';
import { callKinds, type Question } from './lookup-query.ts';
import { narrowed, subjectWords } from './narrowing.ts';
import { type LookupSubject, subjectKinds } from './subject.ts';

/** JSON holds a time as ISO 8601. */
const time = z.iso.datetime().transform((text) => new Date(text));

const KeptSubject = z.object({ kind: z.enum(subjectKinds), value: z.string(), arn: z.string().nullable() });

const KeptQuestion = z.object({
  subject: KeptSubject.nullable(),
  also: z.array(KeptSubject),
  forward: z.boolean(),
  span: z.object({ from: time, to: time }),
  narrowing: z.object({
    errors: z.boolean(),
    writes: z.boolean(),
    reads: z.boolean(),
    only: z.array(z.enum(callKinds)),
    severity: z.enum(severities).nullable(),
    agent: z.string().nullable(),
    notFrom: z.array(z.string()),
  }),
  accounts: z.array(z.string()),
  regions: z.array(z.string()),
  firstSeen: z.boolean(),
  all: z.boolean(),
  notes: z.array(z.string()),
}) satisfies z.ZodType<Question>;

/** A question with what is known of its answer so far, as the store keeps it for a while. */
const KeptLookup = z.object({
  /** One more with each change of this shape: what another version kept is asked again. */
  version: z.literal(4),
  question: KeptQuestion,
  /** The asker's time zone: IANA name. */
  zone: z.string(),
  state: z.enum(['asking', 'searching', 'done', 'cancelled', 'failed']),
  problem: z.string().nullable(),
  summary: Summary,
  rows: z.array(EventRow).readonly(),
  coverage: z.string(),
  whole: z.boolean(),
  gaps: z.string(),
  filters: z.string(),
  source: z.string(),
  read: z.number(),
  notes: z.array(z.string()).readonly(),
  tree: z.array(TreeNode).readonly(),
});
export type KeptLookup = Omit<z.infer<typeof KeptLookup>, 'question'> & { question: Question };

/** A question of which nothing is searched yet. */
export const newLookup = (question: Question, zone: string): KeptLookup => ({
  version: 4,
  question,
  zone,
  state: 'searching',
  problem: null,
  summary: new Tally().summary(),
  rows: [],
  coverage: 'nothing searched yet',
  whole: false,
  gaps: '',
  filters: '',
  source: '',
  read: 0,
  notes: question.notes,
  tree: [],
});

/** Whether this version of Trailwatch kept a question. */
export const isReadable = ({ answer }: Pick<StoredQuestion, 'answer'>): boolean => KeptLookup.safeParse(answer).success;

/** A question as the store holds it. @throws z.ZodError when another version of Trailwatch kept it */
export const keptLookup = ({ answer }: Pick<StoredQuestion, 'answer'>): KeptLookup => KeptLookup.parse(answer);

/** What its message is drawn from. */
export const shownLookup = ({ version: _, question, ...found }: KeptLookup): LookupAnswer => ({
  ...found,
  asked: askedIn(question),
  subjects: subjectsOf(question),
  line: lineOf(question),
  from: question.span.from.toISOString(),
  to: question.span.to.toISOString(),
});

/** All that a question is about. */
export const subjectsOf = ({ subject, also }: Question): readonly LookupSubject[] =>
  subject === null ? also : [subject, ...also];

/** The message of a question as the store holds it. @throws z.ZodError when another version of Trailwatch kept it */
export const answerOf = (stored: Pick<StoredQuestion, 'answer'>): LookupAnswer => shownLookup(keptLookup(stored));

/** The question in words: "user alice, failures only". */
export function askedIn(question: Question): string {
  const { subject, also, forward, accounts, regions } = question;
  const alike = also.filter(({ kind }) => kind === subject?.kind);
  const what =
    subject === null
      ? 'everything'
      : [subjectWords(subject), ...alike.map(({ value, arn }) => clip(arn ?? value, 60))].join(' or ');
  const place = [...accounts, ...regions].join(', ');
  return clip(
    [
      forward ? `all that came of ${what}` : what,
      ...narrowed(question).words,
      ...(question.firstSeen ? ['only what is new'] : []),
      ...(place === '' ? [] : [`in ${place}`]),
    ].join(', '),
    140,
  );
}

/** A question; without an end it goes up to now. */
type OpenQuestion = Omit<Question, 'span'> & { span: { from: Date; to: Date | null } };

/** The question as it would be typed, with its times, for people: asked again it is the same question. */
export function lineOf({
  subject,
  also,
  forward,
  narrowing,
  span,
  accounts,
  regions,
  firstSeen,
  all,
}: OpenQuestion): string {
  const quoted = (text: string): string => (/[\s"]/.test(text) ? `"${text}"` : text);
  const options = [
    ...also.map(({ kind, value, arn }) => `--${kind} ${quoted(arn ?? value)}`),
    `--since ${span.from.toISOString()}`,
    ...(span.to === null ? [] : [`--until ${span.to.toISOString()}`]),
    ...(accounts.length === 0 ? [] : [`--account ${accounts.join(',')}`]),
    ...(regions.length === 0 ? [] : [`--region ${regions.join(',')}`]),
    ...(narrowing.only.length === 0 ? [] : [`--only ${narrowing.only.join(',')}`]),
    ...(narrowing.severity === null ? [] : [`--severity ${narrowing.severity}`]),
    ...(narrowing.agent === null ? [] : [`--user-agent "${narrowing.agent.replaceAll('"', '')}"`]),
    ...(narrowing.notFrom.length === 0 ? [] : [`--not-from ${narrowing.notFrom.join(',')}`]),
    ...(narrowing.errors ? ['--errors'] : []),
    ...(narrowing.writes ? ['--writes'] : []),
    ...(narrowing.reads ? ['--reads'] : []),
    ...(firstSeen ? ['--new'] : []),
    ...(all ? ['--all'] : []),
  ];
  return [
    'lookup',
    subject === null ? 'everything' : `${forward ? 'from' : subject.kind} "${subject.arn ?? subject.value}"`,
    ...options,
  ].join(' ');
}
