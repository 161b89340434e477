import { WebAPIPlatformError, type WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Alert } from '../alerts/alert.ts';
import { type ActorQuestion, answerMs, mostAnHour } from '../alerts/asking.ts';
import { route } from '../alerts/routing.ts';
import type { Config } from '../config/config.ts';
import { askedSince, closeQuestion, isSettled, keepQuestion, questionsExpired } from '../store/actor-questions.ts';
import { appendAudit } from '../store/audit-log.ts';
import type { Database } from '../store/database.ts';
import { putOut, sayAnew } from '../store/deliveries.ts';
import { type Pending, type Standing, transition } from '../store/transitions.ts';
import { hourMs } from '../words/time.ts';
import type { Wakes } from './wakes.ts';

export interface AskParts {
  database: Database;
  slack: WebClient;
  config: Pick<Config, 'routes' | 'channels'>;
  standing: (now: Date) => Promise<Standing>;
  now: () => Date;
  log: Logger;
  wakes: Pick<Wakes, 'after'>;
}

/** Whether the alert's route wants the person behind it asked. */
export const wantsAsking = ({ config, now }: Pick<AskParts, 'config' | 'now'>, alert: Alert): boolean =>
  route(alert.signal, config.routes, config.channels.default, now()).home.ask !== null;

/**
 * Asks the person behind an alert by direct message whether it was them, once an alert. The alert's thread says that they were
 * asked, or why they could not be: whoever holds a stolen key may read the person's messages, too.
 */
export async function askActor(
  parts: AskParts,
  alert: Alert,
  { email, proof }: { email: string; proof: string },
): Promise<void> {
  const { database, slack, now } = parts;
  if (await isSettled(database.db, alert.id)) return;
  const askedAt = now();
  const found = await memberOf(slack, email);
  const often = found === null ? 0 : await askedSince(database.db, found, new Date(askedAt.getTime() - hourMs));
  const user = often >= mostAnHour ? null : found;
  const question = { alertId: alert.id, email, proof, expiresAt: new Date(askedAt.getTime() + answerMs) };
  const standing = await parts.standing(askedAt);
  const pending = await database.transaction(async (trx): Promise<Pending | undefined> => {
    if (!(await keepQuestion(trx, { ...question, user, askedAt }))) return undefined;
    const command =
      user === null
        ? { kind: 'note' as const, text: `${email} was not asked whether it was them: ${whyNot(found)}` }
        : { kind: 'ask' as const, user };
    const result = await transition(trx, alert.id, command, { type: 'trailwatch' }, standing);
    await appendAudit(trx, {
      at: askedAt,
      actor: { type: 'system' },
      action: user === null ? 'ask-impossible' : 'ask',
      subject: `alert ${alert.id}`,
      detail: { email, proof, user },
    });
    if (user !== null) await putOut(trx, [askNotice({ ...question, user, answer: 'open', reason: null })], askedAt);
    const { targets = [], dueAt = null } = result?.pending ?? {};
    return { targets: user === null ? targets : [...targets, user], dueAt };
  });
  if (pending !== undefined) parts.wakes.after(pending);
}

const whyNot = (found: string | null): string =>
  found === null ? 'nobody in Slack has this address.' : `they were asked ${mostAnHour} times within the last hour.`;

/** The direct message with the question; of a question that is closed it says how. */
export const askNotice = ({ expiresAt, ...question }: ActorQuestion) => ({
  key: `ask-${question.alertId}`,
  alertId: question.alertId,
  notice: {
    kind: 'ask' as const,
    target: question.user,
    question: { ...question, expiresAt: expiresAt.toISOString() },
  },
});

/** The full member of the workspace who has an address; null: there is none. @throws what the Web API client throws */
async function memberOf(slack: WebClient, email: string): Promise<string | null> {
  try {
    const { user } = await slack.users.lookupByEmail({ email });
    return user?.id === undefined || user.deleted || user.is_bot || user.is_restricted ? null : user.id;
  } catch (error) {
    if (error instanceof WebAPIPlatformError && error.data.error === 'users_not_found') return null;
    throw error;
  }
}

/** Closes questions that nobody answered: their messages lose the buttons, the threads say so, and nothing else changes. */
export async function expireQuestions(parts: Omit<AskParts, 'slack' | 'config'>): Promise<void> {
  const { database, now } = parts;
  for (const alertId of await questionsExpired(database.db, now())) {
    const at = now();
    const standing = await parts.standing(at);
    const pending = await database.transaction(async (trx): Promise<Pending | undefined> => {
      const question = await closeQuestion(trx, alertId, { answer: 'expired', reason: null, at });
      if (question === undefined) return undefined;
      const command = { kind: 'unanswered' as const, user: question.user };
      const result = await transition(trx, alertId, command, { type: 'timer' }, standing);
      await sayAnew(trx, alertId, askNotice(question).notice);
      await appendAudit(trx, {
        at,
        actor: { type: 'system' },
        action: 'ask-expired',
        subject: `alert ${alertId}`,
        detail: { user: question.user },
      });
      const { targets = [], dueAt = null } = result?.pending ?? {};
      return { targets: [...targets, question.user], dueAt };
    });
    if (pending !== undefined) parts.wakes.after(pending);
  }
}
