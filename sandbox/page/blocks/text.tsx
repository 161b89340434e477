import type { ReactNode } from 'react';
import { Message, type MessageProps, type RichTextBlockElement } from 'slack-blocks-to-jsx';
import { useWorkspace } from '../workspace.tsx';
import { formatSlackDate } from './dates.ts';
import { mrkdwnToRichText, plainToRichText, unescapeText } from './mrkdwn.ts';
import type { Text as TextObject } from './schema.ts';

function UserMention({ id }: { id: string }) {
  const { users, viewer } = useWorkspace();
  const name = users.find((one) => one.id === id)?.name ?? id;
  return <span className={id === viewer.id ? 'mention mention-me' : 'mention'}>@{name}</span>;
}

function GroupMention({ id }: { id: string }) {
  const { usergroups, viewer } = useWorkspace();
  const group = usergroups.find((one) => one.id === id);
  const mine = group?.users.includes(viewer.id);
  return <span className={mine ? 'mention mention-me' : 'mention'}>@{group?.handle.replace(/^@/, '') ?? id}</span>;
}

function ChannelMention({ id }: { id: string }) {
  const { channels, openChannel } = useWorkspace();
  const channel = channels.find((one) => one.id === id);
  if (!channel) return <span className="mention">#{id}</span>;
  return (
    <button type="button" className="mention mention-link" onClick={() => openChannel(id)}>
      #{channel.name}
    </button>
  );
}

function SlackDate({ seconds, format, fallback }: { seconds: string; format: string; fallback: string }) {
  const { now, viewer } = useWorkspace();
  return <>{formatSlackDate(seconds, format, fallback, now, viewer.timeZone)}</>;
}

function Link({ href, className, children }: { href: string; className: string; children: ReactNode }) {
  const { openLink } = useWorkspace();
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer"
      className={`link ${className}`}
      onClick={(event) => {
        if (!/^https?:/i.test(href)) return;
        event.preventDefault();
        openLink(href);
      }}
    >
      {children}
    </a>
  );
}

const safeLink = /^(https?:\/\/|mailto:|tel:)/i;

/** The library keeps the hooks that it was first given, so what changes is read from the context inside them. */
const hooks: NonNullable<MessageProps['hooks']> = {
  user: ({ id }) => <UserMention id={id} />,
  usergroup: ({ id }) => <GroupMention id={id} />,
  channel: ({ id }) => <ChannelMention id={id} />,
  atHere: () => <span className="mention mention-me">@here</span>,
  atChannel: () => <span className="mention mention-me">@channel</span>,
  atEveryone: () => <span className="mention mention-me">@everyone</span>,
  // The library answers the bare name when it knows no such emoji: then the text stands as it was written.
  emoji: (emoji, draw) => {
    const drawn = draw(emoji);
    if (!/^[\w+'-]+(::skin-tone-\d)?$/.test(drawn)) return drawn;
    return emoji.skin_tone ? `:${emoji.name}::skin-tone-${emoji.skin_tone}:` : `:${emoji.name}:`;
  },
  date: ({ timestamp, format, fallback }) => <SlackDate seconds={timestamp} format={format} fallback={fallback} />,
  link: ({ href, children, className }) =>
    safeLink.test(href) ? (
      <Link href={href} className={className}>
        {children}
      </Link>
    ) : (
      <span>{children}</span>
    ),
};

/** Blocks as the library draws them, without its message header. */
export function LibraryBlocks({ blocks }: { blocks: MessageProps['blocks'] }) {
  const { dark } = useWorkspace();
  return <Message blocks={blocks} logo="" name="" withoutWrapper theme={dark ? 'dark' : 'light'} hooks={hooks} />;
}

const RichText = ({ elements }: { elements: RichTextBlockElement[] }) => (
  <LibraryBlocks blocks={[{ type: 'rich_text', elements }]} />
);

export function Mrkdwn({ text }: { text: string }) {
  const { now, viewer } = useWorkspace();
  const elements = mrkdwnToRichText(text, (seconds, format, fallback) =>
    formatSlackDate(seconds, format, fallback, now, viewer.timeZone),
  );
  return <RichText elements={elements} />;
}

export const Plain = ({ text }: { text: string }) =>
  /:[a-z0-9_+'-]+:/.test(text) ? <RichText elements={plainToRichText(text)} /> : unescapeText(text);

/** A text object, by its type. */
export const Text = ({ text }: { text: TextObject }) =>
  text.type === 'mrkdwn' ? <Mrkdwn text={text.text} /> : <Plain text={text.text} />;
