import { useEffect, useState } from 'react';
import type { PageEvent, PageState } from '../page-api.ts';
import { applyEvent, sorted } from './store.ts';

/** Events that come close together (a storm of alerts) are drawn together. */
const flushMs = 16;
const retryMs = 1000;

/**
 * The server's state, kept up to date by its events. Each new connection reads the state again, so nothing that
 * happened while the page was cut off is missed; events that arrive before the state is read are applied to it.
 */
export function useLiveState(): { state: PageState | undefined; connected: boolean } {
  const [state, setState] = useState<PageState>();
  const [connected, setConnected] = useState(false);
  useEffect(() => {
    let source: EventSource;
    let retry: ReturnType<typeof setTimeout>;
    let stopped = false;

    const connect = () => {
      let waiting: PageEvent[] = [];
      let loaded = false;
      let flush: ReturnType<typeof setTimeout> | undefined;
      source = new EventSource('/page/events');
      const again = () => {
        setConnected(false);
        source.close();
        clearTimeout(retry);
        if (!stopped) retry = setTimeout(connect, retryMs);
      };
      const apply = () => {
        flush = undefined;
        const events = waiting;
        waiting = [];
        setState((now) => now && events.reduce(applyEvent, now));
      };
      source.onopen = async () => {
        try {
          const response = await fetch('/page/state');
          if (!response.ok) throw new Error(`HTTP ${response.status}`);
          const fresh: PageState = await response.json();
          setState(sorted(fresh));
          loaded = true;
          apply();
          setConnected(true);
        } catch {
          again();
        }
      };
      source.onmessage = (message) => {
        const event: PageEvent = JSON.parse(message.data);
        waiting.push(event);
        if (loaded && flush === undefined) flush = setTimeout(apply, flushMs);
      };
      source.onerror = again;
    };
    connect();
    return () => {
      stopped = true;
      clearTimeout(retry);
      source.close();
    };
  }, []);
  return { state, connected };
}
