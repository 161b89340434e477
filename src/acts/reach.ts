import { type Alert, newAlert } from '../alerts/alert.ts';
import type { Reach } from '../alerts/reach.ts';
import { callPager } from '../notify/index.ts';
import { testId } from '../notify/pager.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { slackDate } from '../slack/dates.ts';
import { md } from '../slack/escape.ts';
import { directChannel, quietUntil, zoneOf } from '../slack/people.ts';
import { judgeFailure } from '../slack/posting.ts';
import { reachTest, type WayTested } from '../slack/views/reach-test.ts';
import { recordOf } from '../store/audit-log.ts';
import { keepReach, reachOf } from '../store/reach.ts';
import { mustHave } from './rights.ts';

/** Somebody says how they want to be called; `quiet` is by their own clock. The record has the kinds of the ways, not the numbers. @throws Refused */
export async function setReach(
  parts: Parts,
  person: Person,
  { rules, quiet }: { rules: Reach['rules']; quiet: { from: number; to: number } | null },
): Promise<void> {
  await mustHave(parts, 'respond', person, 'how they are called');
  const now = parts.now();
  const quietHours = quiet && { ...quiet, timezone: await zoneOf(parts.slack, person.user) };
  await parts.database.transaction(async (trx) => {
    await keepReach(trx, person.user, { rules, quietHours }, now);
    await recordOf(person, now)(trx, 'reach', `user ${person.user}`, {
      rules: rules.map(({ way, afterMs, from }) => ({ kind: way.slice(0, way.indexOf(':')), afterMs, from })),
      quietHours,
    });
  });
}

/** What is sent in a test: loud enough to ring, and nothing that repeats until somebody takes it. */
const testAlert = (channel: string, now: Date): Alert => ({
  ...newAlert(
    {
      source: 'trailwatch',
      kind: 'test',
      dedupKey: 'test',
      severity: 'medium',
      state: 'firing',
      title: 'This is a test of how Trailwatch calls you',
      sentence: 'Nothing has happened.',
      partition: 'aws',
      time: now.toISOString(),
      links: [],
      fields: [],
      raw: {},
    },
    { channel, mention: [], runbook: null, escalation: null, mode: 'alert', quietHours: null },
    null,
    now,
  ),
  id: testId,
});

/**
 * Calls somebody by all their ways, whatever the hour, and says what came of each. For another than oneself it takes the right to
 * administer. @throws Refused
 */
export async function testReach(parts: Parts, person: Person, user: string): Promise<WayTested[]> {
  await mustHave(parts, user === person.user ? 'respond' : 'administer', person, `user ${user}`);
  const { database, environment } = parts;
  const now = parts.now();
  const tested: WayTested[] = [await testSlack(parts, person, user, now)];
  for (const { way } of (await reachOf(database.db, user))?.rules ?? []) {
    const page = { kind: 'page' as const, target: way, action: 'trigger' as const, level: 0, text: 'test' };
    const alert = testAlert(parts.config.channels.default, now);
    const called = await callPager(environment, page, alert, `test-${user}-${now.getTime()}`);
    const taken = called.outcome === 'taken';
    tested.push({ way, ok: taken, said: taken ? 'taken: did it ring?' : called.error });
  }
  await database.transaction((trx) =>
    recordOf(person, now)(trx, 'reach-test', `user ${user}`, {
      ways: tested.map(({ way, ok }) => ({ kind: way.split(':')[0], ok })),
    }),
  );
  return tested;
}

async function testSlack({ slack }: Parts, person: Person, user: string, now: Date): Promise<WayTested> {
  const way = 'direct message';
  try {
    const quiet = await quietUntil(slack, user, now);
    await slack.chat.postMessage({ channel: await directChannel(slack, user), ...reachTest(person.user) });
    if (quiet === null) return { way, ok: true, said: 'sent, and Slack rings' };
    return { way, ok: false, said: md`sent, but Slack will not ring until ${slackDate(quiet)}` };
  } catch (error) {
    return { way, ok: false, said: judgeFailure(error).error };
  }
}

/** Somebody says that a test reached them. @throws Refused */
export async function heardTest(parts: Parts, person: Person): Promise<void> {
  await mustHave(parts, 'respond', person, `user ${person.user}`);
  await parts.database.transaction((trx) =>
    recordOf(person, parts.now())(trx, 'reach-heard', `user ${person.user}`, {}),
  );
}
