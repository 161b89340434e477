import { hourMs } from '../words/time.ts';

/** What a route has done about who made the call: they are asked whether it was them; and a Yes resolves what is below high. */
export const askModes = ['actor', 'actorResolves'] as const;
export type AskMode = (typeof askModes)[number];

/** For how long an answer is waited for. Silence changes nothing. */
export const answerMs = hourMs;
/** Questions that one person is asked in an hour: more would be answered without reading. */
export const mostAnHour = 3;

/** How the question to the person behind an alert stands. */
export interface ActorQuestion {
  alertId: number;
  /** Slack user id. */
  user: string;
  email: string;
  /** How it is known that they stand behind the call. */
  proof: string;
  answer: 'open' | 'yes' | 'no' | 'expired';
  /** Why it was them, in their words. */
  reason: string | null;
  expiresAt: Date;
}

const email = /^[^\s@<>|"']{1,64}@[^\s@<>|"']+\.[^\s@<>|"']{2,}$/;

/**
 * The person at the end of a chain, by an e-mail address; undefined where no person is known to be behind the call: a role, a
 * workload, a service, a robot's user without an address, and whatever was only inferred.
 */
export function personBehind(
  steps: readonly { kind: string; name: string; email?: string; proof: string }[],
  problem: string | null,
): { email: string; proof: string } | undefined {
  const last = steps.at(-1);
  if (last === undefined || problem !== null || (last.kind !== 'federated' && last.kind !== 'user')) return undefined;
  if (steps.some(({ proof }) => proof === 'inferred by time')) return undefined;
  const address = [last.email, last.name].find((each) => each !== undefined && email.test(each));
  return address === undefined ? undefined : { email: address.toLowerCase(), proof: last.proof };
}
