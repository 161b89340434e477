import { createSecretKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { after } from '../../bench/harness.ts';
import { alarm } from '../../sandbox/scenario.ts';
import { Channel, Person } from '../../sandbox/slack/people.ts';
import { openWorld, type World } from '../../sandbox/world.ts';
import { verifyAuditLog } from '../../src/store/audit-log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { type Bot, startBot } from './bot.ts';
import { looksAcknowledged, type Sent, troubleIn } from './oracle.ts';
import { openRelay, type Relay } from './relay.ts';
import type { Storage } from './servers.ts';

const auditKey = 'the-key-of-the-fault-suite-0123456789';

/** Alarms of each of these accounts go to a channel of their own: Slack takes one message a second and channel. */
const channelOf: Readonly<Record<string, string>> = {
  '111122223333': 'C0ALERTS',
  '111122334444': 'C0SEC',
  '111122445555': 'C0PROD',
};
const accounts = Object.keys(channelOf);
/** For these nobody is called. */
const quietAccount = '111122226666';

/** Slack, AWS and SNS on this machine, bots in processes of their own behind a balancer, and all that was sent and pressed. */
export interface Stage {
  world: World;
  storage: Storage;
  bots: Bot[];
  /** Starts one more bot, which SNS and Slack reach through the balancer. */
  addBot: (options?: { clockAheadMs?: number }) => Promise<Bot>;
  /** The balancer sends nothing more to it, as one does whose health checks fail. */
  takeOut: (bot: Bot) => void;
  putBack: (bot: Bot) => void;
  balancer: Relay;
  /** An alarm of this name goes out through SNS, which tries for two minutes. `calls`: Ben is called if nobody acknowledges. */
  send: (name: string, options?: { calls?: boolean }) => Sent;
  /** Ana presses Acknowledge on it as soon as it is shown; she may be shown an error in place of an answer. */
  acknowledge: (sent: Sent) => Promise<void>;
  person: (name: string) => Person;
  channel: (id: string) => Channel;
  /** Waits until everything sent is where it belongs. Returns what is not, in words; empty: all is well. */
  settled: (sent: readonly Sent[], mostMs?: number) => Promise<string[]>;
  /** What is wrong in the database, the audit log, and in all that was ever sent; nobody else may have the embedded one open. */
  wrongInTheBooks: () => Promise<string[]>;
  close: () => Promise<void>;
}

/** The only bot of the stage; started if there is none. */
export const theBot = async (stage: Stage): Promise<Bot> => stage.bots[0] ?? (await stage.addBot());

/** Alarms call Ben after this long, once. */
export const escalateAfterMs = 4000;

/** SNS goes on for two minutes: with the delivery policy of `deploy/alerts-topic.yaml` it does for an hour. */
const retryDelays = [1000, 2000, 4000, 8000, 15_000, 30_000, 60_000];

export async function openStage(storage: Storage): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-stage-'));
  const configFile = join(folder, 'trailwatch.yaml');
  writeFileSync(configFile, configuration());
  const world = await openWorld({ port: 0, log: pino({ level: 'silent' }), configFile, retryDelays });
  writeFileSync(join(folder, 'sns.pem'), world.sns.certificate);
  writeFileSync(configFile, configuration('sns.pem'));
  const { slack: connection } = world.environment;
  if (connection?.mode !== 'http') throw new Error('The suite speaks to Slack by HTTP.');
  const environment = {
    TRAILWATCH_CONFIG: configFile,
    SLACK_API_URL: connection.apiUrl,
    SLACK_BOT_TOKEN: connection.botToken,
    SLACK_SIGNING_SECRET: connection.signingSecret,
    AUDIT_LOG_KEY: auditKey,
    ...world.awsEnvironment,
    ...storage.environment,
  };
  const balancer = await openRelay([]);
  const address = `http://127.0.0.1:${balancer.port}`;
  world.slack.connect(`${address}/slack/events`);
  const all: Sent[] = [];
  world.sns.onDelivery(({ messageId, outcome }) => {
    const sent = all.find((each) => each.messageId === messageId);
    if (sent !== undefined && outcome === 'delivered') sent.accepted = true;
    if (sent !== undefined && outcome === 'given up') sent.givenUp = true;
  });
  let logs = 0;
  const where = ({ port }: Bot) => ({ host: '127.0.0.1', port });
  const takeOut = (bot: Bot): void => {
    balancer.targets = balancer.targets.filter(({ port }) => port !== bot.port);
  };
  const stage: Stage = {
    world,
    storage,
    bots: [],
    balancer,
    addBot: async (options) => {
      const bot = await startBot(environment, join(folder, `bot-${++logs}.log`), options);
      stage.bots.push(bot);
      balancer.targets = [...balancer.targets, where(bot)];
      void bot.ended.then(() => {
        takeOut(bot);
        stage.bots = stage.bots.filter((each) => each !== bot);
      });
      if (world.sns.subscriptionsOf(world.topicArn).every(({ endpoint }) => endpoint !== `${address}/sns`)) {
        world.sns.subscribe(world.topicArn, `${address}/sns`);
        await world.sns.idle();
      }
      return bot;
    },
    takeOut,
    putBack: (bot) => {
      takeOut(bot);
      balancer.targets = [...balancer.targets, where(bot)];
    },
    send: (name, { calls = true } = {}) => {
      const account = calls ? (accounts[all.length % accounts.length] ?? '') : quietAccount;
      const message = alarm(name, 'ALARM', world.now(), { namespace: 'AWS/EC2', metric: 'CPUUtilization', account });
      const sent: Sent = {
        name,
        channel: channelOf[account] ?? 'C0AUDIT',
        calls,
        messageId: '',
        accepted: false,
        givenUp: false,
        press: 'none',
      };
      all.push(sent);
      sent.messageId = world.sns.publish(world.topicArn, { message: JSON.stringify(message) });
      return sent;
    },
    acknowledge: async (sent) => {
      const channel = new Channel(world.slack, sent.channel);
      const message = await channel.expectMessage(new RegExp(`${sent.name}\\b`)).catch(() => undefined);
      if (message === undefined) return;
      sent.press = 'tried';
      await new Person(world.slack, 'ana').press(message, 'Acknowledge').then(
        () => {
          sent.press = 'acknowledged';
        },
        () => {},
      );
    },
    person: (name) => new Person(world.slack, name),
    channel: (id) => new Channel(world.slack, id),
    settled: async (sent, mostMs = 120_000) => {
      let trouble: string[] = [];
      await after(mostMs, () => {
        trouble = troubleIn(world.slack.state.messages, sent);
        return trouble.length === 0 || trouble.some((each) => each.startsWith('doubled'));
      });
      return trouble;
    },
    wrongInTheBooks: async () => [
      ...troubleIn(world.slack.state.messages, all),
      ...(await booksOf(storage, all, (sent) => looksAcknowledged(world.slack.state.messages, sent))),
    ],
    close: async () => {
      await Promise.all(
        stage.bots.map((bot) => {
          bot.signal('SIGCONT');
          return bot.stop();
        }),
      );
      await balancer.close();
      await world.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return stage;
}

/** What the database says at the end: nothing waits, the audit log is whole, and each press that is to be seen is in it once. */
async function booksOf(
  { databaseUrl, dataDir }: Storage,
  all: readonly Sent[],
  isAcknowledged: (sent: Sent) => boolean,
): Promise<string[]> {
  const database = await openDatabase({ databaseUrl, dataDir, auditKey });
  try {
    const { db, pool } = database;
    const wrong: string[] = [];
    // Where nothing was sent no bot has run, which is what begins with the key.
    const keys = all.length === 0 ? [] : [createSecretKey(auditKey, 'utf8')];
    const log = await verifyAuditLog(db, { keys });
    if (!log.ok) wrong.push(`the audit log is broken at row ${log.firstBad}: ${log.reason}`);
    else if (log.altered) wrong.push('the table of the audit log was altered');
    const ids = all.filter(({ accepted }) => accepted).map(({ messageId }) => messageId);
    const { rows } = await pool.query<{ what: string; count: string }>(
      `select 'accepted and not in the inbox' as what, count(*) from unnest($1::text[]) as sent (id)
         where not exists (select from inbox where inbox.id = sent.id)
       union all select 'in the inbox and not taken in', count(*) from inbox where waiting is not null
       union all select 'to be shown', count(*) from slack_message where version < wanted
       union all select 'to be said', count(*) from outbox where done_at is null and kind <> 'triage'
       union all select 'digest runs not done', count(*) from digest_run where state <> 'done'`,
      [ids],
    );
    for (const { what, count } of rows) if (Number(count) > 0) wrong.push(`${count} ${what}`);
    const acts = await pool.query<{ title: string; acts: string }>(
      `select alert.signal->>'title' as title, count(*) as acts from audit_log
       join alert on 'alert ' || alert.id = audit_log.subject
       where action = 'acknowledge' group by alert.id`,
    );
    for (const sent of all) {
      const named = new RegExp(`${sent.name}\\b`);
      const recorded = acts.rows.filter(({ title }) => named.test(title)).map((row) => Number(row.acts));
      if (recorded.join() !== (isAcknowledged(sent) ? '1' : ''))
        wrong.push(`acknowledging ${sent.name} is ${recorded.join(' and ') || 0} times on the record`);
    }
    return wrong;
  } finally {
    await database.close();
  }
}

/** The demo's configuration with channels by account, one quick call for each alarm, no storms, and digests on demand alone. */
function configuration(certificate?: string): string {
  const demo = readFileSync(join(import.meta.dirname, '../../sandbox/config.yaml'), 'utf8');
  const [head = ''] = demo.split(/^routes:$/m);
  const [, rest = ''] = demo.split(/^access:$/m);
  return [
    certificate === undefined ? head : head.replace(/^sns:$/m, `sns:\n  trustedCertificates: [${certificate}]`),
    'routes:',
    ...accounts.map(
      (account) => `  - { match: { account: ["${account}"] }, channel: ${channelOf[account]}, escalation: once }`,
    ),
    `  - { match: { account: ["${quietAccount}"] }, channel: C0AUDIT }`,
    'escalation:',
    '  once:',
    `    - { notify: ["user:U0BEN"], after: ${escalateAfterMs / 1000}s }`,
    'grouping: { storm: 10000 }',
    `access:${rest.split(/^digests:$/m)[0]}`,
    'digests: {}',
  ].join('\n');
}
