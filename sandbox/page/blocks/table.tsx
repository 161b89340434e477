import { useState } from 'react';
import { type Cell, textsIn } from './schema.ts';
import { LibraryBlocks } from './text.tsx';

function DrawnCell({ cell }: { cell: Cell }) {
  if (cell.type === 'rich_text') return <LibraryBlocks blocks={[cell]} />;
  return <>{cell.type === 'raw_number' ? (cell.text ?? String(cell.value)) : cell.text}</>;
}

const cellText = (cell: Cell | undefined): string => {
  if (!cell) return '';
  if (cell.type === 'rich_text') return textsIn(cell).join('');
  return cell.type === 'raw_number' ? (cell.text ?? String(cell.value)) : cell.text;
};

function compareCells(one: Cell | undefined, other: Cell | undefined): number {
  if (one?.type === 'raw_number' && other?.type === 'raw_number') return one.value - other.value;
  return cellText(one).localeCompare(cellText(other), 'en', { numeric: true });
}

type Align = 'left' | 'center' | 'right';
type Columns = ({ align?: Align; is_wrapped?: boolean } | null)[];

/** A `table` block: its first row is the header. */
export function Table({ rows, columns = [] }: { rows: Cell[][]; columns?: Columns | undefined }) {
  const [header = [], ...body] = rows;
  const style = (column: number) => ({
    textAlign: columns[column]?.align ?? ('left' as const),
    whiteSpace: columns[column]?.is_wrapped ? ('normal' as const) : ('nowrap' as const),
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls by keyboard only when it can be focused.
    <section className="table-scroll" tabIndex={0} aria-label="Table">
      <table className="data-table">
        <thead>
          <tr>
            {header.map((cell, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other identity than their place.
              <th key={column} scope="col" style={style(column)}>
                <DrawnCell cell={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity than their place.
            <tr key={index}>
              {row.map((cell, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: as above.
                <td key={column} style={style(column)}>
                  <DrawnCell cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface DataTableProps {
  caption: string;
  rows: Cell[][];
  pageSize: number;
  /** The column whose cells name their row. */
  rowHeader?: number | undefined;
}

/** A `data_table` block: sorted by a press on a header, a page at a time. */
export function DataTable({ caption, rows, pageSize, rowHeader }: DataTableProps) {
  const [header = [], ...body] = rows;
  const [sort, setSort] = useState<{ column: number; down: boolean }>();
  const [page, setPage] = useState(0);
  const ordered = sort
    ? body.toSorted((one, other) => (sort.down ? -1 : 1) * compareCells(one[sort.column], other[sort.column]))
    : body;
  const pages = Math.max(1, Math.ceil(ordered.length / pageSize));
  const current = Math.min(page, pages - 1);
  const shown = ordered.slice(current * pageSize, (current + 1) * pageSize);
  const numeric = (column: number) => body.length > 0 && body.every((row) => row[column]?.type === 'raw_number');
  const align = (column: number) => ({ textAlign: numeric(column) ? ('right' as const) : ('left' as const) });
  const direction = (column: number) => (sort?.column !== column ? 'none' : sort.down ? 'descending' : 'ascending');
  return (
    <div className="data-table-card">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls by keyboard only when it can be focused. */}
      <section className="table-scroll" tabIndex={0} aria-label={caption}>
        <table className="data-table">
          <caption>{caption}</caption>
          <thead>
            <tr>
              {header.map((cell, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other identity than their place.
                <th key={column} scope="col" aria-sort={direction(column)} style={align(column)}>
                  <button
                    type="button"
                    className="sort"
                    onClick={() => setSort({ column, down: sort?.column === column && !sort.down })}
                  >
                    {cellText(cell)}
                    <span aria-hidden="true">{{ none: '', ascending: ' ▲', descending: ' ▼' }[direction(column)]}</span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity than their place.
              <tr key={index}>
                {row.map((cell, column) =>
                  column === rowHeader ? (
                    // biome-ignore lint/suspicious/noArrayIndexKey: as above.
                    <th key={column} scope="row" style={align(column)}>
                      <DrawnCell cell={cell} />
                    </th>
                  ) : (
                    // biome-ignore lint/suspicious/noArrayIndexKey: as above.
                    <td key={column} style={align(column)}>
                      <DrawnCell cell={cell} />
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {pages > 1 && (
        <nav className="pager" aria-label={`Pages of ${caption}`}>
          <button
            type="button"
            onClick={() => setPage(current - 1)}
            disabled={current === 0}
            aria-label="Previous page"
          >
            ‹
          </button>
          <span>
            {current * pageSize + 1}–{Math.min(ordered.length, (current + 1) * pageSize)} of {ordered.length}
          </span>
          <button
            type="button"
            onClick={() => setPage(current + 1)}
            disabled={current === pages - 1}
            aria-label="Next page"
          >
            ›
          </button>
        </nav>
      )}
    </div>
  );
}
