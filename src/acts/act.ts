import type { AlertCommand } from '../alerts/lifecycle.ts';

/** Where and with what on screen somebody acted: for the audit log. */
export interface Seen {
  channel?: string;
  /** The version of the alert that was on screen. */
  version?: number;
}

/** Why an act was not carried out: one sentence for the person who wanted it, as mrkdwn that is safe to send. */
export class Refused extends Error {
  override name = 'Refused';
  /** The question of a form at which this is shown; undefined: it is about the whole. */
  readonly question: string | undefined;

  constructor(message: string, question?: string) {
    super(message);
    this.question = question;
  }
}

/** What the person saw of an alert's calls is not so any more: they are to look again. */
export class MovedOn extends Refused {
  override name = 'MovedOn';
}

/** What the audit log keeps of a command beside its kind. */
export const saidIn = (command: AlertCommand): Record<string, unknown> => {
  switch (command.kind) {
    case 'escalate':
      return { reason: command.text, to: command.to };
    case 'resolve':
      return { as: command.as, text: command.text };
    case 'snooze':
      return { until: command.until.toISOString() };
    case 'assign':
      return { to: command.to };
    case 'note':
      return { text: command.text };
    default:
      return {};
  }
};
