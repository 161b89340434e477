import type { KnownBlock, ModalView, MrkdwnElement } from '@slack/types';
import { clipMrkdwn } from '../../escape.ts';
import { limits } from '../../limits.ts';
import type { Message } from '../../types.ts';
import { modal } from './form.ts';

/**
 * One sentence: what went wrong and what to do. The sentence is mrkdwn that is safe already: words of ours, or what
 * refusals.ts made of others'.
 */
export const errorModal = (title: string, sentence: string): ModalView => modal(title, [notice('error', sentence)]);

/** The same in a form: what its reader has to know before they fill it in. */
export const warning = (sentence: string): KnownBlock => notice('warning', sentence);

function notice(level: 'error' | 'warning', sentence: string): KnownBlock {
  const text = mrkdwn(sentence);
  return text.text.length <= limits.alert.text ? { type: 'alert', level, text } : { type: 'section', text };
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
