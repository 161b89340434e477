import { plural } from '../../../words/text.ts';
import { type Asking, all, type Place } from '../../asks.ts';
import { bestOf, breaks, holds, type Link, unsure, unsureFrom, worstOf } from '../../delivery.ts';
import { type Estate, type EstateAccount, globalPlace, organizationSpot } from '../../estate.ts';
import { matching, ruleLink, rulesOf, type SampleEvent } from '../../event-rules.ts';
import { signInRegions } from '../09-iam-changes/samples.ts';
import { isActive } from '../13-eventbridge/active.ts';
import { type Sample, samples, type Topic } from './samples.ts';

/** The events that EventBridge hands on for the samples which a control must catch. */
const eventsOf = (topic: Topic): readonly SampleEvent[] =>
  samples[topic].flatMap(({ caught, record }: Sample): SampleEvent[] => {
    const signIn = record['eventType'] === 'AwsConsoleSignIn';
    const service = String(record['eventSource']).replace('.amazonaws.com', '');
    return caught
      ? [
          {
            source: `aws.${signIn ? 'signin' : service}`,
            'detail-type': `AWS ${signIn ? 'Console Sign In' : 'API Call'} via CloudTrail`,
            detail: record,
          },
        ]
      : [];
  });

/**
 * Where the events of a control about an account come up. What is done to the organization comes up in its management
 * account alone. Source: CloudTrail user guide, "Global service events" and "AWS Management Console sign-in events".
 */
function placesOf(topic: Topic, estate: Estate, { id, regions }: EstateAccount): readonly Place[] {
  const global = globalPlace(estate, id);
  const on = regions.is === 'value' ? regions.value : [];
  const here = (region: string): Place => ({ account: id, region });
  switch (topic) {
    case 'organizations':
      return [globalPlace(estate, organizationSpot(estate).account)];
    case 'iam-policy':
      return [global];
    case 'signin-failure':
    case 'signin-no-mfa':
      return [global, ...signInRegions.filter((region) => on.includes(region) && region !== global.region).map(here)];
    default:
      return on.map(here);
  }
}

/** Whether the rules of an account's own buses tell of everything that a control must catch, wherever it comes up. */
export function* coveredByRules(estate: Estate, account: EstateAccount, topic: Topic): Asking<Link> {
  if (account.regions.is === 'unknown') return unsureFrom(account.regions);
  let covered: Link = breaks('No region of it is on.');
  let looked = 0;
  // The first region that misses it decides: the others need not be asked, nor need those in which nothing ever happened.
  for (const place of placesOf(topic, estate, account)) {
    if (place.account === account.id && !(yield* isActive({ estate, account, region: place.region }))) continue;
    looked += 1;
    const link = yield* placeByRules(estate, place, topic);
    if (link.is !== 'pass') return link;
    covered = worstOf([covered, link].filter(({ is }) => is === 'pass')) ?? link;
  }
  return covered.is === 'pass'
    ? {
        ...covered,
        reason: `${covered.reason} So in ${plural(looked, 'region')}, all in which anything happened; the benchmark’s text, which wants a metric filter and an alarm, is not met to the letter.`,
      }
    : covered;
}

function* placeByRules(estate: Estate, place: Place, topic: Topic): Asking<Link> {
  const rules = yield* rulesOf(place, 'default');
  if (rules.is === 'unknown') return unsureFrom(rules);
  if (rules.is === 'absent') return breaks(rules.message);
  const links = yield* all(
    eventsOf(topic).map(function* (event): Asking<Link> {
      const { rules: found, trouble } = yield* matching(estate, rules.value, event);
      const ways = yield* all(found.map((rule) => ruleLink(estate, rule, event)));
      const best = bestOf(ways);
      if (best?.is === 'pass') return holds(`The rules of its bus catch it: ${best.reason}`, best.proof);
      if (trouble !== null) return unsureFrom(trouble);
      return best ?? breaks(`No rule of the bus in ${place.region} matches ${String(event.detail['eventName'])}.`);
    }),
  );
  return worstOf(links) ?? unsure('not asked', 'The control has no samples.');
}
