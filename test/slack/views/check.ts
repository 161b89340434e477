import { expect } from 'vitest';
import { checkAttachments, checkBlocks, checkView, textSize } from '../../../sandbox/slack/validate.ts';
import { characters, limits } from '../../../src/slack/limits.ts';
import type { Message } from '../../../src/slack/types.ts';
import { oneLine } from '../../../src/words/text.ts';

/** Fails when Slack would refuse the message, cut it short or show nothing for it. */
export function expectSound(message: Message): void {
  expect(checkBlocks(message.blocks, 'message')).toEqual([]);
  expect(checkAttachments(message.attachments ?? [])).toEqual([]);
  const all = [message.blocks, message.attachments ?? []];
  expect(textSize(all)).toBeLessThanOrEqual(limits.message.characters);
  expect(characters(all)).toBeLessThanOrEqual(limits.message.characters);
  expect(message.text.trim()).not.toBe('');
  expect(message.text.length).toBeLessThanOrEqual(limits.message.text);
  expectSayable(all);
}

export function expectSoundView(view: unknown): void {
  expect(checkView(view)).toEqual([]);
  expectSayable(view);
}

/** Whoever speaks to their computer says what they see: WCAG 2.5.3, "Label in Name". */
function expectSayable(drawn: unknown): void {
  for (const { type, text, accessibility_label: said } of objectsIn(drawn)) {
    if (type !== 'button' || typeof said !== 'string' || !isJson(text)) continue;
    expect(said.toLowerCase()).toContain(oneLine(String(text['text'])).replace(/…$/, '').slice(0, 70).toLowerCase());
  }
}

type Json = Record<string, unknown>;
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every object in a message or view, at any depth. */
export function objectsIn(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  return isJson(value) ? [value, ...Object.values(value).flatMap(objectsIn)] : [];
}

/** Every text in which Slack reads mrkdwn: mrkdwn elements and the fallback text. */
export const mrkdwnIn = (value: unknown): string[] => [
  ...objectsIn(value).flatMap((object) => (object['type'] === 'mrkdwn' ? [String(object['text'])] : [])),
  ...(isJson(value) && typeof value['text'] === 'string' ? [value['text']] : []),
];

/** All that a reader sees, one text a line. */
export const shown = (value: unknown): string =>
  objectsIn(value)
    .flatMap((object) => (typeof object['text'] === 'string' ? [object['text']] : []))
    .join('\n');
