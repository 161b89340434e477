import { DateTime } from 'luxon';
import * as z from 'zod';
import { maskText } from '../alerts/mask.ts';
import { type AskAws, askingAws } from '../aws/asking.ts';
import { type Coverage, coverageSentence, gapsSentence, placeCoverage } from '../aws/coverage.ts';
import { everywhere, inTurn, type Target, targetsOf } from '../aws/everywhere.ts';
import { parseArn, partitionOfRegion } from '../aws-names/arn.ts';
import { type Asking, all, ask } from '../framework/asks.ts';
import {
  type ConfigurationItem,
  getResourceConfigHistory,
  listDiscoveredResources,
  selectResourceConfig,
} from '../framework/calls/config.ts';
import { lookupRecords } from '../framework/calls/event-history.ts';
import { type Difference, differences, type Leaves, leavesOf } from '../framework/configuration-diff.ts';
import { globalRegion } from '../framework/estate.ts';
import type { Parts } from '../parts.ts';
import { isRecord, parseJson } from '../words/json.ts';
import { clip, listed, plural } from '../words/text.ts';
import { dayMs } from '../words/time.ts';
import type { Typed } from '../words/typed.ts';
import { drive, valueIn } from './driving.ts';
import { timeWords } from './lookup-query.ts';
import { readMoment, readSpan } from './moments.ts';
import { askPlaces, namedPlaces, wrongOptions } from './places.ts';
import type { TableAsking, TableQuestion } from './table-answer.ts';
import { wrong } from './wrong.ts';

const usage = 'history RESOURCE [--since 90d] [--at TIME] [--diff] [--account NAME] [--region NAME]';
const usualMs = 90 * dayMs;
/** Config has a change some minutes after it was made. */
const aroundMs = 15 * 60_000;
/** Changes whose author is asked for: two questions a second are allowed. */
const mostAuthors = 12;

/** What Config has under a name, with the place that recorded it. */
interface Recorded {
  place: Target;
  type: string;
  id: string;
  name: string;
  account: string;
}

export const historyQuestion: TableQuestion = {
  name: 'history',
  usage,
  sentence:
    'How a resource changed, by AWS Config: when, what and by whom; with --at how it stood at a time, with --diff line by line. RESOURCE is a name, an id or an ARN.',
  grammar: {
    flags: new Set(['diff']),
    valueWords: (option, words) => timeWords(option === 'at' ? 'since' : option, words),
  },
  ask: async (parts, typed, asking) => {
    const [word = '', extra] = typed.words;
    if (word === '') return wrong(`Say of what: a name, an id or an ARN, like /audit ${usage}`);
    if (extra !== undefined) return wrong(`"${clip(extra, 60)}" is one word too many. Type /audit ${usage}`);
    const options = { known: ['since', 'at', 'diff', 'account', 'region'], flags: ['diff'], usage };
    const strange = await wrongOptions(parts.aws, typed, options, asking.asker);
    if (strange !== undefined) return strange;
    const clock = { now: parts.now(), zone: asking.zone };
    const read = readSpan(typed.options.get('since'), undefined, usualMs, clock);
    if ('wrong' in read) return read;
    const { span } = read;
    const asOf = typed.options.get('at');
    const moment = asOf === undefined ? null : readMoment(asOf, clock);
    if (moment === undefined || (moment !== null && moment.at > clock.now))
      return wrong(
        `I do not understand the time --at "${clip(asOf ?? '', 60)}", or it is still to come: write it like yesterday 14:00 or 2026-11-23.`,
      );
    const askAws = askingAws(parts.aws, asking.asker, { now: parts.now, signal: asking.signal });
    const current = await findRecorded(parts, word, typed, asking, askAws);
    const { found, coverage, unasked } =
      current.found.length > 0 ? { ...current, unasked: 0 } : await findDeleted(parts, word, typed, asking, askAws);
    const [only, another] = found;
    if (only === undefined) return nothing(word, coverage, unasked);
    if (another !== undefined) return choose(word, found, coverage, typed);
    const from = moment !== null && moment.at < span.from ? moment.at : span.from;
    return told(
      only,
      { from, at: moment?.at ?? null, diff: typed.options.has('diff'), coverage, clock, typed },
      askAws,
    );
  },
};

const Row = z.object({
  resourceId: z.string(),
  resourceName: z.string().default(''),
  resourceType: z.string(),
  accountId: z.string(),
});

/** Everything that Config has now under a name, an id or an ARN, each thing once. */
async function findRecorded(
  { aws }: Pick<Parts, 'aws'>,
  word: string,
  typed: Typed,
  asking: TableAsking,
  askAws: AskAws,
): Promise<{ found: Recorded[]; coverage: Coverage }> {
  const arn = parseArn(word);
  const named = namedPlaces(typed);
  const where =
    arn === undefined
      ? named
      : {
          accounts: arn.account === '' || named.accounts.length > 0 ? named.accounts : [arn.account],
          regions: arn.region === '' || named.regions.length > 0 ? named.regions : [arn.region],
        };
  const found = new Map<string, Recorded>();
  const value = word.replaceAll("'", "''");
  const fields = arn === undefined ? ['resourceName', 'resourceId'] : ['arn'];
  const coverage = await askPlaces(aws, where, asking, {
    doing: 'ask AWS Config',
    ask: (place) => drive(rowsIn(place, fields, value), askAws),
    // What is global may be recorded in several regions: one history of it is enough.
    take: (place, rows) => {
      for (const { resourceId: id, resourceName: name, resourceType: type, accountId: account } of rows)
        found.set(`${account} ${type} ${id}`, { place, type, id, name, account });
    },
    said: () => `places asked, ${plural(found.size, 'resource')} found.`,
  });
  return { found: [...found.values()], coverage };
}

function* rowsIn(place: Target, fields: readonly string[], value: string): Asking<z.output<typeof Row>[]> {
  const answers = yield* all(
    fields.map((field) =>
      ask(selectResourceConfig, place, {
        Expression: `SELECT resourceId, resourceName, resourceType, accountId WHERE ${field} = '${value}'`,
      }),
    ),
  );
  return answers
    .flatMap((answer) => valueIn(answer).Results)
    .flatMap((row) => Row.safeParse(parseJson(row)).data ?? []);
}

/** Types that are gone through for what was deleted: Config wants to be told one. */
const usualTypes = [
  'AWS::IAM::User',
  'AWS::IAM::Role',
  'AWS::IAM::Policy',
  'AWS::IAM::Group',
  'AWS::S3::Bucket',
  'AWS::Lambda::Function',
];
/** Ids that say what they are of. */
const typesOfIds: Readonly<Record<string, string>> = {
  sg: 'AWS::EC2::SecurityGroup',
  i: 'AWS::EC2::Instance',
  vpc: 'AWS::EC2::VPC',
  subnet: 'AWS::EC2::Subnet',
  eni: 'AWS::EC2::NetworkInterface',
  vol: 'AWS::EC2::Volume',
  acl: 'AWS::EC2::NetworkAcl',
};
/** Places that are looked through for what was deleted: each is asked for six types. */
const mostPlaces = 250;

/** By which types, and by which name or id, something that was deleted is looked for. */
function deletedAs(word: string): {
  types: readonly string[];
  by: { resourceName: string } | { resourceIds: string[] };
} {
  const arn = parseArn(word);
  if (arn !== undefined) {
    const name = arn.resource.split(/[/:]/).at(-1) ?? arn.resource;
    const types = usualTypes.filter((type) => type.split('::')[1]?.toLowerCase() === arn.service);
    return { types, by: { resourceName: name } };
  }
  const type = typesOfIds[/^([a-z]+)-[0-9a-f]{8,17}$/.exec(word)?.[1] ?? ''];
  if (type !== undefined) return { types: [type], by: { resourceIds: [word] } };
  const unique = /^A[A-Z]{3}[A-Z0-9]{12,17}$/.test(word);
  return unique
    ? { types: usualTypes.slice(0, 4), by: { resourceIds: [word] } }
    : { types: usualTypes, by: { resourceName: word } };
}

/** What Config knows that is there no more. `unasked`: how many places were too many to be gone through. */
async function findDeleted(
  { aws }: Pick<Parts, 'aws'>,
  word: string,
  typed: Typed,
  { asker, signal, progress }: TableAsking,
  askAws: AskAws,
): Promise<{ found: Recorded[]; coverage: Coverage; unasked: number }> {
  const arn = parseArn(word);
  const named = namedPlaces(typed);
  const accounts =
    arn === undefined || arn.account === '' || named.accounts.length > 0 ? named.accounts : [arn.account];
  const { targets, missing, trouble } = await targetsOf(aws, { ...named, accounts }, asker);
  if (targets.length > mostPlaces)
    return { found: [], coverage: placeCoverage(targets, missing, { trouble }), unasked: targets.length };
  const { types, by } = deletedAs(word);
  const gaps = [...missing];
  const found = new Map<string, Recorded>();
  const asked = everywhere(
    targets,
    (place) =>
      drive(
        all(
          types.map((resourceType) =>
            ask(listDiscoveredResources, place, { resourceType, ...by, includeDeletedResources: true }),
          ),
        ),
        askAws,
      ),
    { doing: 'ask AWS Config for what was deleted', signal },
  );
  let done = 0;
  for await (const said of asked) {
    const { place } = said;
    progress(`${++done} of ${targets.length} places asked for what was deleted.`);
    if ('trouble' in said) {
      gaps.push({ place, kind: said.trouble.kind, reason: said.trouble.message });
      continue;
    }
    for (const answer of said.answer)
      if (answer.is === 'unknown') gaps.push({ place, kind: 'other', reason: answer.sentence });
      else if (answer.is === 'value')
        for (const { resourceId: id, resourceName: name = '', resourceType: type } of answer.value.resourceIdentifiers)
          found.set(`${place.account} ${type} ${id}`, { place, type, id, name, account: place.account });
  }
  return { found: [...found.values()], coverage: placeCoverage(targets, gaps, { trouble }), unasked: 0 };
}

/** What an answer says of the places that were asked. */
const restsOn = (coverage: Coverage) => ({
  coverage: coverageSentence(coverage, (at) => at.toISOString()),
  gaps: gapsSentence(coverage),
  whole: coverage.whole,
});

function nothing(word: string, coverage: Coverage, unasked: number) {
  return {
    title: `AWS Config has nothing called ${clip(word, 60)}`,
    line: `history "${word.replaceAll('"', '')}"`,
    facts: [
      'It is not there, or its type is not recorded.',
      unasked === 0
        ? 'Among what was deleted, IAM users, roles, policies and groups, buckets and functions were looked for by name, others by id.'
        : `What was deleted was not looked for in ${unasked} places: name the account with --account.`,
    ],
    columns: [],
    rows: [],
    ...restsOn(coverage),
    next: [],
    shareable: true,
  };
}

/** Several things of one name: which is meant. */
function choose(word: string, found: readonly Recorded[], coverage: Coverage, typed: Typed) {
  return {
    title: `${found.length} resources are called ${clip(word, 60)}`,
    line: `history "${word.replaceAll('"', '')}"`,
    facts: ['Say which one with its id and --account.'],
    columns: ['Type', 'Name', 'Id', 'Account', 'Region'],
    rows: found.map(({ type, name, id, account, place }) => [type, name, id, account, place.region]),
    ...restsOn(coverage),
    next: found
      .slice(0, 5)
      .map((one) => ({ label: `${one.name || one.id} in ${one.account}`, line: lineOf(one, typed) })),
    shareable: true,
  };
}

const lineOf = ({ id, account, place }: Recorded, { options }: Typed): string =>
  [
    `history "${id.replaceAll('"', '')}" --account ${account} --region ${place.region}`,
    ...['since', 'at'].flatMap((name) => {
      const value = options.get(name);
      return value === undefined ? [] : [`--${name} "${value.replaceAll('"', '')}"`];
    }),
    ...(options.has('diff') ? ['--diff'] : []),
  ].join(' ');

/** An item with what it says, as flat text. */
interface State {
  item: ConfigurationItem;
  leaves: Leaves;
}

interface Telling {
  from: Date;
  /** Null: how it changed; else how it stood then. */
  at: Date | null;
  diff: boolean;
  coverage: Coverage;
  clock: { now: Date; zone: string };
  typed: Typed;
}

type Told = Exclude<Awaited<ReturnType<TableQuestion['ask']>>, { wrong: unknown }>;

async function told(recorded: Recorded, telling: Telling, askAws: AskAws): Promise<Told> {
  const { place, type, id, name } = recorded;
  const { from, at, diff, coverage, clock, typed } = telling;
  const history = await drive(
    ask(getResourceConfigHistory, place, {
      resourceType: type,
      resourceId: id,
      earlierTime: from,
      laterTime: clock.now,
      chronologicalOrder: 'Reverse',
      limit: 100,
    }),
    askAws,
  );
  const states = valueIn(history)
    .configurationItems.map((item): State => ({ item, leaves: stateOf(item) }))
    .toSorted((a, b) => capturedOf(a).getTime() - capturedOf(b).getTime());
  const rest = restsOn(coverage);
  const frame: Frame = {
    title: `${clip(name || id, 60)} (${type})`,
    line: lineOf(recorded, typed),
    gaps: rest.gaps,
    whole: rest.whole,
    coverage: `Config of ${recorded.account} ${place.region}, back to ${local(from, clock.zone)}. ${rest.coverage}`,
    shareable: true,
    next: diff
      ? []
      : [
          {
            label: at === null ? 'Line by line' : 'What changed since',
            line: lineOf(recorded, { words: [], options: new Map([...typed.options, ['diff', '']]) }),
          },
        ],
  };
  return at === null
    ? changesTold(frame, states, { diff, zone: clock.zone }, (item) => authorOf(recorded, item, askAws))
    : stateTold(frame, states, { at, diff, zone: clock.zone });
}

/** What is the same in each answer about one resource. */
type Frame = Omit<Told, 'facts' | 'columns' | 'rows'>;

const capturedOf = ({ item }: State): Date => item.configurationItemCaptureTime;

const local = (time: Date, zone: string): string => DateTime.fromJSDate(time, { zone }).toFormat('yyyy-MM-dd HH:mm');

/** How it stood at a time, or what is different by now. */
function stateTold(
  frame: Frame,
  states: readonly State[],
  { at, diff, zone }: { at: Date; diff: boolean; zone: string },
): Told {
  const then = states.findLast((state) => capturedOf(state) <= at);
  if (then === undefined) {
    const [first] = states;
    const since = first === undefined ? 'today' : local(capturedOf(first), zone);
    return {
      ...frame,
      title: `${frame.title} was not recorded before ${since}`,
      facts: ['That does not say that it did not exist.'],
      columns: [],
      rows: [],
      next: [],
    };
  }
  const { leaves, item } = then;
  return {
    ...frame,
    title: diff
      ? `${frame.title}: what changed since ${local(at, zone)}`
      : `${frame.title} as it stood at ${local(at, zone)}`,
    facts: [`Captured ${local(capturedOf(then), zone)}: ${statusWords(item.configurationItemStatus)}.`],
    columns: diff ? ['', 'Where in it', 'Value'] : ['Where in it', 'Value'],
    rows: diff
      ? linesOf(differences(leaves, states.at(-1)?.leaves ?? leaves))
      : [...leaves].map(([path, value]) => [path, shown(value)]),
  };
}

/** How it changed, the newest change first, and who did it. */
async function changesTold(
  frame: Frame,
  states: readonly State[],
  { diff, zone }: { diff: boolean; zone: string },
  authorOfItem: (item: ConfigurationItem) => Promise<string>,
): Promise<Told> {
  const [first] = states;
  const changes = states
    .slice(1)
    .map((state, place) => ({ state, changed: differences(states[place]?.leaves ?? new Map(), state.leaves) }))
    .toReversed();
  const authors = await inTurn(changes.slice(0, mostAuthors), 2, ({ state }) => authorOfItem(state.item));
  const rows = changes.flatMap(({ state, changed }, place) => {
    const when = local(capturedOf(state), zone);
    const who = authors[place] ?? 'not asked';
    return diff
      ? linesOf(changed).map((line) => [when, ...line, who])
      : [[when, statusWords(state.item.configurationItemStatus), summaryOf(changed), who]];
  });
  const when = `Captured (${zone})`;
  return {
    ...frame,
    title: `${frame.title}: ${changes.length === 0 ? 'no change' : plural(changes.length, 'change')}`,
    facts: [
      first === undefined
        ? 'Config has no item of this time.'
        : `Config’s oldest item of this time is of ${local(capturedOf(first), zone)}: ${statusWords(first.item.configurationItemStatus)}.`,
      ...(changes.length > mostAuthors ? [`Who did it was asked for the ${mostAuthors} newest changes.`] : []),
    ],
    columns: diff ? [when, '', 'Where in it', 'Value', 'Who'] : [when, 'State', 'What changed', 'Who'],
    rows,
    next: changes.length === 0 ? [] : frame.next,
  };
}

/** What Config says of a resource: its configuration, its tags, and what stands beside, as a bucket's policy. */
function stateOf({ configuration, tags, supplementaryConfiguration }: ConfigurationItem): Leaves {
  const read = parseJson(configuration ?? '{}');
  return leavesOf({
    ...(isRecord(read) ? read : { configuration: read }),
    ...supplementaryConfiguration,
    ...(Object.keys(tags).length > 0 && { tags }),
  });
}

const statusWords = (status: string): string =>
  /NotRecorded$/.test(status)
    ? 'not recorded from here on'
    : status === 'ResourceDiscovered'
      ? 'first seen'
      : status === 'ResourceDeleted'
        ? 'deleted'
        : status === 'OK'
          ? 'changed'
          : status;

/** Text of AWS, masked: policies and environments hold keys now and then. */
const shown = (value: string): string => maskText(clip(value, 500));

const summaryOf = (changed: readonly Difference[]): string =>
  changed.length === 0
    ? 'nothing that Config shows'
    : listed(
        changed.map(({ path, before, after }) =>
          before === null ? `+ ${clip(path, 120)}` : after === null ? `− ${clip(path, 120)}` : clip(path, 120),
        ),
        4,
      );

const linesOf = (changed: readonly Difference[]): string[][] =>
  changed.flatMap(({ path, before, after }) => [
    ...(before === null ? [] : [['−', path, shown(before)]]),
    ...(after === null ? [] : [['+', path, shown(after)]]),
  ]);

const Record = z.object({ userIdentity: z.object({ arn: z.string().optional() }).default({}) });

/** Who made the call behind an item: by the event that it names, else the last call about the resource before it. */
async function authorOf(
  { place, type, id, name, account }: Recorded,
  { relatedEvents, configurationItemCaptureTime: captured }: ConfigurationItem,
  askAws: AskAws,
): Promise<string> {
  const region = type.startsWith('AWS::IAM::') ? globalRegion(partitionOfRegion(place.region)) : place.region;
  const [event] = relatedEvents;
  const by = (AttributeKey: string, AttributeValue: string, more: object) =>
    drive(
      ask(lookupRecords, { account, region }, { LookupAttributes: [{ AttributeKey, AttributeValue }], ...more }),
      askAws,
    );
  const answer =
    event === undefined
      ? await by('ResourceName', name || id, {
          StartTime: new Date(captured.getTime() - aroundMs),
          EndTime: captured,
        })
      : await by('EventId', event, {});
  if (answer.is !== 'value') return 'not known';
  const [call] = answer.value.Events.filter(({ ReadOnly }) => ReadOnly !== 'true').toSorted(
    (a, b) => b.EventTime.getTime() - a.EventTime.getTime(),
  );
  if (call === undefined) return 'not found';
  const arn = Record.safeParse(parseJson(call.CloudTrailEvent)).data?.userIdentity.arn;
  return `${arn ?? call.Username ?? 'somebody'}: ${call.EventName}`;
}
