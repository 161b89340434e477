import { type Answer, type Asking, all, ask } from '../../../asks.ts';
import { type ArchiveRule, listArchiveRules } from '../../../calls/access-analyzer.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, type Spot } from '../../../verdict.ts';
import { type AnalyzerPlace, externalAnalyzers } from '../facts.ts';

const about: About = {
  id: 'aa-archive-rules',
  version: 2,
  title: 'No archive rule hides access from outside',
  severity: 'high',
  why: 'A rule that archives too much hides what is opened to everybody, from today on and without a word.',
  passes:
    'Each archive rule of an analyzer of external access names resources, principals or accounts, or is for what is not public; none archives what is public.',
  fix: 'aws accessanalyzer delete-archive-rule --analyzer-name <analyzer> --rule-name {name} --region {region}\naws accessanalyzer update-archive-rule --analyzer-name <analyzer> --rule-name {name} --filter \'{"isPublic":{"eq":["false"]},"principal.AWS":{"eq":["<account>"]}}\' --region {region}  # or narrow it',
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-archive-rules.html'],
};

interface Ruled extends AnalyzerPlace {
  rules: Answer<readonly ArchiveRule[]>;
}

export const check = regionCheck(about, archiveRules, judge);

function* archiveRules(scope: RegionScope): Asking<Answer<readonly Ruled[]>> {
  const found = yield* externalAnalyzers(scope);
  if (found.is !== 'value') return found;
  return { ...found, value: yield* all(found.value.map(rulesOf)) };
}

function* rulesOf({ analyzer, place }: AnalyzerPlace): Asking<Ruled> {
  const answer = yield* ask(listArchiveRules, place, { analyzerName: analyzer.name });
  return { analyzer, place, rules: answer.is === 'value' ? { ...answer, value: answer.value.archiveRules } : answer };
}

function judge(answer: Answer<readonly Ruled[]>, { account, region }: RegionScope): Judged[] {
  if (answer.is !== 'value')
    return answer.is === 'unknown' ? [unknownFrom({ account: account.id, region }, answer)] : [];
  return answer.value.flatMap(({ analyzer, place, rules }): Judged[] => {
    const spot = { ...place, resource: analyzer.arn };
    if (rules.is === 'unknown') return [unknownFrom(spot, rules)];
    const list = rules.is === 'value' ? rules.value : [];
    const wide = list.flatMap((rule) => {
      const why = widthOf(rule);
      return why === null ? [] : [hiding(spot, rule, why)];
    });
    return wide.length > 0
      ? wide
      : [pass(spot, `${list.length} archive rules of ${analyzer.name}, each of them narrow.`)];
  });
}

const hiding = (spot: Spot, { ruleName }: ArchiveRule, why: string): Judged =>
  fail(
    { ...spot, resource: `${spot.resource ?? ''}/archive-rule/${ruleName}` },
    `The rule ${ruleName} archives ${why}.`,
  );

/** Fields that name who or what: access of others is still found. */
const narrowing = /^(?:resource|resourceOwnerAccount|principal\..+|condition\..+)$/;

/** The beginning of everybody's ARNs, which names nobody: `arn:aws:s3:::`, or `*`. */
const anyOnes = /^(?:|\*|arn(?::[\w*-]*){0,5}[:/]*)$/i;

/** What a rule hides that it should not; null: it is narrow. */
function widthOf({ filter }: ArchiveRule): string | null {
  const { isPublic } = filter;
  const publicToo = !(isPublic?.eq?.every((value) => value === 'false') ?? isPublic?.neq?.includes('true') ?? false);
  if (isPublic !== undefined && publicToo) return 'what is open to everybody';
  const named = Object.entries(filter).some(
    ([field, { eq, contains }]) =>
      narrowing.test(field) && (eq ?? contains ?? []).some((value) => !anyOnes.test(value)),
  );
  if (named || !publicToo) return null;
  const fields = Object.keys(filter);
  return fields.length === 0
    ? 'every finding'
    : `whatever meets ${fields.join(', ')}, without regard to resource, principal or account`;
}
