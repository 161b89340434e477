import type { Logger } from 'pino';
import { askingAws } from '../../aws/asking.ts';
import { type Asker, type Aws, AwsTrouble } from '../../aws/aws.ts';
import { inTurn } from '../../aws/everywhere.ts';
import { type Answer, type Asked, type Asking, type Call, type Place, readAs } from '../../framework/asks.ts';
import type { Check } from '../../framework/check.ts';
import { activeAccounts, type Estate, type EstateAccount, isActive, readEstate } from '../../framework/estate.ts';
import type { FrameworkSettings } from '../../framework/settings.ts';
import { type Judged, notApplicable, type Row, unknown } from '../../framework/verdict.ts';
import { globMatches } from '../../words/glob.ts';
import { messageOf } from '../../words/text.ts';
import { steps } from './checks.ts';

export interface FrameworkParts {
  aws: Aws;
  asker: Asker;
  settings: FrameworkSettings;
  /** What is asked of the bot's own store: calls of the service `store`. */
  store: (asked: Asked) => Promise<Answer<unknown>>;
  now: () => Date;
  log: Pick<Logger, 'error'>;
}

/** What a run is about; empty: everything. */
export interface Wanted {
  /** Numbers of steps, or ids of checks. */
  of: readonly string[];
  /** Ids or names, `*` stands for any text. */
  accounts: readonly string[];
  regions: readonly string[];
}

/** What comes of a run: rows as they are judged, and how far it is. */
export type Told =
  | { kind: 'estate'; estate: Estate }
  | { kind: 'rows'; rows: readonly Row[] }
  /** Accounts that are done, and calls that were made so far. */
  | { kind: 'progress'; done: number; of: number; calls: number };

/** Accounts that are looked at side by side. */
const accountsAtOnce = 24;
const regionsAtOnce = 4;

/** A run that is under way: what it knows of the estate, and what it judges when it is asked to. */
export interface FrameworkRun {
  estate: Estate;
  /** What is judged once for the whole organization, and that accounts at rest are not judged; rows as they come. */
  organization: (tell: (rows: readonly Row[]) => void) => Promise<void>;
  /** What is judged in one account and its regions. Nothing of the account is kept afterwards. */
  account: (account: EstateAccount, tell: (rows: readonly Row[]) => void) => Promise<void>;
  /** Requests that were sent to AWS so far, each page counted. */
  calls: () => number;
  /** The same, by service and operation: `cloudTrail DescribeTrails`. */
  callsOf: () => Readonly<Record<string, number>>;
}

/**
 * Opens a run: reads the estate, and nothing else yet. What is asked once for all accounts is shared by everything that
 * the run judges.
 * @throws AwsTrouble when the bot has no way to AWS at all, or no check, account or region is meant
 */
export async function openFramework(parts: FrameworkParts, wanted: Wanted, signal: AbortSignal): Promise<FrameworkRun> {
  const checks = await meantChecks(wanted.of);
  const run = openRun(parts, signal);
  const estate = await run.drive(await estateOf(parts, wanted), run.shared);
  if (estate.accounts.length === 0)
    throw new AwsTrouble(
      'absent',
      `There is no account ${wanted.accounts.slice(0, 5).join(', ')} among those that are read.`,
    );
  const active = activeAccounts(estate);
  if (
    wanted.regions.length > 0 &&
    active.length > 0 &&
    active.every(({ regions }) => regions.is === 'value' && regions.value.length === 0)
  )
    throw new AwsTrouble(
      'absent',
      `The region ${wanted.regions.slice(0, 5).join(', ')} is on in none of the accounts that are meant.`,
    );
  return {
    estate,
    organization: async (tell) => {
      await inOrder(
        checks.filter(({ check }) => check.work.scope === 'organization'),
        (each) => run.judge(each, estate, { account: null, region: null }),
        tell,
      );
      for (const account of estate.accounts) if (!isActive(account)) tell(atRestRows(checks, estate, account));
    },
    account: (account, tell) => judgeAccount(run, checks, estate, account, tell),
    calls: run.calls,
    callsOf: run.callsOf,
  };
}

/**
 * Runs checks over the organization: what is asked once for all of it first, then each account with its regions. Rows
 * come as they are judged and nothing of an account is kept when it is done, so memory does not grow with the estate.
 * @throws AwsTrouble as openFramework
 */
export async function* runFramework(
  parts: FrameworkParts,
  wanted: Wanted,
  signal: AbortSignal,
): AsyncGenerator<Told, void> {
  const run = await openFramework(parts, wanted, signal);
  const accounts = activeAccounts(run.estate);
  yield { kind: 'estate', estate: run.estate };
  const queue: Told[] = [];
  let wake = () => {};
  const tell = (told: Told): void => {
    queue.push(told);
    wake();
  };
  const tellRows = (rows: readonly Row[]): void => tell({ kind: 'rows', rows });
  let left = accounts.length;
  const all = run
    .organization(tellRows)
    .then(() =>
      inTurn(accounts, accountsAtOnce, async (account) => {
        await run.account(account, tellRows);
        left -= 1;
        tell({ kind: 'progress', done: accounts.length - left, of: accounts.length, calls: run.calls() });
      }),
    )
    .then(() => 'done' as const);
  let ended = false;
  const end = all.finally(() => {
    ended = true;
    wake();
  });
  end.catch(() => {});
  while (!ended || queue.length > 0) {
    const told = queue.shift();
    if (told !== undefined) yield told;
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (queue.length > 0 || ended) resolve();
      });
  }
  await end;
}

/** A check with the number of its step. */
interface StepCheck {
  step: number;
  check: Check;
}

async function meantChecks(of: readonly string[]): Promise<StepCheck[]> {
  const all = (await steps()).flatMap(({ step, checks }) => checks.map((check) => ({ step: step.number, check })));
  const meant = all.filter(
    ({ step, check }) => of.length === 0 || of.includes(String(step)) || of.includes(check.about.id),
  );
  if (meant.length === 0) throw new AwsTrouble('absent', `There is no step or check ${of.join(', ')}.`);
  return meant;
}

async function estateOf({ aws, asker, settings, now }: FrameworkParts, wanted: Wanted): Promise<Asking<Estate>> {
  const [home, known] = [await aws.home(), await aws.accounts(asker)];
  const configured = await aws.regions(home.account, asker).catch(() => []);
  const named = (patterns: readonly string[], ...names: (string | null)[]): boolean =>
    patterns.length === 0 ||
    patterns.some((pattern) => names.some((name) => name !== null && globMatches(pattern, name)));
  return readEstate(
    home,
    { ...known, regions: configured },
    settings,
    { account: (id, name) => named(wanted.accounts, id, name), region: (name) => named(wanted.regions, name) },
    now(),
  );
}

/** Answers that were given already, of the whole run or of one account, by what was asked. */
type Memo = Map<string, Promise<Answer<unknown>>>;

interface Run {
  shared: Memo;
  calls: () => number;
  callsOf: FrameworkRun['callsOf'];
  drive: <Result>(asking: Asking<Result>, memo: Memo, about?: Pick<Place, 'account'>) => Promise<Result>;
  judge: (
    of: StepCheck,
    estate: Estate,
    where: { account: EstateAccount | null; region: string | null; memo?: Memo },
  ) => Promise<Row[]>;
}

function openRun(parts: FrameworkParts, signal: AbortSignal): Run {
  const shared: Memo = new Map();
  /** Calls by number: two that read an answer otherwise, or one page of it alone, do not share it. */
  const numbers = new Map<Call<unknown>, number>();
  const numberOf = (call: Call<unknown>): number => {
    const number = numbers.get(call) ?? numbers.size;
    numbers.set(call, number);
    return number;
  };
  const calls: Record<string, number> = {};
  const sent = (service: string, operation: string): void => {
    const name = `${service} ${operation}`;
    calls[name] = (calls[name] ?? 0) + 1;
  };
  const askAws = askingAws(parts.aws, parts.asker, { now: parts.now, signal, sent });

  /** What is asked in an account, or elsewhere about it alone, is kept with it; everything else is asked once in the run. */
  const answer = (asked: Asked, memo: Memo, account: string | null): Promise<Answer<unknown>> => {
    const key = JSON.stringify([numberOf(asked.call), asked.place.account, asked.place.region, asked.input]);
    const kept = account !== null && isAbout(asked, account) ? memo : shared;
    const known = kept.get(key) ?? shared.get(key);
    if (known !== undefined) return known;
    // Files are large, and each is read by one check.
    if (asked.call.body !== undefined) return askAws(asked);
    const asking = asked.call.service === 'store' ? parts.store(asked) : askAws(asked);
    // Of what AWS says most is read by nobody, and an answer is kept as long as the run.
    const given = asking.then((answer) => readAs(asked.call, answer));
    kept.set(key, given);
    return given;
  };

  const drive: Run['drive'] = async (asking, memo, about) => {
    let turn = asking.next();
    while (turn.done !== true)
      turn = asking.next(await Promise.all(turn.value.map((asked) => answer(asked, memo, about?.account ?? null))));
    return turn.value;
  };

  const judge: Run['judge'] = async ({ step, check }, estate, { account, region, memo = shared }) => {
    let judged: Judged[];
    try {
      judged = await drive(
        workOf(check, estate, account, region),
        memo,
        account === null ? undefined : { account: account.id },
      );
    } catch (error) {
      parts.log.error({ err: error, check: check.about.id }, 'A check failed in itself.');
      const spot = { account: account?.id ?? estate.home.account, region: region ?? 'global' };
      judged = [unknown(spot, 'not asked', `The check failed in itself: ${messageOf(error)}`)];
    }
    const askedAt = parts.now().toISOString();
    return judged.map((one) => ({
      ...one,
      step,
      check: check.about.id,
      severity: one.severity ?? check.about.severity,
      askedAt,
    }));
  };

  return {
    shared,
    calls: () => Object.values(calls).reduce((sum, count) => sum + count, 0),
    callsOf: () => ({ ...calls }),
    drive,
    judge,
  };
}

/** Whether a request is about one account: in it, or elsewhere and naming no other. */
function isAbout({ place, input }: Asked, account: string): boolean {
  if (place.account === account) return true;
  const named = JSON.stringify(input).match(/(?<!\d)\d{12}(?!\d)/g) ?? [];
  return named.length > 0 && named.every((id) => id === account);
}

/** The course of a check in the place that its scope wants. */
function workOf(
  { about, work }: Check,
  estate: Estate,
  account: EstateAccount | null,
  region: string | null,
): Asking<Judged[]> {
  if (work.scope === 'organization') return work.judge(estate);
  if (account === null) throw new Error(`${about.id} wants an account.`);
  if (work.scope === 'account') return work.judge({ estate, account });
  if (region === null) throw new Error(`${about.id} wants a region.`);
  return work.judge({ estate, account, region });
}

/** Checks of one place that wait for their answers side by side: what several of them ask is asked once all the same. */
const checksAtOnce = 8;

/** Judges checks, some at once, and tells of them in their order. */
async function inOrder(
  checks: readonly StepCheck[],
  judge: (check: StepCheck) => Promise<Row[]>,
  tell: (rows: readonly Row[]) => void,
): Promise<void> {
  const done: (readonly Row[])[] = [];
  let told = 0;
  await inTurn(checks, checksAtOnce, async (check, at) => {
    done[at] = await judge(check);
    for (let rows = done[told]; rows !== undefined; rows = done[told]) {
      tell(rows);
      told += 1;
    }
  });
}

async function judgeAccount(
  run: Run,
  checks: readonly StepCheck[],
  estate: Estate,
  account: EstateAccount,
  tell: (rows: readonly Row[]) => void,
): Promise<void> {
  const memo: Memo = new Map();
  await inOrder(
    checks.filter(({ check }) => check.work.scope === 'account'),
    (each) => run.judge(each, estate, { account, region: null, memo }),
    tell,
  );
  const regional = checks.filter(({ check }) => check.work.scope === 'region');
  if (account.regions.is !== 'value') {
    const { regions } = account;
    const why = regions.is === 'unknown' ? regions.why : 'not asked';
    const sentence = regions.is === 'unknown' ? regions.sentence : regions.message;
    const dark = unknown({ account: account.id, region: 'global' }, why, `Its regions are not known: ${sentence}`);
    tell(regional.map((each) => unasked(dark, each, estate)));
    return;
  }
  await inTurn(account.regions.value, regionsAtOnce, async (region) => {
    for (const each of regional) tell(await run.judge(each, estate, { account, region, memo }));
  });
}

/** A closed or suspended account is listed under each check that would have looked there: it is neither good nor lost. */
function atRestRows(checks: readonly StepCheck[], estate: Estate, { id, state }: EstateAccount): Row[] {
  const spot = { account: id, region: 'global' };
  const resting = notApplicable(spot, `The account is in the state ${state}: it is listed, and not checked.`);
  return checks
    .filter(({ check }) => check.work.scope !== 'organization')
    .map((each) => unasked(resting, each, estate));
}

/** The row of a check that asked nothing. */
const unasked = (judged: Judged, { step, check }: StepCheck, { now }: Estate): Row => ({
  ...judged,
  step,
  check: check.about.id,
  severity: check.about.severity,
  askedAt: now.toISOString(),
});
