import { expect, test } from 'vitest';
import { fieldKey, formState } from '../../../sandbox/page/form.ts';
import { dataFiles, dataJson } from '../../data.ts';

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const option = (value: string) => ({ text: plain(value), value });

const blocks = [
  {
    type: 'section',
    block_id: 's',
    text: plain('x'),
    accessory: { type: 'button', action_id: 'b', text: plain('Go') },
  },
  {
    type: 'input',
    block_id: 'reason',
    label: plain('Why'),
    element: { type: 'plain_text_input', action_id: 'text', initial_value: 'because' },
  },
  {
    type: 'actions',
    block_id: 'a',
    elements: [
      { type: 'static_select', action_id: 'm', options: [option('1h'), option('8h')], initial_option: option('1h') },
      { type: 'conversations_select', action_id: 'c', default_to_current_conversation: true },
      { type: 'overflow', action_id: 'o', options: [option('x')] },
      { type: 'nobody_knows' },
    ],
  },
  {
    type: 'container',
    child_blocks: [{ type: 'actions', block_id: 'in', elements: [{ type: 'datepicker', action_id: 'd' }] }],
  },
  'nonsense',
];

test('the state holds every value of the blocks, and of no button', () => {
  expect(formState(blocks, {}, 'C1')).toEqual({
    reason: { text: { type: 'plain_text_input', value: 'because' } },
    a: {
      m: { type: 'static_select', selected_option: option('1h') },
      c: { type: 'conversations_select', selected_conversation: 'C1' },
    },
    in: { d: { type: 'datepicker', selected_date: null } },
  });
});

test('what people changed is laid over it, and a field that is gone leaves the state', () => {
  const edits = {
    [fieldKey('reason', 'text')]: { value: null },
    [fieldKey('a', 'm')]: { selected_option: option('8h') },
    [fieldKey('old', 'gone')]: { value: 'x' },
  };
  expect(formState(blocks, edits)).toMatchObject({
    reason: { text: { type: 'plain_text_input', value: null } },
    a: { m: { selected_option: option('8h') }, c: { selected_conversation: null } },
  });
  expect(formState(blocks, edits)).not.toHaveProperty('old');
});

test.each(dataFiles('slack/slackblocks/spec/fixtures/valid/views'))('%s has a state', (file) => {
  expect(() => formState([dataJson(file)], {})).not.toThrow();
});
