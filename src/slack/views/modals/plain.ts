import type { KnownBlock, ModalView, MrkdwnElement } from '@slack/types';
import { clipMrkdwn } from '../../escape.ts';
import { limits } from '../../limits.ts';
import type { Message } from '../../types.ts';
import { modal } from './form.ts';

/**
 * One sentence: what went wrong and what to do. The sentence is mrkdwn that is safe already: words of ours, or what
 * refusals.ts made of others'.
 */
export function errorModal(title: string, sentence: string): ModalView {
  const text = mrkdwn(sentence);
  const block: KnownBlock =
    text.text.length <= limits.alert.text ? { type: 'alert', level: 'error', text } : { type: 'section', text };
  return modal(title, [block]);
}

/** A message, where it has to stand in a modal: its blocks and those beside its coloured bar, without charts. */
export function messageModal(title: string, { text, blocks, attachments = [] }: Message): ModalView {
  const shown = [...blocks, ...attachments.flatMap((bar) => bar.blocks)];
  const drawn = shown.filter((block): block is KnownBlock => block.type !== 'data_visualization');
  return modal(title, drawn.length === 0 ? [{ type: 'section', text: mrkdwn(text) }] : drawn);
}

const mrkdwn = (text: string): MrkdwnElement => ({
  type: 'mrkdwn',
  text: clipMrkdwn(text, limits.text),
  verbatim: true,
});
