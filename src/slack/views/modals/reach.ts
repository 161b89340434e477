import type { ModalView } from '@slack/types';
import * as z from 'zod';
import type { Reach, ReachRule } from '../../../alerts/reach.ts';
import { type Severity, severities } from '../../../alerts/severity.ts';
import { personalKinds } from '../../../alerts/targets/index.ts';
import { parseDuration } from '../../../words/durations.ts';
import { callbackIds } from '../action-ids.ts';
import { severityWord } from '../alert-words.ts';
import { option, richText, words } from '../elements.ts';
import { type FormReading, modal, question, read, type SubmittedView } from './form.ts';

const fromOption = (severity: Severity) =>
  option(
    severity,
    severity === 'info' ? 'Every alert' : severity === 'critical' ? 'Critical' : `${severityWord(severity)} and worse`,
  );

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

const shortly = (ms: number): string => (ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`);

/** How a person wants to be called beside a direct message: one way of each kind, its delay, and from which severity on. */
export const reachModal = (reach: Reach | undefined): ModalView =>
  modal(
    'How you are called',
    [
      richText(
        words(
          'A direct message always comes, at once. These come too, until somebody has the alert; where Slack will not ring, at once.',
        ),
      ),
      ...personalKinds.flatMap(({ kind, name, asks }) => {
        const rule = reach?.rules.find(({ way }) => way.startsWith(`${kind}:`));
        return [
          question(
            kind,
            name,
            {
              type: 'plain_text_input',
              ...(rule === undefined ? {} : { initial_value: rule.way.slice(kind.length + 1) }),
            },
            { optional: true, hint: `${asks[0]?.toUpperCase()}${asks.slice(1)}. Left empty: not by this way.` },
          ),
          question(
            `${kind}-after`,
            `${name}: how long after the direct message`,
            { type: 'plain_text_input', initial_value: shortly(rule?.afterMs ?? 5 * 60_000) },
            { optional: true, hint: '5m, 90s, or 0m for at once.' },
          ),
          question(`${kind}-from`, `${name}: for`, {
            type: 'static_select',
            options: severities.map(fromOption),
            initial_option: fromOption(rule?.from ?? 'high'),
          }),
        ];
      }),
      question(
        'quiet',
        'Quiet hours',
        {
          type: 'plain_text_input',
          ...(reach?.quietHours
            ? { initial_value: `${clock(reach.quietHours.from)}-${clock(reach.quietHours.to)}` }
            : {}),
        },
        {
          optional: true,
          hint: 'Like 22:00-07:00, where you are: then only a direct message comes, except for what is critical.',
        },
      ),
    ],
    { callbackId: callbackIds.reach, submit: 'Save', subject: null },
  );

const minutesOf = (text: string): number | undefined => {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  const all = Number(hours) * 60 + Number(minutes);
  return hours !== undefined && Number(minutes) < 60 && all <= 1440 ? all : undefined;
};

/** Quiet hours as they are typed; undefined: they are not understood. */
function hoursOf(text: string): { from: number; to: number } | undefined {
  const [from, to, more] = text.split(/\s*[-–—]\s*/).map(minutesOf);
  return from === undefined || to === undefined || more !== undefined || from === to ? undefined : { from, to };
}

/** What the person wants, in the order of the delays; the quiet hours are of their own clock. */
export function readReachForm(
  view: SubmittedView,
): FormReading<{ rules: ReachRule[]; quiet: { from: number; to: number } | null }> {
  const shape = Object.fromEntries(
    personalKinds.flatMap(({ kind, id, asks }) => [
      [
        kind,
        z
          .string()
          .transform((text) => (kind === 'voice' ? text.replace(/[\s()-]/g, '') : text))
          .refine((text) => id.test(text), `This is not understood: write ${asks}.`)
          .optional(),
      ],
      [
        `${kind}-after`,
        z
          .string()
          .default('0m')
          .refine(
            (text) => text === '0' || (parseDuration(text) ?? Number.POSITIVE_INFINITY) <= 86_400_000,
            'Write a time of at most a day, like 5m.',
          ),
      ],
      [`${kind}-from`, z.enum(severities)],
    ]),
  );
  const Form = z.object({
    ...shape,
    quiet: z
      .string()
      .refine((text) => hoursOf(text) !== undefined, 'Write hours like 22:00-07:00.')
      .optional(),
  });
  const reading = read(view, Form);
  if (!reading.ok) return reading;
  const filled: Readonly<Record<string, unknown>> = reading.form;
  const rules = personalKinds.flatMap(({ kind }): ReachRule[] => {
    const address = filled[kind];
    const from = severities.find((each) => each === filled[`${kind}-from`]) ?? 'high';
    const afterMs = parseDuration(String(filled[`${kind}-after`])) ?? 0;
    return typeof address === 'string' ? [{ way: `${kind}:${address}`, afterMs, from }] : [];
  });
  const { quiet } = filled;
  return {
    ok: true,
    form: {
      rules: rules.toSorted((a, b) => a.afterMs - b.afterMs),
      quiet: typeof quiet === 'string' ? (hoursOf(quiet) ?? null) : null,
    },
  };
}
