import { describe, expect, test } from 'vitest';
import { characters, fitBlocks, limits } from '../../src/slack/limits.ts';
import { dataJson } from '../data.ts';

/** The path of each of our limits in the table of slackblocks. */
const same = {
  blockId: 'block_id.max_length',
  actionId: 'action_id.max_length',
  text: 'text.max_length',
  'header.text': 'header.text.max_length',
  'alert.text': 'alert.text.max_length',
  'section.text': 'section.text.max_length',
  'section.fields': 'section.fields.max_items',
  'section.field': 'section.fields.item_max_length',
  'context.elements': 'context.elements.max_items',
  'actions.elements': 'actions.elements.max_items',
  'input.label': 'input.label.max_length',
  'input.hint': 'input.hint.max_length',
  'button.text': 'button.text.max_length',
  'button.value': 'button.value.max_length',
  'button.url': 'button.url.max_length',
  'button.accessibilityLabel': 'button.accessibility_label.max_length',
  'option.text': 'option.text.max_length',
  'option.value': 'option.value.max_length',
  'option.description': 'option.description.max_length',
  'confirm.title': 'confirmation.title.max_length',
  'confirm.text': 'confirmation.text.max_length',
  'confirm.confirm': 'confirmation.confirm.max_length',
  'confirm.deny': 'confirmation.deny.max_length',
  'overflow.options': 'overflow.options.max_items',
  'select.options': 'select.options.max_items',
  'select.placeholder': 'select.placeholder.max_length',
  'radioButtons.options': 'radio_buttons.options.max_items',
  'plainTextInput.maxLength': 'plain_text_input.max_length.max',
  'view.blocks': 'view.blocks.max_items',
  'view.title': 'view.title.max_length',
  'view.submit': 'view.submit.max_length',
  'view.close': 'view.close.max_length',
  'view.privateMetadata': 'view.private_metadata.max_length',
  'view.callbackId': 'view.callback_id.max_length',
  'dataTable.rows': 'data_table.rows.max_items',
  'dataTable.columns': 'data_table.columns.max_items',
  'dataTable.characters': 'data_table.content.max_length',
  'dataVisualization.title': 'data_visualization.title.max_length',
  'dataVisualization.series': 'data_visualization.series.max_items',
  'dataVisualization.segments': 'data_visualization.segments.max_items',
  'dataVisualization.seriesName': 'data_visualization.series_name.max_length',
  'dataVisualization.points': 'data_visualization.data.max_items',
  'dataVisualization.label': 'data_visualization.point_label.max_length',
  'dataVisualization.axisLabel': 'data_visualization.axis_label.max_length',
};

/** Where two sources differ, the smaller number; the reasons stand in limits.ts. */
const stricter = [
  'option.value',
  'dataTable.rows',
  'dataTable.characters',
  'dataVisualization.series',
  'dataVisualization.segments',
];

const at = (value: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (inner, key) =>
        typeof inner === 'object' && inner !== null
          ? Object.entries(inner).find(([name]) => name === key)?.[1]
          : undefined,
      value,
    );

const leaves = (value: unknown, path = ''): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`))
    : [path];

describe('our limits against the table of slackblocks', () => {
  const theirs = dataJson('slack/slackblocks/spec/limits.json');

  test('each is the same, or listed as stricter and smaller', () => {
    for (const [ours, path] of Object.entries(same)) {
      const [mine, other] = [Number(at(limits, ours)), Number(at(theirs, path))];
      if (stricter.includes(ours)) expect(mine, ours).toBeLessThan(other);
      else expect(mine, ours).toBe(other);
    }
  });

  test('each of ours is compared, but for those about whole messages, which the table does not have', () => {
    expect(leaves(limits).filter((path) => !path.startsWith('message.'))).toEqual(
      expect.arrayContaining(Object.keys(same)),
    );
    expect(Object.keys(same)).toEqual(
      expect.arrayContaining(leaves(limits).filter((path) => !path.startsWith('message.'))),
    );
  });
});

describe('fitBlocks', () => {
  const block = (text: string) => ({ type: 'section', text });
  const more = (left: number) => block(`${left} more`);

  test('keeps everything that fits, without a word about what is left out', () => {
    const rows = Array.from({ length: 50 }, (_, index) => block(String(index)));
    expect(fitBlocks({ rows }, more)).toEqual(rows);
  });

  test('head and foot stay, the last rows give way', () => {
    const rows = Array.from({ length: 60 }, (_, index) => block(`row ${index}`));
    const fitted = fitBlocks({ head: [block('head')], rows, foot: [block('foot')] }, more);
    expect(fitted).toHaveLength(50);
    expect(fitted.at(0)).toEqual(block('head'));
    expect(fitted.at(-1)).toEqual(block('foot'));
    expect(fitted.at(-2)).toEqual(block('13 more'));
  });

  test('counts characters over all blocks', () => {
    const rows = Array.from({ length: 20 }, () => block('x'.repeat(1000)));
    const fitted = fitBlocks({ rows }, more);
    expect(characters(fitted)).toBeLessThanOrEqual(limits.message.characters);
    expect(fitted).toHaveLength(12);
    expect(fitted.at(-1)).toEqual(block('9 more'));
  });
});
