import type { Failure } from '../slack/posting.ts';
import { messageOf } from '../words/text.ts';

const patienceMs = 10_000;

/** Statuses beside 5xx that another try may change. Source: RFC 9110, 15.5.9 (408), RFC 8470 (425), RFC 6585 (429). */
const passing = new Set([408, 425, 429]);
const usualWaitMs = 60_000;
const longestWaitMs = 10 * 60_000;

/** How long a service asks to wait: seconds in `retry-after`, no less than five, no more than ten minutes; else a minute. */
function waitOf({ headers }: Response): number {
  const seconds = headers.get('retry-after') ?? '';
  return /^\d+$/.test(seconds) ? Math.min(Math.max(Number(seconds) * 1000, 5000), longestWaitMs) : usualWaitMs;
}

/**
 * A request to a service that calls people. `2xx` is an answer, of which 65,536 characters are kept; 408, 425, 429 and 5xx are tried
 * again, every other status is a refusal, a redirect too: what is sent is for one address. No address is in an error: some are secrets.
 */
export async function ask(
  service: string,
  url: string,
  request: { method?: 'GET' | 'POST'; headers?: Record<string, string>; body?: string | URLSearchParams },
  hint: string,
): Promise<{ outcome: 'answered'; text: string } | Failure> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(patienceMs),
      ...request,
    });
    const text = (await response.text()).slice(0, 65_536);
    if (response.ok) return { outcome: 'answered', text };
    const error = `${service} answered ${response.status}`;
    if (passing.has(response.status) || response.status >= 500)
      return { outcome: 'later', error, waitMs: waitOf(response), rateLimited: false };
    return { outcome: 'refused', about: 'else', error: `${error}: ${hint}` };
  } catch (error) {
    return {
      outcome: 'later',
      error: `${service} cannot be reached (${messageOf(error)})`,
      waitMs: 30_000,
      rateLimited: false,
    };
  }
}

/** A variable that is needed and not set. */
export const notSet = (variable: string, target: string): Failure => ({
  outcome: 'refused',
  about: 'else',
  error: `${variable} is not set in the environment, so ${target} cannot be called`,
});
