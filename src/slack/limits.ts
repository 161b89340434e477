/**
 * Slack's limits, the stricter one where sources differ. Lengths are UTF-16 units, which hold however Slack counts.
 * Sources: @slack/types 3.2 and docs.slack.dev, "Block Kit reference"; entries with a reason are not in them.
 */
export const limits = Object.freeze({
  message: {
    blocks: 50,
    /** Undocumented: `msg_blocks_too_long` comes at about 13,200 characters over all blocks of one message. */
    characters: 12_000,
    /** Slack cuts at 40,000; its own advice is to stay under 4,000. */
    text: 4000,
    /** Undocumented: a third data_visualization block is refused. */
    charts: 2,
  },
  view: { blocks: 100, title: 24, submit: 24, close: 24, privateMetadata: 3000, callbackId: 255 },
  blockId: 255,
  actionId: 255,
  text: 3000,
  header: { text: 150 },
  alert: { text: 200 },
  section: { text: 3000, fields: 10, field: 2000 },
  context: { elements: 10 },
  actions: { elements: 25 },
  input: { label: 2000, hint: 2000 },
  button: { text: 75, value: 2000, url: 3000, accessibilityLabel: 75 },
  /** Value: 75 in @slack/types, 150 in Slack's Python library. */
  option: { text: 75, value: 75, description: 75 },
  overflow: { options: 5 },
  confirm: { title: 100, text: 300, confirm: 30, deny: 30 },
  select: { options: 100, placeholder: 150 },
  radioButtons: { options: 10 },
  plainTextInput: { maxLength: 3000 },
  dataTable: {
    /** With the header. The documentation says 1 to 100 rows beside the header, other sources 201 in all. */
    rows: 101,
    columns: 20,
    /** Documented nowhere; sources say 10,000 and 20,000. */
    characters: 10_000,
  },
  dataVisualization: {
    title: 50,
    /** The documentation says 6, newer libraries 12. */
    series: 6,
    segments: 6,
    seriesName: 20,
    points: 20,
    label: 20,
    axisLabel: 50,
  },
});

/** Every string of a block that could be counted against a message: all but the names of types. */
export function characters(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + characters(item), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce((sum, [key, item]) => (key === 'type' ? sum : sum + characters(item)), 0);
}

/**
 * Head, rows and foot as one list within a message's limits. Head and foot always stay; where the rows are too many
 * or too long, the last ones give way to the block that `more` makes for how many are not shown.
 */
export function fitBlocks<T>(
  { head = [], rows, foot = [] }: { head?: T[]; rows: T[]; foot?: T[] },
  more: (left: number) => T,
  maxBlocks: number = limits.message.blocks,
): T[] {
  const fixed = [...head, ...foot, more(rows.length)];
  let space = limits.message.characters - characters(fixed);
  let room = maxBlocks - fixed.length;
  // With nothing left out, the block that says so is not needed.
  if (rows.length <= room + 1 && characters(rows) <= space + characters(more(rows.length)))
    return [...head, ...rows, ...foot];
  const kept: T[] = [];
  for (const row of rows) {
    room -= 1;
    space -= characters(row);
    if (room < 0 || space < 0) break;
    kept.push(row);
  }
  return [...head, ...kept, more(rows.length - kept.length), ...foot];
}
