/** Whether the SDK knows a region by this name; one that is newer than the SDK it does not. */
export async function isKnownRegion(name: string): Promise<boolean> {
  const { partition } = await import('@aws-sdk/core/client');
  // Only a region that is on its list has one; all others are taken for one of the partition that their name suggests.
  return 'description' in partition(name);
}

/** The regions of AWS by name, for "did you mean"; a newer one is known where it is enabled. Source: AWS General Reference, "AWS Regions". */
export const regionNames: readonly string[] = [
  ...[
    'af-south-1',
    'ap-east-1',
    'ap-east-2',
    'ap-northeast-1',
    'ap-northeast-2',
    'ap-northeast-3',
    'ap-south-1',
    'ap-south-2',
  ],
  ...['ap-southeast-1', 'ap-southeast-2', 'ap-southeast-3', 'ap-southeast-4', 'ap-southeast-5', 'ap-southeast-7'],
  ...[
    'ca-central-1',
    'ca-west-1',
    'cn-north-1',
    'cn-northwest-1',
    'eu-central-1',
    'eu-central-2',
    'eu-north-1',
    'eu-south-1',
  ],
  ...[
    'eu-south-2',
    'eu-west-1',
    'eu-west-2',
    'eu-west-3',
    'il-central-1',
    'me-central-1',
    'me-south-1',
    'mx-central-1',
  ],
  ...['sa-east-1', 'us-east-1', 'us-east-2', 'us-gov-east-1', 'us-gov-west-1', 'us-west-1', 'us-west-2'],
];
