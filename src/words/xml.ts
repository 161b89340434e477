const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text without what XML 1.0 has no way to write: one such character, and no reader takes the whole document. */
export const writable = (text: string): string =>
  text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that XML forbids.
    .replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '\uFFFD');

/** Text as XML 1.0 takes it, in an element or an attribute. */
export const xml = (text: string): string =>
  writable(text).replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
