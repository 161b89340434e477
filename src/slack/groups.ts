import { WebAPIPlatformError, type WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Members } from '../alerts/targets/target.ts';

/** Slack is asked this seldom about a group, in milliseconds. */
const askEveryMs = 60_000;
/** An answer that is older is not believed: the group is mentioned. */
const believedMs = 10 * 60_000;

/** Slack's words for a group that is not there (any more). Source: docs.slack.dev, usergroups.users.list. */
const gone = new Set(['no_such_subteam', 'subteam_not_found']);

/** Who is in the user groups that escalation policies call. A group that is not there has nobody. */
export class Groups {
  readonly #parts: { slack: WebClient; groups: readonly string[]; now: () => Date; log: Logger };
  readonly #known = new Map<string, { at: number; users: readonly string[] }>();

  constructor(parts: { slack: WebClient; groups: readonly string[]; now: () => Date; log: Logger }) {
    this.#parts = parts;
  }

  /** As Slack said it last, and not long ago. */
  readonly members: Members = (group) => {
    const known = this.#known.get(group);
    return known !== undefined && this.#parts.now().getTime() - known.at < believedMs ? known.users : undefined;
  };

  /** Asks Slack about the groups that it was not asked about for a minute. Where it does not answer, what is known stays. */
  async refresh(): Promise<void> {
    const { slack, groups, now, log } = this.#parts;
    for (const group of groups) {
      const known = this.#known.get(group);
      if (known !== undefined && now().getTime() - known.at < askEveryMs) continue;
      try {
        const { users = [] } = await slack.usergroups.users.list({ usergroup: group });
        this.#known.set(group, { at: now().getTime(), users });
      } catch (error) {
        const nobody = error instanceof WebAPIPlatformError && gone.has(error.data.error);
        if (nobody) this.#known.set(group, { at: now().getTime(), users: [] });
        else log.warn({ err: error, group }, 'Slack did not say who is in a user group: it is called by its mention.');
      }
    }
  }
}

/** The user groups that policies call, each once. */
export const groupsIn = (policies: Iterable<{ steps: readonly { notify: readonly string[] }[] }>): string[] => [
  ...new Set(
    [...policies].flatMap(({ steps }) =>
      steps.flatMap(({ notify }) =>
        notify.flatMap((target) => (target.startsWith('usergroup:') ? [target.slice('usergroup:'.length)] : [])),
      ),
    ),
  ),
];
