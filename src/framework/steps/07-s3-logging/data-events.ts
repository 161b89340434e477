import { type Asking, all, ask } from '../../asks.ts';
import { type EventSelectors, getEventSelectors } from '../../calls/cloudtrail.ts';
import type { Estate } from '../../estate.ts';
import { allTrails, isLogging, trailsIn, type Unknown, withStatus } from '../02-cloudtrail/facts.ts';

/** What the trails that are on record of data. */
export interface DataTrails {
  trails: readonly { name: string; selectors: EventSelectors }[];
  /** Why one may be missing here; null: none is. */
  trouble: Unknown | null;
}

/** The trails that record in an account and region: the organization's, and its own. */
export function* dataTrails(estate: Estate, account: string, region: string): Asking<DataTrails> {
  const organization = yield* allTrails(estate);
  const own = yield* trailsIn(account, [region]);
  const known = new Set(organization.meant.map(({ trail }) => trail.TrailARN));
  const others = yield* all(own.seen.filter(({ trail }) => !known.has(trail.TrailARN)).map(withStatus));
  const every = [...organization.meant, ...others];
  const on = every.filter(isLogging);
  const read = yield* all(on.map(({ trail, place }) => ask(getEventSelectors, place, { TrailName: trail.TrailARN })));
  const dark = [...every.map(({ status }) => status), ...read].find((answer) => answer.is === 'unknown');
  return {
    trails: read.flatMap((answer, at) =>
      answer.is === 'value' ? [{ name: on[at]?.trail.Name ?? '', selectors: answer.value }] : [],
    ),
    trouble: own.trouble ?? organization.trouble ?? (dark?.is === 'unknown' ? dark : null),
  };
}

/** Which requests for objects of a bucket are recorded. */
export interface Recorded {
  read: boolean;
  write: boolean;
}

/** What selectors record of all objects of a bucket; what is narrowed to some of them does not count. */
export function recordedOf({ EventSelectors, AdvancedEventSelectors }: EventSelectors, bucket: string): Recorded {
  const parts = [
    ...EventSelectors.filter(({ DataResources }) =>
      DataResources.some(({ Type, Values }) => Type === objects && Values.some((value) => covers(value, bucket))),
    ).map(({ ReadWriteType = 'All' }) => {
      const type = ReadWriteType.toUpperCase();
      return { read: type === 'ALL' || type === 'READONLY', write: type === 'ALL' || type === 'WRITEONLY' };
    }),
    ...AdvancedEventSelectors.map((selector) => advanced(selector, bucket)),
  ];
  return { read: parts.some(({ read }) => read), write: parts.some(({ write }) => write) };
}

const objects = 'AWS::S3::Object';

/** Whether a prefix of ARNs takes in every object of a bucket: `arn:aws:s3`, `arn:aws:s3:::`, `arn:aws:s3:::bucket/`. */
const covers = (prefix: string, bucket: string): boolean =>
  prefix !== '' && `${prefix.split(':').slice(0, 2).join(':')}:s3:::${bucket}/`.startsWith(prefix);

function advanced({ FieldSelectors }: EventSelectors['AdvancedEventSelectors'][number], bucket: string): Recorded {
  const of = (name: string) => FieldSelectors.filter(({ Field }) => Field === name);
  const none = { read: false, write: false };
  const isData = of('eventCategory').some(({ Equals }) => Equals.some((word) => word.toUpperCase() === 'DATA'));
  if (!isData || !of('resources.type').some(({ Equals }) => Equals.includes(objects))) return none;
  const known = new Set(['eventCategory', 'resources.type', 'resources.ARN', 'readOnly']);
  if (FieldSelectors.some(({ Field }) => !known.has(Field))) return none;
  const whole = of('resources.ARN').every(
    ({ Equals, EndsWith, NotEquals, NotEndsWith, StartsWith, NotStartsWith }) =>
      [...Equals, ...EndsWith, ...NotEquals, ...NotEndsWith].length === 0 &&
      (StartsWith.length === 0 || StartsWith.some((prefix) => covers(prefix, bucket))) &&
      !NotStartsWith.some((prefix) => touches(prefix, bucket)),
  );
  if (!whole) return none;
  const takes = (value: string): boolean =>
    of('readOnly').every(
      ({ Equals, NotEquals }) => (Equals.length === 0 || Equals.includes(value)) && !NotEquals.includes(value),
    );
  return { read: takes('true'), write: takes('false') };
}

/** Whether some object of a bucket begins with a prefix of ARNs. */
const touches = (prefix: string, bucket: string): boolean =>
  covers(prefix, bucket) || prefix.split(':::')[1]?.startsWith(`${bucket}/`) === true;
