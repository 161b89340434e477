import { createHash } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { Person } from '../../sandbox/slack/people.ts';
import { readable } from '../../sandbox/slack/people.ts';
import { test } from './world.ts';

async function answered(person: Person, pattern: RegExp) {
  for (let tries = 0; ; tries++)
    try {
      return await person.expectEphemeral(pattern);
    } catch (error) {
      if (tries === 5) throw error;
    }
}

describe('a case', () => {
  test('gathers answers, notes and alerts under a name, and is sent as files with their checksums', async ({
    evening,
  }) => {
    const ben = evening.person('ben');
    const { attack } = evening.world.organization;
    await ben.type(`/audit lookup key ${attack.leakedKey} --since ${attack.from.toISOString()}`);
    const lookup = await answered(ben, /events: key/);
    await ben.choose(lookup, 'Add to a case…');
    const modal = await ben.expectModal(/Add to a case/);
    await modal.submit({ note: { value: 'From a public repository.' } });
    await modal.expectError(/complete this required field/);
    await modal.submit({ name: { value: 'Leaked key <!channel>' }, note: { value: 'From a public repository.' } });
    const opened = await answered(ben, /Case 1: Leaked key/);
    expect(opened.text).not.toContain('<!channel>');
    expect(readable(opened.blocks)).toMatch(/From a public repository/);

    await ben.type(`/audit who ${attack.leakedKey}`);
    const who = await answered(ben, new RegExp(`is behind ${attack.leakedKey}`));
    await ben.press(who, 'Add to a case…');
    const again = await ben.expectModal(/Add to a case/);
    await again.submit({ case: { selected_option: { value: '1' } } });
    await answered(ben, /Case 1: Leaked key.*3 entries/);
    await ben.type('/audit case 1 note Told the owner "of" the bot');
    const noted = await answered(ben, /Case 1: Leaked key.*4 entries/);
    expect(readable(noted.blocks)).toMatch(/Create login profile|CreateLoginProfile/);

    await ben.type('/audit case 1 add 999 storm 3');
    await answered(ben, /There is no alert #999\.\nA storm goes into no case/);
    await ben.type('/audit case 1 export');
    await answered(ben, /files of the case are in your direct messages/);
    const files = new Map(
      [...evening.world.slack.state.files.values()].map(({ name, bytes }) => [name, bytes.toString('utf8')]),
    );
    expect([...files.keys()]).toEqual([
      'case-1.md',
      'case-1.json',
      'case-1-timeline.csv',
      'case-1-events.ndjson',
      'SHA256SUMS',
    ]);
    const sums = (files.get('SHA256SUMS') ?? '').trimEnd().split('\n');
    expect(sums).toEqual(
      [...files]
        .filter(([name]) => name !== 'SHA256SUMS')
        .map(([name, text]) => `${createHash('sha256').update(text).digest('hex')}  ${name}`),
    );
    const events = (files.get('case-1-events.ndjson') ?? '').trimEnd().split('\n');
    for (const line of events) expect(JSON.parse(line).event.userIdentity.accessKeyId).toBe(attack.leakedKey);
    const { entries, timeline } = JSON.parse(files.get('case-1.json') ?? '{}');
    expect(entries.map(({ kind }: { kind: string }) => kind)).toEqual(['answer', 'note', 'answer', 'note']);
    expect(events).toHaveLength(entries[0].answer.total);
    expect(timeline.map(({ at }: { at: string }) => at)).toEqual(
      timeline.map(({ at }: { at: string }) => at).toSorted(),
    );
    expect(files.get('case-1.md')).toMatch(/Not whole.*\d+ of \d+ accounts/);

    await ben.type('/audit case 1 close');
    await answered(ben, /Case 1: Leaked key.*4 entries/);
    await ben.type('/audit case 1 note Too late');
    await answered(ben, /Case 1 is closed/);
    await ben.type('/audit case');
    const closed = await answered(ben, /No open cases/);
    expect(readable(closed.blocks)).toMatch(/1: Leaked key/);

    evening.alarm('in-a-case');
    await evening.channel('C0ALERTS').expectMessage(/in-a-case/);
    await ben.type('/audit case new Twice');
    await answered(ben, /Case 2: Twice/);
    await ben.type('/audit case 2 add 1');
    await answered(ben, /Case 2: Twice.*1 entry/);
    await ben.type('/audit case 2 add #1');
    await answered(ben, /Alert #1 is in case 2 already/);

    await evening.person('dana').type('/audit case 1');
    await answered(evening.person('dana'), /Guests|may not/);
  }, 180_000);
});
