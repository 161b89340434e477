import type { PublicAccessBlockConfiguration } from '@aws-sdk/client-s3';
import type { StaticOperationSchema, StaticStructureSchema } from '@smithy/types';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { AwsError, type Call, type Service } from '../service.ts';

const namespace = 'sandbox.s3control';

/** The blocks of public access of whole accounts; most have none. */
const blocks = perOrganization(() => new Map<string, PublicAccessBlockConfiguration>());

/** Blocks public access in a whole account, or no longer. */
export function blockAccount(organization: Organization, account: string, on: boolean): void {
  blocks(organization).set(account, {
    BlockPublicAcls: on,
    IgnorePublicAcls: on,
    BlockPublicPolicy: on,
    RestrictPublicBuckets: on,
  });
}

/** The SDK's package of S3 Control is no dependency: the one operation's wire, by its API model. */
const request: StaticStructureSchema = [
  3,
  namespace,
  'GetPublicAccessBlockRequest',
  0,
  ['AccountId'],
  [[0, { httpHeader: 'x-amz-account-id' }]],
  1,
];
const configuration: StaticStructureSchema = [
  3,
  namespace,
  'PublicAccessBlockConfiguration',
  0,
  ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'],
  [2, 2, 2, 2],
];
const output: StaticStructureSchema = [
  3,
  namespace,
  'GetPublicAccessBlockOutput',
  0,
  ['PublicAccessBlockConfiguration'],
  [[() => configuration, { httpPayload: 1 }]],
];
const operation: StaticOperationSchema = [
  9,
  namespace,
  'GetPublicAccessBlock',
  { http: ['GET', '/v20180820/configuration/publicAccessBlock', 200] },
  () => request,
  () => output,
];
class ControlClient {
  readonly config = {
    protocol: { getShapeId: () => 'aws.protocols#restXml' },
    protocolSettings: { xmlNamespace: 'http://awss3control.amazonaws.com/doc/2018-08-20/' },
  };
}

/** S3 Control, which signs as `s3`: requests to it are told by their path. Source: Amazon S3 Control API reference. */
export const s3Control: Service = {
  signingName: 's3-control',
  sdk: async () => ({ ControlClient, GetPublicAccessBlock$: operation }),
  operations: {
    GetPublicAccessBlock: ({ organization, account, input }: Call<{ AccountId: string }>) => {
      if (input.AccountId !== account) throw new AwsError('AccessDenied', 'Access Denied', 403);
      const block = blocks(organization).get(account);
      if (block === undefined)
        throw new AwsError(
          'NoSuchPublicAccessBlockConfiguration',
          'The public access block configuration was not found',
          404,
        );
      return { PublicAccessBlockConfiguration: block };
    },
  },
};
