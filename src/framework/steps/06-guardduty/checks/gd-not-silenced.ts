import { isWord } from '../../../../words/text.ts';
import { type Answer, type Asking, all, ask, together } from '../../../asks.ts';
import {
  type FindingCondition,
  type FindingFilter,
  getFilter,
  getIpSet,
  type IpSet,
  listFilters,
  listIpSets,
} from '../../../calls/guardduty.ts';
import { type About, organizationCheck } from '../../../check.ts';
import type { Estate } from '../../../estate.ts';
import { fail, type Judged, pass, type Spot } from '../../../verdict.ts';
import { type DetectorPlace, everyRegion, type RegionFacts } from '../facts.ts';
import { judgeRegions, notKnown } from '../verdicts.ts';

const about: About = {
  id: 'gd-not-silenced',
  version: 1,
  title: 'No rule archives what GuardDuty finds without looking',
  severity: 'high',
  daily: true,
  why: 'A suppression rule that is too wide hides an attack from everybody, and nothing says that it did.',
  passes:
    'Each filter that archives names a resource, an account or a type, and does not reach findings of severity 7 and more. Trusted address lists are noted.',
  fix: 'aws guardduty update-filter --detector-id <detector> --filter-name {name} --action NOOP --region {region}',
  references: ['https://docs.aws.amazon.com/guardduty/latest/ug/findings_suppression-rule.html'],
};

interface Facts {
  filters: Answer<FindingFilter[]>;
  trusted: Answer<IpSet[]>;
}

export const check = organizationCheck(about, everyRegion(filters), judge);

function* filters({ detector, ...place }: DetectorPlace): Asking<Facts> {
  const DetectorId = detector;
  const names = yield* ask(listFilters, place, { DetectorId });
  const sets = yield* ask(listIpSets, place, { DetectorId });
  return {
    filters:
      names.is === 'value'
        ? together(
            yield* all(names.value.FilterNames.map((FilterName) => ask(getFilter, place, { DetectorId, FilterName }))),
          )
        : names,
    trusted:
      sets.is === 'value'
        ? together(yield* all(sets.value.IpSetIds.map((IpSetId) => ask(getIpSet, place, { DetectorId, IpSetId }))))
        : sets,
  };
}

function judge(regions: readonly RegionFacts<Facts>[], estate: Estate): Judged[] {
  return judgeRegions(regions, estate, ({ filters, trusted }, spot) => {
    if (filters.is !== 'value') return [notKnown(spot, filters)];
    if (trusted.is !== 'value') return [notKnown(spot, trusted)];
    const archiving = filters.value.filter(({ Action }) => isWord(Action, 'ARCHIVE'));
    const wide = archiving.flatMap((filter) => {
      const why = widthOf(filter);
      return why === null ? [] : [silenced(spot, filter, why)];
    });
    if (wide.length > 0) return wide;
    const lists = trusted.value.filter(({ Status }) => isWord(Status, 'ACTIVE'));
    const noted = lists.map(({ Name, Location }) => `${Name} (${Location})`);
    return [
      pass(
        spot,
        `${archiving.length} filters archive, each of them narrow${noted.length === 0 ? '' : `; nothing is found of the addresses in ${noted.join(', ')}: see how wide they are`}.`,
      ),
    ];
  });
}

const silenced = (spot: Spot, { Name }: FindingFilter, why: string): Judged =>
  fail(
    { ...spot, resource: `${spot.resource ?? ''}/filter/${Name}` },
    `The filter ${Name} archives ${why}: narrow it, or set its action to NOOP.`,
  );

/** Fields that name one thing: findings of others still arrive. */
const narrowing = /^(?:resource\..+|service\..+|accountId|type|id)$/;
/** Fields of `service.` and `resource.` that say nothing of which thing it is. */
const general = ['service.archived', 'service.resourceRole', 'resource.resourceType'];
/** From here on a finding is high. Source: GuardDuty user guide, "Severity levels". */
const highSeverity = 7;

/** What a filter hides that it should not; null: it is narrow. */
function widthOf({ FindingCriteria: { Criterion } }: FindingFilter): string | null {
  const fields = Object.keys(Criterion);
  if (!fields.some((field) => narrowing.test(field) && !general.includes(field)))
    return fields.length === 0
      ? 'every finding'
      : `whatever meets ${fields.join(', ')}, without regard to resource, account or type`;
  const { severity } = Criterion;
  return severity !== undefined && reaches(severity, highSeverity)
    ? `findings of severity ${highSeverity} and more`
    : null;
}

/** Whether numbers from `least` on can meet a condition. */
function reaches(condition: FindingCondition, least: number): boolean {
  const { Lt, LessThan = Lt, Lte, LessThanOrEqual = Lte, Eq, Equals = Eq } = condition;
  if (Equals !== undefined) return Equals.some((value) => Number(value) >= least);
  return (LessThan === undefined || LessThan > least) && (LessThanOrEqual === undefined || LessThanOrEqual >= least);
}
