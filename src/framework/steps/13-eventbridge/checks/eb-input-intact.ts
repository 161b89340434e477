import type { Target } from '../../../calls/events.ts';
import type { About } from '../../../check.ts';
import { breaks, holds, judgedLink, type Link, unsure, worstOf } from '../../../delivery.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, type Spot } from '../../../verdict.ts';
import { activeRegionCheck } from '../active.ts';
import { eachRule, type PathTargets, pathTargets } from '../facts.ts';

const about: About = {
  id: 'eb-input-intact',
  version: 1,
  title: 'Events arrive whole',
  severity: 'medium',
  why: 'A transformer that drops the account, the region or the event’s id leaves an alert that nobody can follow.',
  passes: 'Targets on a way take the event as it is, or a transformer keeps its id, account and region.',
  fix: `aws events put-targets --rule {name} --targets '[{"Id":"<target id>","Arn":"<target arn>","RoleArn":"<role for a bus>","DeadLetterConfig":{"Arn":"<queue arn>"}}]' --region {region}`,
  references: ['https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html'],
};

export const check = activeRegionCheck(about, pathTargets, (paths, scope) => eachRule(paths, scope, judgeRule));

function judgeRule({ rule: { rule }, targets }: PathTargets, spot: Spot): Judged {
  if (targets.is === 'unknown') return unknownFrom(spot, targets);
  const worst = worstOf(targets.is === 'value' ? targets.value.map(inputLink) : []);
  return worst === undefined
    ? fail(spot, `The rule ${rule.Name} has no target.`, { cause: 'eb-target-alive' })
    : judgedLink(spot, worst);
}

/** What an alert needs, each with the parts of an event that hold it. */
const needed: readonly { what: string; in: readonly string[] }[] = [
  { what: 'the id', in: ['$', '$.id', '$.detail', '$.detail.eventID', '$.detail.id'] },
  { what: 'the account', in: ['$', '$.account', '$.detail', '$.detail.recipientAccountId', '$.detail.accountId'] },
  { what: 'the region', in: ['$', '$.region', '$.detail', '$.detail.awsRegion', '$.detail.region'] },
];

function inputLink({ Id, Input, InputPath, InputTransformer }: Target): Link {
  if (Input !== undefined) return breaks(`The target ${Id} is sent a fixed text in place of the event.`);
  if (InputTransformer !== undefined) return transformed(Id, InputTransformer);
  return InputPath === undefined ? holds(`The target ${Id} is sent the whole event.`) : keeps(Id, [InputPath]);
}

function transformed(id: string, { InputPathsMap, InputTemplate }: NonNullable<Target['InputTransformer']>): Link {
  if (/<aws\.events\.event(?:\.json)?>/.test(InputTemplate)) return holds(`The target ${id} is sent the whole event.`);
  const used = [...InputTemplate.matchAll(/<([^<>]+)>/g)].map(([, name = '']) => name);
  return keeps(
    id,
    used.flatMap((name) => (Object.hasOwn(InputPathsMap, name) ? (InputPathsMap[name] ?? []) : [])),
  );
}

function keeps(id: string, paths: readonly string[]): Link {
  const odd = paths.find((path) => !/^\$(?:\.[\w-]+)*$/.test(path));
  const lost = needed.filter((one) => !paths.some((path) => one.in.includes(path))).map(({ what }) => what);
  if (lost.length === 0) return holds(`The target ${id} is sent what an alert needs.`);
  if (odd !== undefined) return unsure('not readable', `The path ${odd} of the target ${id} cannot be judged.`);
  return breaks(`The target ${id} is sent the event without ${lost.join(', ')}.`);
}
