import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { pino } from 'pino';
import type { PageMessage } from '../../sandbox/page-api.ts';
import { alarm } from '../../sandbox/scenario.ts';
import { createSlack, type Slack } from '../../sandbox/slack/index.ts';
import { accountNames } from '../../src/aws/names.ts';
import { openAws } from '../../src/aws/open.ts';
import { memoryPace } from '../../src/aws/pace.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openJobs } from '../../src/jobs/index.ts';
import type { Jobs } from '../../src/jobs/jobs.ts';
import { type Loops, Wakes } from '../../src/jobs/wakes.ts';
import { createMetrics } from '../../src/metrics.ts';
import { statsOf } from '../../src/questions/stats.ts';
import { Access } from '../../src/slack/access.ts';
import { slackClient } from '../../src/slack/client.ts';
import { Groups } from '../../src/slack/groups.ts';
import { slackManifest } from '../../src/slack/manifest.ts';
import { zoneOf } from '../../src/slack/people.ts';
import type { Database } from '../../src/store/database.ts';
import { openInbox } from '../../src/store/inbox.ts';
import { addOverride, endOverride, lockOverrides, standingFrom } from '../../src/store/overrides.ts';
import { type Pending, transition } from '../../src/store/transitions.ts';
import { messageOf } from '../jobs/taking-in.ts';
import type { NumbersSeen, Seen } from './oracle.ts';
import { type Act, configuration, defaultChannel, people, type Story } from './story.ts';

/**
 * Plays a story against the real thing: the jobs with their loops, sweep and queue on the given store, Slack's stand-in on the
 * wire, and a clock that jumps from one thing that is due to the next.
 */
export async function play(
  story: Story,
  store: { database: Database; redisUrl: string | null },
  tell: (line: string) => void = () => {},
): Promise<{ alerts: Map<string, Seen>; numbers: NumbersSeen }> {
  const stage = await Stage.open(story, store);
  try {
    await stage.play(tell);
    return { alerts: await stage.seen(), numbers: await stage.numbers() };
  } finally {
    await stage.close();
  }
}

const secrets = { botToken: 'xoxb-quarter', appToken: 'xapp-quarter', signingSecret: 'quarter' };
/** Every so often the sweep looks for everything, in milliseconds; in between it has nothing that a wake has not. */
const sweepEveryMs = 5000;
const watchEveryMs = 50 * 60_000;
const methods = [
  'chat.postMessage',
  'chat.update',
  'chat.getPermalink',
  'conversations.open',
  'conversations.history',
  'conversations.replies',
  'users.info',
  'dnd.info',
];

/** Wakes as the bot has them, of which the stage knows when the next is due and whether a loop is under way. */
class WatchedWakes extends Wakes {
  /** The times for which wakes were set, by loop. */
  readonly times = new Map<string, number>();
  /** True: nothing that rings is heard. */
  deaf = false;
  /** Loops under way; of the intake, which rests after its work, until it has taken in what there was. */
  #busy = 0;
  #idle = Promise.withResolvers<void>();
  #tookIn = (): void => {};

  override startLoops(loops: Loops): void {
    const counted =
      <Given extends unknown[]>(run: (...given: Given) => Promise<void>) =>
      async (...given: Given): Promise<void> => {
        const end = this.#begin();
        await run(...given).finally(end);
      };
    super.startLoops({
      intake: async () => {
        this.#tookIn = this.#begin();
        await loops.intake().finally(this.#tookIn);
      },
      deliver: counted(loops.deliver),
      escalate: counted(loops.escalate),
      triage: counted(loops.triage),
      digests: counted(loops.digests),
      investigations: counted(loops.investigations),
    });
  }

  /** Something is under way until what this returns is called, once or more often. */
  #begin(): () => void {
    let underWay = true;
    this.#busy++;
    return () => {
      if (!underWay) return;
      underWay = false;
      this.#busy--;
      if (this.#busy > 0) return;
      this.#idle.resolve();
      this.#idle = Promise.withResolvers();
    };
  }

  /** Until no loop is under way; whether one was. */
  async rest(): Promise<boolean> {
    const was = this.#busy > 0;
    while (this.#busy > 0) await this.#idle.promise;
    return was;
  }

  override after(pending: Pending): void {
    super.after(pending);
    this.#tookIn();
  }

  override deliver(target: string, at?: Date): void {
    if (this.deaf) return;
    this.#note(`deliver ${target}`, at);
    super.deliver(target, at);
  }

  override escalate(at?: Date): void {
    if (this.deaf) return;
    this.#note('escalate', at);
    super.escalate(at);
  }

  override intake(): void {
    if (!this.deaf) super.intake();
  }

  #note(bell: string, at: Date | undefined): void {
    const known = this.times.get(bell);
    if (at !== undefined && (known === undefined || known > at.getTime())) this.times.set(bell, at.getTime());
  }
}

/** Something of the story at its time. */
interface Scene {
  at: number;
  run: () => Promise<void> | void;
}

class Stage {
  readonly #story: Story;
  readonly #database: Database;
  readonly #slack: Slack;
  readonly #clock: { at: number };
  readonly #folder: string;
  readonly #parts: Omit<Parameters<typeof openJobs>[0], 'wakes'>;
  readonly #said: { channel: string; ts: string; at: number; text: string }[];
  #wakes: WatchedWakes | undefined;
  #jobs: Jobs | undefined;
  #sweptAt = 0;
  /** When the next sweep has something to do. */
  #sweepAt = 0;
  /** Something came that may not be taken in yet. */
  #brought = false;

  private constructor(given: {
    story: Story;
    database: Database;
    slack: Slack;
    clock: { at: number };
    folder: string;
    parts: Omit<Parameters<typeof openJobs>[0], 'wakes'>;
  }) {
    this.#story = given.story;
    this.#database = given.database;
    this.#slack = given.slack;
    this.#clock = given.clock;
    this.#folder = given.folder;
    this.#parts = given.parts;
    this.#said = [];
    const known = new Set<string>();
    this.#slack.state.watch((event) => {
      if (event.type !== 'message') return;
      const { channel, ts, text, blocks }: PageMessage = event.message;
      if (known.has(`${channel} ${ts}`)) return;
      known.add(`${channel} ${ts}`);
      // The text is cut to what a phone shows; the name is in the headline.
      this.#said.push({
        channel,
        ts,
        at: Math.floor(Number(ts) * 1000),
        text: `${text}\n${JSON.stringify(blocks[0] ?? '')}`,
      });
    });
  }

  static async open(
    story: Story,
    { database, redisUrl }: { database: Database; redisUrl: string | null },
  ): Promise<Stage> {
    const clock = { at: story.from };
    const now = () => new Date(clock.at);
    const log = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });
    const slack = await createSlack({
      now,
      port: 0,
      ...secrets,
      manifest: slackManifest({ mode: 'http', publicUrl: 'https://quarter.invalid' }),
      samples: [],
      breaks: [],
      onPage: {
        '/page/publish': async () => {},
        '/page/explain': async () => '',
        '/page/break': () => {},
        '/page/scenario': () => Promise.resolve(),
        '/page/clock': () => Promise.resolve(),
      },
    });
    for (const id of people)
      slack.state.users.push({
        id,
        name: id.toLowerCase(),
        realName: id,
        timeZone: 'UTC',
        isBot: false,
        isGuest: false,
      });
    const folder = mkdtempSync(join(tmpdir(), 'trailwatch-quarter-'));
    const file = join(folder, 'trailwatch.yaml');
    writeFileSync(file, JSON.stringify(configuration));
    const apiUrl = `${slack.url}/api/`;
    const loaded = loadConfig(file, {
      SLACK_BOT_TOKEN: secrets.botToken,
      SLACK_SIGNING_SECRET: secrets.signingSecret,
      SLACK_API_URL: apiUrl,
      ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    });
    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
    const { config, environment } = loaded;
    const aws = openAws({ accounts: config.accounts, history: config.history, pace: memoryPace(), now, log });
    const client = slackClient(secrets.botToken, apiUrl);
    const parts = {
      config,
      environment,
      database,
      slack: client,
      access: new Access({ slack: client, rights: config.access, now, log }),
      aws,
      accountNames: accountNames(aws, config.accounts, { now, log }),
      groups: new Groups({ slack: client, groups: [], now, log }),
      mayInvestigate: async () => true,
      mayRespond: async () => true,
      standing: standingFrom(database, config),
      now,
      log,
      metrics: createMetrics(),
    };
    const stage = new Stage({ story, database, slack, clock, folder, parts });
    await stage.#start();
    return stage;
  }

  async close(): Promise<void> {
    await this.#stop();
    await this.#slack.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    this.#wakes = new WatchedWakes({ now: this.#parts.now, log: this.#parts.log });
    this.#jobs = await openJobs({ ...this.#parts, wakes: this.#wakes });
    await this.#sweep();
  }

  async #stop(): Promise<void> {
    await this.#jobs?.close(5000);
    this.#jobs = undefined;
    this.#wakes = undefined;
  }

  /** Everything of the story, one thing after the other. */
  async play(tell: (line: string) => void): Promise<void> {
    const scenes = this.#scenes();
    let told = 0;
    for (const [number, { at, run }] of scenes.entries()) {
      await this.#until(at);
      await run();
      await this.#calm();
      if (number >= told) {
        tell(`${new Date(at).toISOString()}: ${number} of ${scenes.length}`);
        told += Math.ceil(scenes.length / 50);
      }
    }
    await this.#until(this.#story.to);
  }

  #scenes(): Scene[] {
    const { alerts, overrides, downs, deafs, outages, stumbles } = this.#story;
    const inbox = openInbox(this.#database);
    const waiting: (() => Promise<void>)[] = [];
    const arrive = async (name: string, state: 'ALARM' | 'OK'): Promise<void> => {
      const bring = async (): Promise<void> => {
        await inbox.put(messageOf(alarm(name, state, this.#parts.now()), this.#parts.now()), this.#parts.now());
        this.#wakes?.intake();
        this.#brought = true;
      };
      // SNS tries again until somebody takes it.
      if (this.#jobs === undefined) waiting.push(bring);
      else await bring();
    };
    let ends: (() => void)[] = [];
    const numbers = new Map<number, number>();
    return [
      ...alerts.flatMap(({ name, at, acts }): Scene[] => [
        { at, run: () => arrive(name, 'ALARM') },
        ...acts.map((act) => ({
          at: act.at,
          run: () => (act.kind === 'ok' ? arrive(name, 'OK') : this.#press(name, act)),
        })),
      ]),
      ...overrides.flatMap((each, place): Scene[] => [
        {
          at: each.at,
          run: async () => {
            const { schedule, user, from, until } = each;
            const made = { schedule, user, from: new Date(from), until: new Date(until), instead: null };
            numbers.set(
              place,
              await this.#database.transaction(async (trx) => {
                await lockOverrides(trx, schedule);
                return addOverride(trx, { ...made, because: 'override', createdBy: user }, this.#parts.now());
              }),
            );
          },
        },
        ...(each.endedAt === null
          ? []
          : [
              {
                at: each.endedAt,
                run: async () => {
                  await this.#database.transaction((trx) =>
                    endOverride(trx, numbers.get(place) ?? 0, this.#parts.now()),
                  );
                },
              },
            ]),
      ]),
      ...downs.flatMap(({ from, to }): Scene[] => [
        { at: from, run: () => this.#stop() },
        {
          at: to,
          run: async () => {
            await this.#start();
            for (const bring of waiting.splice(0)) await bring();
          },
        },
      ]),
      ...deafs.flatMap(({ from, to }): Scene[] => [
        {
          at: from,
          run: async () => {
            await this.#stop();
            await this.#start();
            if (this.#wakes !== undefined) this.#wakes.deaf = true;
          },
        },
        {
          at: to,
          run: () => {
            if (this.#wakes !== undefined) this.#wakes.deaf = false;
          },
        },
      ]),
      ...outages.flatMap(({ from, to }): Scene[] => [
        {
          at: from,
          run: () => {
            ends = methods.map((method) => this.#slack.fault({ method, kind: '500', times: Number.POSITIVE_INFINITY }));
          },
        },
        {
          at: to,
          run: () => {
            for (const end of ends) end();
          },
        },
      ]),
      ...stumbles.map(({ at, kind }) => ({
        at,
        run: () => void this.#slack.fault({ method: 'chat.postMessage', kind, times: 1 }),
      })),
    ].sort((a, b) => a.at - b.at);
  }

  /** Somebody presses, as the buttons do. */
  async #press(name: string, act: Exclude<Act, { kind: 'ok' }>): Promise<void> {
    const { id } = await this.#database.db
      .selectFrom('alert')
      .select('id')
      .where('title', 'like', `%${name}%`)
      .executeTakeFirstOrThrow();
    const now = this.#parts.now();
    const standing = await this.#parts.standing(now);
    const command = act.kind === 'snooze' ? { kind: act.kind, until: new Date(act.until) } : { kind: act.kind };
    const done = await this.#database.transaction((trx) =>
      transition(trx, id, command, { type: 'user', id: act.user }, standing),
    );
    if (done === undefined) throw new Error(`There is no alert ${id}.`);
    this.#wakes?.after(done.pending);
  }

  /** Lets time pass, from one thing that is due to the next. */
  async #until(end: number): Promise<void> {
    for (;;) {
      const next = this.#jobs === undefined ? end : Math.min(end, await this.#nextDue());
      this.#clock.at = Math.max(this.#clock.at, next);
      if (this.#jobs !== undefined) await this.#passed();
      if (next >= end) return;
    }
  }

  /** When a wake or the sweep next has something to do. */
  async #nextDue(): Promise<number> {
    const wakes = this.#wakes?.deaf ? [] : [...(this.#wakes?.times.values() ?? [])];
    const { rows } = await sql<{ at: Date | null }>`
      select least((select min(due_at) from alert), (select min(due_at) from storm),
        (select min(coalesce(retry_at, created_at)) from outbox where done_at is null),
        (select min(retry_at) from slack_message where version < wanted)) as at`.execute(this.#database.db);
    const due = this.#brought ? this.#clock.at : (rows[0]?.at?.getTime() ?? Number.POSITIVE_INFINITY);
    const swept = Math.max(Math.ceil(due / sweepEveryMs) * sweepEveryMs, this.#sweptAt + sweepEveryMs);
    this.#sweepAt = Math.min(swept, this.#sweptAt + watchEveryMs);
    return Math.max(this.#clock.at, Math.min(...wakes, this.#sweepAt));
  }

  async #passed(): Promise<void> {
    const { at } = this.#clock;
    for (const [bell, time] of this.#wakes?.times ?? []) if (time <= at) this.#wakes?.times.delete(bell);
    this.#wakes?.catchUp();
    await this.#calm();
    if (at >= this.#sweepAt) await this.#sweep();
  }

  async #sweep(): Promise<void> {
    this.#sweptAt = this.#clock.at;
    // What a sweep finds it wakes, also while nothing else is heard.
    const wakes = this.#wakes;
    const deaf = wakes?.deaf ?? false;
    if (wakes !== undefined) wakes.deaf = false;
    await this.#jobs?.sweep();
    await this.#calm();
    this.#brought = false;
    if (wakes !== undefined) wakes.deaf = deaf;
  }

  /** Until no loop is under way, and everything that came is taken in where somebody heard of it. */
  async #calm(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = (await this.#wakes?.rest()) ? 0 : quiet + 1;
      if (quiet < 3 || !this.#brought || this.#jobs === undefined || this.#wakes?.deaf) continue;
      this.#brought = await this.#waits();
      if (!this.#brought) continue;
      // The intake still rests from what came before.
      await sleep(5);
      quiet = 0;
    }
  }

  async #waits(): Promise<boolean> {
    const { rows } = await sql`select from inbox where waiting is not null limit 1`.execute(this.#database.db);
    return rows.length > 0;
  }

  /** What `/audit stats` says of it all. */
  numbers(): Promise<NumbersSeen> {
    const { config, slack } = this.#parts;
    const zone = (user: string) => zoneOf(slack, user);
    const { from, to } = this.#story;
    const query = { from: new Date(from), until: new Date(to), zone: 'UTC' };
    return statsOf({ db: this.#database.db, config, zoneOf: zone }, query);
  }

  /** What came of each alert, by its name. */
  async seen(): Promise<Map<string, Seen>> {
    const rows = await this.#database.db
      .selectFrom('alert_event')
      .innerJoin('alert', 'alert.id', 'alert_event.alert_id')
      .select(['alert.title', 'alert_event.kind', 'alert_event.at', 'alert_event.detail'])
      .orderBy('alert_event.id')
      .execute();
    const events = Map.groupBy(rows, ({ title }) => nameIn(title));
    const said = Map.groupBy(this.#said, ({ text }) => nameIn(text));
    const persons = new Map(this.#slack.state.channels.map(({ id, user }) => [id, user]));
    const bundled = await this.#bundled();
    const notMade = await this.#database.db
      .selectFrom('outbox')
      .innerJoin('alert', 'alert.id', 'outbox.alert_id')
      .select(['alert.title', 'outbox.target', 'outbox.done_at as at'])
      .where('outcome', '=', 'withdrawn')
      .execute();
    const withdrawn = Map.groupBy(
      notMade.map(({ title, target, at }) => ({ name: nameIn(title), target, at: at?.getTime() ?? 0 })),
      ({ name }) => name,
    );
    return new Map(
      [...events].map(([name, lines]) => [
        name,
        {
          events: lines.map(({ kind, at, detail }) => ({ kind, at: at.getTime(), detail: detail ?? '' })),
          direct: [
            ...(said.get(name) ?? []).flatMap(({ channel, at, text }) => {
              const user = persons.get(channel);
              const level = /You are called, level (\d+)/.exec(text)?.[1];
              return user === undefined ? [] : [{ user, at, level: level === undefined ? null : Number(level) }];
            }),
            ...(bundled.get(name) ?? []),
          ].sort((a, b) => a.at - b.at),
          withdrawn: withdrawn.get(name) ?? [],
          here: (said.get(name) ?? []).filter(({ channel }) => channel === defaultChannel).map(({ at }) => at),
        },
      ]),
    );
  }

  /** The messages that called somebody for several alerts at once, by the name of each alert: the store says which these were. */
  async #bundled(): Promise<Map<string, Seen['direct'][number][]>> {
    const rows = await this.#database.db
      .selectFrom('outbox')
      .innerJoin('alert', 'alert.id', 'outbox.alert_id')
      .select(['alert.title', 'outbox.ts', 'outbox.target', 'outbox.payload'])
      .where('bundle', 'is not', null)
      .where('outbox.ts', 'is not', null)
      .execute();
    const messages = this.#said.filter(({ text }) => /You are called for \d+ alerts/.test(text));
    const calls = new Map<string, Seen['direct'][number][]>();
    for (const { title, ts, target, payload } of rows) {
      const message = messages.find((each) => each.ts === ts);
      if (message === undefined || payload.kind !== 'direct') continue;
      const name = nameIn(title);
      calls.set(name, [...(calls.get(name) ?? []), { user: target, at: message.at, level: payload.level }]);
    }
    return calls;
  }
}

/** The alert that a text is about. */
const nameIn = (text: string): string => /\b[a-z]+-(?:critical|high|medium)-\d{5}\b/.exec(text)?.[0] ?? '';
