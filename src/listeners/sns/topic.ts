/** What a topic's ARN says about who signs its messages. */
export interface TopicOrigin {
  region: string;
  /** The region's SNS endpoint: the only host that its signing certificates come from, and that SubscribeURLs point to. */
  host: string;
  /** The name in the signing certificate. */
  certificateName: string;
}

// Regions that every account has. All later ones are opt-in, and those sign under a name of their own.
const classicRegions = new Set([
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'sa-east-1',
]);

const arnPattern =
  /^arn:(aws|aws-cn|aws-us-gov|aws-eusc):sns:([a-z]+(?:-[a-z]+)+-\d+):\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?$/;

export const isTopicArn = (arn: string): boolean => arnPattern.test(arn);

/**
 * Where the messages of a topic come from, by its region and partition.
 * Source: the host and certificate names of SnsHostProvider in the AWS SDK for Java.
 * @throws Error when it is not the ARN of an SNS topic in a partition we know.
 */
export const topicOrigin = (arn: string): TopicOrigin => {
  const [, partition, region] = arnPattern.exec(arn) ?? [];
  if (partition === undefined || region === undefined || partition !== partitionOf(region)) {
    throw new Error(
      `"${arn}" is not the ARN of an SNS topic, such as arn:aws:sns:eu-west-1:111122223333:security-alerts.`,
    );
  }
  switch (partition) {
    case 'aws-cn':
      return { region, host: `sns.${region}.amazonaws.com.cn`, certificateName: `sns-${region}.amazonaws.com.cn` };
    case 'aws-us-gov':
      // Both GovCloud regions sign under the name of the western one.
      return { region, host: `sns.${region}.amazonaws.com`, certificateName: 'sns-us-gov-west-1.amazonaws.com' };
    case 'aws-eusc':
      return { region, host: `sns.${region}.amazonaws.eu`, certificateName: `sns-signing.${region}.amazonaws.eu` };
    default:
      return {
        region,
        host: `sns.${region}.amazonaws.com`,
        certificateName: classicRegions.has(region) ? 'sns.amazonaws.com' : `sns-signing.${region}.amazonaws.com`,
      };
  }
};

const partitionOf = (region: string): string => {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('eusc-')) return 'aws-eusc';
  return 'aws';
};
