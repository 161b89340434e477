import type { Failure } from '../slack/posting.ts';
import { messageOf } from '../words/text.ts';

const patienceMs = 10_000;

/**
 * A request to a service that calls people. `2xx` is an answer, of which 65,536 characters are kept; 429 and 5xx are tried again, every
 * other status is a refusal. No address is in an error: some are secrets.
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
      redirect: 'error',
      signal: AbortSignal.timeout(patienceMs),
      ...request,
    });
    const text = (await response.text()).slice(0, 65_536);
    if (response.ok) return { outcome: 'answered', text };
    const error = `${service} answered ${response.status}`;
    if (response.status === 429 || response.status >= 500)
      return { outcome: 'later', error, waitMs: 60_000, rateLimited: false };
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
