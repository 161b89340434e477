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
