import { perOrganization } from '../../organization/per-organization.ts';
import { uuidOf } from '../../organization/stable.ts';
import type { Call } from '../service.ts';

/** A query that was started: it waits, runs and is done by the world's clock. */
export interface Running<Result> {
  id: string;
  statement: string;
  submitted: Date;
  /** ms that it waited, and then ran. */
  waits: number;
  runs: number;
  cancelled: Date | null;
  result: Result;
}

export type Stage = 'waiting' | 'running' | 'done' | 'cancelled';

const waitsMs = 400;
/** A second, and one more for every 50 MB. */
const runsMs = (bytes: number): number => 1000 + bytes / 50_000;
/** Older ones are forgotten: their rows would stay in memory. */
const keptQueries = 200;

export function stageOf({ submitted, waits, runs, cancelled }: Running<unknown>, now: Date): Stage {
  if (cancelled !== null) return 'cancelled';
  const elapsed = now.getTime() - submitted.getTime();
  return elapsed < waits ? 'waiting' : elapsed < waits + runs ? 'running' : 'done';
}

/** The queries of one service, which an account sees only in the region where it started them. */
export function runningQueries<Result>(service: string) {
  const of = perOrganization(() => new Map<string, Running<Result> & { place: string }>());
  const placeOf = ({ account, region }: Call<unknown>): string => `${account}/${region}`;
  let started = 0;
  return {
    start: (call: Call<unknown>, query: { statement: string; bytes: number; result: Result }): Running<Result> => {
      const queries = of(call.organization);
      const running = {
        id: uuidOf(service, placeOf(call), ++started),
        place: placeOf(call),
        statement: query.statement,
        submitted: call.now,
        waits: waitsMs,
        runs: runsMs(query.bytes),
        cancelled: null,
        result: query.result,
      };
      queries.set(running.id, running);
      for (const id of queries.keys()) {
        if (queries.size <= keptQueries) break;
        queries.delete(id);
      }
      return running;
    },
    find: (call: Call<unknown>, id: string | undefined): Running<Result> | undefined => {
      const found = of(call.organization).get(id ?? '');
      return found?.place === placeOf(call) ? found : undefined;
    },
    /** How many of the caller's are not over yet. */
    open: (call: Call<unknown>): number =>
      [...of(call.organization).values()].filter(
        (query) => query.place === placeOf(call) && ['waiting', 'running'].includes(stageOf(query, call.now)),
      ).length,
  };
}
