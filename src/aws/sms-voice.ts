import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { AwsJson1_0Protocol } from '@aws-sdk/core/protocols';
import type { StaticOperationSchema } from '@smithy/types';
import { commandOf, ownSettings, structureOf } from './own-client.ts';

const namespace = 'com.amazonaws.pinpointsmsvoicev2';

/**
 * AWS End User Messaging, for the one call that is made: the SDK's package would be loaded for nothing else.
 * Source: AWS End User Messaging SMS and Voice v2 API reference, SendVoiceMessage.
 */
export class SmsVoiceClient extends STSClient {
  constructor(settings: STSClientConfig) {
    super(
      ownSettings(settings, {
        serviceId: 'Pinpoint SMS Voice V2',
        signingName: 'sms-voice',
        protocol: AwsJson1_0Protocol,
        protocolSettings: { defaultNamespace: namespace, serviceTarget: 'PinpointSMSVoiceV2' },
        host: ({ region, suffix }) => `sms-voice.${region}.${suffix}`,
      }),
    );
  }
}

const request = structureOf(namespace, 'SendVoiceMessageRequest', {
  DestinationPhoneNumber: 0,
  OriginationIdentity: 0,
  MessageBody: 0,
  MessageBodyTextType: 0,
  ConfigurationSetName: 0,
  TimeToLive: 1,
});
const response = structureOf(namespace, 'SendVoiceMessageResult', { MessageId: 0 });
const send: StaticOperationSchema = [9, namespace, 'SendVoiceMessage', 0, () => request, () => response];

const command = commandOf('PinpointSMSVoiceV2');

export class SendVoiceMessageCommand extends command({}, () => [], 'SendVoiceMessage', send) {}
