import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = (name: string): string => fileURLToPath(import.meta.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`));

/** Fonts that come along, so that files look the same on every machine: Latin, Greek, Cyrillic, Arabic, Hebrew and more. */
export const fonts = {
  family: 'DejaVu Sans',
  regular: file('DejaVuSans'),
  bold: file('DejaVuSans-Bold'),
  mono: file('DejaVuSansMono'),
} as const;

export type Face = Exclude<keyof typeof fonts, 'family'>;

/** The code points that a font has signs for, as ranges [first, last]. Source: OpenType, "cmap", subtable format 12. */
function rangesOf(face: Face): [number, number][] {
  const font = readFileSync(fonts[face]);
  const offsets = (start: number, count: number, size: number) =>
    Array.from({ length: count }, (_, i) => start + i * size);
  const cmap = offsets(12, font.readUInt16BE(4), 16).find((at) => font.toString('latin1', at, at + 4) === 'cmap');
  const start = font.readUInt32BE((cmap ?? 12) + 8);
  const subtable = offsets(start + 4, font.readUInt16BE(start + 2), 8)
    .map((at) => start + font.readUInt32BE(at + 4))
    .find((at) => font.readUInt16BE(at) === 12);
  if (subtable === undefined) throw new Error(`The font ${fonts[face]} does not tell which characters it has.`);
  return offsets(subtable + 16, font.readUInt32BE(subtable + 12), 12).map((at) => [
    font.readUInt32BE(at),
    font.readUInt32BE(at + 4),
  ]);
}

const known = new Map<Face, [number, number][]>();

function has(face: Face, character: string): boolean {
  const ranges = known.get(face) ?? rangesOf(face);
  known.set(face, ranges);
  const code = character.codePointAt(0) ?? 0;
  return ranges.some(([first, last]) => first <= code && code <= last);
}

/** Text in which characters that the font lacks stand as their numbers, "[U+5C71 U+7530]", rather than as one box each. */
export const legible = (text: string, face: Face): string =>
  text.replace(/[^\x20-\x7e]+/gu, (run) => {
    const parts = Array.from(run, (one) =>
      has(face, one) ? one : `[U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
    return parts.join('').replaceAll('][', ' ');
  });
