import { Component, type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { useContainer } from './container.tsx';
import { ElementView } from './elements.tsx';
import { unescapeText } from './mrkdwn.ts';
import { Picture } from './picture.tsx';
import { type Card as CardBlock, type OwnBlock, type ReadBlock, readBlock } from './schema.ts';
import { DataTable, Table } from './table.tsx';
import { LibraryBlocks, Text } from './text.tsx';

/** The blocks of a message or view, each behind its own boundary: one that fails leaves the others standing. */
export const Blocks = ({ blocks }: { blocks: readonly unknown[] }) =>
  blocks.map((raw, index) => {
    const read = readBlock(raw);
    const type = read.drawnBy === 'nobody' ? read.type : read.block.type;
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: a block's place is its identity, as in chat.update.
      <BlockBoundary key={`${index}-${type}`} raw={raw} type={type}>
        <DrawnBlock raw={raw} read={read} type={type} />
      </BlockBoundary>
    );
  });

class BlockBoundary extends Component<{ raw: unknown; type: string; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };
  static getDerivedStateFromError() {
    return { failed: true };
  }
  override componentDidUpdate(before: { raw: unknown }) {
    if (before.raw !== this.props.raw && this.state.failed) this.setState({ failed: false });
  }
  override render() {
    return this.state.failed ? <Undrawn type={this.props.type} raw={this.props.raw} /> : this.props.children;
  }
}

function Undrawn({ type, raw }: { type: string; raw: unknown }) {
  const read = readBlock(raw);
  const text = read.drawnBy === 'nobody' ? read.text : '';
  return (
    <div className="block undrawn" data-testid="undrawn" data-block={type}>
      <strong>The sandbox can’t draw this “{type}” block.</strong> {unescapeText(text)}
    </div>
  );
}

function DrawnBlock({ raw, read, type }: { raw: unknown; read: ReadBlock; type: string }) {
  const holder = useRef<HTMLDivElement>(null);
  const [empty, setEmpty] = useState(false);
  // The library draws an empty frame for what it does not understand: say so rather than drop it.
  useLayoutEffect(() => {
    const anything = holder.current?.querySelector('hr, img, svg, input, textarea, select, button') ?? null;
    setEmpty(anything === null && holder.current?.textContent === '');
  });
  if (read.drawnBy === 'nobody') return <Undrawn type={type} raw={raw} />;
  return (
    <div className={`block block-${type}`} data-block={type}>
      <div ref={holder}>
        {read.drawnBy === 'library' ? <LibraryBlocks blocks={[read.block]} /> : <Own block={read.block} />}
      </div>
      {empty && <Undrawn type={type} raw={raw} />}
    </div>
  );
}

/** What the server or the app answered to the last press in a block. */
function Problem({ blockId }: { blockId: string }) {
  const problem = useContainer().problem(blockId);
  return (
    problem && (
      <p className="problem" role="alert" data-testid="action-error">
        {problem}
      </p>
    )
  );
}

function Own({ block }: { block: OwnBlock }): ReactNode {
  const blockId = block.block_id ?? '';
  switch (block.type) {
    case 'section':
      return (
        <>
          <div className="section">
            <div className="section-text">
              {block.text && <Text text={block.text} />}
              {block.fields && (
                <div className="fields">
                  {block.fields.map((field, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: fields have no other identity than their place.
                    <div key={index}>
                      <Text text={field} />
                    </div>
                  ))}
                </div>
              )}
            </div>
            {block.accessory && (
              <div className="accessory">
                <ElementView blockId={blockId} element={block.accessory} />
              </div>
            )}
          </div>
          <Problem blockId={blockId} />
        </>
      );
    case 'header':
      return (
        <h3 className={`header header-${block.level ?? 3}`}>
          <Text text={block.text} />
        </h3>
      );
    case 'divider':
      return <hr className="divider" />;
    case 'context':
      return (
        <div className="context">
          {block.elements.map((element, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: context elements have no other identity than their place.
            <div key={index}>
              {element.type === 'image' ? (
                <Picture picture={element} className="context-image" />
              ) : (
                <Text text={element} />
              )}
            </div>
          ))}
        </div>
      );
    case 'actions':
    case 'context_actions':
      return (
        <>
          <div className="actions">
            {block.elements.map((element, index) => (
              <ElementView key={element.action_id || index} blockId={blockId} element={element} />
            ))}
          </div>
          <Problem blockId={blockId} />
        </>
      );
    case 'input':
      return <Input block={block} blockId={blockId} />;
    case 'image':
      return (
        <figure className="picture">
          {block.title && (
            <figcaption>
              <Text text={block.title} />
            </figcaption>
          )}
          <Picture picture={block} className="picture-image" />
        </figure>
      );
    case 'table':
      return <Table rows={block.rows} columns={block.column_settings} />;
    case 'data_table':
      return (
        <DataTable
          caption={block.caption}
          rows={block.rows}
          pageSize={block.page_size}
          rowHeader={block.row_header_column_index}
        />
      );
    case 'alert':
      return (
        <div className={`alert alert-${block.level}`} role="note">
          <span aria-hidden="true">{{ error: '⛔', warning: '⚠️', success: '✅', info: 'ℹ️' }[block.level] ?? '📌'}</span>
          <Text text={block.text} />
        </div>
      );
    case 'card':
      return <Card card={block} />;
    case 'carousel':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by keyboard only when it can be focused.
        <section className="carousel" aria-label="Cards" tabIndex={0}>
          {block.elements.map((card, index) => (
            <Card key={card.block_id ?? index} card={card} />
          ))}
        </section>
      );
    case 'container':
      return <Container block={block} />;
    case 'video':
      return (
        <div className="file-card">
          <span aria-hidden="true">▶</span>
          <span>
            {block.title_url && /^https?:\/\//i.test(block.title_url) ? (
              <a href={block.title_url} target="_blank" rel="noopener noreferrer">
                <Text text={block.title} />
              </a>
            ) : (
              <Text text={block.title} />
            )}
            {block.description && <Text text={block.description} />}
            <small>{[block.author_name, block.provider_name, block.alt_text].filter(Boolean).join(' · ')}</small>
          </span>
        </div>
      );
    case 'file':
      return (
        <div className="file-card">
          <span aria-hidden="true">📄</span>
          <span>
            Remote file <code>{block.external_id}</code>
          </span>
        </div>
      );
  }
}

function Input({ block, blockId }: { block: Extract<OwnBlock, { type: 'input' }>; blockId: string }) {
  const error = useContainer().inputError(blockId);
  const label = unescapeText(block.label.text);
  return (
    <div className={error ? 'input input-bad' : 'input'} data-testid={`input-${blockId}`}>
      <div className="input-label">
        <Text text={block.label} />
        {block.optional && <span className="optional"> (optional)</span>}
      </div>
      <ElementView
        blockId={blockId}
        element={block.element}
        label={label}
        dispatches={block.dispatch_action ?? false}
        required={!block.optional}
      />
      {error && (
        <p className="problem" role="alert" data-testid={`error-${blockId}`}>
          {error}
        </p>
      )}
      {block.hint && (
        <div className="hint">
          <Text text={block.hint} />
        </div>
      )}
      <Problem blockId={blockId} />
    </div>
  );
}

function Card({ card }: { card: CardBlock }) {
  const blockId = card.block_id ?? '';
  return (
    <article className="card">
      {card.hero_image && <Picture picture={card.hero_image} className="card-hero" />}
      <div className="card-body">
        {card.icon && <Picture picture={card.icon} className="context-image" />}
        {card.title && (
          <div className="card-title">
            <Text text={card.title} />
          </div>
        )}
        {card.subtitle && (
          <div className="hint">
            <Text text={card.subtitle} />
          </div>
        )}
        {card.body && <Text text={card.body} />}
        {card.subtext && (
          <div className="hint">
            <Text text={card.subtext} />
          </div>
        )}
      </div>
      {card.actions && (
        <div className="actions">
          {card.actions.map((element, index) => (
            <ElementView key={element.action_id || index} blockId={blockId} element={element} />
          ))}
        </div>
      )}
      <Problem blockId={blockId} />
    </article>
  );
}

function Container({ block }: { block: Extract<OwnBlock, { type: 'container' }> }) {
  const head = (
    <span className="container-head">
      {block.icon && <Picture picture={block.icon} className="context-image" />}
      <span>
        <span className="container-title">
          {block.rich_text_title ? (
            <LibraryBlocks blocks={[block.rich_text_title]} />
          ) : (
            block.title && <Text text={block.title} />
          )}
        </span>
        {block.subtitle && (
          <span className="hint">
            <Text text={block.subtitle} />
          </span>
        )}
      </span>
    </span>
  );
  const body = (
    <div className="container-body">
      <Blocks blocks={block.child_blocks} />
    </div>
  );
  const className = block.has_header_divider ? 'container container-divided' : 'container';
  if (!block.is_collapsible)
    return (
      <div className={className}>
        {head}
        {body}
      </div>
    );
  return (
    <details className={className} open={!block.default_collapsed}>
      <summary>{head}</summary>
      {body}
    </details>
  );
}
