import { isWord } from '../../../../words/text.ts';
import { dayMs } from '../../../../words/time.ts';
import { type Answer, type Asking, all, ask, together } from '../../../asks.ts';
import {
  describeOrganizationPacks,
  describePackStatus,
  describeRuleEvaluations,
  getPackSummary,
  type PackStatus,
} from '../../../calls/conformance-packs.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { administratorOf, regionsOf, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, type Spot, unknown } from '../../../verdict.ts';
import { auditPlaces, isActive, standardsIn } from '../facts.ts';

const about: About = {
  id: 'pack-evaluates',
  version: 1,
  title: 'Conformance packs are there, and evaluate',
  severity: 'high',
  why: 'A pack whose rules see nothing says INSUFFICIENT_DATA for ever, which is neither good nor bad and no evidence.',
  passes:
    'Each conformance pack of the account is CREATE_COMPLETE, not INSUFFICIENT_DATA, and a rule of it was evaluated within 48 hours. Accounts are asked in regions where the organization has packs, else in the home region.',
  fix: 'aws configservice put-organization-conformance-pack --organization-conformance-pack-name <name> --template-s3-uri s3://<bucket>/<pack>.yaml --region {region}  # in the administrator of Config',
  references: ['https://docs.aws.amazon.com/config/latest/developerguide/conformance-pack-organization-apis.html'],
  provenForMs: 2 * dayMs,
};

/** Packs that are summed up at once. Source: Config API reference, GetConformancePackComplianceSummary. */
const packsAtOnce = 5;
const freshMs = 2 * dayMs;

interface Facts {
  /** Names of the organization's packs in the region. */
  wanted: readonly string[];
  packs: Answer<readonly PackFacts[]>;
  /** Whether something else collects evidence; asked where there is no pack. */
  other: Answer<string | null> | null;
}

interface PackFacts extends PackStatus {
  summary: string | undefined;
  /** The newest evaluation of its rules; null: none; undefined: it has no rules that are seen. */
  evaluated: Date | null | undefined;
}

export const check = regionCheck(about, packs, judge);

/** Null: the region has no packs, and is not where they are looked for. */
function* packs(scope: RegionScope): Asking<Facts | Answer<never> | null> {
  const { estate, account, region } = scope;
  const administrator = administratorOf(estate, 'config.amazonaws.com');
  const regions = regionsOf(estate);
  const answers =
    administrator.is === 'value' && estate.organization.is !== 'absent'
      ? yield* all(regions.map((one) => ask(describeOrganizationPacks, { account: administrator.value, region: one })))
      : [];
  const here = answers[regions.indexOf(region)];
  const wanted =
    here?.is === 'value'
      ? here.value.OrganizationConformancePackStatuses.map(({ OrganizationConformancePackName: name }) => name)
      : [];
  const somewhere = answers.some(
    (answer) => answer.is === 'value' && answer.value.OrganizationConformancePackStatuses.length > 0,
  );
  if (wanted.length === 0 && (somewhere || region !== estate.home.region)) return null;
  const found = yield* packsOf(account.id, region);
  const none = found.is === 'value' && found.value.length === 0;
  return { wanted, packs: found, other: none ? yield* otherEvidence(scope) : null };
}

function* packsOf(account: string, region: string): Asking<Answer<readonly PackFacts[]>> {
  const place = { account, region };
  const listed = yield* ask(describePackStatus, place);
  if (listed.is !== 'value') return listed;
  const statuses = listed.value.ConformancePackStatusDetails;
  const names = statuses.map(({ ConformancePackName }) => ConformancePackName);
  const chunks = Array.from({ length: Math.ceil(names.length / packsAtOnce) }, (_, at) =>
    names.slice(at * packsAtOnce, (at + 1) * packsAtOnce),
  );
  const summaries = together(
    yield* all(chunks.map((ConformancePackNames) => ask(getPackSummary, place, { ConformancePackNames }))),
  );
  if (summaries.is !== 'value') return summaries;
  const rules = names.length === 0 ? null : yield* ask(describeRuleEvaluations, place);
  if (rules !== null && rules.is !== 'value') return rules;
  const summed = new Map(
    summaries.value.flatMap(({ ConformancePackComplianceSummaryList }) =>
      ConformancePackComplianceSummaryList.map((one) => [one.ConformancePackName, one.ConformancePackComplianceStatus]),
    ),
  );
  const evaluations = rules?.value.ConfigRulesEvaluationStatus ?? [];
  return {
    ...listed,
    value: statuses.map((pack) => {
      // Rules of a pack carry its id at the end of their names.
      const mine = evaluations.filter(({ ConfigRuleName = '' }) => ConfigRuleName.endsWith(pack.ConformancePackId));
      const times = mine.flatMap(({ LastSuccessfulEvaluationTime: at }) => at ?? []);
      const newest = times.toSorted((a, b) => b.getTime() - a.getTime())[0];
      return {
        ...pack,
        summary: summed.get(pack.ConformancePackName),
        evaluated: mine.length === 0 ? undefined : (newest ?? null),
      };
    }),
  };
}

/** What collects evidence in place of packs; null: nothing does. */
function* otherEvidence({ estate, region }: RegionScope): Asking<Answer<string | null>> {
  const audit = yield* auditPlaces(estate);
  if (audit.is === 'value' && audit.value.some(isActive)) return { ...audit, value: 'Audit Manager' };
  const standards = yield* standardsIn(estate, region);
  if (
    standards.is === 'value' &&
    standards.value.standards.some(({ StandardsStatus }) => isWord(StandardsStatus, 'READY'))
  )
    return { ...standards, value: 'Security Hub' };
  const unknown = audit.is === 'value' ? audit.value.find(({ status }) => status.is === 'unknown')?.status : audit;
  if (unknown?.is === 'unknown') return unknown;
  return standards.is === 'unknown' ? standards : { is: 'value', value: null, at: standards.at };
}

function judge(facts: Facts | Answer<never> | null, { estate, account, region }: RegionScope): Judged[] {
  const spot = { account: account.id, region };
  if (facts === null) return [];
  if ('is' in facts) return facts.is === 'unknown' ? [unknownFrom(spot, facts)] : [];
  const { wanted, packs, other } = facts;
  if (packs.is === 'unknown') return [unknownFrom(spot, packs)];
  const list = packs.is === 'value' ? packs.value : [];
  if (list.length > 0) return list.map((pack) => judgePack(pack, spot, estate.now));
  if (wanted.length > 0) return [fail(spot, `The organization's packs ${wanted.join(', ')} are not in this account.`)];
  if (other?.is === 'unknown') return [unknownFrom(spot, other)];
  return other?.is === 'value' && other.value !== null
    ? [notApplicable(spot, `There is no conformance pack: ${other.value} collects the evidence.`)]
    : [
        fail(
          spot,
          'There is no conformance pack, no Audit Manager and no standard of Security Hub: nothing collects evidence.',
        ),
      ];
}

function judgePack(pack: PackFacts, account: Spot, now: Date): Judged {
  const { ConformancePackName: name, ConformancePackState: state, ConformancePackStatusReason: why } = pack;
  const spot = { ...account, resource: pack.ConformancePackArn };
  if (isWord(state, 'CREATE_IN_PROGRESS') || isWord(state, 'DELETE_IN_PROGRESS'))
    return unknown(spot, 'pending', `${name} is ${state}.`);
  if (isWord(state, 'CREATE_FAILED') || isWord(state, 'DELETE_FAILED'))
    return fail(spot, `${name} is ${state}${why === undefined ? '' : `: ${why}`}.`);
  if (!isWord(state, 'CREATE_COMPLETE'))
    return unknown(spot, 'not asked', `${name} is ${state}, a word that is not known.`);
  if (isWord(pack.summary, 'INSUFFICIENT_DATA'))
    return fail(spot, `${name} has INSUFFICIENT_DATA: no recorder records what its rules look at.`, {
      cause: 'config-recording',
    });
  if (!isWord(pack.summary, 'COMPLIANT') && !isWord(pack.summary, 'NON_COMPLIANT'))
    return unknown(
      spot,
      'not asked',
      `The compliance of ${name} is ${pack.summary ?? 'not said'}, a word that is not known.`,
    );
  if (pack.evaluated === undefined) return pass(spot, `${name} is ${pack.summary}.`);
  if (pack.evaluated === null) return fail(spot, `No rule of ${name} was ever evaluated.`, { proof: 'proven' });
  const said = `${name} is ${pack.summary}, evaluated last ${pack.evaluated.toISOString()}`;
  return now.getTime() - pack.evaluated.getTime() > freshMs
    ? fail(spot, `${said}.`, { proof: 'stale' })
    : pass(spot, `${said}.`, { proof: 'proven' });
}
