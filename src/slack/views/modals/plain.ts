import type { KnownBlock, ModalView, MrkdwnElement } from '@slack/types';
import { clip } from '../../escape.ts';
import { limits } from '../../limits.ts';
import { modal } from './form.ts';

/**
 * One sentence: what went wrong and what to do. The sentence is mrkdwn that is safe already: words of ours, or what
 * refusals.ts made of others'.
 */
export function errorModal(title: string, sentence: string): ModalView {
  const text: MrkdwnElement = { type: 'mrkdwn', text: clip(sentence, limits.text), verbatim: true };
  const block: KnownBlock =
    text.text.length <= limits.alert.text ? { type: 'alert', level: 'error', text } : { type: 'section', text };
  return modal(title, [block]);
}
