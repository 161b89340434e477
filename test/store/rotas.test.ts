import { expect, test } from 'vitest';
import { onCallAt } from '../../src/alerts/oncall/shifts.ts';
import { schedule } from '../../src/config/schedules.ts';
import { settledSchedule, settleSchedules } from '../../src/store/rotas.ts';
import { describeBackends } from './backends.ts';

/** A Wednesday in the turn of U0BEN. */
const now = new Date('2027-03-17T12:00:00Z');
const channels = { default: 'C0ALERTS', digest: 'C0AUDIT' };
const security = (users: string[], more: object = {}) => {
  const weekly = { timezone: 'UTC', rotation: 'weekly', handoff: 'Mon 09:00', start: '2027-01-04' };
  return new Map([['security', schedule.parse({ ...weekly, users, ...more })]]);
};

describeBackends('the list of a schedule', (backend) => {
  test('is edited without a handoff in the middle of a turn, and everybody whose weeks changed hears it once', async () => {
    const store = await backend.open();
    const { database } = store;
    const start = async (users: string[], more?: object) => {
      const settled = await settleSchedules(database, { schedules: security(users, more), channels }, now);
      const turns = settled.get('security');
      return turns && onCallAt(turns, now).users;
    };
    const told = async () => {
      const rows = await database.db.selectFrom('outbox').select(['target', 'payload']).orderBy('target').execute();
      return rows.map(({ target, payload }) => [target, payload.kind === 'oncall' ? payload.news : undefined]);
    };
    expect(await start(['U0ANA', 'U0BEN', 'U0CHRIS'])).toEqual(['U0BEN']);
    expect(await start(['U0ANA', 'U0BEN', 'U0CHRIS'])).toEqual(['U0BEN']);
    expect(await told()).toEqual([]);

    // By counting alone it would be the new one's turn.
    const four = ['U0ANA', 'U0BEN', 'U0CHRIS', 'U0EVE'];
    const [unsettled] = security(four).values();
    if (unsettled === undefined) throw new Error('There is one.');
    expect(onCallAt(unsettled, now).users).toEqual(['U0CHRIS']);
    const read = await settledSchedule(database.db, 'security', unsettled, now);
    expect(onCallAt(read, now).users).toEqual(['U0BEN']);
    expect(await Promise.all([start(four), start(four)])).toEqual([['U0BEN'], ['U0BEN']]);
    const span = (from: string, until: string) => ({ from: `2027-${from}:00.000Z`, until: `2027-${until}:00.000Z` });
    const news = await told();
    expect(news.map(([target]) => target)).toEqual(['C0ALERTS', 'U0ANA', 'U0BEN', 'U0CHRIS', 'U0EVE']);
    expect(news[0]?.[1]).toMatchObject({
      about: 'rota',
      users: ['U0BEN', 'U0CHRIS', 'U0ANA', 'U0EVE'],
      before: [],
      after: [],
    });
    expect(news[1]?.[1]).toMatchObject({
      before: [span('03-29T09:00', '04-05T09:00')],
      after: [span('04-05T09:00', '04-12T09:00')],
    });
    expect(news[4]?.[1]).toMatchObject({ before: [], after: [span('03-29T09:00', '04-05T09:00')] });

    expect(await start(four)).toEqual(['U0BEN']);
    expect(await told()).toHaveLength(5);
    expect(await start(['U0ANA', 'U0CHRIS'])).toEqual(['U0CHRIS']);
    await store.close();
  });
});
