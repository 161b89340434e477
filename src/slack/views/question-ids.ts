/**
 * The names by which Slack tells us what was pressed in an answer to a question about AWS. The number of the question is in the
 * block_id, as `question:PART:ID`.
 */
export const questionIds = {
  /** A question that asks before it costs something: begin it. */
  go: 'question:go',
  cancel: 'question:cancel',
  update: 'question:update',
  share: 'question:share',
  files: 'question:files',
  /** Asks into which case an answer goes. */
  addToCase: 'question:add-to-case',
  again: 'question:again',
  /** A question that follows: `question:pivot:N`, and a menu of more; the value is the place in the list of pivots. */
  pivot: 'question:pivot',
  pivotMore: 'question:pivot-more',
  /** Of an answer that is a table. */
  tableShare: 'question:table-share',
  tableFiles: 'question:table-files',
  /** A button whose value is a line to ask, as it would be typed after /audit: `question:line:N`. */
  line: 'question:line',
  /** Of how the framework stands. */
  frameworkShare: 'question:framework-share',
  /** The picture of accounts by steps. Value: the run of the framework digest. */
  heatMap: 'question:heat-map',
} as const;

/** The form of `/audit lookup` without an argument. */
export const lookupCallbackId = 'modal:lookup';

/** The block of buttons whose values are lines to ask. */
export const linesBlockId = 'question-lines';

export const questionBlockId = (part: string, id: number): string => `question:${part}:${id}`;

/** Reads `question:PART:ID`; undefined for any other block. */
export function readQuestionBlockId(blockId: string): number | undefined {
  const id = /^question:[a-z-]+:(\d{1,9})$/.exec(blockId)?.[1];
  return id === undefined ? undefined : Number(id);
}
