import table from './limits.json' with { type: 'json' };

/** Where Slack's documentation or field reports are stricter than the table of slackblocks. */
export const limits = {
  ...table,
  // The block's reference says one header row and at most 100 more; two client libraries stop at 10,000 characters.
  data_table: { ...table.data_table, rows: { min_items: 2, max_items: 101 }, content: { max_length: 10_000 } },
  // The block's reference says 1 to 6 segments and series; newer libraries try 12.
  data_visualization: {
    ...table.data_visualization,
    segments: { min_items: 1, max_items: 6 },
    series: { min_items: 1, max_items: 6 },
  },
  // "Must be less than 200 characters."
  video: { ...table.video, title: { max_length: 199 } },
};

/** Rules about a whole message or view, which the table does not hold. */
export const wholeLimits = {
  messageBlocks: 50,
  /** Undocumented: bolt-js issue 2509 measured msg_blocks_too_long at about this many characters. */
  messageCharacters: 13_200,
  /** Of all `markdown` blocks of one message together. */
  markdownCharacters: 12_000,
  tables: 1,
  /** Undocumented: more than two charts in one message are refused. */
  charts: 2,
  tableRows: 100,
  tableColumns: 20,
  tableCharacters: 10_000,
  /** chat.postMessage text. */
  text: 40_000,
  attachments: 100,
  modalStack: 3,
  /** Bytes of a view as JSON. */
  view: 250_000,
} as const;
