import { memo, useState } from 'react';
import type { PageFile, PageMessage } from '../page-api.ts';
import { post } from './api.ts';
import { Blocks } from './blocks/block.tsx';
import { BlocksContainer } from './blocks/container.tsx';
import { clockTime, formatSlackDate } from './blocks/dates.ts';
import { moveInMenu, useClosing } from './blocks/elements.tsx';
import { Attachment } from './blocks/schema.ts';
import { Mrkdwn, Plain } from './blocks/text.tsx';
import type { Edits } from './form.ts';
import { Avatar, fileSize, isImage, useWorkspace } from './workspace.tsx';

interface Props {
  message: PageMessage;
  /** Follows a message of the same person closely: drawn without name and picture. */
  compact: boolean;
  /** Absent in a thread pane, where replies are not replied to. */
  onOpenThread?: ((message: PageMessage) => void) | undefined;
}

export const Message = memo(function Message({ message, compact, onOpenThread }: Props) {
  const { users, viewer, now } = useWorkspace();
  const author = users.find((one) => one.id === message.user);
  const name = author?.realName || author?.name || message.user;
  const at = new Date(Number(message.ts) * 1000);
  const time = clockTime(at, viewer.timeZone);
  const full = formatSlackDate(message.ts, '{date_long} at {time_secs}', '', now, viewer.timeZone);
  const ephemeral = message.ephemeralFor !== undefined;
  return (
    <article
      className={`message ${compact ? 'message-compact' : ''} ${ephemeral ? 'message-ephemeral' : ''}`}
      data-testid={`message-${message.ts}`}
      data-message={message.ts}
      aria-label={`${name}, ${time}`}
    >
      <div className="message-side">
        {compact ? (
          <time className="message-time-side" dateTime={at.toISOString()} title={full}>
            {time.replace(/ [AP]M$/, '')}
          </time>
        ) : (
          <Avatar user={author} />
        )}
      </div>
      <div className="message-main">
        {ephemeral && <p className="only-you">👁 Only visible to you</p>}
        {!compact && (
          <p className="message-head">
            <strong>{name}</strong>
            {author?.isBot && <span className="app-badge">APP</span>}
            <time dateTime={at.toISOString()} title={full}>
              {time}
            </time>
          </p>
        )}
        <MessageBody message={message} />
        {message.reactions.length > 0 && (
          <div className="reactions">
            {message.reactions.map((reaction) => (
              <span
                key={reaction.name}
                className={reaction.users.includes(viewer.id) ? 'reaction reaction-mine' : 'reaction'}
                title={reaction.users.map((id) => users.find((one) => one.id === id)?.name ?? id).join(', ')}
              >
                <Plain text={`:${reaction.name}:`} /> {reaction.users.length}
              </span>
            ))}
          </div>
        )}
        {onOpenThread && message.replyCount > 0 && (
          <button
            type="button"
            className="replies"
            data-testid={`replies-${message.ts}`}
            onClick={() => onOpenThread(message)}
          >
            💬 {message.replyCount} {message.replyCount === 1 ? 'reply' : 'replies'} <span>View thread</span>
          </button>
        )}
      </div>
      {!ephemeral && <Toolbar message={message} onOpenThread={onOpenThread} />}
    </article>
  );
});

function MessageBody({ message }: { message: PageMessage }) {
  const [edits, setEdits] = useState<Edits>({});
  const attachments = message.attachments.flatMap((raw) => {
    const read = Attachment.safeParse(raw);
    return read.success ? [read.data] : [];
  });
  const blocks = [...message.blocks, ...attachments.flatMap((one) => one.blocks)];
  const edited = message.edited && <span className="edited">(edited)</span>;
  return (
    <BlocksContainer
      where={{ type: 'message', channel: message.channel, ts: message.ts }}
      blocks={blocks}
      edits={edits}
      onEdits={setEdits}
    >
      <div className="message-blocks">
        {message.blocks.length > 0 ? (
          <Blocks blocks={message.blocks} />
        ) : (
          message.text !== '' && <Mrkdwn text={message.text} />
        )}
      </div>
      {attachments.map((attachment, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: attachments have no other identity than their place.
        <AttachmentView key={index} attachment={attachment} />
      ))}
      {message.files.map((file) => (
        <FileView key={file.id} file={file} />
      ))}
      {edited}
    </BlocksContainer>
  );
}

const hexColour = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i;
const namedColours: Record<string, string> = { good: '#2eb67d', warning: '#ecb22e', danger: '#e01e5a' };

function barColour(color: string | undefined): string {
  const hex = hexColour.exec(color ?? '')?.[1];
  return hex ? `#${hex}` : (namedColours[color ?? ''] ?? '#dddddd');
}

function AttachmentView({ attachment }: { attachment: Attachment }) {
  const { pretext, title, title_link: link, text, fields, footer, fallback, blocks } = attachment;
  const bare = blocks.length === 0 && !title && !text && !fields;
  return (
    <>
      {pretext && <Mrkdwn text={pretext} />}
      <div className="attachment">
        <span className="attachment-bar" style={{ background: barColour(attachment.color) }} />
        <div className="attachment-body">
          {title && (
            <p className="attachment-title">
              {link && /^https?:\/\//i.test(link) ? (
                <a href={link} target="_blank" rel="noopener noreferrer">
                  <Plain text={title} />
                </a>
              ) : (
                <Plain text={title} />
              )}
            </p>
          )}
          {text && <Mrkdwn text={text} />}
          {fields?.map((field) => (
            <div key={field.title}>
              <strong>
                <Plain text={field.title} />
              </strong>
              <Mrkdwn text={field.value} />
            </div>
          ))}
          <Blocks blocks={blocks} />
          {bare && fallback && <Plain text={fallback} />}
          {footer && (
            <small>
              <Plain text={footer} />
            </small>
          )}
        </div>
      </div>
    </>
  );
}

function FileView({ file }: { file: PageFile }) {
  const about = `${file.name.split('.').at(-1)?.toUpperCase()} · ${fileSize(file.size)}`;
  return (
    <figure className="file" data-testid={`file-${file.id}`}>
      {isImage(file) ? (
        <>
          <figcaption>
            {file.title || file.name} <small>{about}</small>
          </figcaption>
          <a href={file.url} download={file.name} title="Download">
            <img src={file.url} alt={file.altText || file.title || file.name} />
          </a>
        </>
      ) : (
        <a href={file.url} download={file.name} className="file-card">
          <span aria-hidden="true" className="file-icon">
            {file.name.split('.').at(-1)?.slice(0, 4).toUpperCase()}
          </span>
          <span>
            <strong>{file.title || file.name}</strong>
            <small>{about} · Download</small>
          </span>
        </a>
      )}
    </figure>
  );
}

/** What one can do with a message: shown on hover and when the keyboard gets there. */
function Toolbar({ message, onOpenThread }: Pick<Props, 'message' | 'onOpenThread'>) {
  const { shortcuts, viewer } = useWorkspace();
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState<string>();
  const holder = useClosing(open, () => setOpen(false));
  if (!onOpenThread && shortcuts.length === 0) return null;
  return (
    <div className={open || problem ? 'toolbar toolbar-open' : 'toolbar'} ref={holder}>
      {onOpenThread && (
        <button
          type="button"
          aria-label="Reply in thread"
          title="Reply in thread"
          data-testid={`reply-${message.ts}`}
          onClick={() => onOpenThread(message)}
        >
          💬
        </button>
      )}
      {shortcuts.length > 0 && (
        <button
          type="button"
          aria-label="More actions"
          title="More actions"
          aria-haspopup="menu"
          aria-expanded={open}
          data-testid={`more-${message.ts}`}
          onClick={() => setOpen(!open)}
        >
          ⋮
        </button>
      )}
      {open && (
        <div className="menu" role="menu" tabIndex={-1} onKeyDown={moveInMenu}>
          {shortcuts.map((shortcut) => (
            <button
              key={shortcut.callbackId}
              type="button"
              role="menuitem"
              className="menu-item"
              data-testid={`shortcut-${shortcut.callbackId}`}
              onClick={async () => {
                setOpen(false);
                const { channel, ts } = message;
                setProblem(
                  await post('/page/shortcut', { user: viewer.id, channel, ts, callbackId: shortcut.callbackId }),
                );
              }}
            >
              {shortcut.name}
            </button>
          ))}
        </div>
      )}
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
