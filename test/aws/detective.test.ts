import { describe, expect, test } from 'vitest';
import { createOrganization } from '../../sandbox/organization/create.ts';
import {
  entityOf,
  findGraph,
  investigate,
  listInvestigations,
  readInvestigation,
  setInvestigationState,
} from '../../src/aws/detective.ts';
import { type Harness, startHarness } from '../sandbox/aws/harness.ts';
import { bot } from './bot.ts';

const asker = { name: 'U0ANA' };
const attacked = 'arn:aws:iam::111122223333:user/deploy-bot';
const minuteMs = 60_000;
const lastWeek = ({ organization: { attack } }: Harness) => ({
  from: new Date(attack.to.getTime() - 7 * 24 * 60 * minuteMs),
  to: attack.to,
});

test('an investigation is started once, followed, and told in words of all eight kinds', async () => {
  await using harness = await startHarness();
  const aws = bot(harness);
  const graph = await findGraph(aws, asker);
  expect(graph).toMatchObject({ account: harness.organization.homeAccount, region: 'eu-west-1' });
  const scope = lastWeek(harness);
  const begin = () => investigate(aws, graph, attacked, asker, { scope, allowed: true, now: harness.now() });

  const started = await begin();
  expect(started.reused).toBe(false);
  const running = await readInvestigation(aws, graph, started.id, asker);
  expect(running).toMatchObject({ investigation: { status: 'RUNNING' }, indicators: [] });
  expect(await begin()).toEqual({ id: started.id, reused: true });

  harness.moveClock(3 * minuteMs);
  const { investigation, indicators } = await readInvestigation(aws, graph, started.id, asker);
  expect(investigation).toMatchObject({
    status: 'SUCCESSFUL',
    severity: 'CRITICAL',
    state: 'ACTIVE',
    entity: attacked,
  });
  expect(investigation.scope).toEqual(scope);
  const said = new Map(indicators.map(({ heading, sentence }) => [heading, sentence]));
  expect([...said.keys()].toSorted()).toEqual([
    'Flagged address',
    'Impossible travel',
    'New network owner',
    'New place',
    'New user agent',
    'Related finding',
    'Related finding group',
    'Tactics and techniques',
  ]);
  expect(indicators.map(({ page }) => page)).toEqual(
    expect.arrayContaining([
      { kind: 'IpAddress', id: '198.51.100.23' },
      { kind: 'UserAgent', id: expect.any(String) },
    ]),
  );
  expect(indicators.map(({ sentence }) => sentence)).toContainEqual(
    expect.stringMatching(/by ListUsers from 198\.51\.100\.23: 0 calls succeeded, 1 call failed$/),
  );
  expect(said.get('Flagged address')).toContain('198.51.100.23');
  expect(indicators.every(({ sentence }) => !/undefined|\[object/.test(sentence))).toBe(true);

  // Colleagues look into it as well within its first day.
  harness.moveClock(3 * 24 * 60 * minuteMs);
  expect((await begin()).reused).toBe(false);
});

test('investigations are listed newest first, and archived ones are left out when asked for the active', async () => {
  await using harness = await startHarness(
    createOrganization({ until: new Date(Date.now() - 2 * 24 * 60 * minuteMs) }),
  );
  const aws = bot(harness);
  const graph = await findGraph(aws, asker);
  const all = await listInvestigations(aws, graph, asker, { state: 'ACTIVE' });
  expect(all.length).toBeGreaterThan(1);
  expect(all.map(({ createdAt }) => createdAt.getTime())).toEqual(
    all.map(({ createdAt }) => createdAt.getTime()).toSorted((a, b) => b - a),
  );
  await setInvestigationState(aws, graph, all[0]?.id ?? '', 'ARCHIVED', asker);
  expect(await listInvestigations(aws, graph, asker, { state: 'ACTIVE' })).toEqual(all.slice(1));
});

describe('what cannot be investigated is told with the fix', () => {
  test('where it was not opted in', async () => {
    await using harness = await startHarness();
    const aws = bot(harness);
    const graph = await findGraph(aws, asker);
    const begun = investigate(aws, graph, attacked, asker, {
      scope: lastWeek(harness),
      allowed: false,
      now: harness.now(),
    });
    await expect(begun).rejects.toThrow(/"detective: \{ start: true \}".*AllowInvestigations=true/);
  });

  test('where an account is outside of the graph, or sends nothing to it', async () => {
    await using harness = await startHarness();
    const aws = bot(harness);
    const graph = await findGraph(aws, asker);
    const begin = (account: string) =>
      investigate(aws, graph, `arn:aws:iam::${account}:user/eve`, asker, {
        scope: lastWeek(harness),
        allowed: true,
        now: harness.now(),
      });
    await expect(begin('999988887777')).rejects.toThrow(
      /^Account 999988887777 is no member of the Detective graph: enable it/,
    );
    const members = harness.organization.accounts.filter(
      ({ id, state }) => state === 'ACTIVE' && id !== harness.organization.homeAccount,
    );
    await expect(begin(members.at(-1)?.id ?? '')).rejects.toThrow(/it sends more data than the graph takes/);
  });

  test('where there is no graph in the region, or none at all', async () => {
    await using harness = await startHarness();
    await expect(findGraph(bot(harness), asker, 'us-east-1')).rejects.toThrow(
      'Detective has no graph in us-east-1; it has one in eu-west-1: ask with --region.',
    );
    await expect(findGraph(bot(harness, { regions: ['us-east-1'] }), asker)).rejects.toThrow(/turn Detective on/);
  });
});

describe('who is investigated', () => {
  test('of a role session is its role, path and all', async () => {
    await using harness = await startHarness();
    const aws = bot(harness);
    const account = '111122223333';
    const role = harness.organization.roles(account).find(({ path }) => path.startsWith('/aws-reserved/'));
    const session = `arn:aws:sts::${account}:assumed-role/${role?.name}/chris@example.com`;
    expect(await entityOf(aws, session, asker)).toBe(role?.arn);
    expect(await entityOf(aws, attacked, asker)).toBe(attacked);
  });

  test.each([
    ['arn:aws:iam::111122223333:group/admins', /investigates IAM users and roles/],
    ['arn:aws-cn:iam::111122223333:user/alice', /of the partition aws-cn/],
    ['arn:aws:sts::111122223333:assumed-role/no-such-role/x', /find the role no-such-role in account 111122223333/],
  ])('is nobody for %s', async (arn, reason) => {
    await using harness = await startHarness();
    await expect(entityOf(bot(harness), arn, asker)).rejects.toThrow(reason);
  });
});
