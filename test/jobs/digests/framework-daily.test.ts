import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { changeTrail } from '../../../sandbox/aws/services/trails.ts';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import { payloadFromText, readSignals } from '../../../src/alerts/sources/index.ts';
import { watchFramework } from '../../../src/jobs/digests/framework/daily.ts';
import { startHarness } from '../../sandbox/aws/harness.ts';
import { freshStore } from '../../store/fresh-store.ts';
import { digestLab } from './lab.ts';

const dayMs = 86_400_000;

test('a trail that is stopped is in the inbox the next day, once, and again when it logs', async () => {
  const organization = createOrganization({ until: new Date(), usersPerAccount: 1, eventsPerAccount: 1 });
  await using aws = await startHarness(organization);
  const database = await freshStore();
  try {
    const { parts } = digestLab(aws, database);
    const wakes = { intake: () => {} };
    const look = () => watchFramework({ ...parts, wakes }, aws.now().toISOString().slice(0, 10));
    /** What waits in the inbox about the trail, as signals. */
    const told = async () => {
      const { rows } = await sql<{ waiting: string }>`select waiting from inbox order by seq`.execute(database.db);
      return rows
        .flatMap(({ waiting }) => readSignals(payloadFromText(JSON.parse(waiting).message, aws.now().toISOString())))
        .filter(({ kind }) => kind === 'trail-org-wide')
        .map(({ state, severity }) => `${state} ${severity}`);
    };
    await look();
    expect(await told()).toEqual([]);

    changeTrail(organization, { stopped: aws.now() });
    aws.moveClock(dayMs);
    await look();
    expect(await told()).toEqual(['firing critical']);
    // A second look of the day, as by another process, tells nothing twice.
    await look();
    expect(await told()).toEqual(['firing critical']);

    changeTrail(organization, { stopped: null });
    aws.moveClock(dayMs);
    await look();
    expect(await told()).toEqual(['firing critical', 'resolved info']);
  } finally {
    await database.close();
  }
}, 240_000);
