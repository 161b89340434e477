/**
 * Puts messages of distinct alarms into the inbox and takes them in, until it is killed. Writes the name of each alarm once
 * its message is committed: that is when SNS would be answered 200.
 */
import { alarm } from '../../sandbox/scenario.ts';
import { openDatabase } from '../../src/store/database.ts';
import { intakeOf, messageOf } from './taking-in.ts';

const [databaseUrl, dataDir = '', prefix = ''] = process.argv.slice(2);
const database = await openDatabase({ databaseUrl: databaseUrl || null, dataDir });
const { put, intake } = intakeOf(database, { now: new Date('2026-11-23T02:00:00Z') });

let count = 0;
const send = async (): Promise<never> => {
  for (;;) {
    count += 1;
    const name = `${prefix}-${count}`;
    const at = new Date('2026-11-23T02:00:00Z');
    await put([messageOf(alarm(name, 'ALARM', at), at, { id: name })]);
    process.stdout.write(`${name}\n`);
  }
};
const takeIn = async (): Promise<never> => {
  for (;;) {
    await intake();
    await new Promise((resolve) => setImmediate(resolve));
  }
};
await Promise.all([takeIn(), ...Array.from({ length: 8 }, send)]);
