import type { Answer, Asking } from '../../../asks.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { type Archive, archiveOf, type Digests, digestsOf } from '../archive.ts';
import { type Chain, chainOf } from '../chain.ts';
import { type AllTrails, allTrails, coveringTrail, since, type TrailFacts, within } from '../facts.ts';

const about: About = {
  id: 'trail-chain',
  version: 1,
  title: 'The digests of every account hang together',
  severity: 'high',
  why: 'A digest that was forged or taken away hides which log files were changed: that it is there proves nothing.',
  passes:
    'A digest is there for each hour of the last day, the newest two are signed by CloudTrail and follow each other, and log files of the last are as it says (the first three). Read where framework.readDigests is on: the role must be allowed to read the trail’s bucket (ReadTrailFiles).',
  fix: [
    '# find out what was changed, by whom, and bring the version back that was there before',
    'aws cloudtrail validate-logs --trail-arn TRAIL-ARN --account-id {account} --start-time 2026-01-01T00:00:00Z --verbose --region {region}',
    'aws s3api list-object-versions --bucket ARCHIVE-BUCKET --prefix AWSLogs/',
  ].join('\n'),
  references: [
    'CIS v3.0 3.2',
    'CIS v6.0 4.2',
    'Security Hub CloudTrail.4',
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html',
  ],
};

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Digests come every hour; so long after the last the next is late. */
const lateMs = 3 * hourMs;
/** Between two of them there are at most so many minutes more than the hour. */
const gapMs = 1.5 * hourMs;

interface Facts {
  trails: AllTrails;
  covering: TrailFacts | null;
  digests: Answer<Digests> | null;
  chain: Chain | null;
}

export const check = accountCheck(about, facts, judge);

function* facts({ estate, account }: AccountScope): Asking<Facts | null> {
  if (!estate.settings.readDigests) return null;
  const trails = yield* allTrails(estate);
  const covering = coveringTrail(trails);
  if (covering === null) return { trails, covering, digests: null, chain: null };
  const archive: Answer<Archive> = yield* archiveOf(estate, covering.trail);
  if (archive.is !== 'value') return { trails, covering, digests: archive, chain: null };
  const region = covering.trail.HomeRegion;
  const digests = yield* digestsOf(estate, archive.value, account.id, region);
  const keys = digests.is === 'value' ? digests.value.files.map(({ key }) => key) : [];
  const chain = keys.length < 2 ? null : yield* chainOf(estate, archive.value, region, keys);
  return { trails, covering, digests, chain };
}

function judge(facts: Facts | null, { estate, account }: AccountScope): Judged[] {
  const spot = { account: account.id, region: facts?.covering?.trail.HomeRegion ?? 'global' };
  if (facts === null) return [notApplicable(spot, 'Digests are not read: framework.readDigests is off.')];
  const { trails, covering, digests, chain } = facts;
  if (covering === null)
    return [
      trails.trouble === null
        ? notApplicable(spot, 'No trail of all regions is on: see trail-org-wide.')
        : unknownFrom(spot, trails.trouble),
    ];
  if (covering.trail.LogFileValidationEnabled !== true)
    return [fail(spot, `The trail ${covering.trail.Name} writes no digests.`, { cause: 'trail-validation' })];
  if (digests === null || digests.is === 'absent') return [fail(spot, 'The archive of the trail does not exist.')];
  if (digests.is === 'unknown') return [unknownFrom(spot, digests)];
  const { files, where } = digests.value;
  const newest = files.at(-1);
  const began = [account.joined, covering.status.is === 'value' ? covering.status.value.StartLoggingTime : null];
  const young = began.some((at) => within(at, dayMs, estate.now));
  if (!within(newest?.end, lateMs, estate.now)) {
    if (newest === undefined && young) return [unknown(spot, 'pending', `No digest is in ${where} yet.`)];
    return [
      fail(spot, `The last digest in ${where} is of ${since(newest?.end, estate.now)}.`, {
        proof: 'proven',
        cause: 'trail-account-covered',
      }),
    ];
  }
  const gap = files.find((file, at) => at > 0 && file.end.getTime() - (files[at - 1]?.end.getTime() ?? 0) > gapMs);
  if (gap !== undefined) {
    const before = files[files.indexOf(gap) - 1]?.end.toISOString() ?? '';
    return [
      fail(spot, `Between ${before} and ${gap.end.toISOString()} a digest is missing in ${where}.`, {
        proof: 'proven',
      }),
    ];
  }
  const [first] = files;
  if (!young && first !== undefined && estate.now.getTime() - first.end.getTime() < dayMs - gapMs)
    return [
      fail(spot, `No digest of the last day is in ${where} before ${first.end.toISOString()}.`, { proof: 'proven' }),
    ];
  if (chain === null) return [unknown(spot, 'pending', `Only one digest is in ${where} yet: it takes two to compare.`)];
  if (chain.is === 'broken') return [fail(spot, chain.sentence, { proof: 'proven', severity: 'critical' })];
  if (chain.is === 'unknown') return [unknownFrom(spot, chain.answer)];
  return [
    pass(
      spot,
      `${files.length} digests of two days follow each other in ${where}, the last two are signed, and ${
        chain.read === 0
          ? 'no log file was to be compared'
          : `${chain.read} of ${chain.files} log files are as they say`
      }.`,
      { proof: 'proven', inheritedFrom: `trail ${covering.trail.Name}` },
    ),
  ];
}
