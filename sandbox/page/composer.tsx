import { useId, useRef, useState } from 'react';
import type { PageState } from '../page-api.ts';
import { post } from './api.ts';
import { useWorkspace } from './workspace.tsx';

interface Props {
  channel: string;
  threadTs?: string;
  commands: PageState['commands'];
  placeholder: string;
  testId: string;
}

/** Where one types: Enter sends, Shift+Enter begins a line, `/` lists the commands. */
export function Composer({ channel, threadTs, commands, placeholder, testId }: Props) {
  const { viewer } = useWorkspace();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const [picked, setPicked] = useState(0);
  const [dismissed, setDismissed] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  const matches =
    text.startsWith('/') && !text.includes('\n') && !dismissed
      ? commands.filter((one) =>
          text.includes(' ') ? text.startsWith(`${one.command} `) : one.command.startsWith(text),
        )
      : [];
  // With a space typed the list is a reminder of what the command takes; before that it completes the name.
  const completing = matches.length > 0 && !text.includes(' ');
  const current = Math.min(picked, matches.length - 1);

  const change = (value: string) => {
    setText(value);
    setProblem(undefined);
    setDismissed(false);
    setPicked(0);
  };
  const complete = (command: string) => {
    change(`${command} `);
    field.current?.focus();
  };
  const send = async () => {
    const line = text.trim();
    if (line === '') return;
    change('');
    const failed = await post('/page/send', {
      user: viewer.id,
      channel,
      text: line,
      ...(threadTs ? { threadTs } : {}),
    });
    if (!failed) return;
    setProblem(failed);
    setText((now) => now || line);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const match = matches[current];
    if (completing && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      setPicked((current + (event.key === 'ArrowDown' ? 1 : -1) + matches.length) % matches.length);
    } else if (completing && match && (event.key === 'Tab' || event.key === 'Enter') && text !== match.command) {
      event.preventDefault();
      complete(match.command);
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      void send();
    } else if (event.key === 'Escape' && matches.length > 0) {
      event.stopPropagation();
      setDismissed(true);
    }
  };
  return (
    <div className="composer-frame">
      {matches.length > 0 && (
        <div className="suggestions" id={listId} role="listbox" aria-label="Commands" data-testid="suggestions">
          {matches.map((one, index) => (
            <div
              key={one.command}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === current}
              className={completing && index === current ? 'suggestion suggestion-picked' : 'suggestion'}
              data-testid={`suggestion-${one.command.slice(1)}`}
              onPointerDown={(event) => {
                event.preventDefault();
                complete(one.command);
              }}
            >
              <strong>{one.command}</strong> <code>{one.usageHint}</code>
              <small>{one.description}</small>
            </div>
          ))}
        </div>
      )}
      {problem && (
        <p className="problem" role="alert" data-testid={`${testId}-error`}>
          {problem}
        </p>
      )}
      <div className="composer">
        <textarea
          ref={field}
          rows={1}
          data-testid={testId}
          aria-label={placeholder}
          aria-autocomplete="list"
          {...(completing ? { 'aria-controls': listId, 'aria-activedescendant': `${listId}-${current}` } : {})}
          placeholder={placeholder}
          value={text}
          onChange={(event) => change(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <button
          type="button"
          className="send"
          aria-label="Send"
          title="Send (Enter)"
          data-testid={`${testId}-send`}
          disabled={text.trim() === ''}
          onClick={() => void send()}
        >
          ➤
        </button>
      </div>
    </div>
  );
}
