import { isWord } from '../../../words/text.ts';
import { type Answer, type Asking, all, ask, mapped, type Place, together } from '../../asks.ts';
import {
  type Detector,
  type DetectorFeatures,
  type GuardDutyFinding,
  type GuardDutyMember,
  getDetector,
  getGuardDutyAdministrator,
  getGuardDutyFindings,
  getMemberDetectors,
  listDetectors,
  listGuardDutyAdministrators,
  listGuardDutyFindings,
  listGuardDutyMembers,
} from '../../calls/guardduty.ts';
import type { RegionScope } from '../../check.ts';
import { administratorOf, type Estate, regionsOf } from '../../estate.ts';

/** A detector and where it is. */
export interface DetectorPlace extends Place {
  detector: string;
}

/** What GuardDuty is in one region of the organization. */
export interface RegionFacts<Facts> {
  region: string;
  /** The administrator's detector there; absent: there is no administrator, or it has no detector. */
  central: Answer<DetectorPlace>;
  /** What was asked there; null where there is no detector to ask. */
  facts: Facts | null;
}

/** Source: GuardDuty API reference, AdminAccount. */
const adminWords = ['ENABLED', 'DISABLE_IN_PROGRESS'];

/** The accounts that administer GuardDuty in a region, as the management account names them. */
export function* administratorsIn(estate: Estate, region: string): Asking<Answer<string[]>> {
  const { organization } = estate;
  if (organization.is !== 'value') return organization;
  const place = { account: organization.value.managementAccount, region };
  const answer = yield* ask(listGuardDutyAdministrators, place);
  const strange =
    answer.is === 'value'
      ? answer.value.AdminAccounts.find(({ AdminStatus }) => !adminWords.some((word) => isWord(AdminStatus, word)))
      : undefined;
  if (strange !== undefined) {
    const sentence = `The administrator ${strange.AdminAccountId} is ${strange.AdminStatus}, a word that is not known.`;
    return { is: 'unknown', why: 'not asked', sentence, at: answer.at };
  }
  return mapped(answer, ({ AdminAccounts }) =>
    AdminAccounts.flatMap(({ AdminAccountId, AdminStatus }) =>
      AdminAccountId !== undefined && isWord(AdminStatus, 'ENABLED') ? [AdminAccountId] : [],
    ),
  );
}

/** The administrator's detector in a region: Organizations names the administrator where GuardDuty could not be asked. */
export function* centralIn(estate: Estate, region: string): Asking<Answer<DetectorPlace>> {
  const named = yield* administratorsIn(estate, region);
  if (named.is === 'value' && named.value.length === 0)
    return {
      is: 'absent',
      error: 'NoAdministrator',
      message: `No account administers GuardDuty in ${region}.`,
      at: named.at,
    };
  const administrator: Answer<string> =
    named.is === 'value' ? mapped(named, ([first = '']) => first) : administratorOf(estate, 'guardduty.amazonaws.com');
  if (administrator.is !== 'value') return administrator;
  return yield* detectorIn({ account: administrator.value, region });
}

/** The detector of a place; an account has one a region. */
function* detectorIn(place: Place): Asking<Answer<DetectorPlace>> {
  const answer = yield* ask(listDetectors, place);
  if (answer.is !== 'value') return answer;
  const [detector] = answer.value.DetectorIds;
  return detector === undefined
    ? {
        is: 'absent',
        error: 'NoDetector',
        message: `GuardDuty is off in ${place.account} ${place.region}: there is no detector.`,
        at: answer.at,
      }
    : { ...answer, value: { ...place, detector } };
}

/** Asks the administrator's detector of every region. */
export const everyRegion =
  <Facts>(askOf: (central: DetectorPlace, estate: Estate) => Asking<Facts>) =>
  (estate: Estate): Asking<RegionFacts<Facts>[]> =>
    all(regionsOf(estate).map((region) => oneRegion(estate, region, askOf)));

function* oneRegion<Facts>(
  estate: Estate,
  region: string,
  askOf: (central: DetectorPlace, estate: Estate) => Asking<Facts>,
): Asking<RegionFacts<Facts>> {
  const central = yield* centralIn(estate, region);
  return { region, central, facts: central.is === 'value' ? yield* askOf(central.value, estate) : null };
}

/** The ARN of a detector. */
export const detectorArn = ({ home }: Pick<Estate, 'home'>, { account, region, detector }: DetectorPlace): string =>
  `arn:${home.partition}:guardduty:${region}:${account}:detector/${detector}`;

/** The members that the administrator sees, those that left too. */
export function* membersOf({ detector, ...place }: DetectorPlace): Asking<Answer<readonly GuardDutyMember[]>> {
  const answer = yield* ask(listGuardDutyMembers, place, { DetectorId: detector, OnlyAssociated: 'false' });
  return mapped(answer, ({ Members }) => Members);
}

/** How an account stands in a region. */
export interface Coverage {
  central: Answer<DetectorPlace>;
  /** Of the administrator's list; undefined: it is not in it. */
  member: Answer<GuardDutyMember | undefined>;
  /** The account's own detector, asked where the administrator's list does not decide. */
  own: Answer<OwnDetector> | null;
}

interface OwnDetector extends DetectorPlace {
  settings: Detector;
  /** Who administers it; null: nobody. */
  administrator: Answer<string | null>;
}

/** What the administrator's list says of an account that is asked itself: it never was a member, or is not yet one. */
const undecided = ['CREATED', 'INVITED', 'EMAILVERIFICATIONINPROGRESS'];

export function* coverage({ estate, account, region }: RegionScope): Asking<Coverage> {
  const central = yield* centralIn(estate, region);
  const members = central.is === 'value' ? yield* membersOf(central.value) : central;
  const member: Coverage['member'] =
    members.is === 'value'
      ? mapped(members, (list) => list.find(({ AccountId }) => AccountId === account.id))
      : members;
  const listed = member.is === 'value' ? member.value?.RelationshipStatus.toUpperCase() : undefined;
  const decides = listed !== undefined && !undecided.includes(listed);
  return { central, member, own: decides ? null : yield* ownDetector({ account: account.id, region }) };
}

function* ownDetector(place: Place): Asking<Answer<OwnDetector>> {
  const found = yield* detectorIn(place);
  if (found.is !== 'value') return found;
  const input = { DetectorId: found.value.detector };
  const settings = yield* ask(getDetector, place, input);
  if (settings.is !== 'value') return settings;
  const administrator = mapped(
    yield* ask(getGuardDutyAdministrator, place, input),
    ({ Administrator }) => Administrator?.AccountId ?? null,
  );
  return { ...settings, value: { ...found.value, settings: settings.value, administrator } };
}

/** Members of which details are given at once. Source: GuardDuty API reference, GetMemberDetectors. */
const membersAtOnce = 50;

/** The features of an account's detector, from the administrator where the account is its member. */
export function* featuresOf(scope: RegionScope): Asking<Answer<DetectorFeatures>> {
  const { estate, account, region } = scope;
  const central = yield* centralIn(estate, region);
  const members = central.is === 'value' ? yield* membersOf(central.value) : central;
  const enabled =
    members.is === 'value'
      ? members.value.filter(({ RelationshipStatus }) => isWord(RelationshipStatus, 'ENABLED'))
      : [];
  const at = enabled.findIndex(({ AccountId }) => AccountId === account.id);
  if (central.is === 'value' && at >= 0) {
    const start = at - (at % membersAtOnce);
    const { detector, ...place } = central.value;
    const answer = yield* ask(getMemberDetectors, place, {
      DetectorId: detector,
      AccountIds: enabled.slice(start, start + membersAtOnce).map(({ AccountId }) => AccountId),
    });
    if (answer.is !== 'value') return answer;
    const mine = answer.value.MemberDataSourceConfigurations.find(({ AccountId }) => AccountId === account.id);
    if (mine !== undefined) return { ...answer, value: mine.Features };
  }
  const own = yield* ownDetector({ account: account.id, region });
  if (own.is === 'value' && !isWord(own.value.settings.Status, 'ENABLED'))
    return {
      is: 'absent',
      error: 'Suspended',
      message: `GuardDuty is suspended in ${account.id} ${region}.`,
      at: own.at,
    };
  return mapped(own, ({ settings }) => settings.Features);
}

/** Findings of which details are given at once. Source: GuardDuty API reference, GetFindings. */
const findingsAtOnce = 50;

/** Findings of all accounts that the administrator sees, by GuardDuty's own criteria. */
export function* findingsOf(
  { detector, ...place }: DetectorPlace,
  criterion: Readonly<Record<string, object>>,
): Asking<Answer<readonly GuardDutyFinding[]>> {
  const listed = yield* ask(listGuardDutyFindings, place, {
    DetectorId: detector,
    FindingCriteria: { Criterion: criterion },
  });
  if (listed.is !== 'value') return listed;
  const ids = listed.value.FindingIds;
  const chunks = Array.from({ length: Math.ceil(ids.length / findingsAtOnce) }, (_, at) =>
    ids.slice(at * findingsAtOnce, (at + 1) * findingsAtOnce),
  );
  const answers = together(
    yield* all(chunks.map((FindingIds) => ask(getGuardDutyFindings, place, { DetectorId: detector, FindingIds }))),
  );
  return mapped(answers, (pages) => pages.flatMap(({ Findings }) => Findings));
}
