import type { Answer, Asking } from '../../../asks.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import {
  type Archive,
  type Arrival,
  archiveOf,
  archivesIn,
  likelyArchives,
  newestDigest,
  newestDigestOfAny,
  newestEvent,
} from '../archive.ts';
import {
  type AllTrails,
  allTrails,
  coveringTrail,
  isLogging,
  regionsOf,
  since,
  type TrailFacts,
  type Trails,
  trailsIn,
  within,
  withStatus,
} from '../facts.ts';

const about: About = {
  id: 'trail-account-covered',
  version: 1,
  title: 'Every account is recorded',
  severity: 'critical',
  why: 'That a trail of the organization exists does not show that what happens in each account arrives.',
  passes: 'A digest or an event of the account arrived lately, or the account sees a trail of all regions that is on.',
  fix: [
    'aws cloudtrail create-trail --name organization --s3-bucket-name ARCHIVE-BUCKET --is-organization-trail --is-multi-region-trail --enable-log-file-validation',
    'aws cloudtrail start-logging --name organization',
  ].join('\n'),
  references: [
    'CIS v3.0 3.1',
    'CIS v6.0 4.1',
    'Security Hub CloudTrail.1',
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html',
  ],
};

const digestMs = 3 * 3_600_000;
const dayMs = 86_400_000;

interface Facts {
  trails: AllTrails;
  /** The trail of the organization that should cover the account. */
  covering: TrailFacts | null;
  digest: Answer<Arrival> | null;
  event: Answer<Arrival> | null;
  /** The account's own view, where the archive does not tell. */
  own: { seen: readonly TrailFacts[]; trouble: Trails['trouble'] } | null;
}

export const check = accountCheck(about, facts, judge);

function* facts({ estate, account }: AccountScope): Asking<Facts> {
  const trails = yield* allTrails(estate);
  const covering = coveringTrail(trails);
  const known = { trails, covering, digest: null, event: null, own: null };
  const home = covering?.trail.HomeRegion ?? estate.home.region;
  if (covering !== null) {
    const archive = yield* archiveOf(estate, covering.trail);
    const digest: Answer<Arrival> =
      archive.is === 'value' ? yield* newestDigest(estate, archive.value, account.id, home) : archive;
    if (digest.is === 'value' && within(digest.value.at, digestMs, estate.now)) return { ...known, digest };
    const event = yield* newestEvent(estate, covering.trail, account.id);
    if (digest.is === 'value' || event.is === 'value') return { ...known, digest, event };
    return { ...known, digest, event, own: yield* ownTrails(account.id, [home]) };
  }
  for (const archive of trails.trouble === null ? [] : likelyArchives(estate)) {
    const archives = yield* archivesIn(archive, home);
    const found = archives.is === 'value' ? yield* digestAnywhere({ estate, account }, archives.value) : null;
    if (found !== null) return { ...known, digest: { is: 'value', value: found, at: estate.now } };
  }
  const regions = account.regions.is === 'value' ? account.regions.value : regionsOf(estate);
  return { ...known, own: yield* ownTrails(account.id, regions) };
}

function* digestAnywhere({ estate, account }: AccountScope, archives: readonly Archive[]): Asking<Arrival | null> {
  const found = yield* newestDigestOfAny(estate, archives, account.id);
  return found !== null && within(found.at, digestMs, estate.now) ? found : null;
}

/** What an account sees for itself, its trails with their state. */
function* ownTrails(account: string, regions: readonly string[]): Asking<NonNullable<Facts['own']>> {
  const { seen, trouble } = yield* trailsIn(account, regions);
  const facts: TrailFacts[] = [];
  for (const each of seen) facts.push(yield* withStatus(each));
  return { seen: facts, trouble };
}

function judge(facts: Facts, { estate, account }: AccountScope): Judged[] {
  const spot = { account: account.id, region: 'global' };
  const { now } = estate;
  const inherited = facts.covering === null ? {} : { inheritedFrom: `organization trail ${facts.covering.trail.Name}` };
  const { digest, event } = facts;
  if (digest?.is === 'value' && within(digest.value.at, digestMs, now))
    return [
      pass(spot, `A digest arrived in ${digest.value.where} ${since(digest.value.at ?? undefined, now)}.`, {
        proof: 'proven',
        ...inherited,
      }),
    ];
  if (event?.is === 'value' && within(event.value.at, dayMs, now))
    return [
      pass(spot, `An event arrived in the ${event.value.where} ${since(event.value.at ?? undefined, now)}.`, {
        proof: 'proven',
        ...inherited,
      }),
    ];
  if (account.joined !== null && within(account.joined, dayMs, now))
    return [
      unknown(spot, 'pending', `The account is new (${since(account.joined, now)}) and nothing of it has arrived yet.`),
    ];
  if (facts.covering !== null && facts.own === null) {
    const last = [digest, event].flatMap((answer) =>
      answer?.is === 'value' && answer.value.at !== null ? [answer.value.at] : [],
    );
    const [newest] = last.toSorted((a, b) => b.getTime() - a.getTime());
    return [
      fail(
        spot,
        `Nothing of this account arrives by the trail ${facts.covering.trail.Name}: last ${since(newest, now)}.`,
        { proof: 'proven', ...inherited },
      ),
    ];
  }
  return [judgeOwn(facts, { estate, account })];
}

/** By what the account itself sees: settings alone. */
function judgeOwn({ own, trails }: Facts, { account }: AccountScope): Judged {
  const spot = { account: account.id, region: 'global' };
  const on = own?.seen.filter(isLogging) ?? [];
  const everywhere = on.find(({ trail }) => trail.IsMultiRegionTrail === true);
  if (everywhere !== undefined) {
    const { Name, TrailARN, IsOrganizationTrail } = everywhere.trail;
    return pass({ ...spot, resource: TrailARN }, `The account sees the trail ${Name}, which is on.`, {
      ...(IsOrganizationTrail === true && { inheritedFrom: `organization trail ${Name}` }),
    });
  }
  if (own?.trouble) return unknownFrom(spot, own.trouble);
  const dark = own?.seen.find(({ status }) => status.is === 'unknown')?.status;
  if (dark?.is === 'unknown') return unknownFrom(spot, dark);
  if (trails.trouble !== null && own === null) return unknownFrom(spot, trails.trouble);
  const [part] = on;
  if (part !== undefined)
    return fail(
      { ...spot, resource: part.trail.TrailARN },
      `The trail ${part.trail.Name} records ${part.trail.HomeRegion} alone: the other regions are not recorded.`,
    );
  const stopped = own?.seen.map(({ trail }) => trail.Name) ?? [];
  return fail(
    spot,
    stopped.length === 0
      ? 'No trail records this account.'
      : `No trail records this account: ${stopped.join(', ')} is off.`,
    { ...(trails.meant.length > 0 && { cause: 'trail-org-wide' }) },
  );
}
