import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import type { PageChannel, PageFile, PageState, PageUser } from '../page-api.ts';

/** What drawing a message needs to know of the workspace and of who looks at it. */
export interface Workspace {
  users: PageUser[];
  usergroups: PageState['usergroups'];
  channels: PageChannel[];
  shortcuts: PageState['shortcuts'];
  /** The bot's user id. */
  bot: string;
  viewer: PageUser;
  /** The sandbox's clock, to the minute or so. */
  now: Date;
  dark: boolean;
  openChannel: (id: string) => void;
  /** A permalink of this workspace leads to its message here, any other address to a new tab. */
  openLink: (url: string) => void;
}

const WorkspaceContext = createContext<Workspace | undefined>(undefined);

export const WorkspaceProvider = ({ workspace, children }: { workspace: Workspace; children: ReactNode }) => (
  <WorkspaceContext value={workspace}>{children}</WorkspaceContext>
);

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (!workspace) throw new Error('useWorkspace is for components within a WorkspaceProvider.');
  return workspace;
}

const darkQuery = '(prefers-color-scheme: dark)';

/** Follows the system's colour scheme. */
export function useDark(): boolean {
  const [dark, setDark] = useState(() => window.matchMedia(darkQuery).matches);
  useEffect(() => {
    const query = window.matchMedia(darkQuery);
    const follow = () => setDark(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  return dark;
}

/** The sandbox's clock, renewed every `everyMs`. */
export function useNow(clockOffset: number, everyMs: number): Date {
  const [machine, setMachine] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setMachine(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return new Date(machine + clockOffset);
}

/** The colours that avatars without a picture get; one name always has the same. */
const avatarColours = ['#2e7d6b', '#b3541e', '#4659b8', '#9c3587', '#6b7a1f', '#1d7396', '#a33a4a', '#6d4bb3'];

export function Avatar({ user, size = 36 }: { user: PageUser | undefined; size?: number }) {
  const name = user?.realName || user?.name || '?';
  const initials = name
    .split(/[^\p{L}\p{N}?]+/u)
    .filter((word) => word !== '')
    .map((word) => [...word][0] ?? '')
    .join('')
    .slice(0, 2)
    .toUpperCase();
  const sum = [...name].reduce((total, character) => total + (character.codePointAt(0) ?? 0), 0);
  const background = user?.isBot
    ? 'linear-gradient(140deg, #e8912d, #c2410c)'
    : avatarColours[sum % avatarColours.length];
  return (
    <span
      className="avatar"
      aria-hidden="true"
      style={{ width: size, height: size, fontSize: Math.round(size * 0.42), background }}
    >
      {initials}
    </span>
  );
}

/** "Prague" of "Europe/Prague". */
export const cityOf = (timeZone: string): string => (timeZone.split('/').at(-1) ?? timeZone).replaceAll('_', ' ');

export function fileSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 100) / 10} kB` : `${Math.round(bytes / 100_000) / 10} MB`;
}

export const isImage = (file: PageFile): boolean => /^image\/(png|jpeg|gif|webp)$/.test(file.mimetype);
