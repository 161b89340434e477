import { describe, expect } from 'vitest';
import { leakedKey as leakedKeyScenes } from '../../sandbox/scenario.ts';
import { readable } from '../../sandbox/slack/people.ts';
import { textAt } from '../../src/words/json.ts';
import { test } from './world.ts';

describe('the triage pack', () => {
  test('an alert from the attack gets its reply: who, the hour before, and where to look next', async ({ evening }) => {
    const { organization } = evening.world;
    const { attack } = organization;
    const all = organization.accounts.flatMap(({ id, regions }) =>
      regions.flatMap((region) => organization.events(id, region)),
    );
    const stop = all.find(({ eventID, eventName }) => eventName === 'StopLogging' && attack.eventIds.includes(eventID));
    if (stop === undefined) throw new Error('The attack stops no logging.');
    evening.publish({
      version: '0',
      id: stop.eventID,
      'detail-type': 'AWS API Call via CloudTrail',
      source: 'aws.cloudtrail',
      account: stop['recipientAccountId'],
      time: stop.eventTime,
      region: stop['awsRegion'],
      resources: [],
      detail: stop,
    });
    const security = evening.channel('C0SEC');
    const message = await security.expectMessage(/org-trail|[Ll]ogging|Trail/);
    const posted = Date.now();
    const reply = await security.expectReply(message, /Triage of/);
    const tookMs = Date.now() - posted;
    const text = `${reply.text} ${readable(reply.blocks)}`;
    const human = /:(.*)@/.exec(attack.behind.get(stop.eventID) ?? '')?.[1] ?? '';
    expect(text).toContain(human);
    expect(text).toMatch(/The hour before/);
    expect(text).toMatch(new RegExp(`${human} · Keys:`));
    expect(text).toMatch(/· MFA:/);
    expect(tookMs).toBeLessThan(10_000);

    const ana = evening.person('ana');
    await ana.press(reply, 'Expected');
    const form = await ana.expectModal(/You expected this/);
    await form.submit({ follows: { selected_option: { value: 'resolve' } }, reason: { value: 'planned' } });
    await security.expectReply(message, /Marked as expected: planned/);

    // The stopped logging is hours old: CloudTrail has everything already, and a second look would find the same.
    expect(text).not.toMatch(/looks again/);
  }, 120_000);

  test('a key that was quiet in the last hour is told with what it did before, when and from where', async ({
    evening,
  }) => {
    const { organization } = evening.world;
    const { leakedKey } = organization.attack;
    const calls = organization.accounts
      .flatMap(({ id, regions }) => regions.flatMap((region) => organization.events(id, region)))
      .filter((event) => textAt(event, 'userIdentity', 'accessKeyId') === leakedKey);
    const last =
      calls
        .map(({ eventTime }) => eventTime)
        .toSorted()
        .at(-1) ?? '';
    const [found] = leakedKeyScenes;
    const now = evening.world.now();
    expect(Date.parse(last)).toBeLessThan(now.getTime() - 3_600_000);
    evening.publish(found?.message(now));
    const security = evening.channel('C0SEC');
    const message = await security.expectMessage(/Access keys exposed/);
    const reply = await security.expectReply(message, /Triage of/);
    const text = readable(reply.blocks).replaceAll(/\s+/g, ' ');
    expect(text).toMatch(/The hour before: no calls/);
    expect(text).toMatch(/The 7 days before: \d+ calls from [\d., a-z]+, the last/);
    expect(JSON.stringify(reply.blocks)).toContain(`"timestamp":${Math.floor(Date.parse(last) / 1000)}`);
    expect(text).toMatch(/Trailwatch looks again \S/);

    await evening.world.moveClock(16 * 60_000);
    await security.expectUpdate(reply, /and since:\s+no calls in CloudTrail/);
    expect(readable(security.messages().find(({ ts }) => ts === reply.ts)?.blocks ?? [])).not.toMatch(/again at/);
    const replies = () => security.messages().filter(({ text: said }) => /Triage of/.test(said));
    expect(replies()).toHaveLength(1);

    // The key goes on, and from its address so does another user: one incident, whose one triage looks into both.
    const [, listing] = leakedKeyScenes;
    const goesOn = (from: string, to: string) => {
      const said = JSON.stringify(listing?.message(evening.world.now()));
      evening.publish(JSON.parse(said.replaceAll(from, to).replace(/"eventID":"[^"]+"/, '"eventID":"e-1"')));
    };
    goesOn('', '');
    const incident = await security.expectMessage(/Incident 1, 2 alerts/);
    await evening.world.moveClock(60_000);
    const grown = await security.expectReply(incident, /Triage of key/);
    goesOn('deploy-bot', 'backup-admin');
    await security.expectUpdate(incident, /Incident 1, 3 alerts/);
    await evening.world.moveClock(60_000);
    await security.expectUpdate(grown, /Also user deploy-bot: [\s\S]*Also user backup-admin: /);
    expect(replies()).toHaveLength(2);
  }, 120_000);
});
