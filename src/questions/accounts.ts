import { DateTime } from 'luxon';
import { type AskAws, askingAws } from '../aws/asking.ts';
import { inTurn } from '../aws/everywhere.ts';
import { type Answer, ask } from '../framework/asks.ts';
import { listTagsForResource } from '../framework/calls/organizations.ts';
import { getCallerIdentity } from '../framework/calls/sts.ts';
import { type Estate, type EstateAccount, globalRegion, readEstate } from '../framework/estate.ts';
import { globMatches } from '../words/glob.ts';
import { clip, plural } from '../words/text.ts';
import { dayMs } from '../words/time.ts';
import { drive } from './driving.ts';
import { wrongOptions } from './places.ts';
import type { TableQuestion } from './table-answer.ts';
import { wrong } from './wrong.ts';

const usage = 'accounts [NAME|ID|UNIT]';
const newMs = 7 * dayMs;
/** Accounts whose tags are asked for: Organizations allows a few calls a second. */
const mostTagged = 100;
const rolesAtOnce = 16;
/** Tags that name who owns an account. */
const ownerTags = ['owner', 'team', 'contact'];

export const accountsQuestion: TableQuestion = {
  name: 'accounts',
  usage,
  sentence:
    'Which accounts there are: where they stand, since when, whose they are, which regions are on, what they administer, and whether Trailwatch can read them.',
  ask: async ({ aws, config, now }, typed, { asker, zone, signal, progress }) => {
    const [word = '', extra] = typed.words;
    if (extra !== undefined) return wrong(`"${clip(extra, 60)}" is one word too many. Type /audit ${usage}`);
    const strange = await wrongOptions(aws, typed, { known: [], flags: [], usage }, asker);
    if (strange !== undefined) return strange;
    const askAws = askingAws(aws, asker, { now, signal });
    const [home, known] = [await aws.home(), await aws.accounts(asker)];
    const everything = { account: () => true, region: () => true };
    const estate = await drive(
      readEstate(home, { ...known, regions: config.accounts.regions }, config.framework, everything, now()),
      askAws,
    );
    const meant = estate.accounts.filter((account) => isMeant(account, word));
    if (meant.length === 0 && word !== '')
      return wrong(
        `There is no account and no unit ${clip(word, 60)} among the ${estate.accounts.length} that are known.`,
      );
    let done = 0;
    const details = await inTurn(meant, rolesAtOnce, async (account, at) => {
      const detail = await detailOf(account, estate, at < mostTagged, askAws);
      progress(`${++done} of ${meant.length} accounts asked.`);
      return detail;
    });
    return answer(meant, details, estate, { word, zone });
  },
};

/** By id, name or the name of a unit above it; `*` stands for any text. */
const isMeant = ({ id, name, organizationalUnits }: EstateAccount, word: string): boolean =>
  word === '' ||
  [id, ...(name === null ? [] : [name]), ...organizationalUnits].some((each) =>
    globMatches(word.toLowerCase(), each.toLowerCase()),
  );

interface Detail {
  owner: string;
  /** Whether the bot can read it; null: it was not tried. */
  readable: Answer<unknown> | null;
}

async function detailOf(
  { id, state }: EstateAccount,
  { home, organization }: Estate,
  tagged: boolean,
  askAws: AskAws,
): Promise<Detail> {
  const region = globalRegion(home.partition);
  const [tags, readable] = await Promise.all([
    tagged && organization.is === 'value'
      ? drive(ask(listTagsForResource, { account: home.account, region }, { ResourceId: id }), askAws)
      : null,
    state === 'ACTIVE' ? drive(ask(getCallerIdentity, { account: id, region }), askAws) : null,
  ]);
  const owner =
    tags === null
      ? 'not asked'
      : tags.is !== 'value'
        ? 'not known'
        : (tags.value.Tags.find(({ Key }) => ownerTags.includes(Key.toLowerCase()))?.Value ?? '');
  return { owner, readable };
}

function answer(
  meant: readonly EstateAccount[],
  details: readonly Detail[],
  estate: Estate,
  { word, zone }: { word: string; zone: string },
) {
  const delegations = delegationsOf(estate);
  const blind = details.filter(({ readable }) => readable !== null && readable.is !== 'value').length;
  const active = meant.filter(({ state }) => state === 'ACTIVE').length;
  const recent = meant.filter((account) => isNew(account, estate.now));
  const { organization, trouble } = estate;
  return {
    title: word === '' ? plural(meant.length, 'account') : `${plural(meant.length, 'account')}: ${clip(word, 60)}`,
    line: word === '' ? 'accounts' : `accounts "${word}"`,
    facts: [
      ...(organization.is === 'value'
        ? [`Organization ${organization.value.id}, managed by ${organization.value.managementAccount}.`]
        : organization.is === 'absent'
          ? ['This account belongs to no organization.']
          : [`The organization could not be asked: ${organization.sentence}`]),
      ...(recent.length === 0 ? [] : [`${plural(recent.length, 'account')} new in the last 7 days.`]),
      ...(active < meant.length ? [`${plural(meant.length - active, 'account')} not active.`] : []),
    ],
    columns: [
      'Account',
      'Name',
      'Unit',
      'State',
      `Joined (${zone})`,
      'Owner',
      'Regions on',
      'Administers',
      'Readable',
      'Notes',
    ],
    rows: meant.map((account, at) => rowOf(account, details[at], delegations, estate, zone)),
    coverage: `${active - blind} of ${active} active accounts can be read; ${estate.accounts.length} are known.`,
    gaps: trouble ?? '',
    whole: trouble === null && blind === 0,
    next: [],
    shareable: true,
  };
}

function rowOf(
  account: EstateAccount,
  detail: Detail | undefined,
  delegations: ReadonlyMap<string, readonly string[]>,
  { now, organization }: Estate,
  zone: string,
): string[] {
  const { id, name, organizationalUnits, state, joined, regions } = account;
  const management = organization.is === 'value' && organization.value.managementAccount === id;
  const readable = detail?.readable ?? null;
  const notes = [
    ...(management ? ['management account'] : []),
    ...(state === 'ACTIVE' ? [] : [state.toLowerCase().replaceAll('_', ' ')]),
    ...(organizationalUnits.length === 0 && organization.is === 'value' && !management
      ? ['directly under the root']
      : []),
    ...(isNew(account, now) ? ['new'] : []),
  ];
  return [
    id,
    name ?? '',
    organizationalUnits.length === 0 ? 'root' : organizationalUnits.join(' / '),
    state,
    joined === null ? 'not known' : DateTime.fromJSDate(joined, { zone }).toFormat('yyyy-MM-dd'),
    detail?.owner ?? '',
    regions.is === 'value' ? String(regions.value.length) : 'not known',
    (delegations.get(id) ?? []).join(', '),
    readable === null
      ? 'not tried'
      : readable.is === 'value'
        ? 'yes'
        : readable.is === 'unknown'
          ? `no: ${readable.why}`
          : 'no',
    notes.join(', '),
  ];
}

const isNew = ({ joined }: EstateAccount, now: Date): boolean =>
  joined !== null && now.getTime() - joined.getTime() < newMs;

/** What each account administers for the organization: `guardduty` for `guardduty.amazonaws.com`. */
function delegationsOf({ delegated }: Estate): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  if (delegated.is !== 'value') return found;
  for (const [service, accounts] of delegated.value)
    for (const account of accounts)
      found.set(account, [...(found.get(account) ?? []), service.replace('.amazonaws.com', '')]);
  return found;
}
