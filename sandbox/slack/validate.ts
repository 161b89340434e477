import { z } from 'zod';
import { eachBlock, elementsOf, optionsOf, textsOf } from './blocks.ts';
import { isObject, type Json, objects, string } from './json.ts';
import { limits, wholeLimits } from './limits.ts';

/**
 * Slack's rules for Block Kit: shapes, limits, and where a block may stand. Unknown fields are refused.
 * Sources: docs.slack.dev/reference/block-kit, @slack/types 3.2, limits.json of slackblocks; the stricter one wins (limits.ts).
 * Lengths are counted in Unicode code points.
 */
export interface Problem {
  /** Where, as a JSON pointer. */
  pointer: string;
  message: string;
}

export type Surface = 'message' | 'modal' | 'home';

export const codePoints = (text: string): number => [...text].length;

const str = (max: number, min = 1) =>
  z.string().superRefine((text, ctx) => {
    const length = codePoints(text);
    if (length > max) ctx.addIssue({ code: 'custom', message: `must be less than ${max + 1} characters` });
    if (length < min) ctx.addIssue({ code: 'custom', message: `must be more than ${min - 1} characters` });
  });

const list = <T extends z.ZodType>(item: T, max: number, min = 1) =>
  z.array(item).superRefine((items, ctx) => {
    if (items.length > max) ctx.addIssue({ code: 'custom', message: `no more than ${max} items allowed` });
    if (items.length < min)
      ctx.addIssue({ code: 'custom', message: `must have at least ${min} item${min > 1 ? 's' : ''}` });
  });

const flag = z.boolean().optional();
const whole = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  z.number().superRefine((value, ctx) => {
    if (!Number.isInteger(value) || value < min || value > max)
      ctx.addIssue({ code: 'custom', message: `must be a whole number from ${min} to ${max}` });
  });

/** Exactly one of the fields must be there. */
const oneOf =
  (...fields: string[]) =>
  (value: Json, ctx: z.RefinementCtx) => {
    const given = fields.filter((field) => value[field] !== undefined);
    if (given.length !== 1) ctx.addIssue({ code: 'custom', message: `must have exactly one of: ${fields.join(', ')}` });
  };

// Composition objects

const plain = (max: number) => z.strictObject({ type: z.literal('plain_text'), text: str(max), emoji: flag });
const mrkdwn = (max: number) => z.strictObject({ type: z.literal('mrkdwn'), text: str(max), verbatim: flag });
const anyText = (max: number) => z.discriminatedUnion('type', [plain(max), mrkdwn(max)]);

const style = z.enum(['primary', 'danger']).optional();

const Confirmation = z.strictObject({
  title: plain(limits.confirmation.title.max_length),
  text: anyText(limits.confirmation.text.max_length),
  confirm: plain(limits.confirmation.confirm.max_length),
  deny: plain(limits.confirmation.deny.max_length),
  style,
});

const plainOption = z.strictObject({
  text: plain(limits.option.text.max_length),
  value: str(limits.option.value.max_length),
  description: plain(limits.option.description.max_length).optional(),
});
const overflowOption = plainOption.extend({ url: str(limits.option.url.max_length).optional() });
const richOption = z.strictObject({
  text: anyText(limits.option.text.max_length),
  value: str(limits.option.value.max_length),
  description: anyText(limits.option.description.max_length).optional(),
});
const OptionGroup = z.strictObject({
  label: plain(limits.option_group.label.max_length),
  options: list(plainOption, limits.option_group.options.max_items, limits.option_group.options.min_items),
});

const ConversationFilter = z
  .strictObject({
    include: list(z.enum(['im', 'mpim', 'private', 'public']), 4).optional(),
    exclude_external_shared_channels: flag,
    exclude_bot_users: flag,
  })
  .refine((filter) => Object.keys(filter).length > 0, 'must have at least one field');

const DispatchConfig = z.strictObject({
  trigger_actions_on: list(z.enum(['on_enter_pressed', 'on_character_entered']), 2).optional(),
});

const InputParameter = z.strictObject({ name: str(255), value: z.string() });
const Trigger = z.strictObject({
  url: str(limits.button.url.max_length),
  customizable_input_parameters: z.array(InputParameter).optional(),
});
const Workflow = z.strictObject({ trigger: Trigger });

const slackFile = z
  .strictObject({
    id: z
      .string()
      .regex(/^F[A-Z0-9]+$/, 'invalid slack file')
      .optional(),
    url: str(3000).optional(),
  })
  .superRefine(oneOf('id', 'url'));

// Elements

const actionId = str(limits.action_id.max_length).optional();
const actionable = { action_id: actionId };
const confirmable = { confirm: Confirmation.optional() };
const focusable = { focus_on_load: flag };
const placeholder = { placeholder: plain(limits.select.placeholder.max_length).optional() };
const dispatchable = { dispatch_action_config: DispatchConfig.optional() };
const several = { max_selected_items: whole(1).optional() };

const imageFields = {
  image_url: str(limits.image.image_url.max_length).optional(),
  slack_file: slackFile.optional(),
  alt_text: str(limits.image.alt_text.max_length),
};
const image = z
  .strictObject({ type: z.literal('image'), ...imageFields })
  .superRefine(oneOf('image_url', 'slack_file'));

const button = z.strictObject({
  type: z.literal('button'),
  ...actionable,
  ...confirmable,
  text: plain(limits.button.text.max_length),
  url: str(limits.button.url.max_length).optional(),
  value: str(limits.button.value.max_length, 0).optional(),
  style,
  accessibility_label: str(limits.button.accessibility_label.max_length).optional(),
});

const workflowButton = z.strictObject({
  type: z.literal('workflow_button'),
  ...actionable,
  ...confirmable,
  text: plain(limits.button.text.max_length),
  workflow: Workflow,
  style,
  accessibility_label: str(limits.button.accessibility_label.max_length).optional(),
});

/** The initial choice must be one of the options, word for word. */
const initialAmongOptions = (element: Json, ctx: z.RefinementCtx) => {
  const options = new Set(optionsOf(element).map((option) => JSON.stringify(option)));
  for (const choice of [...objects(element.initial_options), ...objects([element.initial_option])])
    if (!options.has(JSON.stringify(choice)))
      ctx.addIssue({ code: 'custom', message: 'initial option must exactly match one of the options' });
};

const checkboxes = z
  .strictObject({
    type: z.literal('checkboxes'),
    ...actionable,
    ...confirmable,
    ...focusable,
    options: list(richOption, limits.checkboxes.options.max_items, limits.checkboxes.options.min_items),
    initial_options: list(richOption, limits.checkboxes.options.max_items).optional(),
  })
  .superRefine(initialAmongOptions);

const radioButtons = z
  .strictObject({
    type: z.literal('radio_buttons'),
    ...actionable,
    ...confirmable,
    ...focusable,
    options: list(richOption, limits.radio_buttons.options.max_items, limits.radio_buttons.options.min_items),
    initial_option: richOption.optional(),
  })
  .superRefine(initialAmongOptions);

const overflow = z.strictObject({
  type: z.literal('overflow'),
  ...actionable,
  ...confirmable,
  options: list(overflowOption, limits.overflow.options.max_items, limits.overflow.options.min_items),
});

const menu = { ...actionable, ...confirmable, ...focusable, ...placeholder };
const choices = {
  options: list(plainOption, limits.select.options.max_items).optional(),
  option_groups: list(OptionGroup, limits.select.option_groups.max_items).optional(),
};
const conversations = {
  default_to_current_conversation: flag,
  filter: ConversationFilter.optional(),
};
const id = str(255);

const selects = [
  z
    .strictObject({ type: z.literal('static_select'), ...menu, ...choices, initial_option: plainOption.optional() })
    .superRefine(oneOf('options', 'option_groups'))
    .superRefine(initialAmongOptions),
  z.strictObject({
    type: z.literal('external_select'),
    ...menu,
    initial_option: plainOption.optional(),
    min_query_length: whole(0).optional(),
  }),
  z.strictObject({ type: z.literal('users_select'), ...menu, initial_user: id.optional() }),
  z.strictObject({
    type: z.literal('conversations_select'),
    ...menu,
    ...conversations,
    initial_conversation: id.optional(),
    response_url_enabled: flag,
  }),
  z.strictObject({
    type: z.literal('channels_select'),
    ...menu,
    initial_channel: id.optional(),
    response_url_enabled: flag,
  }),
  z
    .strictObject({
      type: z.literal('multi_static_select'),
      ...menu,
      ...several,
      ...choices,
      initial_options: list(plainOption, 100).optional(),
    })
    .superRefine(oneOf('options', 'option_groups'))
    .superRefine(initialAmongOptions),
  z.strictObject({
    type: z.literal('multi_external_select'),
    ...menu,
    ...several,
    initial_options: list(plainOption, 100).optional(),
    min_query_length: whole(0).optional(),
  }),
  z.strictObject({
    type: z.literal('multi_users_select'),
    ...menu,
    ...several,
    initial_users: z.array(id).optional(),
  }),
  z.strictObject({
    type: z.literal('multi_conversations_select'),
    ...menu,
    ...several,
    ...conversations,
    initial_conversations: z.array(id).optional(),
  }),
  z.strictObject({
    type: z.literal('multi_channels_select'),
    ...menu,
    ...several,
    initial_channels: z.array(id).optional(),
  }),
] as const;

const datepicker = z.strictObject({
  type: z.literal('datepicker'),
  ...menu,
  initial_date: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date like 2026-01-31')
    .optional(),
});
const timepicker = z.strictObject({
  type: z.literal('timepicker'),
  ...menu,
  initial_time: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time like 23:59')
    .optional(),
  timezone: str(255).optional(),
});
const datetimepicker = z.strictObject({
  type: z.literal('datetimepicker'),
  ...actionable,
  ...confirmable,
  ...focusable,
  initial_date_time: whole(1_000_000_000, 9_999_999_999).optional(),
});

const typed = { ...actionable, ...dispatchable, ...focusable, ...placeholder };
const plainTextInput = z
  .strictObject({
    type: z.literal('plain_text_input'),
    ...typed,
    initial_value: str(limits.plain_text_input.max_length.max, 0).optional(),
    multiline: flag,
    min_length: whole(0, limits.plain_text_input.max_length.max).optional(),
    max_length: whole(1, limits.plain_text_input.max_length.max).optional(),
  })
  .refine((input) => (input.min_length ?? 0) <= (input.max_length ?? 3000), 'min_length must not exceed max_length');
const number = z
  .string()
  .refine((text) => text.trim() !== '' && Number.isFinite(Number(text)), 'must be a number in a string');
const numberInput = z
  .strictObject({
    type: z.literal('number_input'),
    ...typed,
    is_decimal_allowed: z.boolean(),
    initial_value: number.optional(),
    min_value: number.optional(),
    max_value: number.optional(),
  })
  .refine(
    (input) => Number(input.min_value ?? '-Infinity') <= Number(input.max_value ?? 'Infinity'),
    'min_value must not exceed max_value',
  );
const emailInput = z.strictObject({
  type: z.literal('email_text_input'),
  ...typed,
  initial_value: z.string().optional(),
});
const urlInput = z.strictObject({ type: z.literal('url_text_input'), ...typed, initial_value: z.string().optional() });
const fileInput = z.strictObject({
  type: z.literal('file_input'),
  ...actionable,
  filetypes: z.array(str(255)).optional(),
  max_files: whole(limits.file_input.max_files.min, limits.file_input.max_files.max).optional(),
});

const feedbackButton = z.strictObject({
  text: plain(limits.feedback_button.text.max_length),
  value: str(limits.feedback_button.value.max_length),
  accessibility_label: str(limits.feedback_button.accessibility_label.max_length).optional(),
});
const feedbackButtons = z.strictObject({
  type: z.literal('feedback_buttons'),
  ...actionable,
  positive_button: feedbackButton,
  negative_button: feedbackButton,
});
const iconButton = z.strictObject({
  type: z.literal('icon_button'),
  ...actionable,
  ...confirmable,
  icon: str(255),
  text: plain(limits.button.text.max_length),
  value: str(limits.button.value.max_length).optional(),
  accessibility_label: str(limits.button.accessibility_label.max_length).optional(),
  visible_to_user_ids: list(id, limits.icon_button.visible_to_user_ids.max_items).optional(),
});
const urlSource = z.strictObject({
  type: z.literal('url'),
  url: str(limits.url_source.url.max_length, limits.url_source.url.min_length),
  text: str(limits.text.max_length),
});

// Rich text

const richStyle = z
  .strictObject({
    bold: flag,
    italic: flag,
    strike: flag,
    underline: flag,
    code: flag,
    highlight: flag,
    client_highlight: flag,
    unlink: flag,
  })
  .optional();
const richText = z.strictObject({
  type: z.literal('text'),
  text: z.string().min(1, 'must be more than 0 characters'),
  style: richStyle,
});
const richLink = z.strictObject({
  type: z.literal('link'),
  url: str(3000),
  text: z.string().optional(),
  unsafe: flag,
  style: richStyle,
});
const RichTextElement = z.discriminatedUnion('type', [
  richText,
  richLink,
  z.strictObject({ type: z.literal('broadcast'), range: z.enum(['here', 'channel', 'everyone']), style: richStyle }),
  z.strictObject({ type: z.literal('color'), value: str(255), style: richStyle }),
  z.strictObject({ type: z.literal('channel'), channel_id: id, style: richStyle }),
  z.strictObject({
    type: z.literal('date'),
    timestamp: z.number(),
    format: str(255),
    url: str(3000).optional(),
    fallback: z.string().optional(),
    style: richStyle,
  }),
  z.strictObject({
    type: z.literal('emoji'),
    name: str(255),
    unicode: z.string().optional(),
    url: z.string().optional(),
    skin_tone: whole(1, 6).optional(),
    style: richStyle,
  }),
  z.strictObject({ type: z.literal('team'), team_id: id, style: richStyle }),
  z.strictObject({ type: z.literal('user'), user_id: id, style: richStyle }),
  z.strictObject({ type: z.literal('usergroup'), usergroup_id: id, style: richStyle }),
]);
const border = { border: whole(0).optional() };
const richSection = z.strictObject({ type: z.literal('rich_text_section'), elements: z.array(RichTextElement) });
const RichTextPart = z.discriminatedUnion('type', [
  richSection,
  z.strictObject({
    type: z.literal('rich_text_list'),
    elements: z.array(richSection),
    style: z.enum(['bullet', 'ordered']),
    indent: whole(0, 8).optional(),
    offset: whole(0).optional(),
    ...border,
  }),
  z.strictObject({ type: z.literal('rich_text_quote'), elements: z.array(RichTextElement), ...border }),
  z.strictObject({
    type: z.literal('rich_text_preformatted'),
    elements: z.array(z.discriminatedUnion('type', [richText, richLink])),
    ...border,
  }),
]);

// Blocks

const blockId = { block_id: str(limits.block_id.max_length).optional() };

const richTextBlock = z.strictObject({ type: z.literal('rich_text'), ...blockId, elements: z.array(RichTextPart) });

const richTextInput = z.strictObject({
  type: z.literal('rich_text_input'),
  ...typed,
  initial_value: z.discriminatedUnion('type', [richTextBlock, richText]).optional(),
  min_lines: whole(1).optional(),
  max_lines: whole(1).optional(),
});

const inContext = z.discriminatedUnion('type', [image, plain(limits.text.max_length), mrkdwn(limits.text.max_length)]);
const inActions = z.discriminatedUnion('type', [
  button,
  checkboxes,
  datepicker,
  datetimepicker,
  overflow,
  radioButtons,
  timepicker,
  workflowButton,
  richTextInput,
  ...selects,
]);
const inSection = z.discriminatedUnion('type', [
  button,
  checkboxes,
  datepicker,
  image,
  overflow,
  radioButtons,
  timepicker,
  workflowButton,
  ...selects,
]);
const inInput = z.discriminatedUnion('type', [
  checkboxes,
  datepicker,
  datetimepicker,
  emailInput,
  fileInput,
  numberInput,
  plainTextInput,
  radioButtons,
  richTextInput,
  timepicker,
  urlInput,
  ...selects,
]);
const inContextActions = z.discriminatedUnion('type', [feedbackButtons, iconButton]);

const rawText = z.strictObject({
  type: z.literal('raw_text'),
  text: z.string().min(limits.data_table.cell_text.min_length, 'must be more than 0 characters'),
});
const rawNumber = z.strictObject({
  type: z.literal('raw_number'),
  value: z.number(),
  text: z.string().min(1, 'must be more than 0 characters'),
});
const cell = z.discriminatedUnion('type', [rawText, rawNumber, richTextBlock]);

/** Rows of one length, and not too much text in all. */
const tableShape = (maxCharacters: number) => (table: { rows: unknown[][] }, ctx: z.RefinementCtx) => {
  const columns = table.rows[0]?.length ?? 0;
  if (table.rows.some((row) => row.length !== columns))
    ctx.addIssue({ code: 'custom', path: ['rows'], message: 'all rows must have the same number of cells' });
  if (textSize(table.rows) > maxCharacters)
    ctx.addIssue({
      code: 'custom',
      path: ['rows'],
      message: `must be less than ${maxCharacters + 1} characters in all cells`,
    });
};

const actions = z.strictObject({
  type: z.literal('actions'),
  ...blockId,
  elements: list(inActions, limits.actions.elements.max_items),
});
const context = z.strictObject({
  type: z.literal('context'),
  ...blockId,
  elements: list(inContext, limits.context.elements.max_items),
});
const divider = z.strictObject({ type: z.literal('divider'), ...blockId });
const file = z.strictObject({
  type: z.literal('file'),
  ...blockId,
  external_id: str(255),
  source: z.literal('remote'),
});
const header = z.strictObject({ type: z.literal('header'), ...blockId, text: plain(limits.header.text.max_length) });
const imageBlock = z
  .strictObject({ type: z.literal('image'), ...blockId, ...imageFields, title: plain(2000).optional() })
  .superRefine(oneOf('image_url', 'slack_file'));
const input = z.strictObject({
  type: z.literal('input'),
  ...blockId,
  label: plain(limits.input.label.max_length),
  element: inInput,
  hint: plain(limits.input.hint.max_length).optional(),
  optional: flag,
  dispatch_action: flag,
});
const section = z
  .strictObject({
    type: z.literal('section'),
    ...blockId,
    text: anyText(limits.section.text.max_length).optional(),
    fields: list(anyText(limits.section.fields.item_max_length), limits.section.fields.max_items).optional(),
    accessory: inSection.optional(),
    expand: flag,
  })
  .refine((block) => block.text !== undefined || block.fields !== undefined, 'must have text or fields');
const table = z
  .strictObject({
    type: z.literal('table'),
    ...blockId,
    rows: list(list(cell, wholeLimits.tableColumns), wholeLimits.tableRows),
    column_settings: list(
      z.strictObject({ align: z.enum(['left', 'center', 'right']).optional(), is_wrapped: flag }).nullable(),
      wholeLimits.tableColumns,
    ).optional(),
  })
  .superRefine(tableShape(wholeLimits.tableCharacters))
  .refine(
    (block) => block.column_settings === undefined || block.column_settings.length === block.rows[0]?.length,
    'column_settings must have one entry for each column',
  );
const video = z.strictObject({
  type: z.literal('video'),
  ...blockId,
  alt_text: str(limits.video.alt_text.max_length, limits.video.alt_text.min_length),
  title: plain(limits.video.title.max_length),
  thumbnail_url: str(3000),
  video_url: str(3000),
  title_url: str(3000).optional(),
  author_name: str(limits.video.author_name.max_length).optional(),
  description: plain(limits.video.description.max_length).optional(),
  provider_name: str(limits.video.provider_name.max_length).optional(),
  provider_icon_url: str(3000).optional(),
});
const card = z
  .strictObject({
    type: z.literal('card'),
    ...blockId,
    hero_image: image.optional(),
    icon: image.optional(),
    slack_icon: z.strictObject({ type: z.literal('icon'), name: str(255) }).optional(),
    title: mrkdwn(limits.card.title.max_length).optional(),
    subtitle: mrkdwn(limits.card.subtitle.max_length).optional(),
    body: mrkdwn(limits.card.body.max_length).optional(),
    subtext: mrkdwn(limits.card.subtext.max_length).optional(),
    actions: list(button, limits.card.actions.max_items).optional(),
  })
  .refine(
    (block) => [block.hero_image, block.title, block.actions, block.body].some((part) => part !== undefined),
    'must have one of: hero_image, title, actions, body',
  );
const childBlock = z.discriminatedUnion('type', [
  actions,
  context,
  divider,
  file,
  header,
  imageBlock,
  input,
  richTextBlock,
  section,
  table,
  video,
]);
const taskFields = {
  ...blockId,
  task_id: str(255),
  title: str(limits.text.max_length),
  details: richTextBlock.optional(),
  output: richTextBlock.optional(),
  sources: z.array(urlSource).optional(),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']).optional(),
};

const series = z.strictObject({
  name: str(limits.data_visualization.series_name.max_length),
  data: list(
    z.strictObject({ label: str(limits.data_visualization.point_label.max_length), value: z.number() }),
    limits.data_visualization.data.max_items,
    limits.data_visualization.data.min_items,
  ),
});
const axisChart = <T extends 'bar' | 'line' | 'area'>(type: T) =>
  z
    .strictObject({
      type: z.literal(type),
      series: list(series, limits.data_visualization.series.max_items, limits.data_visualization.series.min_items),
      axis_config: z.strictObject({
        categories: list(
          str(limits.data_visualization.category_label.max_length),
          limits.data_visualization.categories.max_items,
          limits.data_visualization.categories.min_items,
        ),
        x_label: str(limits.data_visualization.axis_label.max_length).optional(),
        y_label: str(limits.data_visualization.axis_label.max_length).optional(),
      }),
    })
    .superRefine((chart, ctx) => {
      const { categories } = chart.axis_config;
      const names = chart.series.map((one) => one.name);
      if (new Set(categories).size < categories.length)
        ctx.addIssue({ code: 'custom', path: ['axis_config', 'categories'], message: 'categories must be unique' });
      if (new Set(names).size < names.length)
        ctx.addIssue({ code: 'custom', path: ['series'], message: 'series names must be unique' });
      chart.series.forEach((one, index) => {
        const labels = one.data.map((point) => point.label);
        if (labels.length !== categories.length || categories.some((category) => !labels.includes(category)))
          ctx.addIssue({
            code: 'custom',
            path: ['series', index, 'data'],
            message: 'must have one point for each category',
          });
      });
    });
const chart = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('pie'),
    segments: list(
      z.strictObject({
        label: str(limits.data_visualization.segment.label.max_length),
        value: z
          .number()
          .refine((value) => value > limits.data_visualization.segment.value.exclusive_min, 'must be greater than 0'),
      }),
      limits.data_visualization.segments.max_items,
      limits.data_visualization.segments.min_items,
    ),
  }),
  axisChart('bar'),
  axisChart('line'),
  axisChart('area'),
]);

/** Any block, wherever it may stand. */
const Block = z.discriminatedUnion('type', [
  actions,
  z.strictObject({
    type: z.literal('alert'),
    ...blockId,
    text: anyText(limits.alert.text.max_length),
    level: z.enum(['default', 'info', 'warning', 'error', 'success']).optional(),
  }),
  card,
  z.strictObject({
    type: z.literal('carousel'),
    ...blockId,
    elements: list(card, limits.carousel.elements.max_items, limits.carousel.elements.min_items),
  }),
  z
    .strictObject({
      type: z.literal('container'),
      ...blockId,
      title: plain(limits.container.title.max_length).optional(),
      rich_text_title: richTextBlock.optional(),
      subtitle: anyText(limits.container.subtitle.max_length).optional(),
      icon: image.optional(),
      child_blocks: list(childBlock, limits.container.child_blocks.max_items),
      width: z.enum(['narrow', 'standard', 'wide', 'full']).optional(),
      is_collapsible: flag,
      default_collapsed: flag,
      has_header_divider: flag,
    })
    .superRefine(oneOf('title', 'rich_text_title'))
    .refine(
      (block) =>
        block.rich_text_title === undefined || textSize(block.rich_text_title) <= limits.container.title.max_length,
      `rich_text_title must be less than ${limits.container.title.max_length + 1} characters`,
    ),
  context,
  z.strictObject({
    type: z.literal('context_actions'),
    ...blockId,
    elements: list(inContextActions, limits.context_actions.elements.max_items),
  }),
  z
    .strictObject({
      type: z.literal('data_table'),
      ...blockId,
      caption: str(limits.text.max_length),
      rows: list(
        list(cell, limits.data_table.columns.max_items, limits.data_table.columns.min_items),
        limits.data_table.rows.max_items,
        limits.data_table.rows.min_items,
      ),
      page_size: whole(limits.data_table.page_size.min, limits.data_table.page_size.max).optional(),
      row_header_column_index: whole(0, limits.data_table.columns.max_items - 1).optional(),
    })
    .superRefine(tableShape(limits.data_table.content.max_length))
    .refine(
      (block) => !block.rows[0]?.some((one) => one.type === 'rich_text'),
      'the header row must not hold rich_text',
    )
    .refine(
      (block) => (block.row_header_column_index ?? 0) < (block.rows[0]?.length ?? 1),
      'row_header_column_index must be one of the columns',
    ),
  z.strictObject({
    type: z.literal('data_visualization'),
    ...blockId,
    title: str(limits.data_visualization.title.max_length),
    chart,
  }),
  divider,
  file,
  header,
  imageBlock,
  input,
  z.strictObject({
    type: z.literal('markdown'),
    ...blockId,
    text: str(limits.markdown.text.max_length, limits.markdown.text.min_length),
  }),
  z.strictObject({
    type: z.literal('plan'),
    ...blockId,
    title: str(limits.text.max_length),
    tasks: z.array(z.strictObject({ type: z.literal('task_card').optional(), ...taskFields })).optional(),
  }),
  richTextBlock,
  section,
  table,
  z.strictObject({ type: z.literal('task_card'), ...taskFields }),
  video,
]);

/** Where a block may stand, when not everywhere. A `file` block is only read back, never sent. */
const surfaces: Record<string, Surface[]> = {
  alert: ['modal'],
  card: ['message', 'home'],
  carousel: ['message', 'home'],
  context_actions: ['message'],
  data_table: ['message'],
  data_visualization: ['message'],
  file: [],
  markdown: ['message'],
  plan: ['message'],
  table: ['message'],
  task_card: ['message'],
};

const callbackId = { callback_id: str(limits.view.callback_id.max_length, 0).optional() };
const viewFields = {
  ...callbackId,
  blocks: z.array(z.unknown()),
  private_metadata: str(limits.view.private_metadata.max_length, 0).optional(),
  external_id: str(255, 0).optional(),
};
const View = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('modal'),
    ...viewFields,
    title: plain(limits.view.title.max_length),
    close: plain(limits.view.close.max_length).optional(),
    submit: plain(limits.view.submit.max_length).optional(),
    clear_on_close: flag,
    notify_on_close: flag,
    submit_disabled: flag,
  }),
  z.strictObject({ type: z.literal('home'), ...viewFields }),
]);

/** The characters that a reader sees, in code points. */
export const textSize = (value: unknown): number => textsOf(value).reduce((sum, text) => sum + codePoints(text), 0);

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return inner[Number(key)];
    return isObject(inner) ? inner[String(key)] : undefined;
  }, value);

/** What a schema finds wrong, in Slack's words where they are known. */
function problemsOf(schema: z.ZodType, value: unknown, pointer = ''): Problem[] {
  const { error } = schema.safeParse(value);
  return (error?.issues ?? []).map((issue) => {
    const place = `${pointer}${issue.path.map((key) => `/${String(key)}`).join('')}`;
    const found = at(value, issue.path);
    if (issue.code === 'unrecognized_keys')
      return { pointer: place, message: `invalid additional property: ${issue.keys.join(', ')}` };
    if (issue.code === 'custom' || issue.code === 'too_small' || issue.code === 'invalid_format')
      return { pointer: place, message: issue.message };
    if (found === undefined && issue.path.length > 0)
      return {
        pointer: place.slice(0, place.lastIndexOf('/')),
        message: `missing required field: ${String(issue.path.at(-1))}`,
      };
    if (issue.code === 'invalid_union') return { pointer: place, message: `unsupported type: ${String(found)}` };
    if (issue.code === 'invalid_value')
      return { pointer: place, message: `must be one of: ${issue.values.map(String).join(', ')}` };
    if (issue.code === 'invalid_type') return { pointer: place, message: `must be of type ${issue.expected}` };
    return { pointer: place, message: issue.message };
  });
}

const duplicates = (values: string[]): string[] => [
  ...new Set(values.filter((value, index) => value !== '' && values.indexOf(value) !== index)),
];

/** What is wrong with the blocks of a message, an attachment, a modal or a home tab. An empty list when nothing is. */
export function checkBlocks(blocks: unknown, surface: Surface, pointer = '/blocks'): Problem[] {
  if (!Array.isArray(blocks)) return [{ pointer, message: 'must be of type array' }];
  const problems = blocks.flatMap((block: unknown, index) => problemsOf(Block, block, `${pointer}/${index}`));
  const most = surface === 'message' ? wholeLimits.messageBlocks : limits.view.blocks.max_items;
  if (blocks.length > most) problems.push({ pointer, message: `no more than ${most} items allowed` });

  const placed = eachBlock(blocks, pointer);
  for (const { block, pointer: place } of placed) {
    const type = string(block.type);
    if (!(surfaces[type] ?? [surface]).includes(surface))
      problems.push({ pointer: place, message: `unsupported type: ${type} is not allowed in a ${surface}` });
    const elements = elementsOf(block);
    if (surface !== 'modal' && elements.some((element) => element.type === 'file_input'))
      problems.push({ pointer: place, message: 'unsupported type: file_input is only allowed in a modal' });
    for (const id of duplicates(elements.map((element) => string(element.action_id))))
      problems.push({ pointer: place, message: `\`action_id\` value "${id}" already exists for another element` });
  }
  for (const id of duplicates(placed.map(({ block }) => string(block.block_id))))
    problems.push({ pointer, message: `\`block_id\` value "${id}" already exists` });

  const focused = placed.flatMap(({ block }) => elementsOf(block)).filter((element) => element.focus_on_load === true);
  if (focused.length > 1) problems.push({ pointer, message: 'only one element may have focus_on_load' });
  const ofType = (...types: string[]) => placed.filter(({ block }) => types.includes(string(block.type)));
  if (ofType('table', 'data_table').length > wholeLimits.tables)
    problems.push({ pointer, message: `only ${wholeLimits.tables} table is allowed` });
  if (ofType('data_visualization').length > wholeLimits.charts)
    problems.push({ pointer, message: `no more than ${wholeLimits.charts} data_visualization blocks allowed` });
  const markdown = ofType('markdown').reduce((sum, { block }) => sum + codePoints(string(block.text)), 0);
  if (markdown > wholeLimits.markdownCharacters)
    problems.push({
      pointer,
      message: `markdown blocks must be less than ${wholeLimits.markdownCharacters + 1} characters in all`,
    });
  return problems;
}

/** What is wrong with a view, pointers from the argument `view`. */
export function checkView(view: unknown): Problem[] {
  const problems = problemsOf(View, view, '/view');
  if (!isObject(view) || !Array.isArray(view.blocks)) return problems;
  const surface = view.type === 'home' ? 'home' : 'modal';
  problems.push(...checkBlocks(view.blocks, surface, '/view/blocks'));
  if (view.blocks.length < limits.view.blocks.min_items)
    problems.push({ pointer: '/view/blocks', message: `must have at least ${limits.view.blocks.min_items} item` });
  const asks = eachBlock(view.blocks).some(({ block }) => block.type === 'input');
  if (surface === 'modal' && asks && view.submit === undefined)
    problems.push({ pointer: '/view', message: 'missing required field: submit (the view has input blocks)' });
  return problems;
}

const Attachment = z.strictObject({
  color: str(255).optional(),
  fallback: z.string().optional(),
  blocks: z.array(z.unknown()).optional(),
  pretext: z.string().optional(),
  author_name: z.string().optional(),
  author_link: z.string().optional(),
  author_icon: z.string().optional(),
  title: z.string().optional(),
  title_link: z.string().optional(),
  text: z.string().optional(),
  fields: z
    .array(z.strictObject({ title: z.string().optional(), value: z.string().optional(), short: flag }))
    .optional(),
  mrkdwn_in: z.array(z.enum(['pretext', 'text', 'fields'])).optional(),
  footer: str(300).optional(),
  footer_icon: z.string().optional(),
  image_url: z.string().optional(),
  thumb_url: z.string().optional(),
  ts: z.union([z.string(), z.number()]).optional(),
});

/** What is wrong with the attachments of a message. */
export function checkAttachments(attachments: unknown, pointer = '/attachments'): Problem[] {
  if (!Array.isArray(attachments)) return [{ pointer, message: 'must be of type array' }];
  const problems = attachments.flatMap((attachment: unknown, index) => {
    const place = `${pointer}/${index}`;
    const blocks = isObject(attachment) ? attachment.blocks : undefined;
    return [
      ...problemsOf(Attachment, attachment, place),
      ...(blocks === undefined ? [] : checkBlocks(blocks, 'message', `${place}/blocks`)),
    ];
  });
  if (attachments.length > wholeLimits.attachments)
    problems.push({ pointer, message: `no more than ${wholeLimits.attachments} items allowed` });
  return problems;
}
