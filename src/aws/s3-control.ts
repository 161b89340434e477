import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { AwsRestXmlProtocol } from '@aws-sdk/core/protocols';
import type { StaticOperationSchema, StaticStructureSchema } from '@smithy/types';
import { commandOf, ownSettings, structureOf } from './own-client.ts';

const namespace = 'com.amazonaws.s3control';

/**
 * S3 Control, for the one setting of an account that is asked. A package of the SDK's own would be a dependency for one call.
 * Source: Amazon S3 Control API reference, GetPublicAccessBlock; its API model for the address.
 */
export class S3ControlClient extends STSClient {
  constructor(settings: STSClientConfig) {
    super(
      ownSettings(settings, {
        serviceId: 'S3 Control',
        signingName: 's3',
        protocol: AwsRestXmlProtocol,
        protocolSettings: {
          defaultNamespace: namespace,
          xmlNamespace: 'http://awss3control.amazonaws.com/doc/2018-08-20/',
        },
        host: ({ region, suffix, account }) => `${account}.s3-control.${region}.${suffix}`,
      }),
    );
  }
}

const block = structureOf(namespace, 'PublicAccessBlockConfiguration', {
  BlockPublicAcls: 2,
  IgnorePublicAcls: 2,
  BlockPublicPolicy: 2,
  RestrictPublicBuckets: 2,
});
const request: StaticStructureSchema = [
  3,
  namespace,
  'GetPublicAccessBlockRequest',
  0,
  ['AccountId'],
  [[0, { httpHeader: 'x-amz-account-id' }]],
];
const result: StaticStructureSchema = [
  3,
  namespace,
  'GetPublicAccessBlockOutput',
  0,
  ['PublicAccessBlockConfiguration'],
  [[() => block, 16]],
];
const operation: StaticOperationSchema = [
  9,
  namespace,
  'GetPublicAccessBlock',
  { http: ['GET', '/v20180820/configuration/publicAccessBlock', 200] },
  () => request,
  () => result,
];

const command = commandOf('S3Control');

/** The block of public access of a whole account: input `{ AccountId }`. */
export class GetPublicAccessBlockCommand extends command({}, () => [], 'GetPublicAccessBlock', operation) {}
