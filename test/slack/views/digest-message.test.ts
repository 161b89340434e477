import { describe, expect, test } from 'vitest';
import { type DigestItem, DigestResult } from '../../../src/framework/digest-result.ts';
import { digestList, digestMessage } from '../../../src/slack/views/digest-message.ts';
import { organizationResults } from '../../reports/organization.ts';
import { expectSound } from './check.ts';
import { standing } from './digests.ts';

const { result } = organizationResults(14);
const at = (day: number) => new Date(Date.UTC(2026, 10, day));

const item = (title: string, where: string, given: Partial<DigestItem> = {}): DigestItem => ({
  ...{ key: `${title} ${where}`, severity: 'high', title, brief: 'no MFA', sentence: `${title} has no MFA.`, where },
  ...{ owner: 'platform', ageDays: 3, isNew: true, link: null },
  ...given,
});

const textsOf = (message: ReturnType<typeof digestMessage>): string[] =>
  message.blocks.flatMap((block) => (block.type === 'section' && block.text !== undefined ? [block.text.text] : []));

describe('a manager’s minute', () => {
  const accounts = Array.from({ length: 9 }, (_, i) => `account-${i}`);
  const tasks = new Map([
    ['a', { assignee: 'U0BEN', title: 'ben, prod: no MFA', due: at(20), ticket: 'SEC-1' }],
    ['b', { assignee: 'U0BEN', title: 'eva, prod: no MFA', due: at(12), ticket: 'https://jira.example.com/SEC-2' }],
    ['c', { assignee: 'U0ANA', title: 'dan, prod: no MFA', due: at(29), ticket: null }],
    ['d', { assignee: 'U0CLEO', title: 'gus, prod: no MFA', due: new Date('2026-12-12'), ticket: null }],
    ['e', { assignee: 'U0CLEO', title: 'of before there were due dates', due: null, ticket: null }],
  ]);
  const message = digestMessage(
    { ...result, items: [...accounts.map((where) => item('ben', where)), item('eva', 'account-1')], itemsTotal: 99 },
    standing({ tasks, startedAt: at(30) }),
  );

  test('one line for one person, however many accounts', () => {
    expectSound(message);
    expect(textsOf(message).find((text) => text.startsWith('*New this week'))).toMatch(
      /^\*New this week \(\d+\)\*\n• 🔴 \*ben\*: no MFA in 9 accounts · platform\n• 🔴 \*eva\*: no MFA in account-1 · platform$/,
    );
  });

  test('owners are not taken for one another, and what AWS quotes at length is left to the files', () => {
    const items = [item('ben', 'one'), item('ben', 'two', { owner: 'web' })];
    const said = `AWS did not allow Trailwatch to take the role in account 111122667777`;
    const missing = [
      { account: '111122667777', name: null, reason: `${said}: User: arn:aws:sts::1:x is not authorized` },
    ];
    const two = digestMessage({ ...result, items, coverage: { ...result.coverage, missing } }, standing());
    expect(textsOf(two).join('\n')).toContain('no MFA in 2 or more accounts · 2 owners');
    expect(textsOf(two).join('\n')).toMatch(new RegExp(`${said}\\.$`, 'm'));
  });

  test('what is overdue, by owner, the most first, with its ticket', () => {
    const [, ...lines] =
      textsOf(message)
        .find((text) => text.startsWith('*Overdue by owner (3)*'))
        ?.split('\n') ?? [];
    expect(lines).toEqual([
      expect.stringMatching(/^• <@U0BEN>: eva, prod: no MFA, due <!date.*, <https:\/\/jira.*\|ticket>, and 1 more$/),
      expect.stringMatching(/^• <@U0ANA>: dan, prod: no MFA, due /),
    ]);
  });

  test('four numbers, what was not looked at, and the rest behind the list', () => {
    const fields = message.blocks.flatMap((block) => (block.type === 'section' ? (block.fields ?? []) : []));
    expect(fields.map(({ text }) => text.split('\n')[0])).toEqual(['Open findings', 'New', 'Fixed', 'Overdue']);
    expect(fields[3]?.text).toContain('*3*  of 5 assigned');
    expect(textsOf(message).some((text) => /Not looked at:.*Nothing is known about 1 account,/.test(text))).toBe(true);
    expect(JSON.stringify(message.blocks)).toMatch(/Behind \*Open list\*: [^"]*Fixed since the last time/);
    expect(JSON.stringify(digestList(result, standing(), 1).blocks)).toContain('*Fixed since the last time*');
    expect(message.blocks.length).toBeLessThan(12);
  });

  test('without anything new the worst; with nothing at all, nothing', () => {
    const old = digestMessage({ ...result, items: [item('ben', 'prod', { isNew: false })] }, standing());
    expect(textsOf(old).some((text) => text.startsWith('*The worst of'))).toBe(true);
    const none = DigestResult.parse({ ...result, items: [], itemsTotal: 0, lists: [] });
    expectSound(digestMessage(none, standing()));
    expectSound(digestList(none, standing(), 1));
  });
});
