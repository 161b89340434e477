import { plural } from '../../../../words/text.ts';
import { type Answer, type Asking, all, ask, together } from '../../../asks.ts';
import { type AccessFinding, listAccessFindings } from '../../../calls/access-analyzer.ts';
import { handledFindings } from '../../../calls/store.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { type AnalyzerPlace, externalAnalyzers } from '../facts.ts';

const about: About = {
  id: 'aa-findings-handled',
  version: 1,
  title: 'Somebody has looked at each access from outside',
  severity: 'high',
  why: 'An open finding says that somebody outside can reach a resource right now.',
  passes:
    'No active finding of public access is older than 7 days and no other of external access older than 30 days, without an acknowledged alert or an exception.',
  fix: 'Change the policy of {resource} so that nobody outside is named, or, where the access is wanted, archive the finding with a named reason:\naws accessanalyzer update-findings --analyzer-arn <analyzer> --ids <finding> --status ARCHIVED --region {region}',
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-findings-remediate.html'],
};

const dayMs = 86_400_000;
const daysAllowed = { public: 7, other: 30 } as const;

/** What an analyzer found that is open. */
interface Found extends AnalyzerPlace {
  open: Answer<readonly AccessFinding[]>;
  /** Those of them that have been open for too long, by key, with whether they are public. */
  late: readonly Late[];
  /** Of the late ones, the keys that somebody has taken on; null: none is late. */
  handled: Answer<{ keys: string[] }> | null;
}

interface Late {
  key: string;
  finding: AccessFinding;
  isPublic: boolean;
}

export const check = regionCheck(about, openFindings, judge);

function* openFindings(scope: RegionScope): Asking<Answer<readonly Found[]>> {
  const found = yield* externalAnalyzers(scope);
  if (found.is !== 'value') return found;
  return { ...found, value: yield* all(found.value.map((each) => findingsOf(each, scope.estate))) };
}

function* findingsOf({ analyzer, place }: AnalyzerPlace, estate: Estate): Asking<Found> {
  const filter = { status: { eq: ['ACTIVE'] }, findingType: { eq: ['ExternalAccess'] } };
  const asked = (more: object) =>
    ask(listAccessFindings, place, { analyzerArn: analyzer.arn, filter: { ...filter, ...more } });
  // A summary does not say whether the access is public: that is asked for.
  const lists = together(yield* all([asked({ isPublic: { eq: ['true'] } }), asked({ isPublic: { eq: ['false'] } })]));
  if (lists.is !== 'value') return { analyzer, place, open: lists, late: [], handled: null };
  const late = lists.value.flatMap(({ findings }, at) =>
    findings.flatMap((finding): Late[] => {
      const isPublic = at === 0;
      const ageMs = estate.now.getTime() - finding.createdAt.getTime();
      const allowed = (isPublic ? daysAllowed.public : daysAllowed.other) * dayMs;
      return ageMs > allowed ? [{ key: `${analyzer.arn}/${finding.id}`, finding, isPublic }] : [];
    }),
  );
  const open = { ...lists, value: lists.value.flatMap(({ findings }) => findings) };
  const keys = late.map(({ key }) => key);
  return {
    analyzer,
    place,
    open,
    late,
    handled: keys.length === 0 ? null : yield* ask(handledFindings, estate.home, { keys }),
  };
}

function judge(answer: Answer<readonly Found[]>, { account, region }: RegionScope): Judged[] {
  if (answer.is !== 'value')
    return answer.is === 'unknown' ? [unknownFrom({ account: account.id, region }, answer)] : [];
  return answer.value.flatMap((found): Judged[] => {
    const { analyzer, place, open, late, handled } = found;
    const spot = { ...place, resource: analyzer.arn };
    if (open.is === 'unknown') return [unknownFrom(spot, open)];
    if (open.is === 'absent') return [fail(spot, open.message)];
    const known = handled?.is === 'value' ? new Set(handled.value.keys) : new Set<string>();
    const left = late.filter(({ key }) => !known.has(key));
    if (left.length === 0)
      return [
        pass(spot, `${plural(open.value.length, 'open finding')} of ${analyzer.name}, each new or somebody's.`, {
          proof: 'proven',
        }),
      ];
    return [...Map.groupBy(left, ({ finding }) => finding.resource ?? finding.id)].map(
      ([resource, [first, ...more]]) => {
        const where = { account: first?.finding.resourceOwnerAccount ?? place.account, region: place.region, resource };
        if (handled?.is === 'unknown') return unknownFrom(where, handled);
        const all = first === undefined ? more : [first, ...more];
        const since = all.map(({ finding }) => finding.createdAt.toISOString().slice(0, 10)).toSorted()[0];
        const how = all.some(({ isPublic }) => isPublic) ? 'everybody' : 'somebody outside';
        return fail(
          where,
          `It is open to ${how} since ${since}, and nobody has acknowledged it (${plural(all.length, 'finding')}).`,
          {
            proof: 'proven',
          },
        );
      },
    );
  });
}
