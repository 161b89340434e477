import { fileURLToPath } from 'node:url';

const file = (name: string): string => fileURLToPath(import.meta.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`));

/** Fonts that come along, so that files look the same on every machine: Latin, Greek, Cyrillic, Arabic, Hebrew and more. */
export const fonts = {
  family: 'DejaVu Sans',
  regular: file('DejaVuSans'),
  bold: file('DejaVuSans-Bold'),
  mono: file('DejaVuSansMono'),
} as const;
