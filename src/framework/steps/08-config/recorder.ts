import type { Recorder } from '../../calls/config.ts';

/** What has to be recorded for a history of IAM. */
export const iamTypes = ['AWS::IAM::User', 'AWS::IAM::Group', 'AWS::IAM::Role', 'AWS::IAM::Policy'] as const;

/**
 * The regions that Config served before February 2022: no other records IAM, whatever its recorder says.
 * Source: AWS Config API reference, RecordingGroup, "globally recorded resource types".
 */
const regionsWithIam: ReadonlySet<string> = new Set([
  ...[
    'us-east-1',
    'us-east-2',
    'us-west-1',
    'us-west-2',
    'us-gov-east-1',
    'us-gov-west-1',
    'ca-central-1',
    'sa-east-1',
  ],
  ...['eu-central-1', 'eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-north-1', 'eu-south-1', 'af-south-1', 'me-south-1'],
  ...['ap-east-1', 'ap-south-1', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-southeast-1'],
  ...['ap-southeast-2', 'ap-southeast-3', 'cn-north-1', 'cn-northwest-1'],
]);

export const canRecordIam = (region: string): boolean => regionsWithIam.has(region);

/** The IAM types that a recorder records; null where its strategy is a word that is not known. */
export function iamTypesIn({ region, recorder }: { region: string; recorder: Recorder }): readonly string[] | null {
  const group = recorder.recordingGroup;
  const wanted = selected();
  return wanted !== null && canRecordIam(region) ? wanted : wanted === null ? null : [];

  function selected(): readonly string[] | null {
    const named = iamTypes.filter((type) => group?.resourceTypes.includes(type) === true);
    // The strategy has the last word. Source: AWS Config API reference, RecordingStrategy.
    switch (group?.recordingStrategy?.useOnly?.toUpperCase() ?? 'ALL_SUPPORTED_RESOURCE_TYPES') {
      case 'INCLUSION_BY_RESOURCE_TYPES':
        return named;
      case 'EXCLUSION_BY_RESOURCE_TYPES':
        return iamTypes.filter((type) => group?.exclusionByResourceTypes?.resourceTypes.includes(type) !== true);
      case 'ALL_SUPPORTED_RESOURCE_TYPES':
        if (group?.allSupported !== true) return named;
        return group.includeGlobalResourceTypes === true ? iamTypes : [];
      default:
        return null;
    }
  }
}

/** How often a recorder captures a type, in capitals: `CONTINUOUS`, `DAILY`. Source: AWS Config API reference, RecordingMode. */
export function frequencyOf({ recordingMode }: Recorder, type: string): string {
  const overriding = recordingMode?.recordingModeOverrides.find(({ resourceTypes }) => resourceTypes.includes(type));
  return (overriding?.recordingFrequency ?? recordingMode?.recordingFrequency ?? 'CONTINUOUS').toUpperCase();
}

/** Words of Config's statuses, which are written in more than one way: `Success`, `SUCCESS`, `Not_Applicable`. */
export function statusWord(word: string | undefined): 'success' | 'failure' | 'pending' | 'none' | 'unknown' {
  switch ((word ?? 'NOT_APPLICABLE').toUpperCase().replaceAll('_', '')) {
    case 'NOTAPPLICABLE':
      return 'none';
    case 'SUCCESS':
      return 'success';
    case 'FAILURE':
      return 'failure';
    case 'PENDING':
      return 'pending';
    default:
      return 'unknown';
  }
}
