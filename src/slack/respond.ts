import type { Message } from './types.ts';

/** Slack has no more use for this address: half an hour is over, or five messages were sent to it. */
class ResponseUrlSpent extends Error {
  override name = 'ResponseUrlSpent';
}

/**
 * Whether Slack takes answers at an address: it signs requests, and whoever has the signing secret could have answers sent to a place
 * of their own. An incoming webhook or a workflow on the same host is one. Another Slack than Slack's own (SLACK_API_URL) takes them
 * on the machine where its API is. Source: docs.slack.dev, "Handling user interaction", "Message responses".
 */
export function isResponseUrl(text: string, apiUrl: string): boolean {
  const [url, api] = [URL.parse(text), new URL(apiUrl)];
  if (url === null || url.username !== '' || url.password !== '') return false;
  if (/^https:\/\/hooks\.slack(?:-gov)?\.com$/.test(url.origin))
    return !/^\/(?:services|workflows|triggers)\//.test(url.pathname);
  return url.protocol === api.protocol && machineOf(url) === machineOf(api);
}

/** A host, by one name where it is this machine. */
const machineOf = ({ hostname }: URL): string => (['127.0.0.1', '[::1]'].includes(hostname) ? 'localhost' : hostname);

/**
 * Shows a message to the person alone to whom Slack gave the response URL. It holds for half an hour and five messages; those
 * to a typed command replace nothing, whatever they ask for (bolt-js issue 2287), those to a press may replace or remove the
 * message with the button. Throws a ResponseUrlSpent, or an Error with Slack's reason.
 */
export async function respondAt(
  responseUrl: string,
  message: Message,
  instead: 'beside' | 'replace' = 'beside',
  threadTs?: string,
): Promise<void> {
  await send(responseUrl, {
    ...message,
    response_type: 'ephemeral',
    replace_original: instead === 'replace',
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
  });
}

/** Removes the message with the button that was pressed. */
export const removeAt = (responseUrl: string): Promise<void> => send(responseUrl, { delete_original: true });

async function send(responseUrl: string, body: object): Promise<void> {
  const response = await fetch(responseUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(10_000),
  });
  const said = await response.text();
  if (response.ok) return;
  if (response.status === 404) throw new ResponseUrlSpent('Slack takes no more messages for this question.');
  throw new Error(`Slack refused an answer: ${said.slice(0, 300)} (HTTP ${response.status}).`);
}
