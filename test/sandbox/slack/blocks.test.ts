import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { limits } from '../../../sandbox/slack/limits.ts';
import { checkAttachments, checkBlocks, checkView, type Problem } from '../../../sandbox/slack/validate.ts';
import { dataFiles, dataJson } from '../../data.ts';
import { violations } from './violations.ts';

const spec = 'slack/slackblocks/spec';
const plain = (text: string) => ({ type: 'plain_text', text });
const Fixture = z.record(z.string(), z.unknown());
type Fixture = z.infer<typeof Fixture>;

/** Where a source is stricter than the table of slackblocks; the reasons stand in limits.ts. */
const stricter: Record<string, object> = {
  data_table: { rows: { min_items: 2, max_items: 101 }, content: { max_length: 10_000 } },
  data_visualization: { segments: { min_items: 1, max_items: 6 }, series: { min_items: 1, max_items: 6 } },
  video: { title: { max_length: 199 } },
};

/** Elements that stand in an input block of a modal. */
const asked = /_input$/;
const inActions = (element: unknown) => [{ type: 'actions', elements: [element] }];
const inInput = (element: unknown) => [{ type: 'input', label: plain('Label'), element }];
const button = { type: 'button', text: plain('Go') };
const workflowButton = (workflow: unknown) => inActions({ type: 'workflow_button', text: plain('Go'), workflow });
const richText = (part: unknown) => [{ type: 'rich_text', elements: [part] }];

/** A part of Block Kit, by the folder of its fixture and its type, as blocks in which it may stand. */
function blocksWith(folder: string, name: string, fixture: Fixture): unknown[] {
  const type = String(fixture['type']);
  if (folder === 'blocks') return [fixture];
  if (folder === 'rich_text')
    return richText(type.startsWith('rich_text_') ? fixture : { type: 'rich_text_section', elements: [fixture] });
  if (folder === 'elements') {
    if (asked.test(type)) return inInput(fixture);
    if (type === 'image') return [{ type: 'context', elements: [fixture] }];
    if (type === 'url') return [{ type: 'task_card', task_id: 't', title: 'Task', sources: [fixture] }];
    return inActions(fixture);
  }
  const kinds: Record<string, () => unknown[]> = {
    confirmation: () => inActions({ ...button, confirm: fixture }),
    conversation: () => inActions({ type: 'conversations_select', filter: fixture }),
    dispatch: () => inInput({ type: 'plain_text_input', dispatch_action_config: fixture }),
    input: () => workflowButton({ trigger: { url: 'https://x', customizable_input_parameters: [fixture] } }),
    option: () => inActions({ type: 'static_select', options: [fixture] }),
    option_group: () => inActions({ type: 'static_select', option_groups: [fixture] }),
    text: () => [{ type: 'section', text: fixture }],
    trigger: () => workflowButton({ trigger: fixture }),
    workflow: () => workflowButton(fixture),
  };
  const kind = name.startsWith('option_group') ? 'option_group' : (name.split('_')[0] ?? '');
  const wrap = kinds[kind];
  if (wrap === undefined) throw new Error(`Nobody says where ${folder}/${name} stands.`);
  return wrap();
}

/** The fixtures of slackblocks repeat one block_id in a message; Slack wants them unique. */
const withOwnIds = (blocks: unknown): unknown[] =>
  z
    .array(Fixture)
    .default([])
    .parse(blocks)
    .map((block, index) => ({ ...block, block_id: `b${index}` }));

function problemsOf(file: string): Problem[] {
  const fixture = Fixture.parse(dataJson(file));
  const [folder = '', name = ''] = file.split('/').slice(-2);
  if (folder === 'views') return checkView(fixture);
  if (folder === 'attachments') return checkAttachments([fixture]);
  if (folder === 'messages')
    return [
      ...checkBlocks(withOwnIds(fixture['blocks']), 'message'),
      ...checkAttachments(fixture['attachments'] ?? []),
    ];
  const type = String(fixture['type']);
  const modalOnly = type === 'alert' || asked.test(type);
  return checkBlocks(blocksWith(folder, name, fixture), modalOnly ? 'modal' : 'message');
}

describe('the rules of slackblocks', () => {
  const valid = dataFiles(`${spec}/fixtures/valid`);

  test('every limit is theirs, but for those where another source is stricter', () => {
    const table = z.record(z.string(), Fixture).parse(dataJson(`${spec}/limits.json`));
    const expected = Object.fromEntries(
      Object.entries(table).map(([name, limit]) => [name, { ...limit, ...stricter[name] }]),
    );
    expect(limits).toEqual(expected);
  });

  test('there are a hundred valid fixtures', () => expect(valid).toHaveLength(100));

  test.each(valid.filter((file) => !file.endsWith('file_block_only.json')))('%s is accepted', (file) => {
    expect(problemsOf(file)).toEqual([]);
  });

  test('a file block is well formed, but Slack only reads it back', () => {
    expect(problemsOf(`${spec}/fixtures/valid/blocks/file_block_only.json`)).toEqual([
      { pointer: '/blocks/0', message: 'unsupported type: file is not allowed in a message' },
    ]);
  });

  const Manifest = z.object({ cases: z.array(z.object({ id: z.string() })) });
  const named = Manifest.parse(dataJson(`${spec}/fixtures/invalid/manifest.json`)).cases;

  test('each of their violations is tried', () => {
    expect(Object.keys(violations).sort()).toEqual(named.map(({ id }) => id).sort());
  });
});

describe('what slackblocks names a violation', () => {
  test.each(Object.entries(violations))('%s is refused, and nothing short of it', (_id, { allowed, refused }) => {
    expect(allowed).toEqual([]);
    expect(refused).not.toEqual([]);
  });
});

const option = (value: string) => ({ text: plain(value), value });

test.each<[string, unknown[]]>([
  ['51 blocks', Array.from({ length: 51 }, () => ({ type: 'divider' }))],
  ['an unknown block', [{ type: 'bogus' }]],
  ['an unknown field', [{ type: 'divider', colour: 'red' }]],
  ['an alert outside of a modal', [{ type: 'alert', text: plain('x') }]],
  [
    'two of one block_id',
    [
      { type: 'divider', block_id: 'a' },
      { type: 'divider', block_id: 'a' },
    ],
  ],
  ['two of one action_id', [{ type: 'actions', elements: [1, 2].map(() => ({ ...button, action_id: 'a' })) }]],
  ['an image without alt text', [{ type: 'image', image_url: 'https://example.com/x.png' }]],
  ['two tables', [1, 2].map(() => ({ type: 'table', rows: [[{ type: 'raw_text', text: 'x' }]] }))],
  [
    'an initial option that is none of the options',
    inActions({ type: 'static_select', options: [option('a')], initial_option: option('b') }),
  ],
  [
    'three charts',
    [1, 2, 3].map(() => ({
      type: 'data_visualization',
      title: 'x',
      chart: { type: 'pie', segments: [{ label: 'a', value: 1 }] },
    })),
  ],
  [
    'markdown blocks of more than 12,000 characters in all',
    [1, 2].map(() => ({ type: 'markdown', text: 'x'.repeat(6001) })),
  ],
  ['a file input in a message', inInput({ type: 'file_input' })],
])('%s is refused', (_name, blocks) => {
  expect(checkBlocks(blocks, 'message')).not.toEqual([]);
});
