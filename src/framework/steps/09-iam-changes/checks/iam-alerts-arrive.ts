import type { Asking } from '../../../asks.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { judgedLink, type Link } from '../../../delivery.ts';
import { globalPlace, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass } from '../../../verdict.ts';
import { iamDelivery, iamRules, type Reconciled, reconciled, wayOr } from '../facts.ts';

const about: About = {
  id: 'iam-alerts-arrive',
  version: 1,
  title: 'Changes in IAM that happened were told',
  severity: 'high',
  why: 'A rule that matches and sends to nobody is as good as none.',
  passes:
    'A rule that matches changes in IAM leads to a confirmed receiver, and every change of the last week is among the messages that the bot received.',
  fix: 'aws events put-targets --rule trailwatch-iam-changes --targets Id=1,Arn=<topic, queue or central bus> --region {region}',
  references: ['https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html'],
};

interface Facts {
  way: Link | null;
  reconciled: Reconciled;
}

export const check = accountCheck(about, facts, judge);

function* facts(scope: AccountScope): Asking<Facts> {
  const rules = yield* iamRules(scope);
  const way = wayOr(rules, yield* iamDelivery(scope, rules));
  return { way, reconciled: yield* reconciled(scope) };
}

function judge({ way, reconciled: { since, changes, received } }: Facts, { estate, account }: AccountScope): Judged[] {
  const spot = globalPlace(estate, account.id);
  if (way === null) return [fail(spot, 'No rule matches changes in IAM.', { cause: 'iam-alerts-match' })];
  if (way.is !== 'pass') return [judgedLink(spot, way)];
  // What the bot received is not known: the settings stand.
  if (received.is !== 'value') return [judgedLink(spot, { ...way, proof: 'configured' })];
  if (changes.is === 'unknown') return [unknownFrom(spot, changes)];
  if (changes.is === 'absent') return [notApplicable(spot, changes.message)];
  const missing = changes.value.filter(({ EventId }) => !received.value.has(EventId));
  if (missing.length > 0)
    return [
      fail(
        spot,
        `${missing.length} of ${changes.value.length} changes since ${since.toISOString()} were not told: ${missing
          .slice(0, 5)
          .map(({ EventName, EventId }) => `${EventName} ${EventId}`)
          .join(', ')}.`,
        { proof: 'proven' },
      ),
    ];
  const [newest] = changes.value;
  return [
    newest === undefined
      ? judgedLink(spot, { ...way, proof: 'configured' })
      : pass(
          spot,
          `All ${changes.value.length} changes since ${since.toISOString()} were told, the newest of ${newest.EventTime.toISOString()}.`,
          {
            proof: 'proven',
          },
        ),
  ];
}
