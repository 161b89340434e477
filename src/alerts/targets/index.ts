import { channel } from './channel.ts';
import { ntfy } from './ntfy.ts';
import { pagerduty } from './pagerduty.ts';
import { pushover } from './pushover.ts';
import { schedule } from './schedule.ts';
import { sns } from './sns.ts';
import type { Callee, TargetKind, Variable, Whom } from './target.ts';
import { user } from './user.ts';
import { usergroup } from './usergroup.ts';
import { voice } from './voice.ts';
import { webhook } from './webhook.ts';

/** Every kind of target that an escalation policy may name, by what stands before the colon. */
export const targetKinds = {
  user,
  usergroup,
  schedule,
  channel,
  pagerduty,
  pushover,
  ntfy,
  sns,
  voice,
  webhook,
} satisfies Record<string, TargetKind>;

export type TargetKindName = keyof typeof targetKinds;

export const targetKindNames = Object.keys(targetKinds).filter((name): name is TargetKindName => name in targetKinds);

/** A target's kind and what follows the colon; undefined for a kind that does not exist. */
export function readTarget(target: string): { kind: TargetKind; id: string } | undefined {
  const colon = target.indexOf(':');
  const name = target.slice(0, Math.max(colon, 0));
  const found = Object.entries<TargetKind>(targetKinds).find(([each]) => each === name);
  return found && { kind: found[1], id: target.slice(colon + 1) };
}

/** Who is called by these targets now, each once. */
export function callees(targets: readonly string[], whom: Whom): Callee[] {
  const called = new Map<string, Callee>();
  for (const target of targets) {
    const read = readTarget(target);
    for (const callee of read?.kind.callees(read.id, whom) ?? []) called.set(`${callee.way} ${callee.id}`, callee);
  }
  return [...called.values()];
}

/** What calling a target needs of the environment. */
export function variablesOf(target: string): readonly Variable[] {
  const read = readTarget(target);
  return read?.kind.id.test(read.id) === true ? (read.kind.variables?.(read.id) ?? []) : [];
}

/** The kinds that people may choose for themselves. */
export const personalKinds = Object.entries<TargetKind>(targetKinds).flatMap(([kind, { personal, id }]) =>
  personal === undefined ? [] : [{ kind, id, ...personal }],
);
