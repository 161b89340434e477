import { type Answer, type Asking, all, ask, type Place } from '../../asks.ts';
import { describeTrails, getTrailStatus, type Trail, type TrailStatus } from '../../calls/cloudtrail.ts';
import { administratorOf, type Estate, organizationSpot, unknownFrom } from '../../estate.ts';
import { type Judged, notApplicable, type Spot } from '../../verdict.ts';

/** Why something is not known. */
export type Unknown = Extract<Answer<unknown>, { is: 'unknown' }>;

/** A trail, and where it is asked about: an account that sees it, in the trail's home region. */
export interface SeenTrail {
  trail: Trail;
  place: Place;
}

/** The trails of an account. */
export interface Trails {
  seen: readonly SeenTrail[];
  /** Why the list may not be whole; null: it is. */
  trouble: Unknown | null;
}

/** A trail of the organization with its state in its home region. */
export interface TrailFacts extends SeenTrail {
  status: Answer<TrailStatus>;
}

/** The regions that are on in any account of the run; trails of one region are seen nowhere else. */
export const regionsOf = ({ accounts, home }: Estate): readonly string[] => [
  ...new Set([home.region, ...accounts.flatMap(({ regions }) => (regions.is === 'value' ? regions.value : []))]),
];

/** The trails that an account sees, each once: those of all regions have shadows everywhere. */
export function* trailsIn(account: string, regions: readonly string[]): Asking<Trails> {
  const answers = yield* all(
    regions.map((region) => ask(describeTrails, { account, region }, { includeShadowTrails: true })),
  );
  const found = answers.flatMap((answer) => (answer.is === 'value' ? answer.value.trailList : []));
  const byArn = new Map(found.map((trail) => [trail.TrailARN, trail]));
  return {
    seen: [...byArn.values()].map((trail) => ({ trail, place: { account, region: trail.HomeRegion } })),
    trouble: answers.find((answer) => answer.is === 'unknown') ?? null,
  };
}

/**
 * The trails that the management account sees. Where it cannot be asked, those that CloudTrail's delegated administrator
 * or the bot's own account sees: every member sees the organization's trails.
 */
function* trails(estate: Estate): Asking<Trails> {
  const { organization, home } = estate;
  const administrator = administratorOf(estate, 'cloudtrail.amazonaws.com');
  const askers = new Set([
    ...(organization.is === 'value' ? [organization.value.managementAccount] : []),
    ...(administrator.is === 'value' ? [administrator.value] : []),
    home.account,
  ]);
  let first: Trails | undefined;
  for (const account of askers) {
    const known = yield* trailsIn(account, regionsOf(estate));
    if (known.seen.length > 0) return first === undefined ? known : { ...known, trouble: first.trouble };
    first ??= known;
    // An account that was read in every region has no trails: its members see none of its own either.
    if (known.trouble === null) return known;
  }
  return first ?? { seen: [], trouble: null };
}

/** All that is known of trails, with those that are meant to record everything. */
export interface AllTrails {
  /** Of the organization, the one that covers most first; in an account without an organization those of all regions. */
  meant: readonly TrailFacts[];
  others: readonly SeenTrail[];
  /** Why trails may be missing here; null: none are. */
  trouble: Unknown | null;
}

export function* allTrails(estate: Estate): Asking<AllTrails> {
  const { seen, trouble } = yield* trails(estate);
  const single = estate.organization.is === 'absent';
  const isMeant = ({ trail }: SeenTrail): boolean =>
    (single ? trail.IsMultiRegionTrail : trail.IsOrganizationTrail) === true;
  const meant = yield* all(seen.filter(isMeant).map(withStatus));
  return { meant: meant.toSorted((a, b) => rank(b) - rank(a)), others: seen.filter((each) => !isMeant(each)), trouble };
}

/** A trail with its state in its home region. */
export function* withStatus({ trail, place }: SeenTrail): Asking<TrailFacts> {
  return { trail, place, status: yield* ask(getTrailStatus, place, { Name: trail.TrailARN }) };
}

/** The trail by which every account and region should arrive: of all regions, and on. */
export const coveringTrail = ({ meant }: AllTrails): TrailFacts | null =>
  meant.find((each) => each.trail.IsMultiRegionTrail === true && isLogging(each)) ?? null;

/** The trails of the organization: unknown where none is seen and not everything could be read. */
export function* organizationTrails(estate: Estate): Asking<Answer<readonly TrailFacts[]>> {
  const { meant, trouble } = yield* allTrails(estate);
  return meant.length === 0 && trouble !== null ? trouble : { is: 'value', value: meant, at: estate.now };
}

/** The trail of the organization on which the archive and the alarms stand: absent where there is none. */
export function* organizationTrail(estate: Estate): Asking<Answer<TrailFacts>> {
  const found = yield* organizationTrails(estate);
  if (found.is !== 'value') return found;
  const [best] = found.value;
  return best === undefined
    ? { is: 'absent', error: 'NoTrail', message: 'There is no trail of the organization.', at: found.at }
    : { is: 'value', value: best, at: found.at };
}

export const isLogging = ({ status }: TrailFacts): boolean => status.is === 'value' && status.value.IsLogging === true;

const rank = (facts: TrailFacts): number =>
  (facts.trail.IsMultiRegionTrail === true ? 4 : 0) +
  (isLogging(facts) ? 2 : 0) +
  (facts.trail.CloudWatchLogsLogGroupArn === undefined ? 0 : 1);

/** The trails that record now, or may: what a stopped one is set to says nothing. Where none is on, all of them. */
export function recordingTrails({ meant }: AllTrails): readonly TrailFacts[] {
  const on = meant.filter((facts) => facts.status.is === 'unknown' || isLogging(facts));
  return on.length > 0 ? on : meant;
}

/** A log group by its ARN, in the account and region where it is; those of the same name elsewhere are others. */
export interface LogGroup extends Place {
  name: string;
  /** Without `:*` at the end. */
  arn: string;
}

/** The log group to which a trail sends; null: none is set. */
export function logGroupOf({ CloudWatchLogsLogGroupArn: given }: Trail): LogGroup | null {
  const arn = given?.replace(/:\*$/, '');
  const [, , , region, account, , ...name] = arn?.split(':') ?? [];
  if (arn === undefined || region === undefined || account === undefined || name.length === 0) return null;
  return { arn, region, account, name: name.join(':') };
}

/** Of several verdicts on trails the one that decides: any trail may satisfy a check, and one that is not known may too. */
export function decided(verdicts: readonly Judged[]): Judged[] {
  const order = ['pass', 'unknown', 'fail', 'not applicable'];
  return verdicts.toSorted((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict)).slice(0, 1);
}

/** A verdict where there is no trail to look at; null: there is one. */
export function withoutTrail({ meant, trouble }: AllTrails, estate: Estate): Judged[] | null {
  if (meant.length > 0) return null;
  const spot = organizationSpot(estate);
  if (trouble !== null) return [unknownFrom(spot, trouble)];
  return [notApplicable(spot, 'There is no trail that is meant to record everything: see trail-org-wide.')];
}

/** What a trail has never delivered may still be under way for so long after it was started. */
const firstMs = 86_400_000;

/** Of something that never came: whether the trail is too new for it. When it was started may not be known. */
export const isStarting = ({ StartLoggingTime }: TrailStatus, now: Date): boolean =>
  StartLoggingTime === undefined || within(StartLoggingTime, firstMs, now);

/** Where a verdict on a trail holds. */
export const trailSpot = ({ trail }: SeenTrail, estate: Estate): Spot => ({
  ...organizationSpot(estate),
  region: trail.HomeRegion,
  resource: trail.TrailARN,
});

/** Minutes since a time, or a word where there is none. */
export function since(at: Date | undefined, now: Date): string {
  if (at === undefined) return 'never';
  const minutes = Math.max(0, Math.round((now.getTime() - at.getTime()) / 60_000));
  return minutes < 120
    ? `${minutes} min ago`
    : minutes < 2880
      ? `${Math.round(minutes / 60)} h ago`
      : `${Math.round(minutes / 1440)} days ago`;
}

/** Whether a time is not longer ago than so many milliseconds. */
export const within = (at: Date | undefined | null, ms: number, now: Date): boolean =>
  at != null && now.getTime() - at.getTime() < ms;
