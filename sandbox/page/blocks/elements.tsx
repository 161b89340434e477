import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useWorkspace } from '../workspace.tsx';
import { useContainer } from './container.tsx';
import { localDateTime, zonedSeconds } from './dates.ts';
import { unescapeText } from './mrkdwn.ts';
import { Picture } from './picture.tsx';
import type { Element, Option } from './schema.ts';
import { Plain, Text } from './text.tsx';

interface Props {
  blockId: string;
  element: Element;
  /** What names the element for screen readers, where it has no text of its own. */
  label?: string | undefined;
  /** False in an input block without `dispatch_action`: a change stays on the page until the view is submitted. */
  dispatches?: boolean;
  required?: boolean;
}

const testId = (element: Element): string => `action-${element.action_id}`;

/** Any interactive element; an image as an accessory is drawn too. */
export function ElementView(props: Props): ReactNode {
  switch (props.element.type) {
    case 'button':
    case 'workflow_button':
    case 'icon_button':
      return <Button {...props} />;
    case 'feedback_buttons':
      return <FeedbackButtons {...props} />;
    case 'overflow':
      return <Overflow {...props} />;
    case 'static_select':
    case 'external_select':
    case 'users_select':
    case 'conversations_select':
    case 'channels_select':
      return <Select {...props} />;
    case 'multi_static_select':
    case 'multi_external_select':
    case 'multi_users_select':
    case 'multi_conversations_select':
    case 'multi_channels_select':
      return <MultiSelect {...props} />;
    case 'checkboxes':
      return <Checkboxes {...props} />;
    case 'radio_buttons':
      return <RadioButtons {...props} />;
    case 'datepicker':
    case 'timepicker':
    case 'datetimepicker':
      return <Picker {...props} />;
    case 'plain_text_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'number_input':
    case 'rich_text_input':
      return <TextInput {...props} />;
    case 'file_input':
      return (
        <input
          type="file"
          className="field"
          disabled
          title="The sandbox takes no uploads from people."
          aria-label={props.label}
        />
      );
    case 'image':
      return (
        <Picture picture={{ ...props.element, alt_text: props.element.alt_text ?? '' }} className="accessory-image" />
      );
    default:
      return (
        <span className="undrawn" data-testid="undrawn">
          {props.element.type} can’t be drawn here
        </span>
      );
  }
}

const Spinner = () => <span className="spinner" aria-hidden="true" />;

function Button({ blockId, element }: Props) {
  const { press, isPending } = useContainer();
  const { openLink } = useWorkspace();
  const pending = isPending(blockId, element);
  const text = element.text;
  const colour = element.style === 'primary' ? 'button-primary' : element.style === 'danger' ? 'button-danger' : '';
  return (
    <button
      type="button"
      className={`button ${colour}`}
      data-testid={testId(element)}
      aria-label={element.accessibility_label}
      aria-busy={pending}
      aria-disabled={pending}
      onClick={() => {
        if (pending) return;
        if (element.url) openLink(element.url);
        press(blockId, element, { text, ...(element.value === undefined ? {} : { value: element.value }) });
      }}
    >
      {pending && <Spinner />}
      <span className={pending ? 'button-text button-text-busy' : 'button-text'}>
        {element.type === 'icon_button' && <span aria-hidden="true">{element.icon === 'trash' ? '🗑 ' : ''}</span>}
        {typeof text === 'string' ? text : text && <Text text={text} />}
      </span>
    </button>
  );
}

function FeedbackButtons({ blockId, element }: Props) {
  const { press, isPending } = useContainer();
  return (
    <span className="feedback">
      {[element.positive_button, element.negative_button].map(
        (one, index) =>
          one && (
            <button
              key={one.value}
              type="button"
              className="button"
              data-testid={`${testId(element)}-${one.value}`}
              aria-label={one.accessibility_label}
              aria-disabled={isPending(blockId, element)}
              onClick={() =>
                isPending(blockId, element) || press(blockId, element, { value: one.value, text: one.text })
              }
            >
              {index === 0 ? '👍' : '👎'} <Text text={one.text} />
            </button>
          ),
      )}
    </span>
  );
}

/** Closes a menu on Escape and on a press anywhere else. */
export function useClosing(open: boolean, close: () => void) {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (event.target instanceof Node && !holder.current?.contains(event.target)) close();
    };
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      close();
      holder.current?.querySelector('button')?.focus();
    };
    const element = holder.current;
    document.addEventListener('pointerdown', outside);
    element?.addEventListener('keydown', onEscape);
    return () => {
      document.removeEventListener('pointerdown', outside);
      element?.removeEventListener('keydown', onEscape);
    };
  }, [open, close]);
  return holder;
}

/** Arrow keys move through the entries of an open menu. */
export function moveInMenu(event: React.KeyboardEvent<HTMLElement>) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const entries = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=menuitem]')];
  const at = entries.findIndex((one) => one.matches(':focus'));
  entries[(at + step + entries.length) % entries.length]?.focus();
}

function Overflow({ blockId, element }: Props) {
  const { press, isPending } = useContainer();
  const { openLink } = useWorkspace();
  const [open, setOpen] = useState(false);
  const holder = useClosing(open, () => setOpen(false));
  const pending = isPending(blockId, element);
  return (
    <div className="menu-holder" ref={holder}>
      <button
        type="button"
        className="button button-square"
        data-testid={testId(element)}
        aria-label={element.accessibility_label ?? 'More actions'}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-busy={pending}
        aria-disabled={pending}
        onClick={() => pending || setOpen(!open)}
      >
        {pending ? <Spinner /> : '⋯'}
      </button>
      {open && (
        <div
          className="menu"
          role="menu"
          tabIndex={-1}
          onKeyDown={moveInMenu}
          ref={(menu) => menu?.querySelector<HTMLElement>('[role=menuitem]')?.focus()}
        >
          {element.options?.map((option) => (
            <button
              key={option.value}
              type="button"
              role="menuitem"
              className="menu-item"
              data-testid={`option-${option.value}`}
              onClick={() => {
                setOpen(false);
                if (option.url) openLink(option.url);
                press(blockId, element, { selected_option: option });
              }}
            >
              <Text text={option.text} />
              {option.description && (
                <small>
                  <Plain text={option.description.text} />
                </small>
              )}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

/** One thing to choose: an option of the element, a person or a channel. */
interface Choice {
  id: string;
  name: string;
  group?: string;
  option?: Option;
}

const optionChoice = (option: Option, group?: string): Choice => ({
  id: option.value,
  name: unescapeText(option.text.text),
  option,
  ...(group === undefined ? {} : { group }),
});

function useChoices(element: Element): Choice[] {
  const { users, channels, viewer } = useWorkspace();
  if (element.type.includes('users_'))
    return users.filter((one) => !one.isBot).map((one) => ({ id: one.id, name: one.realName || one.name }));
  if (element.type.includes('channels_'))
    return channels.filter((one) => one.kind === 'channel').map((one) => ({ id: one.id, name: `#${one.name}` }));
  if (element.type.includes('conversations_'))
    return channels
      .filter((one) => one.kind === 'channel' || one.user === undefined || one.user === viewer.id)
      .map((one) => ({ id: one.id, name: one.kind === 'channel' ? `#${one.name}` : one.name }));
  return [
    ...(element.options ?? []).map((option) => optionChoice(option)),
    ...(element.option_groups ?? []).flatMap((group) =>
      group.options.map((option) => optionChoice(option, unescapeText(group.label.text))),
    ),
    // An external menu's options come from the app as one types, which the sandbox does not ask for: what is chosen is all there is.
    ...(element.type.includes('external')
      ? [...(element.initial_options ?? []), ...(element.initial_option ? [element.initial_option] : [])].map((one) =>
          optionChoice(one),
        )
      : []),
  ];
}

const singleKeys = {
  users_select: 'selected_user',
  conversations_select: 'selected_conversation',
  channels_select: 'selected_channel',
} as const;
const multiKeys = {
  multi_users_select: 'selected_users',
  multi_conversations_select: 'selected_conversations',
  multi_channels_select: 'selected_channels',
} as const;

const isSingle = (type: string): type is keyof typeof singleKeys => Object.hasOwn(singleKeys, type);
const isMulti = (type: string): type is keyof typeof multiKeys => Object.hasOwn(multiKeys, type);

function Select({ blockId, element, label, dispatches = true, required }: Props) {
  const { fieldValue, edit, press, isPending } = useContainer();
  const choices = useChoices(element);
  const value = fieldValue(blockId, element);
  const chosen = (isSingle(element.type) ? value[singleKeys[element.type]] : value.selected_option?.value) ?? '';
  const groups = [...new Set(choices.map((one) => one.group))];
  const placeholder = unescapeText(element.placeholder?.text ?? 'Choose…');
  const choose = (id: string) => {
    const choice = choices.find((one) => one.id === id);
    const next = isSingle(element.type)
      ? { [singleKeys[element.type]]: choice?.id ?? null }
      : { selected_option: choice?.option ?? null };
    if (dispatches) press(blockId, element, next, next);
    else edit(blockId, element, next);
  };
  return (
    <select
      className="field select"
      data-testid={testId(element)}
      aria-label={label ?? element.accessibility_label ?? placeholder}
      aria-busy={isPending(blockId, element)}
      required={required}
      value={chosen}
      onChange={(event) => choose(event.target.value)}
    >
      <option value="">{placeholder}</option>
      {groups.map((group) => {
        const options = choices
          .filter((one) => one.group === group)
          .map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ));
        return group === undefined ? (
          options
        ) : (
          <optgroup key={group} label={group}>
            {options}
          </optgroup>
        );
      })}
    </select>
  );
}

function MultiSelect({ blockId, element, label, dispatches = true }: Props) {
  const { fieldValue, edit, press } = useContainer();
  const choices = useChoices(element);
  const [open, setOpen] = useState(false);
  const [changed, setChanged] = useState(false);
  const value = fieldValue(blockId, element);
  const chosen =
    (isMulti(element.type) ? value[multiKeys[element.type]] : value.selected_options?.map((one) => one.value)) ?? [];
  const names = choices.filter((one) => chosen.includes(one.id)).map((one) => one.name);
  const placeholder = unescapeText(element.placeholder?.text ?? 'Choose…');
  // As in Slack, the app hears of the choice when the menu is closed.
  const close = () => {
    setOpen(false);
    if (changed && dispatches) press(blockId, element, value, value);
    setChanged(false);
  };
  const holder = useClosing(open, close);
  const toggle = (id: string) => {
    const ids = chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id];
    const picked = choices.filter((one) => ids.includes(one.id));
    edit(
      blockId,
      element,
      isMulti(element.type)
        ? { [multiKeys[element.type]]: picked.map((one) => one.id) }
        : { selected_options: picked.flatMap((one) => (one.option ? [one.option] : [])) },
    );
    setChanged(true);
  };
  return (
    <div className="menu-holder" ref={holder}>
      <button
        type="button"
        className="field select select-multi"
        data-testid={testId(element)}
        aria-label={`${label ?? placeholder}: ${names.join(', ') || 'nothing chosen'}`}
        aria-haspopup="true"
        aria-expanded={open}
        onClick={() => (open ? close() : setOpen(true))}
      >
        {names.join(', ') || <span className="placeholder">{placeholder}</span>}
      </button>
      {open && (
        <fieldset className="menu menu-choices" aria-label={label ?? placeholder}>
          {choices.map((one) => (
            <label key={one.id} className="choice">
              <input
                type="checkbox"
                data-testid={`option-${one.id}`}
                checked={chosen.includes(one.id)}
                disabled={!chosen.includes(one.id) && chosen.length >= (element.max_selected_items ?? Infinity)}
                onChange={() => toggle(one.id)}
              />
              <span>{one.name}</span>
            </label>
          ))}
        </fieldset>
      )}
    </div>
  );
}

const ChoiceText = ({ option }: { option: Option }) => (
  <span>
    <Text text={option.text} />
    {option.description && (
      <small>
        <Text text={option.description} />
      </small>
    )}
  </span>
);

function Checkboxes({ blockId, element, label, dispatches = true }: Props) {
  const { fieldValue, edit, press } = useContainer();
  const chosen = fieldValue(blockId, element).selected_options ?? [];
  const options = element.options ?? [];
  const toggle = (value: string) => {
    const has = (one: Option) => chosen.some((other) => other.value === one.value);
    const next = { selected_options: options.filter((one) => (one.value === value ? !has(one) : has(one))) };
    if (dispatches) press(blockId, element, next, next);
    else edit(blockId, element, next);
  };
  return (
    <fieldset className="choices" aria-label={label ?? 'Choices'} data-testid={testId(element)}>
      {options.map((option) => (
        <label key={option.value} className="choice">
          <input
            type="checkbox"
            data-testid={`option-${option.value}`}
            checked={chosen.some((one) => one.value === option.value)}
            onChange={() => toggle(option.value)}
          />
          <ChoiceText option={option} />
        </label>
      ))}
    </fieldset>
  );
}

function RadioButtons({ blockId, element, label, dispatches = true, required }: Props) {
  const { fieldValue, edit, press } = useContainer();
  const name = useId();
  const chosen = fieldValue(blockId, element).selected_option?.value;
  return (
    <fieldset className="choices" aria-label={label ?? 'Choices'} data-testid={testId(element)}>
      {(element.options ?? []).map((option) => (
        <label key={option.value} className="choice">
          <input
            type="radio"
            name={name}
            data-testid={`option-${option.value}`}
            checked={chosen === option.value}
            required={required}
            onChange={() => {
              const next = { selected_option: option };
              if (dispatches) press(blockId, element, next, next);
              else edit(blockId, element, next);
            }}
          />
          <ChoiceText option={option} />
        </label>
      ))}
    </fieldset>
  );
}

/** While a year is being typed the browser reports 0002, 0020, 0202: nobody means those. */
const isTypedOut = (date: string): boolean => date === '' || date >= '1900';

function Picker({ blockId, element, label, dispatches = true, required }: Props) {
  const { viewer } = useWorkspace();
  const { fieldValue, edit, press } = useContainer();
  const value = fieldValue(blockId, element);
  const kinds = { datepicker: 'date', timepicker: 'time', datetimepicker: 'datetime-local' };
  const kind = kinds[element.type === 'timepicker' || element.type === 'datetimepicker' ? element.type : 'datepicker'];
  const read = (typed: string) => {
    if (kind === 'date') return { selected_date: typed || null };
    if (kind === 'time') return { selected_time: typed || null };
    return { selected_date_time: zonedSeconds(typed, viewer.timeZone) ?? null };
  };
  const shown =
    kind === 'date'
      ? value.selected_date
      : kind === 'time'
        ? value.selected_time
        : value.selected_date_time && localDateTime(value.selected_date_time, viewer.timeZone);
  return (
    <input
      type={kind}
      className="field"
      data-testid={testId(element)}
      aria-label={label ?? unescapeText(element.placeholder?.text ?? 'Choose a time')}
      required={required}
      value={shown || ''}
      onChange={(event) => {
        const next = read(event.target.value);
        if (dispatches && (kind === 'time' || isTypedOut(event.target.value))) press(blockId, element, next, next);
        else edit(blockId, element, next);
      }}
    />
  );
}

const inputTypes: Record<string, string> = { email_text_input: 'email', url_text_input: 'url', number_input: 'number' };

function TextInput({ blockId, element, label, dispatches = true, required }: Props) {
  const { fieldValue, edit, press } = useContainer();
  const rich = element.type === 'rich_text_input';
  const stored = fieldValue(blockId, element);
  const typed = rich ? richTextString(stored.rich_text_value) : (stored.value ?? '');
  const valueFor = (text: string) =>
    rich ? { rich_text_value: text === '' ? null : richTextOf(text) } : { value: text === '' ? null : text };
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ['on_enter_pressed'];
  const shared = {
    className: 'field',
    'data-testid': testId(element),
    'aria-label': label ?? unescapeText(element.placeholder?.text ?? 'Text'),
    placeholder: unescapeText(element.placeholder?.text ?? ''),
    required,
    minLength: element.min_length,
    maxLength: element.max_length,
    value: typed,
    onChange: (event: { target: { value: string } }) => {
      const next = valueFor(event.target.value);
      if (dispatches && triggers.includes('on_character_entered')) press(blockId, element, next, next);
      else edit(blockId, element, next);
    },
    onKeyDown: (event: React.KeyboardEvent) => {
      if (!dispatches || event.key !== 'Enter' || event.shiftKey || !triggers.includes('on_enter_pressed')) return;
      event.preventDefault();
      press(blockId, element, stored, stored);
    },
  };
  if (rich || element.multiline) return <textarea rows={4} {...shared} />;
  const number = { min: element.min_value, max: element.max_value, step: element.is_decimal_allowed ? 'any' : 1 };
  return (
    <input type={inputTypes[element.type] ?? 'text'} {...(element.type === 'number_input' ? number : {})} {...shared} />
  );
}

const richTextOf = (text: string) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
});

/** The page's rich text input is a plain one: it shows the words of what it holds. */
function richTextString(value: unknown): string {
  if (Array.isArray(value)) return value.map(richTextString).join('');
  if (typeof value !== 'object' || value === null) return '';
  if ('text' in value && typeof value.text === 'string') return value.text;
  return 'elements' in value ? richTextString(value.elements) : '';
}
