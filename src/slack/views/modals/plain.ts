import type { ModalView } from '@slack/types';
import { md } from '../../escape.ts';
import { limits } from '../../limits.ts';
import { plain, section } from '../elements.ts';
import { modal } from './form.ts';

/** Opened at once, while what it will show is fetched: Slack's trigger is good for three seconds. */
export const loadingModal = (title: string): ModalView => modal(title, [section(md`⏳ One moment…`)]);

/** One sentence: what went wrong and what to do. */
export const errorModal = (title: string, sentence: string): ModalView =>
  modal(title, [{ type: 'alert', level: 'error', text: plain(sentence, limits.alert.text) }]);
