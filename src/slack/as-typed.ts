const link = /<((?:https?:\/\/|mailto:|tel:)[^|>\s]+)(?:\|([^>]*))?>/g;
const entities: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };

/**
 * What somebody typed, of the text that Slack made of it: links and addresses without their marks, channels and groups by
 * name, `&`, `<` and `>` themselves. A person stays a mention, by id alone (`<@U0BEN>`): names change, and two may have one.
 * Source: docs.slack.dev, "Implementing slash commands" (escaping) and "Formatting message text".
 */
export const asTyped = (text: string): string =>
  text
    // Slack puts the scheme before an address that was typed without; a label of somebody's own is not the address.
    .replace(link, (_, url: string, label = '') => (label !== '' && url.endsWith(label) ? label : url))
    .replace(/<([#!])[^|>]*\|([^>]+)>/g, (_, mark: string, name: string) => (mark === '!' ? name : `${mark}${name}`))
    .replace(/<@([UW][A-Z0-9]+)\|[^>]*>/g, '<@$1>')
    .replace(/&(?:lt|gt|amp);/g, (entity) => entities[entity] ?? entity);
