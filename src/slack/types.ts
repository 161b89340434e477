import type { Block, KnownBlock } from '@slack/types';

/** One named value of a chart. */
interface ChartPoint {
  label: string;
  value: number;
}

/**
 * Slack's native chart: messages only, at most two in one. Not in @slack/types 3.2.
 * Source: docs.slack.dev, "Data visualization block".
 */
export interface DataVisualizationBlock extends Block {
  type: 'data_visualization';
  title: string;
  chart:
    | { type: 'pie'; segments: ChartPoint[] }
    | {
        type: 'bar' | 'line' | 'area';
        series: { name: string; data: ChartPoint[] }[];
        axis_config: { categories: string[]; x_label?: string; y_label?: string };
      };
}

export type MessageBlock = KnownBlock | DataVisualizationBlock;

/** Blocks beside a coloured bar: nothing else of Slack's old attachments may stand next to `blocks`. */
interface ColourBar {
  /** `#rrggbb` */
  color: string;
  blocks: KnownBlock[];
}

/** What chat.postMessage and chat.update take, apart from where to. */
export interface Message {
  /** mrkdwn, escaped: what notifications and screen readers read in place of the blocks. */
  text: string;
  blocks: MessageBlock[];
  attachments?: ColourBar[];
}

/** A message as it is sent: drawn now, or drawn earlier and read from the store, where a block is known by its type alone. */
export interface SentMessage {
  text: string;
  blocks: Block[];
  attachments?: ColourBar[];
}
