import { Fragment, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { PageMessage } from '../page-api.ts';
import { dayName } from './blocks/dates.ts';
import { Message } from './message.tsx';
import { useWorkspace } from './workspace.tsx';

/** Older messages are drawn when asked for: a long storm stays quick. */
const shownAtOnce = 100;
/** Messages of one person within this time are drawn as one group. */
const groupMs = 5 * 60_000;
/** So close to the end, in pixels, the reader is taken to follow along. */
const nearEnd = 80;

const timeOf = (message: PageMessage): Date => new Date(Number(message.ts) * 1000);

const follows = (before: PageMessage | undefined, message: PageMessage): boolean =>
  before !== undefined &&
  before.user === message.user &&
  before.ephemeralFor === undefined &&
  message.ephemeralFor === undefined &&
  before.replyCount === 0 &&
  timeOf(message).getTime() - timeOf(before).getTime() < groupMs;

interface Props {
  messages: PageMessage[];
  label: string;
  empty: string;
  onOpenThread?: (message: PageMessage) => void;
}

/** The list of messages, with lines between days; it scrolls to new ones unless the reader has scrolled up. */
export function Messages({ messages, label, empty, onOpenThread }: Props) {
  const { now, viewer } = useWorkspace();
  const [limit, setLimit] = useState(shownAtOnce);
  const [below, setBelow] = useState(false);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);

  const toEnd = useCallback(() => {
    following.current = true;
    setBelow(false);
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  }, []);
  // A picture that loads or a message that grows keeps the end in sight too.
  useEffect(() => {
    if (!content.current) return;
    const observer = new ResizeObserver(() => following.current && toEnd());
    observer.observe(content.current);
    return () => observer.disconnect();
  }, [toEnd]);
  const last = messages.at(-1);
  const seen = useRef<string>(undefined);
  useLayoutEffect(() => {
    if (!last || last.ts === seen.current) return;
    seen.current = last.ts;
    if (following.current || last.user === viewer.id) toEnd();
    else setBelow(true);
  }, [last, viewer.id, toEnd]);

  const shown = messages.slice(-limit);
  return (
    <div className="messages-frame">
      <div
        className="messages"
        ref={scroller}
        data-testid="messages"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard.
        tabIndex={0}
        role="log"
        aria-label={label}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          following.current = scrollHeight - scrollTop - clientHeight < nearEnd;
          if (following.current) setBelow(false);
        }}
      >
        <div ref={content} className="messages-content">
          {messages.length === 0 && <p className="empty">{empty}</p>}
          {messages.length > shown.length && (
            <button type="button" className="earlier" onClick={() => setLimit(limit + shownAtOnce)}>
              Show earlier messages ({messages.length - shown.length})
            </button>
          )}
          {shown.map((message, index) => {
            const before = shown[index - 1];
            const day = dayName(timeOf(message), now, viewer.timeZone);
            const newDay = !before || dayName(timeOf(before), now, viewer.timeZone) !== day;
            return (
              <Fragment key={message.ts}>
                {newDay && (
                  <div className="day">
                    <span>{day}</span>
                  </div>
                )}
                <Message message={message} compact={!newDay && follows(before, message)} onOpenThread={onOpenThread} />
              </Fragment>
            );
          })}
        </div>
      </div>
      {below && (
        <button type="button" className="new-below" data-testid="new-messages" onClick={toEnd}>
          New messages ↓
        </button>
      )}
    </div>
  );
}
