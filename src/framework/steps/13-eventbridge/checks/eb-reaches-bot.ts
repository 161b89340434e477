import { type Asking, all } from '../../../asks.ts';
import type { About, RegionScope } from '../../../check.ts';
import { judgedLink } from '../../../delivery.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged } from '../../../verdict.ts';
import { activeRegionCheck } from '../active.ts';
import { arrivedFrom, type Reach, reachOf } from '../facts.ts';
import { type Kind, kindsIn } from '../kinds.ts';

const about: About = {
  id: 'eb-reaches-bot',
  version: 1,
  title: 'Every kind of event that matters is sent on',
  severity: 'high',
  daily: true,
  why: 'What no rule matches is told to nobody, and silence looks like peace.',
  passes:
    'For each kind of event that comes up in the place, a rule that is on matches a sample and leads to a confirmed receiver. Findings may be told by the administrator of their service.',
  fix: `aws events put-rule --name trailwatch-findings --event-pattern '{"source":["aws.guardduty","aws.securityhub","aws.access-analyzer","aws.config","aws.health","aws.controltower","aws.auditmanager"]}' --state ENABLED --region {region}
aws events put-rule --name trailwatch-api-calls --event-pattern '{"source":["aws.iam","aws.signin","aws.organizations","aws.cloudtrail","aws.kms","aws.s3","aws.ssm","aws.sts"],"detail-type":["AWS API Call via CloudTrail","AWS Console Sign In via CloudTrail"]}' --state ENABLED --region {region}
aws events put-targets --rule trailwatch-findings --targets Id=1,Arn=<topic, queue or central bus>,RoleArn=<role for a bus> --region {region}
aws events put-targets --rule trailwatch-api-calls --targets Id=1,Arn=<topic, queue or central bus>,RoleArn=<role for a bus> --region {region}`,
  references: ['https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html'],
};

interface Facts {
  reaches: readonly { kind: Kind; reach: Reach }[];
  arrived: ReadonlySet<string>;
}

export const check = activeRegionCheck(about, facts, judge);

function* facts(scope: RegionScope): Asking<Facts> {
  const here = yield* kindsIn(scope);
  const reaches = yield* all(
    here.map(function* (kind): Asking<Facts['reaches'][number]> {
      return { kind, reach: yield* reachOf(scope, kind) };
    }),
  );
  return { reaches, arrived: yield* arrivedFrom(scope) };
}

function judge({ reaches, arrived }: Facts, { account, region }: RegionScope): Judged[] {
  return reaches.map(({ kind, reach }) =>
    judgeKind(kind, reach, arrived, { account: account.id, region, resource: kind.id }),
  );
}

function judgeKind(
  kind: Kind,
  { own, administrator }: Reach,
  arrived: ReadonlySet<string>,
  spot: { account: string; region: string; resource: string },
): Judged {
  const way = own.is === 'value' ? own.value : null;
  if (way?.link?.is === 'pass') {
    const reason = `${way.link.reason}${way.graveOnly ? ' Grave ones only: a sample of medium severity is not matched.' : ''}`;
    return judgedLink(spot, { ...way.link, reason, proof: arrived.has(kind.sample.source) ? 'proven' : 'configured' });
  }
  const told = administrator?.way.is === 'value' ? administrator.way.value.link : null;
  if (administrator !== null && told?.is === 'pass')
    return judgedLink(
      spot,
      { ...told, proof: 'configured' },
      { inheritedFrom: `administrator ${administrator.account}` },
    );
  if (own.is === 'unknown') return unknownFrom(spot, own);
  if (administrator?.way.is === 'unknown') return unknownFrom(spot, administrator.way);
  if (way?.link != null) return judgedLink(spot, way.link, { cause: 'eb-target-alive' });
  if (way?.trouble != null) return unknownFrom(spot, way.trouble);
  return fail(spot, `No rule that is on matches ${kind.name} here.`, { proof: 'proven' });
}
