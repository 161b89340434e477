import type PDFDocument from 'pdfkit';

type Pdf = InstanceType<typeof PDFDocument>;
type Element = ReturnType<Pdf['struct']>;

/** The kinds of structure that a report has. Source: ISO 32000-1, 14.8.4, standard structure types. */
type Kind = 'Sect' | 'H1' | 'H2' | 'H3' | 'P' | 'Figure' | 'TOC' | 'TOCI' | 'Table' | 'TR' | 'TH' | 'TD';

type Options = Parameters<Pdf['struct']>[1];

/** A head of a table's column, as readers of tables ask for it. */
const columnHead = { scope: 'Column', lang: 'en' };

/**
 * What a report's marks mean: headings, paragraphs, tables and their cells, pictures in words. A screen reader reads by it.
 * What is only there to be seen (lines, stripes, what stands on every page) is an artifact.
 */
export class Tags {
  readonly #pdf: Pdf;
  readonly #open: Element[] = [];

  constructor(pdf: Pdf) {
    this.#pdf = pdf;
    const document = pdf.struct('Document');
    pdf.addStructure(document);
    this.#open.push(document);
  }

  /** Everything that is marked meanwhile is within. */
  async within<Result>(kind: Kind, act: () => Promise<Result> | Result): Promise<Result> {
    const element = this.#pdf.struct(kind);
    this.#open.at(-1)?.add(element);
    this.#open.push(element);
    try {
      return await act();
    } finally {
      this.#open.pop();
      element.end();
    }
  }

  /** What is drawn meanwhile is one thing of its kind. */
  mark<Result>(kind: Kind, act: () => Result, options: Options = {}): Result {
    const content = this.#pdf.markStructureContent(kind);
    const result = act();
    this.#pdf.endMarkedContent();
    this.#open.at(-1)?.add(this.#pdf.struct(kind, kind === 'TH' ? columnHead : options, [content]));
    return result;
  }

  /** What is drawn meanwhile means nothing. */
  artifact<Result>(act: () => Result, type: 'Layout' | 'Pagination' = 'Layout'): Result {
    this.#pdf.markContent('Artifact', { type });
    const result = act();
    this.#pdf.endMarkedContent();
    return result;
  }

  end(): void {
    this.#open[0]?.end();
  }
}
