import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import type PDFDocument from 'pdfkit';
import { clip, oneLine } from '../words/text.ts';
import { minute, type ReportDocument, type Section, type Table } from './document.ts';
import { type Face, fonts, legible } from './fonts.ts';
import { Tags } from './pdf-tags.ts';

type Pdf = InstanceType<typeof PDFDocument>;

/** A document, and what is said of each mark on it. */
interface Pen {
  pdf: Pdf;
  tags: Tags;
  /** False while it is only laid out: rows of tables, most of a long report, take their place and are not drawn. */
  draws: boolean;
}

/** Points of 1/72 inch. */
const page = { width: 595.28, height: 841.89, margin: 50, top: 72, bottom: 64 } as const;
const width = page.width - 2 * page.margin;
const floor = page.height - page.bottom;

const ink = {
  text: '#1A1A1A',
  soft: '#5A6472',
  brand: '#1F3A5F',
  line: '#C9D1DB',
  stripe: '#F4F6F9',
  white: '#FFFFFF',
};

/** As in the chart, but for text on white. */
const severityColours: Readonly<Record<string, string>> = {
  critical: '#B5401C',
  high: '#E69F00',
  medium: '#56B4E9',
  low: '#8C8C8C',
  info: '#D5D9DF',
};

/** Longer text of a cell or a heading is cut with an ellipsis: the CSV and JSON files have all of it. */
const longest = { cell: 300, heading: 120, paragraph: 2000 };

/** Where each part begins, and how many pages there are: known only once all is drawn. */
interface Layout {
  pages: number;
  starts: { title: string; page: number }[];
}

/**
 * Writes a report as PDF: A4, with its own fonts, the same bytes for the same document. It is laid out twice, because the
 * first page tells where the others are; pages go out as they are drawn, and other work gets its turn in between.
 */
export async function writePdf(report: ReportDocument, destination: Writable): Promise<{ pages: number }> {
  const layout = await draw(report, null, { pages: 0, starts: parts(report).map((title) => ({ title, page: 0 })) });
  await draw(report, destination, layout);
  return { pages: layout.pages };
}

/** The titles of all parts, numbered, in their order. */
const parts = (report: ReportDocument): string[] =>
  ['Scope and coverage', 'Method', ...report.sections.map(({ title }) => title), 'Exceptions', 'Files', 'Sign-off'].map(
    (title, i) => `${i + 1}  ${oneLine(title, longest.heading)}`,
  );

/** Without a destination it is only laid out: nothing is packed, and no fonts are put in. */
async function draw(report: ReportDocument, destination: Writable | null, known: Layout): Promise<Layout> {
  const { default: Document } = await import('pdfkit');
  const layout: Layout = { pages: 0, starts: [] };
  const pdf = new Document({
    size: 'A4',
    // pdfkit adds pages by itself when text passes a margin: here every break is ours.
    margins: { top: 0, bottom: 0, left: page.margin, right: page.margin },
    autoFirstPage: false,
    compress: destination !== null,
    // For archives: fonts and colours are in the file. ISO 19005-2, level B.
    pdfVersion: '1.7',
    subset: 'PDF/A-2b',
    tagged: true,
    lang: 'en',
    displayTitle: true,
    info: {
      Title: oneLine(report.title, longest.heading),
      Author: 'Trailwatch',
      Subject: oneLine(report.organization, longest.heading),
      CreationDate: report.createdAt,
      ModDate: report.createdAt,
    },
  });
  const done = destination === null ? pdf.resume() : pipeline(pdf, destination);
  pdf.registerFont('regular', fonts.regular).registerFont('bold', fonts.bold).registerFont('mono', fonts.mono);
  const tags = new Tags(pdf);
  const pen = { pdf, tags, draws: destination !== null };
  pdf.on('pageAdded', () => {
    layout.pages += 1;
    if (layout.pages > 1) tags.artifact(() => furniture(pdf, report, layout.pages, known.pages), 'Pagination');
  });

  const titles = parts(report);
  const part = async (paragraphs: readonly string[], body: () => Promise<void> | void, least = 200) => {
    const title = titles[layout.starts.length] ?? '';
    if (layout.pages === 1 || floor - pdf.y < least) pdf.addPage();
    layout.starts.push({ title, page: layout.pages });
    pdf.outline.addItem(title);
    await tags.within('Sect', async () => {
      heading(pen, title);
      for (const text of paragraphs) paragraph(pen, text);
      await body();
    });
  };

  pdf.addPage();
  // Unpacking the chart costs most of a short report, and it moves nothing outside the cover.
  await tags.within('Sect', () => cover(pen, destination === null ? { ...report, chart: null } : report, known));
  await part([report.coverage.sentence], () => table(pen, report.coverage.table));
  await part(report.method.paragraphs, () => table(pen, callTable(report)));
  for (const section of report.sections) {
    const draw = async () => {
      if (section.picture !== undefined) picture(pen, section.picture);
      await tables(pen, section);
    };
    // A picture stays with its heading.
    await part(section.paragraphs, draw, section.picture === undefined ? 200 : 120 + width * section.picture.ratio);
  }
  await part(report.exceptions.paragraphs, () => table(pen, report.exceptions.table));
  await part(
    [
      'Each file as it was when this report was made. This report itself and all others are in manifest.json, whose own SHA-256 is in the audit log; “trailwatch digest verify” checks them.',
      'Long text is cut in this report with “…”, and characters that its font lacks stand as their Unicode numbers: the CSV and JSON files have all of it.',
    ],
    () => table(pen, fileTable(report)),
  );
  await part(
    [
      'Whoever signs off in Slack has a certificate, a file of its own (…-sign-off.json) that lies in the thread and in the archive: it names the manifest by its SHA-256, the verdict, and what was not looked at. The lines below are for a pen.',
    ],
    () => signOff(pen, report),
    signOffHeight,
  );
  tags.end();
  if (destination !== null) pdf.end();
  await done;
  return layout;
}

const figureHeight = 80;

async function cover(pen: Pen, report: ReportDocument, { starts }: Layout): Promise<void> {
  const { pdf, tags } = pen;
  const heading = oneLine(report.title, longest.heading);
  pdf.font('bold').fontSize(26);
  const title = Math.min(pdf.heightOfString(heading, { width }), 2 * pdf.currentLineHeight(true));
  const band = 58 + title + 58;
  tags.artifact(() => pdf.rect(0, 0, page.width, band).fill(ink.brand));
  const pale = (text: string, y: number, size: number, align: 'left' | 'right' = 'left') =>
    tags.mark('P', () => write(pdf, text, 'regular', size, '#C7D3E3', page.margin, y, { lines: 1, align }));
  pale(oneLine(report.organization, longest.heading), 40, 12);
  tags.mark('H1', () => write(pdf, heading, 'bold', 26, ink.white, page.margin, 58, { lines: 2 }));
  pale(oneLine(report.covers, 90), 58 + title + 8, 10);
  pale(`Made ${minute(report.createdAt)} UTC`, 58 + title + 8, 10, 'right');
  pale(oneLine(report.origin, 120), 58 + title + 23, 10);

  let y = band + 24;
  const headline = oneLine(report.headline, 500);
  y += tags.mark('P', () => write(pdf, headline, 'bold', 14, ink.text, page.margin, y, { lines: 5 })) + 16;
  const figures = report.figures.slice(0, 4);
  const box = (width - 12 * (figures.length - 1)) / Math.max(1, figures.length);
  for (const [i, { label, value, change }] of figures.entries()) {
    const x = page.margin + i * (box + 12);
    tags.artifact(() => pdf.roundedRect(x, y, box, figureHeight, 4).fillAndStroke(ink.stripe, ink.line));
    const inside = { width: box - 20 };
    tags.mark('P', () => {
      write(pdf, oneLine(value, 20), 'bold', 21, ink.brand, x + 10, y + 9, { ...inside, lines: 1 });
      write(pdf, oneLine(label, 60), 'regular', 9, ink.text, x + 10, y + 37, { ...inside, lines: 1 });
      write(pdf, oneLine(change ?? '', 60), 'regular', 8, ink.soft, x + 10, y + 53, { ...inside, lines: 2 });
    });
  }
  if (figures.length > 0) y += figureHeight + 16;
  if (report.chart !== null) {
    const { png, alt } = report.chart;
    tags.mark('Figure', () => pdf.image(Buffer.from(png), page.margin, y, { width }), { alt: oneLine(alt, 1000) });
    y += width / 2 + 10;
  }
  const coverage = oneLine(report.coverage.sentence, 400);
  y += tags.mark('P', () => write(pdf, coverage, 'regular', 10, ink.soft, page.margin, y, { lines: 4 })) + 14;
  await tags.within('TOC', () => contents(pen, starts, y));
}

const contentsLine = 15;

/** What does not fit below the chart is in the outline, which every reader shows. */
function contents({ pdf, tags }: Pen, starts: Layout['starts'], top: number): void {
  const fit = Math.floor((floor - top) / contentsLine);
  for (const [i, { title, page: number }] of starts.slice(0, Math.max(0, fit)).entries()) {
    const y = top + i * contentsLine;
    tags.mark('TOCI', () => {
      write(pdf, title, 'regular', 10, ink.text, page.margin, y, { width: width - 50, lines: 1 });
      write(pdf, String(number), 'regular', 10, ink.soft, page.margin + width - 40, y, {
        width: 40,
        lines: 1,
        align: 'right',
      });
    });
  }
}

/** What stands on every page but the cover. */
function furniture(pdf: Pdf, report: ReportDocument, number: number, pages: number): void {
  const about = `${oneLine(report.title, 60)} · ${oneLine(report.organization, 60)}`;
  write(pdf, about, 'regular', 8.5, ink.soft, page.margin, 36, { lines: 1 });
  pdf
    .moveTo(page.margin, 52)
    .lineTo(page.margin + width, 52)
    .lineWidth(0.5)
    .stroke(ink.line);
  const foot = page.height - 40;
  const made = `Made ${minute(report.createdAt)} UTC · ${oneLine(report.origin, 90)}`;
  write(pdf, made, 'regular', 8.5, ink.soft, page.margin, foot, { lines: 1 });
  write(pdf, `Page ${number} of ${pages}`, 'regular', 8.5, ink.soft, page.margin, foot, { lines: 1, align: 'right' });
  pdf.y = page.top;
}

function heading({ pdf, tags }: Pen, text: string): void {
  if (pdf.y > page.top) pdf.y += 22;
  pdf.y += tags.mark('H2', () => write(pdf, text, 'bold', 17, ink.brand, page.margin, pdf.y, { lines: 2 })) + 10;
}

function paragraph({ pdf, tags }: Pen, text: string): void {
  const line = legible(oneLine(text, longest.paragraph), 'regular');
  pdf.font('regular').fontSize(10);
  room(pdf, pdf.heightOfString(line, { width, lineGap: 2 }));
  pdf.y += tags.mark('P', () => write(pdf, line, 'regular', 10, ink.text, page.margin, pdf.y, { lineGap: 2 })) + 8;
}

/** As wide as the page, or as high where that is less. */
function picture({ pdf, tags }: Pen, { png, ratio, alt }: NonNullable<Section['picture']>): void {
  const height = Math.min(width * ratio, floor - page.top);
  room(pdf, height);
  const { y } = pdf;
  tags.mark('Figure', () => pdf.image(Buffer.from(png), page.margin, y, { width: height / ratio }), {
    alt: oneLine(alt, 1000),
  });
  pdf.y = y + height + 10;
}

async function tables(pen: Pen, section: Section): Promise<void> {
  for (const { title, table: one } of section.tables) {
    await table(pen, one, title);
    pen.pdf.y += 12;
  }
}

/** Two lines, with the space above and below. */
const tableTitleHeight = 38;

function tableTitle({ pdf, tags }: Pen, title: string): void {
  pdf.y += 6;
  const line = oneLine(title, longest.heading);
  pdf.y += tags.mark('H3', () => write(pdf, line, 'bold', 11, ink.text, page.margin, pdf.y, { lines: 2 })) + 6;
}

/** `mark` is the room that a severity's colour takes. */
const cell = { padding: 5, size: 8.5, mark: 12 } as const;

const style = (kind: Table['columns'][number]['kind'], head: boolean): [Face, number] =>
  head ? ['bold', cell.size] : kind === 'mono' ? ['mono', cell.size - 1] : ['regular', cell.size];

const cellText = (text: string, kind: Table['columns'][number]['kind']): string =>
  clip(legible(oneLine(text, longest.cell), style(kind, false)[0]), longest.cell);

/** By the columns' shares, but wide enough for each one's longest word where that is possible. */
function columnWidths(pdf: Pdf, columns: Table['columns'], rows: Table['rows']): number[] {
  const shares = columns.reduce((sum, { share }) => sum + share, 0);
  // The first rows speak for the others: a table may be long.
  const least = columns.map(({ title, kind }, i) => {
    const widest = (texts: readonly string[], head: boolean): number => {
      const [font, size] = style(kind, head);
      pdf.font(font).fontSize(size);
      // pdfkit breaks lines behind `-` and `/` too, which does no harm to names and paths, but to dates.
      const words = texts.flatMap((text) =>
        // A time stays beside its date.
        cellText(text, kind).split(kind === 'mono' ? /(?<=[-/ ])/ : / (?!\d\d:\d\d\b)/),
      );
      return Math.max(...words.map((word) => pdf.widthOfString(word)));
    };
    const body =
      widest(
        rows.slice(0, 200).map((row) => row[i] ?? ''),
        false,
      ) + (kind === 'severity' ? cell.mark : 0);
    return Math.min(Math.max(widest([title], true), body) + 2 * cell.padding + 1, width * 0.62);
  });
  const wanted = columns.map(({ share }, i) => Math.max((share / shares) * width, least[i] ?? 0));
  const over = wanted.reduce((sum, one) => sum + one, 0) - width;
  const slack = wanted.map((one, i) => one - (least[i] ?? 0));
  const room = slack.reduce((sum, one) => sum + one, 0);
  if (over <= room) return wanted.map((one, i) => one - (room === 0 ? 0 : (over * (slack[i] ?? 0)) / room));
  // Too many long words for one line: the narrow columns keep what they need, the widest share what is left.
  let left = width;
  const order = least.map((_, i) => i).sort((a, b) => (least[a] ?? 0) - (least[b] ?? 0));
  const given = new Map<number, number>();
  for (const [done, i] of order.entries()) {
    const fair = Math.min(least[i] ?? 0, left / (order.length - done));
    given.set(i, fair);
    left -= fair;
  }
  return least.map((_, i) => given.get(i) ?? 0);
}

/** The title stays with the table's first row. */
async function table(pen: Pen, { columns, rows, empty }: Table, title: string | null = null): Promise<void> {
  if (rows.length === 0) {
    if (title !== null) {
      room(pen.pdf, 2 * tableTitleHeight);
      tableTitle(pen, title);
    }
    paragraph(pen, empty);
    return;
  }
  const { pdf, tags, draws } = pen;
  const widths = columnWidths(pdf, columns, rows);
  const lefts = widths.map((_, i) => page.margin + widths.slice(0, i).reduce((sum, one) => sum + one, 0));
  const boxOf = (i: number, mark: number) =>
    ({
      width: (widths[i] ?? 0) - 2 * cell.padding - mark,
      align: columns[i]?.kind === 'number' ? 'right' : 'left',
    }) as const;
  const markOf = (i: number, head: boolean): number => (!head && columns[i]?.kind === 'severity' ? cell.mark : 0);

  const heightOf = (texts: readonly string[], head: boolean): number =>
    columns.reduce((tallest, { kind }, i) => {
      const [font, size] = style(kind, head);
      pdf.font(font).fontSize(size);
      const height = pdf.heightOfString(texts[i] ?? '', boxOf(i, markOf(i, head)));
      return Math.max(tallest, height + 2 * cell.padding);
    }, 0);

  /** Draws one row at y. `mark` says what each cell means. */
  const row = (texts: readonly string[], y: number, head: boolean, mark: (draw: () => void) => void): void => {
    for (const [i, { kind }] of columns.entries()) {
      const text = texts[i] ?? '';
      const left = markOf(i, head);
      const [font, size] = style(kind, head);
      const x = (lefts[i] ?? 0) + cell.padding;
      if (left > 0)
        tags.artifact(() => pdf.rect(x, y + cell.padding + 1, 8, 8).fill(severityColours[text] ?? ink.line));
      const colour = head ? ink.white : ink.text;
      const put = () =>
        pdf
          .font(font)
          .fontSize(size)
          .fillColor(colour)
          .text(text, x + left, y + cell.padding, boxOf(i, left));
      mark(put);
    }
  };

  const titles = columns.map(({ title }) => oneLine(title, 60));
  const headless = titles.every((title) => title === '');
  const header = (mark: (draw: () => void) => void) => {
    if (headless) return;
    const height = heightOf(titles, true);
    const { y } = pdf;
    tags.artifact(() => pdf.rect(page.margin, y, width, height).fill(ink.brand));
    row(titles, y, true, mark);
    pdf.y = y + height;
  };
  const cellsOf = (texts: readonly string[]) => texts.map((text, i) => cellText(text, columns[i]?.kind));
  const first = cellsOf(rows[0] ?? []);
  room(pdf, (title === null ? 0 : tableTitleHeight) + heightOf(titles, true) + heightOf(first, false));
  if (title !== null) tableTitle(pen, title);
  await tags.within('Table', async () => {
    if (!headless) await tags.within('TR', () => header((draw) => tags.mark('TH', draw)));
    for (const [i, texts] of rows.entries()) {
      const cells = cellsOf(texts);
      const height = heightOf(cells, false);
      if (pdf.y + height > floor) {
        pdf.addPage();
        // What is said of the columns was said where the table begins.
        header((draw) => tags.artifact(draw, 'Pagination'));
        await setImmediate();
      }
      const { y } = pdf;
      if (draws) {
        if (i % 2 === 1) tags.artifact(() => pdf.rect(page.margin, y, width, height).fill(ink.stripe));
        await tags.within('TR', () => row(cells, y, false, (draw) => tags.mark('TD', draw)));
        tags.artifact(() =>
          pdf
            .moveTo(page.margin, y + height)
            .lineTo(page.margin + width, y + height)
            .lineWidth(0.5)
            .stroke(ink.line),
        );
      }
      pdf.y = y + height;
    }
  });
}

const callTable = ({ method }: ReportDocument): Table => ({
  columns: [
    { title: 'Call', share: 32, kind: 'mono' },
    { title: 'Parameters', share: 30, kind: 'mono' },
    { title: 'What for', share: 38 },
  ],
  rows: method.calls.map(({ call, parameters, purpose }) => [call, parameters, purpose]),
  empty: 'AWS was not asked.',
});

const fileTable = ({ files }: ReportDocument): Table => ({
  columns: [
    { title: 'File', share: 32, kind: 'mono' },
    { title: 'Bytes', share: 14, kind: 'number' },
    { title: 'SHA-256', share: 54, kind: 'mono' },
  ],
  rows: files.map(({ name, bytes, sha256 }) => [name, bytes.toLocaleString('en-US'), sha256]),
  empty: 'There are no other files.',
});

/** With its heading and the line below the box. */
const signOffHeight = 340;

function signOff(pen: Pen, { signOff: signed, versions }: ReportDocument): void {
  const { pdf, tags } = pen;
  const fields = [
    ['Reviewed by', signed === null ? '' : oneLine(signed.reviewer, 80)],
    ['Date and time (UTC)', signed === null ? '' : minute(signed.at)],
    ['SHA-256 of manifest.json', ''],
    ['Signature', ''],
  ] as const;
  const top = pdf.y;
  const height = fields.length * 38 + 14;
  tags.artifact(() => pdf.roundedRect(page.margin, top, width, height, 4).lineWidth(1).stroke(ink.brand));
  for (const [i, [label, value]] of fields.entries()) {
    const y = top + 18 + i * 38;
    tags.mark('P', () => {
      write(pdf, label, 'regular', 9.5, ink.soft, page.margin + 14, y, { width: 150, lines: 1 });
      write(pdf, value, 'bold', 10, ink.text, page.margin + 168, y - 1, { width: width - 182, lines: 1 });
    });
    tags.artifact(() =>
      pdf
        .moveTo(page.margin + 168, y + 14)
        .lineTo(page.margin + width - 14, y + 14)
        .lineWidth(0.5)
        .stroke(ink.soft),
    );
  }
  pdf.y = top + height + 12;
  const made = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  paragraph(pen, `Made by ${made.join(', ')}.`);
}

/** Begins a new page where less than that is left, in points. */
function room(pdf: Pdf, height: number): void {
  if (pdf.y + height > floor) pdf.addPage();
}

/** One block of text at a place; gives its height and leaves pdf.y where it was. With `lines`, the rest is cut with an ellipsis. */
function write(
  pdf: Pdf,
  text: string,
  font: Face,
  size: number,
  colour: string,
  x: number,
  y: number,
  options: { width?: number; lines?: number; lineGap?: number; align?: 'left' | 'right' } = {},
): number {
  const { lines, ...rest } = options;
  pdf.font(font).fontSize(size).fillColor(colour);
  const box = { width, ...rest };
  const limit = lines === undefined ? undefined : lines * pdf.currentLineHeight(true) + 1;
  const said = legible(text, font);
  const height = Math.min(pdf.heightOfString(said, box), limit ?? Number.POSITIVE_INFINITY);
  const before = pdf.y;
  pdf.text(said, x, y, { ...box, ...(limit !== undefined && { height: limit, ellipsis: '…' }) });
  pdf.y = before;
  return height;
}
