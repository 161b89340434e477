import { createContext, type ReactNode, useContext, useState } from 'react';
import type { PagePosts } from '../../page-api.ts';
import { post } from '../api.ts';
import { Dialog } from '../dialog.tsx';
import { type Edits, type FieldValue, fieldKey, formState, initialValue } from '../form.ts';
import { useWorkspace } from '../workspace.tsx';
import type { Confirm, Element } from './schema.ts';
import { Text } from './text.tsx';

/** What the elements of one message or view share: their values, and the way a press goes to the app. */
interface Container {
  fieldValue: (blockId: string, element: Element) => FieldValue;
  /** Changes the value on the page alone. */
  edit: (blockId: string, element: Element, value: FieldValue) => void;
  /** Sends the action to the app, after the element's confirm dialog when it has one; the value changes once it is confirmed. */
  press: (blockId: string, element: Element, action: Record<string, unknown>, value?: FieldValue) => void;
  isPending: (blockId: string, element: Element) => boolean;
  /** What the server answered to the last press in this block. */
  problem: (blockId: string) => string | undefined;
  /** What the app said of this input: response_action `errors`. */
  inputError: (blockId: string) => string | undefined;
}

const ContainerContext = createContext<Container | undefined>(undefined);

export function useContainer(): Container {
  const container = useContext(ContainerContext);
  if (!container) throw new Error('useContainer is for components within a BlocksContainer.');
  return container;
}

interface Props {
  where: PagePosts['/page/act']['container'];
  /** All blocks of the message or view, attachments included: `state` covers them all. */
  blocks: unknown[];
  edits: Edits;
  onEdits: (change: (edits: Edits) => Edits) => void;
  inputErrors?: Record<string, string> | undefined;
  children: ReactNode;
}

export function BlocksContainer({ where, blocks, edits, onEdits, inputErrors, children }: Props) {
  const { viewer } = useWorkspace();
  const [pending, setPending] = useState<ReadonlySet<string>>(new Set());
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [asking, setAsking] = useState<{ confirm: Confirm; go: () => void }>();
  const conversation = where.type === 'message' ? where.channel : undefined;

  const edit: Container['edit'] = (blockId, element, value) =>
    onEdits((now) => ({ ...now, [fieldKey(blockId, element.action_id)]: value }));

  const send = async (blockId: string, element: Element, action: Record<string, unknown>, value?: FieldValue) => {
    const key = fieldKey(blockId, element.action_id);
    const edited = value ? { ...edits, [key]: value } : edits;
    if (value) edit(blockId, element, value);
    setPending((now) => new Set(now).add(key));
    setProblems(({ [blockId]: _gone, ...others }) => others);
    const problem = await post('/page/act', {
      user: viewer.id,
      container: where,
      blockId,
      actionId: element.action_id,
      action: { type: element.type, block_id: blockId, action_id: element.action_id, ...action },
      state: formState(blocks, edited, conversation),
    });
    setPending((now) => new Set([...now].filter((one) => one !== key)));
    if (problem) setProblems((now) => ({ ...now, [blockId]: problem }));
  };

  const container: Container = {
    fieldValue: (blockId, element) =>
      edits[fieldKey(blockId, element.action_id)] ?? initialValue(element, conversation) ?? {},
    edit,
    press: (blockId, element, action, value) => {
      const go = () => void send(blockId, element, action, value);
      if (element.confirm) setAsking({ confirm: element.confirm, go });
      else go();
    },
    isPending: (blockId, element) => pending.has(fieldKey(blockId, element.action_id)),
    problem: (blockId) => problems[blockId],
    inputError: (blockId) => inputErrors?.[blockId],
  };

  return (
    <ContainerContext value={container}>
      {children}
      {asking && (
        <ConfirmDialog
          confirm={asking.confirm}
          onAnswer={(yes) => {
            setAsking(undefined);
            if (yes) asking.go();
          }}
        />
      )}
    </ContainerContext>
  );
}

function ConfirmDialog({ confirm, onAnswer }: { confirm: Confirm; onAnswer: (yes: boolean) => void }) {
  return (
    <Dialog label={confirm.title.text} className="dialog dialog-small" testId="confirm" onClose={() => onAnswer(false)}>
      <header className="dialog-head">
        <h2>
          <Text text={confirm.title} />
        </h2>
      </header>
      <div className="dialog-body">
        <Text text={confirm.text} />
      </div>
      <footer className="dialog-foot">
        <button type="button" className="button" data-testid="confirm-deny" onClick={() => onAnswer(false)}>
          <Text text={confirm.deny} />
        </button>
        <button
          type="button"
          className={`button ${confirm.style === 'danger' ? 'button-danger' : 'button-primary'}`}
          data-testid="confirm-yes"
          onClick={() => onAnswer(true)}
        >
          <Text text={confirm.confirm} />
        </button>
      </footer>
    </Dialog>
  );
}
