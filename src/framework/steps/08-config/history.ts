import * as z from 'zod';
import { parseJson } from '../../../words/json.ts';
import { type Answer, type Asking, ask } from '../../asks.ts';
import { getResourceConfigHistory, selectResourceConfig } from '../../calls/config.ts';
import { getRole } from '../../calls/iam.ts';
import { getCallerIdentity } from '../../calls/sts.ts';
import { type Estate, globalPlace } from '../../estate.ts';

/** What Config's history says of the role that the bot itself has in an account, beside what IAM says of it now. */
export type OwnHistory =
  | { is: 'same' | 'differs'; role: string; captured: Date }
  /** Config has nothing of it, though it was made at that time. */
  | { is: 'missing'; role: string; created: Date }
  /** The experiment could not be made. */
  | { is: 'not tried'; sentence: string };

const Captured = z.object({ configurationItemCaptureTime: z.coerce.date() });
const Configuration = z.object({ assumeRolePolicyDocument: z.string() });

const aroundMs = 60_000;

/**
 * Reads the history of the bot's own role where IAM is recorded, and compares its trust policy with the one that it has.
 * Current state says when it was captured last: the history is asked for that minute alone, for it is read back by weeks.
 */
export function* ownHistory(estate: Estate, account: string, region: string): Asking<OwnHistory> {
  const global = globalPlace(estate, account);
  const identity = yield* ask(getCallerIdentity, global);
  if (identity.is !== 'value') return notTried(identity);
  const [, name] = /:assumed-role\/([\w+=,.@-]+)\//.exec(identity.value.Arn) ?? [];
  if (name === undefined) return { is: 'not tried', sentence: 'Trailwatch asks as no role there.' };
  const role = yield* ask(getRole, global, { RoleName: name });
  if (role.is !== 'value') return notTried(role);
  const { RoleId, RoleName, CreateDate, AssumeRolePolicyDocument: now = '' } = role.value.Role;
  const place = { account, region };
  const current = yield* ask(selectResourceConfig, place, {
    Expression: `SELECT configurationItemCaptureTime WHERE resourceType = 'AWS::IAM::Role' AND resourceId = '${RoleId.replaceAll("'", "''")}'`,
  });
  if (current.is !== 'value') return notTried(current);
  const at = Captured.safeParse(parseJson(current.value.Results[0] ?? 'null'));
  if (!at.success) return { is: 'missing', role: RoleName, created: CreateDate };
  const captured = at.data.configurationItemCaptureTime;
  const history = yield* ask(getResourceConfigHistory, place, {
    resourceType: 'AWS::IAM::Role',
    resourceId: RoleId,
    earlierTime: new Date(captured.getTime() - aroundMs),
    laterTime: new Date(captured.getTime() + aroundMs),
  });
  if (history.is === 'unknown') return notTried(history);
  const newest = history.is === 'value' ? history.value.configurationItems[0] : undefined;
  if (newest === undefined) return { is: 'missing', role: RoleName, created: CreateDate };
  const recorded = Configuration.safeParse(parseJson(newest.configuration ?? 'null'));
  const same = recorded.success && documentOf(recorded.data.assumeRolePolicyDocument) === documentOf(now);
  return { is: same ? 'same' : 'differs', role: RoleName, captured: newest.configurationItemCaptureTime };
}

const notTried = (answer: Exclude<Answer<unknown>, { is: 'value' }>): OwnHistory => ({
  is: 'not tried',
  sentence: answer.is === 'unknown' ? answer.sentence : answer.message,
});

/** A policy as text that is the same for the same policy: members sorted, spaces away. */
function documentOf(encoded: string): string {
  try {
    return JSON.stringify(sorted(parseJson(decodeURIComponent(encoded)) ?? encoded));
  } catch {
    return encoded;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
