import type { PageChannel, PageState, PageUser } from '../page-api.ts';
import { Avatar, cityOf } from './workspace.tsx';

/** What the centre shows. */
export type Place = { kind: 'channel'; id: string } | { kind: 'home' };

interface Props {
  state: PageState;
  viewer: PageUser;
  channels: PageChannel[];
  place: Place;
  unreadOf: (channel: string) => number;
  onGo: (place: Place) => void;
  onSwitch: (user: string) => void;
}

export function Sidebar({ state, viewer, channels, place, unreadOf, onGo, onSwitch }: Props) {
  const bot = state.users.find((one) => one.id === state.workspace.botUserId);
  const people = state.users.filter((one) => !one.isBot);
  const direct = channels.filter((one) => one.kind === 'dm');
  const item = (channel: PageChannel) => {
    const here = place.kind === 'channel' && place.id === channel.id;
    const count = here ? 0 : unreadOf(channel.id);
    const name = channel.kind === 'dm' ? (bot?.realName ?? channel.name) : channel.name;
    return (
      <li key={channel.id}>
        <button
          type="button"
          className={`side-item ${here ? 'side-here' : ''} ${count > 0 ? 'side-unread' : ''}`}
          data-testid={`channel-${channel.id}`}
          aria-current={here ? 'page' : undefined}
          onClick={() => onGo({ kind: 'channel', id: channel.id })}
        >
          {channel.kind === 'dm' ? <Avatar user={bot} size={20} /> : <span className="hash">#</span>}
          <span className="side-name">{name}</span>
          {count > 0 && (
            <span className="badge" data-testid={`unread-${channel.id}`}>
              <span className="visually-hidden">unread: </span>
              {count}
            </span>
          )}
        </button>
      </li>
    );
  };
  return (
    <nav className="sidebar" aria-label="Workspace">
      <h1>{state.workspace.name}</h1>
      <label className="viewer">
        <span className="viewer-label">You are</span>
        <Avatar user={viewer} size={28} />
        <select data-testid="user-switch" value={viewer.id} onChange={(event) => onSwitch(event.target.value)}>
          {people.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name} ({one.isGuest === true ? 'guest, ' : ''}
              {cityOf(one.timeZone)})
            </option>
          ))}
        </select>
        <small>Switch to see and act as someone else.</small>
      </label>
      <h2>Channels</h2>
      <ul>{channels.filter((one) => one.kind === 'channel').map(item)}</ul>
      {direct.length > 0 && <h2>Direct messages</h2>}
      <ul>{direct.map(item)}</ul>
      <h2>Apps</h2>
      <ul>
        <li>
          <button
            type="button"
            className={`side-item ${place.kind === 'home' ? 'side-here' : ''}`}
            data-testid="home-tab"
            aria-current={place.kind === 'home' ? 'page' : undefined}
            onClick={() => onGo({ kind: 'home' })}
          >
            <Avatar user={bot} size={20} />
            <span className="side-name">{bot?.realName ?? 'Bot'} Home</span>
          </button>
        </li>
      </ul>
    </nav>
  );
}
