import * as z from 'zod';
import type { Asker } from '../aws/aws.ts';
import type { Parts } from '../parts.ts';
import type { StoredQuestion } from '../store/questions.ts';
import type { Grammar, Typed } from '../words/typed.ts';
import type { Wrong } from './wrong.ts';

/** An answer that is a table with some sentences, as the store keeps it for a while. Secrets are masked in it. */
const TableAnswer = z.object({
  /** One more with each change of this shape: what another version kept is asked again. */
  version: z.literal(1),
  kind: z.literal('table'),
  /** In words: "3 sessions: ana, 7 days". */
  title: z.string(),
  /** What could be typed after /audit to ask this again. */
  line: z.string(),
  /** What there is to say above the table, a sentence each. */
  facts: z.array(z.string()),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.string())),
  /** On what the answer rests. */
  coverage: z.string(),
  /** Which places did not answer; '': all did. */
  gaps: z.string(),
  whole: z.boolean(),
  /** Questions that follow, as they would be typed. */
  next: z.array(z.object({ label: z.string(), line: z.string() })),
  /** It may be shown to everybody in a channel. */
  shareable: z.boolean(),
});
export type TableAnswer = z.output<typeof TableAnswer>;

/** An answer as the store holds it; undefined: it is another question's, or another version of Trailwatch kept it. */
export const keptTable = ({ answer }: Pick<StoredQuestion, 'answer'>): TableAnswer | undefined =>
  TableAnswer.safeParse(answer).data;

/** Who asks, and how. */
export interface TableAsking {
  asker: Asker;
  /** The asker's time zone: IANA name. */
  zone: string;
  signal: AbortSignal;
  /** Is told how far it is: "12 of 40 regions". */
  progress: (sentence: string) => void;
}

/** A question whose answer is a table; Slack and the terminal ask it the same way. */
export interface TableQuestion {
  name: string;
  usage: string;
  sentence: string;
  grammar?: Grammar;
  /** @throws AwsTrouble when AWS cannot be asked at all */
  ask: (
    parts: Pick<Parts, 'aws' | 'config' | 'now'>,
    typed: Typed,
    asking: TableAsking,
  ) => Promise<Omit<TableAnswer, 'version' | 'kind'> | { wrong: Wrong }>;
}
