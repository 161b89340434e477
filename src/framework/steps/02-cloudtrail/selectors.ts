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
