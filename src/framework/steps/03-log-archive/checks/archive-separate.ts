import type { Asking } from '../../../asks.ts';
import type { About } from '../../../check.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { landingZone, sharedAccounts } from '../../01-landing-zone/landing-zone.ts';
import { type ArchiveScope, archiveCheck, archiveSpot } from '../facts.ts';

const about: About = {
  id: 'archive-separate',
  version: 1,
  title: 'Logs are kept in an account of their own',
  severity: 'high',
  why: 'Whoever takes over the account in which the logs are can take the logs too.',
  passes: 'The bucket belongs to the log archive account (framework.logArchive), which is not the management account.',
  fix: [
    '# in the log archive account',
    'aws s3api create-bucket --bucket ARCHIVE-BUCKET --object-lock-enabled-for-bucket --create-bucket-configuration LocationConstraint={region} --region {region}',
    '# in the management account',
    'aws cloudtrail update-trail --name TRAIL-ARN --s3-bucket-name ARCHIVE-BUCKET --region {region}',
  ].join('\n'),
  references: [
    'SRA-CLOUDTRAIL-11',
    'SRA-CONFIG-06',
    'https://docs.aws.amazon.com/prescriptive-guidance/latest/security-reference-architecture/log-archive.html',
  ],
};

/** The log archive of Control Tower's landing zone; null: it names none, or there is none. */
function* declaredArchive({ estate }: ArchiveScope): Asking<string | null> {
  if (estate.settings.logArchive !== null) return null;
  const zone = yield* landingZone(estate);
  return zone.is === 'value' ? sharedAccounts(zone.value.zone).logging : null;
}

export const check = archiveCheck(about, declaredArchive, judge);

function judge(declared: string | null, scope: ArchiveScope): Judged[] {
  const spot = archiveSpot(scope);
  const { estate, archive } = scope;
  const { account } = archive.place;
  const { organization, settings } = estate;
  const named = estate.accounts.find(({ id }) => id === account)?.name;
  const owner = named == null ? account : `${account} (${named})`;
  if (organization.is === 'absent') return [notApplicable(spot, 'There is one account alone.')];
  if (organization.is === 'value' && account === organization.value.managementAccount)
    return [fail(spot, `The bucket belongs to the management account ${owner}.`)];
  const wanted = settings.logArchive ?? declared;
  if (wanted === account) return [pass(spot, `The bucket belongs to the log archive ${owner}.`)];
  if (wanted !== null) return [fail(spot, `The bucket belongs to ${owner}, and the log archive is ${wanted}.`)];
  return [
    unknown(
      spot,
      'not asked',
      `The bucket belongs to ${owner}. If that is the log archive, set framework.logArchive to ${account}.`,
    ),
  ];
}
