import { type Answer, type Asking, all } from '../../../asks.ts';
import type { About, RegionScope } from '../../../check.ts';
import { judgedLink, type Link } from '../../../delivery.ts';
import { ruleLink } from '../../../event-rules.ts';
import { activeRegionCheck } from '../active.ts';
import { eachRule, type PathRule, pathRules } from '../facts.ts';

const about: About = {
  id: 'eb-target-alive',
  version: 1,
  title: 'Rules send to something that is there and may take it',
  severity: 'high',
  why: 'A rule goes on matching when its queue is deleted or its topic no longer lets EventBridge in.',
  passes:
    'Each rule on a way has a target that exists, whose policy and key let EventBridge in, and behind which a confirmed subscription, a queue or another rule stands.',
  fix: `aws events put-targets --rule {name} --targets Id=1,Arn=<topic, queue or central bus>,RoleArn=<role for a bus> --region {region}
aws sns set-topic-attributes --topic-arn <topic-arn> --attribute-name Policy --attribute-value '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sns:Publish","Resource":"<topic-arn>"}]}' --region {region}`,
  references: ['https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html'],
};

type Facts = Answer<readonly (PathRule & { link: Link })[]>;

export const check = activeRegionCheck(about, facts, (paths, scope) =>
  eachRule(paths, scope, ({ link }, spot) => judgedLink(spot, link)),
);

function* facts(scope: RegionScope): Asking<Facts> {
  const paths = yield* pathRules(scope);
  if (paths.is !== 'value') return paths;
  const links = yield* all(paths.value.map(({ rule, sample }) => ruleLink(scope.estate, rule, sample)));
  return {
    ...paths,
    value: paths.value.flatMap((path, at) => links.slice(at, at + 1).map((link) => ({ ...path, link }))),
  };
}
