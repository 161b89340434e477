import { type Answer, type Asking, ask } from '../../../asks.ts';
import { type ServiceLastAccessed, serviceLastAccessed } from '../../../calls/access-advisor.ts';
import { getCallerIdentity } from '../../../calls/sts.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { globalPlace, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';

const about: About = {
  id: 'adv-works',
  version: 1,
  title: 'Access Advisor is alive and fresh',
  severity: 'low',
  why: 'Whoever takes permissions away by what Access Advisor shows must know that it shows what happens.',
  passes: "Access Advisor shows a use of IAM, STS or CloudTrail by the bot's own role in the last 48 hours.",
  fix: [
    '# ask again in four hours: data may be that late. What it says of the role can be seen with',
    'aws iam generate-service-last-accessed-details --arn {resource}',
  ].join('\n'),
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html',
    'https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html',
  ],
};

const freshMs = 48 * 3_600_000;
/** What the bot calls in every account. */
const ownServices = ['iam', 'sts', 'cloudtrail'];

interface Facts {
  role: Answer<string>;
  used: Answer<{ status: string; error: string; services: readonly ServiceLastAccessed[] }> | null;
}

export const check = accountCheck(about, facts, judge);

function* facts({ estate, account }: AccountScope): Asking<Facts> {
  const place = globalPlace(estate, account.id);
  const identity = yield* ask(getCallerIdentity, place);
  if (identity.is !== 'value') return { role: identity, used: null };
  const role = identityArn(identity.value.Arn);
  const answer = yield* ask(serviceLastAccessed, place, { Arn: role });
  return {
    role: { ...identity, value: role },
    used:
      answer.is === 'value'
        ? {
            ...answer,
            value: {
              status: answer.value.JobStatus,
              error: answer.value.Error?.Message ?? '',
              services: answer.value.ServicesLastAccessed,
            },
          }
        : answer,
  };
}

/** The role of a session: `arn:aws:sts::…:assumed-role/NAME/session`. A user is itself. */
const identityArn = (arn: string): string =>
  arn.replace(/^(arn:[\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\/.*$/s, '$1:iam::$2:role/$3');

function judge({ role, used }: Facts, { estate, account }: AccountScope): Judged[] {
  const spot = { account: account.id, region: 'global', resource: role.is === 'value' ? role.value : null };
  if (role.is === 'unknown') return [unknownFrom(spot, role)];
  if (used === null || used.is === 'absent')
    return [unknown(spot, 'not asked', 'IAM does not know the role as which the bot asks.')];
  if (used.is === 'unknown') return [unknownFrom(spot, used)];
  const { status, error, services } = used.value;
  if (status.toUpperCase() !== 'COMPLETED')
    return [unknown(spot, 'not asked', `The job of Access Advisor ended as ${status}. ${error}`.trim())];
  const [newest] = services
    .filter(({ ServiceNamespace }) => ownServices.includes(ServiceNamespace))
    .flatMap(({ LastAuthenticated, ServiceNamespace }) =>
      LastAuthenticated === undefined ? [] : [{ at: LastAuthenticated, of: ServiceNamespace }],
    )
    .toSorted((a, b) => b.at.getTime() - a.at.getTime());
  if (newest !== undefined && estate.now.getTime() - newest.at.getTime() < freshMs)
    return [
      pass(spot, `The bot's own use of ${newest.of} at ${newest.at.toISOString()} is shown.`, { proof: 'proven' }),
    ];
  const last = newest === undefined ? 'none is shown' : `the last that is shown is of ${newest.at.toISOString()}`;
  return [fail(spot, `The bot uses IAM and CloudTrail daily, but ${last}.`, { proof: 'stale' })];
}
