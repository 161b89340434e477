import type { Place } from './aws.ts';

/** What an answer rests on: without it a short list cannot be told from a blind one. */
export interface Coverage {
  accounts: { asked: number; answered: number };
  regions: { asked: number; answered: number };
  /** Places that gave no answer or not the whole one, each with the reason in one sentence. */
  missing: readonly { place: Place; kind: string; reason: string }[];
  /** The oldest time up to which every answering place was searched to the end; null: nothing was searched by time. */
  searchedBackTo: Date | null;
  /** False when anything that was asked for was not searched. */
  whole: boolean;
}
