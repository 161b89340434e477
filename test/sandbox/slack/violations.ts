import { checkBlocks, checkView, type Problem } from '../../../sandbox/slack/validate.ts';

/**
 * The violations that slackblocks names in fixtures/invalid/manifest.json, as payloads: what the rules say of the
 * payload that goes just too far, and of the one that goes just as far as it may.
 */
interface Violation {
  allowed: Problem[];
  refused: Problem[];
}

const message = (...blocks: unknown[]): Problem[] => checkBlocks(blocks, 'message');
const modal = (...blocks: unknown[]): Problem[] => view({ blocks });
const view = (more: object): Problem[] =>
  checkView({ type: 'modal', title: plain('Title'), submit: plain('Go'), blocks: [divider], ...more });

/** By a number: the last one that is allowed, and the next. */
const past = (most: number, make: (count: number) => Problem[], refused = most + 1): Violation => ({
  allowed: make(most),
  refused: make(refused),
});
const tooLong = (most: number, make: (text: string) => Problem[]): Violation =>
  past(most, (length) => make('x'.repeat(length)));
const tooMany = past;
const tooFew = (least: number, make: (count: number) => Problem[]): Violation => past(least, make, least - 1);
const empty = (make: (text: string) => Problem[]): Violation => ({ allowed: make('x'), refused: make('') });

const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const divider = { type: 'divider' };
const option = (at = 0, more: object = {}) => ({ text: plain(`Option ${at}`), value: `v${at}`, ...more });
const options = (count: number) => many(count, (at) => option(at));

const actions = (...elements: unknown[]) => message({ type: 'actions', elements });
const button = (more: object) => actions({ type: 'button', text: plain('Go'), ...more });
const confirm = (more: object) =>
  button({
    confirm: { title: plain('Sure?'), text: plain('Text'), confirm: plain('Yes'), deny: plain('No'), ...more },
  });
const select = (more: object) => actions({ type: 'static_select', ...more });
const group = (more: object) => select({ option_groups: [{ label: plain('Group'), options: options(1), ...more }] });
const overflow = (list: unknown[]) => actions({ type: 'overflow', options: list });
const checkboxes = (count: number) => actions({ type: 'checkboxes', options: options(count) });
const radioButtons = (count: number) => actions({ type: 'radio_buttons', options: options(count) });
const source = (url: string) =>
  message({ type: 'task_card', task_id: 't', title: 'Task', sources: [{ type: 'url', url, text: 'Source' }] });
const input = (element: object, more: object = {}) => modal({ type: 'input', label: plain('Label'), element, ...more });
const textInput = { type: 'plain_text_input' };
const section = (more: object) => message({ type: 'section', ...more });
const image = (more: object) =>
  message({ type: 'image', image_url: 'https://example.com/a.png', alt_text: 'Alt', ...more });
const video = (more: object) =>
  message({
    type: 'video',
    alt_text: 'Alt',
    title: plain('Title'),
    thumbnail_url: 'https://example.com/a.png',
    video_url: 'https://example.com/a.mp4',
    ...more,
  });
const card = (more: object) => message({ type: 'card', title: mrkdwn('Title'), ...more });
const cards = (count: number) =>
  message({ type: 'carousel', elements: many(count, () => ({ type: 'card', title: mrkdwn('Title') })) });
const container = (more: object) =>
  message({ type: 'container', title: plain('Title'), child_blocks: [divider], ...more });
const contextActions = (...elements: unknown[]) => message({ type: 'context_actions', elements });
const feedback = (more: object) => ({
  type: 'feedback_buttons',
  positive_button: { text: plain('Good'), value: 'good', ...more },
  negative_button: { text: plain('Bad'), value: 'bad' },
});
const iconButton = (more: object = {}) => ({ type: 'icon_button', icon: 'trash', text: plain('Delete'), ...more });

const cell = (text = 'x') => ({ type: 'raw_text', text });
const cells = (rows: number, columns = 1) => many(rows, () => many(columns, () => cell()));
const table = (more: object) => message({ type: 'table', rows: cells(1, 2), ...more });
const dataTable = (more: object) => message({ type: 'data_table', caption: 'Caption', rows: cells(2), ...more });

const chart = (of: object, title = 'Title') => message({ type: 'data_visualization', title, chart: of });
const segment = (more: object = {}) => ({ label: 'A', value: 1, ...more });
const pie = (segments: unknown[]) => chart({ type: 'pie', segments });
const points = (count: number) => many(count, (at) => ({ label: `p${at}`, value: at }));
const labels = (count: number) => points(count).map(({ label }) => label);
const bar = (series: unknown[], categories: unknown[], axis: object = {}) =>
  chart({ type: 'bar', series, axis_config: { categories, ...axis } });
const series = (name: string, count = 1) => ({ name, data: points(count) });

export const violations: Record<string, Violation> = {
  'text-empty': empty((text) => section({ text: mrkdwn(text) })),
  'text-too-long': tooLong(3000, (text) => message({ type: 'context', elements: [mrkdwn(text)] })),
  'button-action-id-too-long': tooLong(255, (action_id) => button({ action_id })),
  'button-text-too-long': tooLong(75, (text) => button({ text: plain(text) })),
  'button-url-too-long': tooLong(3000, (url) => button({ url })),
  'button-value-too-long': tooLong(2000, (value) => button({ value })),
  'button-accessibility-label-too-long': tooLong(75, (accessibility_label) => button({ accessibility_label })),
  'confirmation-title-too-long': tooLong(100, (title) => confirm({ title: plain(title) })),
  'confirmation-text-too-long': tooLong(300, (text) => confirm({ text: plain(text) })),
  'confirmation-confirm-too-long': tooLong(30, (text) => confirm({ confirm: plain(text) })),
  'confirmation-deny-too-long': tooLong(30, (text) => confirm({ deny: plain(text) })),
  'option-text-too-long': tooLong(75, (text) => select({ options: [option(0, { text: plain(text) })] })),
  'option-value-too-long': tooLong(150, (value) => select({ options: [option(0, { value })] })),
  // Counted in code points, not in UTF-16 units.
  'option-url-too-long': past(3000, (length) => overflow([option(0, { url: '😀'.repeat(length) })])),
  'option-description-too-long': tooLong(75, (text) => select({ options: [option(0, { description: plain(text) })] })),
  'option-group-label-too-long': tooLong(75, (text) => group({ label: plain(text) })),
  'option-group-empty': tooFew(1, (count) => group({ options: options(count) })),
  'option-group-too-many-options': tooMany(100, (count) => group({ options: options(count) })),
  'select-placeholder-too-long': tooLong(150, (text) => select({ options: options(1), placeholder: plain(text) })),
  'select-too-many-options': tooMany(100, (count) => select({ options: options(count) })),
  'select-too-many-option-groups': tooMany(100, (count) =>
    select({ option_groups: many(count, (at) => ({ label: plain(`Group ${at}`), options: [option(at)] })) }),
  ),
  'overflow-empty': tooFew(1, (count) => overflow(options(count))),
  'overflow-too-many-options': tooMany(5, (count) => overflow(options(count))),
  'checkboxes-empty': tooFew(1, checkboxes),
  'checkboxes-too-many-options': tooMany(10, checkboxes),
  'radio-buttons-empty': tooFew(1, radioButtons),
  'radio-buttons-too-many-options': tooMany(10, radioButtons),
  'url-source-url-empty': empty(source),
  'url-source-url-too-long': tooLong(3000, source),
  'table-too-many-rows': tooMany(100, (count) => table({ rows: cells(count) })),
  'table-ragged-rows': {
    allowed: table({ rows: cells(2, 2) }),
    refused: table({ rows: [...cells(1, 2), ...cells(1)] }),
  },
  'table-column-settings-mismatch': past(2, (count) => table({ column_settings: many(count, () => null) })),
  'file-input-max-files-too-small': tooFew(1, (max_files) => input({ type: 'file_input', max_files })),
  'file-input-max-files-too-large': tooMany(10, (max_files) => input({ type: 'file_input', max_files })),
  'plain-text-input-max-length-too-large': tooMany(3000, (max_length) => input({ ...textInput, max_length })),
  'actions-too-many-elements': tooMany(25, (count) =>
    actions(...many(count, () => ({ type: 'button', text: plain('Go') }))),
  ),
  'context-too-many-elements': tooMany(10, (count) =>
    message({ type: 'context', elements: many(count, () => mrkdwn('x')) }),
  ),
  'header-text-too-long': tooLong(150, (text) => message({ type: 'header', text: plain(text) })),
  'image-url-too-long': tooLong(3000, (image_url) => image({ image_url })),
  'image-alt-text-too-long': tooLong(2000, (alt_text) => image({ alt_text })),
  'input-label-too-long': tooLong(2000, (text) => input(textInput, { label: plain(text) })),
  'input-hint-too-long': tooLong(2000, (text) => input(textInput, { hint: plain(text) })),
  'markdown-empty': empty((text) => message({ type: 'markdown', text })),
  'markdown-too-long': tooLong(12_000, (text) => message({ type: 'markdown', text })),
  'section-text-too-long': tooLong(3000, (text) => section({ text: mrkdwn(text) })),
  'section-too-many-fields': tooMany(10, (count) => section({ fields: many(count, () => mrkdwn('x')) })),
  'section-field-too-long': tooLong(2000, (text) => section({ fields: [mrkdwn(text)] })),
  'video-alt-text-empty': empty((alt_text) => video({ alt_text })),
  'video-alt-text-too-long': tooLong(200, (alt_text) => video({ alt_text })),
  // Slack's reference says "must be less than 200".
  'video-title-too-long': tooLong(199, (title) => video({ title: plain(title) })),
  'video-author-name-too-long': tooLong(50, (author_name) => video({ author_name })),
  'video-description-too-long': tooLong(200, (text) => video({ description: plain(text) })),
  'video-provider-name-too-long': tooLong(50, (provider_name) => video({ provider_name })),
  'view-missing-blocks': tooFew(1, (count) => view({ blocks: many(count, () => divider) })),
  'view-too-many-blocks': tooMany(100, (count) => view({ blocks: many(count, () => divider) })),
  'view-private-metadata-too-long': tooLong(3000, (private_metadata) => view({ private_metadata })),
  'view-callback-id-too-long': tooLong(255, (callback_id) => view({ callback_id })),
  'view-title-too-long': tooLong(24, (text) => view({ title: plain(text) })),
  'view-close-too-long': tooLong(24, (text) => view({ close: plain(text) })),
  'view-submit-too-long': tooLong(24, (text) => view({ submit: plain(text) })),
  'section-missing-content': { allowed: section({ text: mrkdwn('x') }), refused: section({}) },
  'static-select-options-and-groups': {
    allowed: select({ options: options(1) }),
    refused: select({ options: options(1), option_groups: [{ label: plain('Group'), options: options(1) }] }),
  },
  'image-url-and-slack-file': { allowed: image({}), refused: image({ slack_file: { id: 'F0123456789' } }) },
  'number-input-inverted-range': {
    allowed: input({ type: 'number_input', is_decimal_allowed: false, min_value: '1', max_value: '1' }),
    refused: input({ type: 'number_input', is_decimal_allowed: false, min_value: '2', max_value: '1' }),
  },
  'context-invalid-element': {
    allowed: message({ type: 'context', elements: [plain('x')] }),
    refused: message({ type: 'context', elements: [{ type: 'button', text: plain('Go') }] }),
  },
  'input-invalid-element': { allowed: input(textInput), refused: input({ type: 'button', text: plain('Go') }) },
  'block-id-too-long': tooLong(255, (block_id) => message({ ...divider, block_id })),
  'alert-text-too-long': tooLong(200, (text) => modal({ type: 'alert', text: plain(text) })),
  'card-title-too-long': tooLong(150, (text) => card({ title: mrkdwn(text) })),
  'card-subtitle-too-long': tooLong(150, (text) => card({ subtitle: mrkdwn(text) })),
  'card-body-too-long': tooLong(200, (text) => card({ body: mrkdwn(text) })),
  'card-subtext-too-long': tooLong(200, (text) => card({ subtext: mrkdwn(text) })),
  'card-too-many-actions': tooMany(3, (count) =>
    card({ actions: many(count, () => ({ type: 'button', text: plain('Go') })) }),
  ),
  'carousel-empty': tooFew(1, cards),
  'carousel-too-many-cards': tooMany(10, cards),
  'container-title-too-long': tooLong(150, (text) => container({ title: plain(text) })),
  'container-subtitle-too-long': tooLong(150, (text) => container({ subtitle: mrkdwn(text) })),
  'container-too-many-child-blocks': tooMany(10, (count) => container({ child_blocks: many(count, () => divider) })),
  'context-actions-too-many-elements': tooMany(5, (count) => contextActions(...many(count, () => iconButton()))),
  'feedback-button-text-too-long': tooLong(75, (text) => contextActions(feedback({ text: plain(text) }))),
  'feedback-button-value-too-long': tooLong(2000, (value) => contextActions(feedback({ value }))),
  'feedback-button-accessibility-label-too-long': tooLong(75, (accessibility_label) =>
    contextActions(feedback({ accessibility_label })),
  ),
  'icon-button-too-many-visible-users': tooMany(10, (count) =>
    contextActions(iconButton({ visible_to_user_ids: many(count, (at) => `U${at}`) })),
  ),
  'data-table-too-few-rows': tooFew(2, (count) => dataTable({ rows: cells(count) })),
  // Slack's reference says a header and at most 100 rows.
  'data-table-too-many-rows': tooMany(101, (count) => dataTable({ rows: cells(count) })),
  'data-table-too-few-columns': tooFew(1, (count) => dataTable({ rows: cells(2, count) })),
  'data-table-too-many-columns': tooMany(20, (count) => dataTable({ rows: cells(2, count) })),
  'data-table-page-size-too-small': tooFew(1, (page_size) => dataTable({ page_size })),
  'data-table-page-size-too-large': tooMany(100, (page_size) => dataTable({ page_size })),
  'data-table-cell-text-empty': empty((text) => dataTable({ rows: [[cell()], [cell(text)]] })),
  // Two client libraries stop at 10,000 characters.
  'data-table-content-too-long': tooLong(9999, (text) => dataTable({ rows: [[cell()], [cell(text)]] })),
  'data-visualization-title-too-long': tooLong(50, (title) => chart({ type: 'pie', segments: [segment()] }, title)),
  'pie-chart-empty': tooFew(1, (count) => pie(many(count, () => segment()))),
  // Slack's reference says at most six segments and series.
  'pie-chart-too-many-segments': tooMany(6, (count) => pie(many(count, () => segment()))),
  'chart-segment-label-too-long': tooLong(20, (label) => pie([segment({ label })])),
  'chart-segment-value-not-positive': tooFew(1, (value) => pie([segment({ value })])),
  'chart-series-empty': tooFew(1, (count) =>
    bar(
      many(count, (at) => series(`s${at}`)),
      labels(1),
    ),
  ),
  'chart-too-many-series': tooMany(6, (count) =>
    bar(
      many(count, (at) => series(`s${at}`)),
      labels(1),
    ),
  ),
  'data-series-name-too-long': tooLong(20, (name) => bar([series(name)], labels(1))),
  'data-series-empty': tooFew(1, (count) => bar([series('s', count)], labels(1))),
  'data-series-too-many-points': {
    allowed: bar([series('s', 20)], labels(20)),
    refused: bar([series('s', 21)], labels(20)),
  },
  'data-point-label-too-long': tooLong(20, (label) => bar([{ name: 's', data: [{ label, value: 1 }] }], [label])),
  'axis-categories-empty': tooFew(1, (count) => bar([series('s', 1)], labels(count))),
  'axis-too-many-categories': tooMany(20, (count) => bar([series('s', Math.min(count, 20))], labels(count))),
  'axis-category-label-too-long': tooLong(20, (label) => bar([{ name: 's', data: [{ label, value: 1 }] }], [label])),
  'axis-label-too-long': tooLong(50, (x_label) => bar([series('s')], labels(1), { x_label })),
};
