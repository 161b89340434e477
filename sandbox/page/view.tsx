import { useEffect, useRef, useState } from 'react';
import type { PageView } from '../page-api.ts';
import { post } from './api.ts';
import { Blocks } from './blocks/block.tsx';
import { BlocksContainer } from './blocks/container.tsx';
import { View, viewBlocks } from './blocks/schema.ts';
import { Text } from './blocks/text.tsx';
import { Dialog } from './dialog.tsx';
import { type Edits, formState } from './form.ts';
import { useWorkspace } from './workspace.tsx';

/** The modals of the viewer, one on top of the other; those below keep what was typed into them. */
export function Modals({ views, top }: { views: PageView[]; top: PageView }) {
  const { viewer } = useWorkspace();
  const close = () => void post('/page/close', { user: viewer.id, viewId: top.id });
  const title = View.safeParse(top.view).data?.title?.text ?? 'Form';
  return (
    <Dialog label={title} className="dialog" testId="modal" onClose={close}>
      {views.map((view) => (
        <Modal key={view.id} view={view} hidden={view.id !== top.id} />
      ))}
    </Dialog>
  );
}

function Modal({ view, hidden }: { view: PageView; hidden: boolean }) {
  const { viewer } = useWorkspace();
  const [edits, setEdits] = useState<Edits>({});
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const form = useRef<HTMLFormElement>(null);
  const read = View.safeParse(view.view);
  const { title, submit, close } = read.data ?? {};
  const blocks = viewBlocks(view.view);

  useEffect(() => {
    if (view.errors)
      form.current?.querySelector<HTMLElement>('.input-bad :is(input, textarea, select, button)')?.focus();
  }, [view.errors]);

  const send = async () => {
    setBusy(true);
    setProblem(undefined);
    setProblem(await post('/page/submit', { user: viewer.id, viewId: view.id, state: formState(blocks, edits) }));
    setBusy(false);
  };
  return (
    <form
      ref={form}
      className="modal"
      hidden={hidden}
      // The server checks as Slack does, and its words appear under each input.
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy && submit) void send();
      }}
    >
      <header className="dialog-head">
        <h2>{title ? <Text text={title} /> : 'Form'}</h2>
        <button
          type="button"
          className="close"
          aria-label="Close"
          data-testid="modal-x"
          onClick={() => void post('/page/close', { user: viewer.id, viewId: view.id })}
        >
          ✕
        </button>
      </header>
      <div className="dialog-body">
        <BlocksContainer
          where={{ type: 'view', viewId: view.id }}
          blocks={blocks}
          edits={edits}
          onEdits={setEdits}
          inputErrors={view.errors}
        >
          <Blocks blocks={blocks} />
        </BlocksContainer>
        {problem && (
          <p className="problem" role="alert" data-testid="modal-error">
            {problem}
          </p>
        )}
      </div>
      <footer className="dialog-foot">
        <button
          type="button"
          className="button"
          data-testid="modal-close"
          onClick={() => void post('/page/close', { user: viewer.id, viewId: view.id })}
        >
          {close ? <Text text={close} /> : submit ? 'Cancel' : 'Close'}
        </button>
        {submit && (
          <button
            type="submit"
            className="button button-primary"
            data-testid="modal-submit"
            aria-busy={busy}
            aria-disabled={busy}
          >
            {busy && <span className="spinner" aria-hidden="true" />}
            <span className={busy ? 'button-text-busy' : ''}>
              <Text text={submit} />
            </span>
          </button>
        )}
      </footer>
    </form>
  );
}

/** The bot's Home tab as this viewer has it; opening it tells the app. */
export function Home({ view }: { view: PageView | undefined }) {
  const { viewer } = useWorkspace();
  const [edits, setEdits] = useState<Edits>({});
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    let left = false;
    void post('/page/home', { user: viewer.id }).then((answer) => left || setProblem(answer));
    return () => {
      left = true;
    };
  }, [viewer.id]);
  const blocks = viewBlocks(view?.view);
  return (
    <div className="messages-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a page that scrolls must be reachable by keyboard. */}
      <section className="messages home" data-testid="home" aria-label="Home tab" tabIndex={0}>
        {problem && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
        {view ? (
          <BlocksContainer where={{ type: 'view', viewId: view.id }} blocks={blocks} edits={edits} onEdits={setEdits}>
            <Blocks blocks={blocks} />
          </BlocksContainer>
        ) : (
          <p className="empty">The bot has published no Home tab for {viewer.name} yet.</p>
        )}
      </section>
    </div>
  );
}
