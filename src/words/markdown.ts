import { oneLine } from './text.ts';

/** What begins a link, an image, HTML, code, a table's cell, a format or an address that is linked by itself, or a block at the start. */
const special = /[\\`*_[\]<>|!~&@]|:(?=\/\/)|(?<=\bwww)\.|^[#+=-]|(?<=^\d{1,9})[.)]/gi;

/**
 * Any text as Markdown that shows it and does nothing else, on one line: no link, image, HTML or format. Source: CommonMark 0.31,
 * "Backslash escapes", and GitHub Flavored Markdown, "Autolinks (extension)".
 */
export const markdown = (text: string, max = 1000): string => oneLine(text, max).replace(special, '\\$&');

/** Text in a block that is shown as it is: its fence is longer than any run of backticks in it. Source: CommonMark, "Fenced code blocks". */
export function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
