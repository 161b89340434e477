import { WebClient, type WebClientOptions } from '@slack/web-api';

/** How long one request to Slack may take, in milliseconds. */
const requestTimeoutMs = 10_000;

/**
 * Options of every Slack client. By default the client repeats posts by itself (duplicates), waits for ever, and lets
 * a 429 on one channel hold up all others; here the outbox decides what is tried again and when.
 */
export const clientOptions = (apiUrl: string): WebClientOptions => ({
  slackApiUrl: apiUrl,
  timeout: requestTimeoutMs,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
});

export const slackClient = (token: string, apiUrl: string): WebClient => new WebClient(token, clientOptions(apiUrl));
