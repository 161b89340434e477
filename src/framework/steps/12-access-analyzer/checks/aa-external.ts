import { isWord } from '../../../../words/text.ts';
import type { Analyzer } from '../../../calls/access-analyzer.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { type Analyzers, analyzers, coversExternal } from '../facts.ts';

const about: About = {
  id: 'aa-external',
  version: 1,
  title: 'Access from outside is analyzed in every region',
  severity: 'high',
  daily: true,
  why: 'A resource that is opened to another account or to everybody is found by nobody else.',
  passes: 'An active analyzer of external access, of the organization or of the account, in each region that is on.',
  fix: [
    'aws organizations enable-aws-service-access --service-principal access-analyzer.amazonaws.com # in the management account',
    '# one that is DISABLED or FAILED is made anew',
    'aws accessanalyzer delete-analyzer --analyzer-name <analyzer> --region {region}',
    'aws accessanalyzer create-analyzer --analyzer-name organization-external --type ORGANIZATION --region {region}',
  ].join('\n'),
  references: [
    'CIS v3.0 1.20',
    'CIS v5.0 1.19',
    'CIS v6.0 2.19',
    'CIS v7.0 2.18',
    'Security Hub IAM.28',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-getting-started.html',
  ],
};

/** A scan that is older than this proves nothing of today. */
const scannedWithinMs = 48 * 3_600_000;

/** Source: Access Analyzer API reference, AnalyzerSummary. */
const off = ['DISABLED', 'FAILED'];

export const check = regionCheck(about, analyzers, judge);

function judge({ organization, own }: Analyzers, { estate, account, region }: RegionScope): Judged[] {
  const spot = { account: account.id, region };
  const covering = organization.is === 'value' ? organization.value.find(coversExternal) : undefined;
  if (covering !== undefined) return [covered(covering, `organization analyzer ${covering.name}`)];
  if (own === 'unused')
    return [
      fail(
        spot,
        'No analyzer of external access covers this region: the organization has none here, and Config’s aggregator knows of none of the account.',
      ),
    ];
  if (own === null || own.is === 'absent') return [fail(spot, 'No analyzer of external access covers this region.')];
  if (own.is === 'unknown') return [unknownFrom(spot, own)];
  const active = own.value.find(coversExternal);
  if (active !== undefined) return [covered(active)];
  const [broken] = [...(organization.is === 'value' ? organization.value : []), ...own.value];
  if (organization.is === 'unknown') return [unknownFrom(spot, organization)];
  if (isWord(broken?.status, 'CREATING') && broken !== undefined)
    return [unknown(spot, 'pending', `The analyzer ${broken.name} is being created.`)];
  if (broken !== undefined && !off.includes(broken.status.toUpperCase()))
    return [unknown(spot, 'not asked', `The analyzer ${broken.name} is ${broken.status}, a word that is not known.`)];
  return [
    broken === undefined
      ? fail(spot, 'No analyzer of external access covers this region.')
      : fail(
          { ...spot, resource: broken.arn },
          `The analyzer ${broken.name} is ${broken.status}${broken.statusReason === undefined ? '' : ` (${broken.statusReason.code})`}.`,
        ),
  ];

  function covered(analyzer: Analyzer, inheritedFrom?: string): Judged {
    const scanned = analyzer.lastResourceAnalyzedAt;
    const proof = scanned !== undefined && estate.now.getTime() - scanned.getTime() < scannedWithinMs;
    return pass(
      { ...spot, resource: analyzer.arn },
      `The analyzer ${analyzer.name} is active${scanned === undefined ? '' : `, last scan ${scanned.toISOString()}`}.`,
      { proof: proof ? 'proven' : 'configured', ...(inheritedFrom === undefined ? {} : { inheritedFrom }) },
    );
  }
}
