import { xml } from '../words/xml.ts';
import { legible } from './fonts.ts';

/** Names come from AWS: nothing of them may be markup. */
export function text(
  x: number,
  y: number,
  said: string,
  {
    size,
    weight = 'normal',
    anchor = 'start',
    fill = '#1A1A1A',
  }: { size: number; weight?: string; anchor?: string; fill?: string },
): string {
  return `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}" fill="${fill}">${xml(legible(said, weight === 'bold' ? 'bold' : 'regular'))}</text>`;
}
