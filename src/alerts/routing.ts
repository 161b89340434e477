import type { AlertMode } from './alert.ts';
import type { AskMode } from './asking.ts';
import { coversBesidesSeverity, type Matcher, severitiesOf, whyMatches } from './matcher.ts';
import { isQuiet, type QuietHours } from './quiet-hours.ts';
import type { Severity } from './severity.ts';
import type { Signal } from './signal.ts';

/** One line of `routes` in trailwatch.yaml: which signals, and what becomes of them. */
export interface Route {
  match: Matcher;
  /** Null: the default channel. */
  channel: string | null;
  /** `user:U…`, `usergroup:S…`. */
  mention: string[];
  /** Name of an escalation policy. */
  escalation: string | null;
  /** In place of the signal's own severity. */
  severity: Severity | null;
  runbook: string | null;
  /** `drop`: counted and thrown away. */
  mode: AlertMode | 'drop';
  quietHours: QuietHours | null;
  /** Whether the person behind the call is asked if it was them. */
  ask: AskMode | null;
  /** The facts that its alerts show beside the bar, by name; null: the most telling ones. */
  show: string[] | null;
  /** Routes after this one, and the default at the end, are tried too. */
  continue: boolean;
}

/** What becomes of a signal. */
export interface Decision {
  mode: AlertMode | 'drop';
  channel: string;
  mention: string[];
  escalation: string | null;
  /** The clock calls nobody in these hours, but at their end; null: the route has none. */
  quietHours: QuietHours | null;
  severity: Severity;
  runbook: string | null;
  ask: AskMode | null;
  show: string[] | null;
  /** True in the route's quiet hours: nobody is mentioned. */
  quiet: boolean;
  /** Index of the route that decided; null: the default at the end of the list. */
  route: number | null;
  /** Which route and why, in words with untrusted text in them: escape to show. */
  because: string;
}

export interface Routing {
  /** The alert: where it lives, how it is shown, whom it calls. */
  home: Decision;
  /** Other channels that are shown the same alert, as notifications (no buttons, no escalation). */
  copies: Decision[];
}

/**
 * Where a signal goes. The routes are tried in order and the first that matches decides; one that says `continue`
 * lets the search go on. At the end of the list stands the default: an alert in the default channel, nobody called.
 * Of several decisions the first that is an alert is the home (else the first notification, else the first
 * digest), and the other channels get a copy. A route that drops ends the search: what went before it stands.
 */
export function route(signal: Signal, routes: readonly Route[], defaultChannel: string, now: Date): Routing {
  const decisions: Decision[] = [];
  let goesOn = true;
  for (const [index, candidate] of routes.entries()) {
    const reasons = whyMatches(candidate.match, signal);
    if (reasons === undefined) continue;
    decisions.push(decide(signal, candidate, index, reasons, defaultChannel, now));
    goesOn = candidate.continue;
    if (!goesOn) break;
  }
  if (goesOn) decisions.push(defaultDecision(signal, defaultChannel, decisions.length > 0));

  const first = (mode: Decision['mode']) => decisions.find((decision) => decision.mode === mode);
  const home = first('alert') ?? first('notification') ?? first('digest') ?? first('drop');
  if (home === undefined) throw new Error('A search through the routes ends in a decision, always.');
  const taken = new Set([home.channel]);
  const copies = decisions.flatMap((decision): Decision[] => {
    if (decision.mode === 'drop' || decision.mode === 'digest' || taken.has(decision.channel)) return [];
    taken.add(decision.channel);
    return [{ ...decision, mode: 'notification', escalation: null, severity: home.severity }];
  });
  return { home, copies };
}

/** What is for information is told and asks nothing of anybody; a route that wants more of it gives it another severity. */
const modeOf = (wanted: Decision['mode'], severity: Severity): Decision['mode'] =>
  wanted === 'alert' && severity === 'info' ? 'notification' : wanted;

function decide(
  signal: Signal,
  { mode: wanted, channel, mention, escalation, severity, runbook, quietHours, ask, show }: Route,
  index: number,
  reasons: string[],
  defaultChannel: string,
  now: Date,
): Decision {
  const weight = severity ?? signal.severity;
  const mode = modeOf(wanted, weight);
  const quiet = quietHours !== null && isQuiet(quietHours, weight, now);
  return {
    mode,
    channel: channel ?? defaultChannel,
    mention: quiet ? [] : mention,
    escalation: mode === 'alert' ? escalation : null,
    quietHours,
    severity: weight,
    runbook,
    ask: mode === 'alert' ? ask : null,
    show,
    quiet,
    route: index,
    because: `route ${index + 1}: ${reasons.length === 0 ? 'matches everything' : reasons.join(', ')}${quiet ? '; quiet hours' : ''}`,
  };
}

const defaultDecision = (signal: Signal, channel: string, others: boolean): Decision => ({
  mode: modeOf('alert', signal.severity),
  channel,
  mention: [],
  escalation: null,
  quietHours: null,
  severity: signal.severity,
  runbook: null,
  ask: null,
  show: null,
  quiet: false,
  route: null,
  because: others
    ? 'the default channel: every route that matched says continue'
    : 'the default channel: no route matched',
});

/**
 * The index of an earlier route that leaves this one nothing to match, or undefined. When several share that work
 * (one takes critical, one the rest), the first of them is named. Only certain cases are found.
 */
export function shadowedBy(routes: readonly Route[], index: number): number | undefined {
  const narrow = routes[index]?.match;
  if (narrow === undefined) return undefined;
  const takers = severitiesOf(narrow).map((severity) =>
    routes
      .slice(0, index)
      .findIndex(
        (earlier) =>
          !earlier.continue &&
          severitiesOf(earlier.match).includes(severity) &&
          coversBesidesSeverity(earlier.match, narrow),
      ),
  );
  return takers.length === 0 || takers.includes(-1) ? undefined : Math.min(...takers);
}

/** What is known of an account: its name, and the names and path of its organizational units. */
export interface KnownAccount {
  name: string | null;
  organizationalUnits: readonly string[];
}

/** A signal with what is known of its account: routes match on it, people read it. */
export function withAccount(signal: Signal, accounts: ReadonlyMap<string, KnownAccount>): Signal {
  const account = accounts.get(signal.account ?? '');
  if (account === undefined) return signal;
  return {
    ...signal,
    ...(account.name === null || signal.accountName !== undefined ? {} : { accountName: account.name }),
    ...(account.organizationalUnits.length === 0 ? {} : { organizationalUnits: [...account.organizationalUnits] }),
  };
}
