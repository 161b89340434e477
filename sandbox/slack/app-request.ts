import type { Json } from './json.ts';

export interface AppRequest {
  kind: 'slash_commands' | 'interactive' | 'events_api';
  payload: Json;
  retry?: Retry;
}

/** Why a delivery is repeated. Source: Slack, Events API, "Retries". */
export interface Retry {
  num: number;
  reason: 'http_timeout' | 'http_error' | 'connection_failed';
}
