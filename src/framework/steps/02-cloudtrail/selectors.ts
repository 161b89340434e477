import type { EventSelectors } from '../../calls/cloudtrail.ts';

/** Which management events a trail records. */
export interface Recorded {
  read: boolean;
  write: boolean;
  /** Event sources that are left out: `kms.amazonaws.com`. */
  excluded: readonly string[];
  /** Fields by which it records a part of the events alone: `eventName`. */
  narrowed: readonly string[];
}

type Advanced = EventSelectors['AdvancedEventSelectors'][number];
type Field = Advanced['FieldSelectors'][number];

/** Both kinds of selectors in the same words. What a selector is called says nothing. */
export function managementEvents({ EventSelectors, AdvancedEventSelectors }: EventSelectors): Recorded {
  const parts = [
    ...EventSelectors.flatMap(({ ReadWriteType = 'All', IncludeManagementEvents = true, ...rest }): Recorded[] => {
      const type = ReadWriteType.toLowerCase();
      if (!IncludeManagementEvents) return [];
      return [
        {
          read: type === 'all' || type === 'readonly',
          write: type === 'all' || type === 'writeonly',
          excluded: rest.ExcludeManagementEventSources,
          narrowed: [],
        },
      ];
    }),
    ...AdvancedEventSelectors.filter(isManagement).map(advanced),
  ];
  const whole = parts.filter(({ narrowed }) => narrowed.length === 0);
  // A source is left out where each selector of one half leaves it out.
  const lost = (half: 'read' | 'write'): string[] => {
    const of = whole.filter((part) => part[half]);
    return (of[0]?.excluded ?? []).filter((source) => of.every(({ excluded }) => excluded.includes(source)));
  };
  return {
    read: whole.some(({ read }) => read),
    write: whole.some(({ write }) => write),
    excluded: [...new Set([...lost('read'), ...lost('write')])],
    narrowed: [...new Set(parts.flatMap(({ narrowed }) => narrowed))],
  };
}

const isManagement = ({ FieldSelectors }: Advanced): boolean =>
  FieldSelectors.some(
    ({ Field, Equals }) => Field === 'eventCategory' && Equals.some((value) => value.toLowerCase() === 'management'),
  );

function advanced({ FieldSelectors }: Advanced): Recorded {
  const readOnly = FieldSelectors.filter(({ Field }) => Field === 'readOnly');
  const takes = (value: string): boolean =>
    readOnly.every(
      ({ Equals, NotEquals }) => (Equals.length === 0 || Equals.includes(value)) && !NotEquals.includes(value),
    );
  const others = FieldSelectors.filter(({ Field }) => Field !== 'eventCategory' && Field !== 'readOnly');
  return {
    read: takes('true'),
    write: takes('false'),
    excluded: others.flatMap((field) => (isExclusion(field) ? field.NotEquals : [])),
    narrowed: others.filter((field) => !isExclusion(field)).map(({ Field }) => Field),
  };
}

const isExclusion = ({ Field, Equals, StartsWith, EndsWith, NotStartsWith, NotEndsWith }: Field): boolean =>
  Field === 'eventSource' &&
  [Equals, StartsWith, EndsWith, NotStartsWith, NotEndsWith].every((values) => values.length === 0);

/** Whether reads and writes of all objects of a bucket are recorded. `bucket` is its ARN. */
export const recordsObjectsOf = (selectors: EventSelectors, bucket: string): boolean =>
  selectors.EventSelectors.some(
    ({ ReadWriteType = 'All', DataResources }) =>
      ReadWriteType.toLowerCase() === 'all' &&
      DataResources.some(
        ({ Type, Values }) => Type === 'AWS::S3::Object' && Values.some((value) => `${bucket}/`.startsWith(value)),
      ),
  ) || selectors.AdvancedEventSelectors.some((selector) => recordsObjects(selector, bucket));

function recordsObjects({ FieldSelectors }: Advanced, bucket: string): boolean {
  const of = (name: string): Field | undefined => FieldSelectors.find(({ Field }) => Field === name);
  if (of('eventCategory')?.Equals.some((value) => value.toLowerCase() === 'data') !== true) return false;
  if (of('resources.type')?.Equals.includes('AWS::S3::Object') !== true) return false;
  // Any other field leaves some calls out.
  const known = ['eventCategory', 'resources.type', 'resources.ARN'];
  if (FieldSelectors.some(({ Field }) => !known.includes(Field))) return false;
  const arn = of('resources.ARN');
  if (arn === undefined) return true;
  const negative = arn.NotEquals.length + arn.NotStartsWith.length + arn.NotEndsWith.length + arn.EndsWith.length > 0;
  return !negative && arn.StartsWith.some((start) => `${bucket}/`.startsWith(start));
}
