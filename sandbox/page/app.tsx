import { useCallback, useEffect, useMemo, useState } from 'react';
import type { PageCaption, PageMessage, PageState } from '../page-api.ts';
import { Composer } from './composer.tsx';
import { useLiveState } from './live.ts';
import { Messages } from './messages.tsx';
import { Panel } from './panel.tsx';
import { type Place, Sidebar } from './sidebar.tsx';
import { channelMessages, channelsOf, homeView, threadMessages, topModal, unread } from './store.ts';
import { Home, Modals } from './view.tsx';
import { cityOf, useDark, useNow, type Workspace, WorkspaceProvider } from './workspace.tsx';

export function App() {
  const { state, connected } = useLiveState();
  if (!state)
    return (
      <p className="empty" role="status">
        Waiting for the sandbox …
      </p>
    );
  return <Slack state={state} connected={connected} />;
}

/** What happens now in a story that is played. */
function Caption(props: {
  caption: PageCaption;
  /** The channel that is open. */
  here: string | undefined;
  onShow: (channel: string) => void;
  onClose: (step: number) => void;
}) {
  const { caption, here, onShow, onClose } = props;
  return (
    <p className="caption" role="status" data-testid="caption">
      <strong>
        {caption.step}/{caption.of}
      </strong>
      <span>{caption.text}</span>
      {caption.channel !== here && (
        <button type="button" className="button" data-testid="caption-show" onClick={() => onShow(caption.channel)}>
          Show
        </button>
      )}
      <button
        type="button"
        className="close"
        aria-label="Close the caption"
        data-testid="caption-close"
        onClick={() => onClose(caption.step)}
      >
        ✕
      </button>
    </p>
  );
}

/** Who looks and where stand in the address, so a reload keeps them and two tabs can be two people. */
const fromAddress = (name: string): string | null => new URLSearchParams(location.search).get(name);

function toAddress(values: Record<string, string>) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) query.set(name, value);
  history.replaceState(null, '', `?${query}`);
}

/** As chat.getPermalink makes them. */
const permalink = /^https:\/\/[\w-]+\.slack\.com\/archives\/(\w+)\/p(\d{10})(\d{6})$/;

const wide = () => window.matchMedia('(min-width: 1100px)').matches;

/** The newest message of each channel. */
const newest = (state: PageState): Record<string, string> =>
  Object.fromEntries(state.messages.map((one) => [one.channel, one.ts]));

function Slack({ state, connected }: { state: PageState; connected: boolean }) {
  const dark = useDark();
  const now = useNow(state.clockOffset, 30_000);
  const minute = Math.floor(now.getTime() / 30_000);
  const people = state.users.filter((one) => !one.isBot);
  const [userId, setUserId] = useState(() => fromAddress('user') ?? people[0]?.id ?? '');
  const viewer = people.find((one) => one.id === userId) ?? people[0];
  const [place, setPlace] = useState<Place>(() => {
    const asked = fromAddress('place');
    if (asked === 'home') return { kind: 'home' };
    const channel =
      state.channels.find((one) => one.id === asked) ?? state.channels.find((one) => one.kind === 'channel');
    return { kind: 'channel', id: channel?.id ?? '' };
  });
  const [thread, setThread] = useState<{ channel: string; ts: string }>();
  const [panelOpen, setPanelOpen] = useState(wide);
  const [menuOpen, setMenuOpen] = useState(false);
  // A caption that was closed stays closed; the next one of the story is shown.
  const [captionClosed, setCaptionClosed] = useState<number>();
  // What stood here when the page was opened counts as read, by everybody.
  const [opened] = useState(() => newest(state));
  const [read, setRead] = useState<Record<string, string>>({});

  useEffect(() => {
    if (!menuOpen) return undefined;
    const close = (event: KeyboardEvent) => {
      if (event.key === 'Escape') setMenuOpen(false);
    };
    window.addEventListener('keydown', close);
    return () => window.removeEventListener('keydown', close);
  }, [menuOpen]);

  const channelId = place.kind === 'channel' ? place.id : undefined;
  const channelNewest = state.messages.findLast((one) => one.channel === channelId)?.ts;
  useEffect(() => {
    if (viewer && channelId && channelNewest)
      setRead((before) => ({ ...before, [`${viewer.id} ${channelId}`]: channelNewest }));
  }, [viewer, channelId, channelNewest]);

  const go = useCallback((next: Place) => {
    setPlace(next);
    setThread(undefined);
    setMenuOpen(false);
    toAddress({ place: next.kind === 'home' ? 'home' : next.id });
  }, []);
  const openChannel = useCallback((id: string) => go({ kind: 'channel', id }), [go]);
  const openLink = useCallback(
    (url: string) => {
      const [, channel, whole, rest] = permalink.exec(url) ?? [];
      if (channel === undefined) {
        if (/^https?:\/\//i.test(url)) window.open(url, '_blank', 'noopener,noreferrer');
        return;
      }
      go({ kind: 'channel', id: channel });
      setThread({ channel, ts: `${whole}.${rest}` });
    },
    [go],
  );
  const openThread = useCallback(
    (message: PageMessage) => setThread({ channel: message.channel, ts: message.threadTs ?? message.ts }),
    [],
  );

  const { users, usergroups, channels, shortcuts, workspace } = state;
  // Rebuilt only when something in it changes, so a new message does not draw all the others again.
  const context = useMemo(
    () =>
      viewer && {
        users,
        usergroups,
        channels,
        shortcuts,
        bot: workspace.botUserId,
        viewer,
        now: new Date(minute * 30_000),
        dark,
        openChannel,
        openLink,
      },
    [users, usergroups, channels, shortcuts, workspace, viewer, minute, dark, openChannel, openLink],
  ) satisfies Workspace | undefined;
  if (!viewer || !context)
    return <p className="empty">This workspace has no people: the sandbox must know at least one.</p>;

  const mine = channelsOf(state, viewer.id);
  // A direct message of the person before is nobody else's: their own takes its place.
  const channel =
    place.kind === 'home'
      ? undefined
      : (mine.find((one) => one.id === place.id) ??
        mine.find((one) => one.kind === state.channels.find((other) => other.id === place.id)?.kind) ??
        mine[0]);
  const unreadOf = (id: string) => unread(state, id, viewer.id, read[`${viewer.id} ${id}`] ?? opened[id] ?? '0');
  const modal = topModal(state, viewer.id);
  const replies = thread && threadMessages(state, thread.channel, thread.ts, viewer.id);
  const bot = users.find((one) => one.id === workspace.botUserId)?.realName ?? 'the bot';
  const name = channel ? (channel.kind === 'dm' ? bot : `#${channel.name}`) : `${bot} Home`;

  return (
    <WorkspaceProvider workspace={context}>
      <title>{`${name} – ${workspace.name}`}</title>
      <div
        className={`app ${menuOpen ? 'app-menu' : ''} ${thread ? 'app-thread' : ''} ${panelOpen ? 'app-panel' : ''}`}
      >
        <Sidebar
          state={state}
          viewer={viewer}
          channels={mine}
          place={channel ? { kind: 'channel', id: channel.id } : place}
          unreadOf={unreadOf}
          onGo={go}
          onSwitch={(user) => {
            setUserId(user);
            setThread(undefined);
            toAddress({ user });
          }}
        />
        <main className="centre">
          <header className="centre-head">
            <button
              type="button"
              className="burger"
              aria-label="Channels and people"
              aria-expanded={menuOpen}
              data-testid="menu"
              onClick={() => setMenuOpen(!menuOpen)}
            >
              ☰
            </button>
            <div className="centre-title">
              <h2 data-testid="place">{name}</h2>
              <p>{channel?.kind === 'dm' ? `Between ${viewer.name} and ${bot}` : channel?.topic}</p>
            </div>
            <p className="you">
              You are <strong>{viewer.name}</strong> ({cityOf(viewer.timeZone)})
            </p>
            <button
              type="button"
              className={panelOpen && !thread ? 'button button-on' : 'button'}
              aria-pressed={panelOpen}
              data-testid="panel-toggle"
              onClick={() => {
                // With a thread in its place the panel is what one asks for, not one that is hidden already.
                setPanelOpen(thread && !window.matchMedia('(min-width: 1600px)').matches ? true : !panelOpen);
                if (thread && !window.matchMedia('(min-width: 1600px)').matches) setThread(undefined);
              }}
            >
              🧪 Sandbox
            </button>
          </header>
          {!connected && (
            <p className="banner" role="status" data-testid="offline">
              The sandbox does not answer; trying again …
            </p>
          )}
          {state.caption !== null && state.caption.step !== captionClosed && (
            <Caption caption={state.caption} onShow={openChannel} onClose={setCaptionClosed} here={channel?.id} />
          )}
          {channel ? (
            <>
              <Messages
                key={`${viewer.id} ${channel.id}`}
                messages={channelMessages(state, channel.id, viewer.id)}
                label={`Messages in ${name}`}
                empty={
                  channel.kind === 'dm'
                    ? `What ${bot} tells ${viewer.name} alone appears here.`
                    : 'Nothing yet. Send something from the Sandbox panel, or type / to see the commands.'
                }
                onOpenThread={openThread}
              />
              <Composer
                key={`composer ${channel.id}`}
                channel={channel.id}
                commands={state.commands}
                placeholder={`Message ${name} or type /`}
                testId="composer"
              />
            </>
          ) : (
            <Home key={viewer.id} view={homeView(state, viewer.id)} />
          )}
        </main>
        {thread && replies && (
          <aside className="pane thread" aria-label="Thread" data-testid="thread">
            <header className="pane-head">
              <h2>Thread</h2>
              <span className="hint">{name}</span>
              <button
                type="button"
                className="close"
                aria-label="Close the thread"
                data-testid="thread-close"
                onClick={() => setThread(undefined)}
              >
                ✕
              </button>
            </header>
            <Messages
              key={`${viewer.id} ${thread.ts}`}
              messages={replies}
              label="Messages in the thread"
              empty="This message is gone."
            />
            <Composer
              key={`composer ${thread.ts}`}
              channel={thread.channel}
              threadTs={thread.ts}
              commands={[]}
              placeholder="Reply …"
              testId="thread-composer"
            />
          </aside>
        )}
        {panelOpen && <Panel state={state} onClose={() => setPanelOpen(false)} />}
        {menuOpen && (
          <button type="button" className="veil" aria-label="Close the menu" onClick={() => setMenuOpen(false)} />
        )}
      </div>
      {modal && (
        <Modals
          key={viewer.id}
          views={[...modal.stack.flatMap((id) => state.views.filter((one) => one.id === id)), modal]}
          top={modal}
        />
      )}
    </WorkspaceProvider>
  );
}
