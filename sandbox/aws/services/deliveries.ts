import type {
  CreateDeliveryRequest,
  CreateDeliveryResponse,
  DeleteDeliveryRequest,
  Delivery,
  DeliveryDestination,
  DeliverySource,
  DescribeDeliveriesRequest,
  DescribeDeliveriesResponse,
  DescribeDeliveryDestinationsRequest,
  DescribeDeliveryDestinationsResponse,
  DescribeDeliverySourcesRequest,
  DescribeDeliverySourcesResponse,
  PutDeliveryDestinationRequest,
  PutDeliveryDestinationResponse,
  PutDeliverySourceRequest,
  PutDeliverySourceResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import { known } from '../../organization/accounts.ts';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { hexOf } from '../../organization/stable.ts';
import { homeRegion } from '../../organization/traces.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call } from '../service.ts';

interface Place {
  account: string;
  region: string;
}

/** The bucket of prod-data whose access logs CloudWatch Logs delivers. */
export const lakeBucket = 'prod-data-lake';

const arnOf = ({ account, region }: Place, kind: string, name: string): string =>
  `arn:aws:logs:${region}:${account}:${kind}:${name}`;

const ofLake = { account: known.data, region: homeRegion };

/** What CloudWatch Logs delivers: the access logs of the data lake. */
const deliveries = perOrganization(() => ({
  sources: [
    {
      ...ofLake,
      source: {
        name: 'data-lake',
        arn: arnOf(ofLake, 'delivery-source', 'data-lake'),
        resourceArns: [`arn:aws:s3:::${lakeBucket}`],
        service: 's3',
        logType: 'S3_SERVER_ACCESS_LOGS',
      },
    },
  ] as (Place & { source: DeliverySource })[],
  destinations: [
    {
      ...ofLake,
      destination: {
        name: 'access-logs',
        arn: arnOf(ofLake, 'delivery-destination', 'access-logs'),
        deliveryDestinationType: 'CWL',
        deliveryDestinationConfiguration: { destinationResourceArn: arnOf(ofLake, 'log-group', 'data-lake-access') },
      },
    },
  ] as (Place & { destination: DeliveryDestination })[],
  deliveries: [
    {
      ...ofLake,
      delivery: {
        id: 'dlakeAccessLogs',
        arn: arnOf(ofLake, 'delivery', 'dlakeAccessLogs'),
        deliverySourceName: 'data-lake',
        deliveryDestinationArn: arnOf(ofLake, 'delivery-destination', 'access-logs'),
        deliveryDestinationType: 'CWL',
      },
    },
  ] as (Place & { delivery: Delivery })[],
}));

/** Log groups to which access logs of buckets are delivered, with the bucket. */
export const deliveredLogGroups = (organization: Organization): { group: string; bucket: string }[] => {
  const state = deliveries(organization);
  return state.deliveries.flatMap(({ delivery }) => {
    const source = state.sources.find(({ source: { name } }) => name === delivery.deliverySourceName)?.source;
    const destination = state.destinations.find(({ destination: { arn } }) => arn === delivery.deliveryDestinationArn);
    const group = destination?.destination.deliveryDestinationConfiguration?.destinationResourceArn;
    const bucket = source?.resourceArns?.[0]?.split(':::')[1];
    return group === undefined || bucket === undefined || source?.logType !== 'S3_SERVER_ACCESS_LOGS'
      ? []
      : [{ group, bucket }];
  });
};

const isHere =
  ({ account, region }: Call<unknown>) =>
  (place: Place): boolean =>
    place.account === account && place.region === region;

const placeOf = ({ account, region }: Call<unknown>): Place => ({ account, region });

/** Deliveries of logs that services hand over. Source: CloudWatch Logs API reference. */
export const deliveryOperations = {
  DescribeDeliverySources: (call: Call<DescribeDeliverySourcesRequest>): DescribeDeliverySourcesResponse => {
    const { nextToken: token, limit: size = 50, ...request } = call.input;
    const all = deliveries(call.organization).sources.filter(isHere(call));
    const { items, next } = pageOf(all, { token, size, request });
    return { deliverySources: items.map(({ source }) => source), nextToken: next };
  },

  DescribeDeliveries: (call: Call<DescribeDeliveriesRequest>): DescribeDeliveriesResponse => {
    const { nextToken: token, limit: size = 50, ...request } = call.input;
    const all = deliveries(call.organization).deliveries.filter(isHere(call));
    const { items, next } = pageOf(all, { token, size, request });
    return { deliveries: items.map(({ delivery }) => delivery), nextToken: next };
  },

  DescribeDeliveryDestinations: (
    call: Call<DescribeDeliveryDestinationsRequest>,
  ): DescribeDeliveryDestinationsResponse => {
    const { nextToken: token, limit: size = 50, ...request } = call.input;
    const all = deliveries(call.organization).destinations.filter(isHere(call));
    const { items, next } = pageOf(all, { token, size, request });
    return { deliveryDestinations: items.map(({ destination }) => destination), nextToken: next };
  },

  PutDeliverySource: (call: Call<PutDeliverySourceRequest>): PutDeliverySourceResponse => {
    const { name = '', resourceArn = '', logType } = call.input;
    const { sources } = deliveries(call.organization);
    const source: DeliverySource = {
      name,
      arn: arnOf(call, 'delivery-source', name),
      resourceArns: [resourceArn],
      service: resourceArn.split(':')[2],
      logType,
    };
    const at = sources.findIndex((one) => isHere(call)(one) && one.source.name === name);
    sources.splice(at === -1 ? sources.length : at, at === -1 ? 0 : 1, { ...placeOf(call), source });
    return { deliverySource: source };
  },

  PutDeliveryDestination: (call: Call<PutDeliveryDestinationRequest>): PutDeliveryDestinationResponse => {
    const { name = '', deliveryDestinationConfiguration } = call.input;
    const destination: DeliveryDestination = {
      name,
      arn: arnOf(call, 'delivery-destination', name),
      deliveryDestinationType: 'CWL',
      deliveryDestinationConfiguration,
    };
    deliveries(call.organization).destinations.push({ ...placeOf(call), destination });
    return { deliveryDestination: destination };
  },

  CreateDelivery: (call: Call<CreateDeliveryRequest>): CreateDeliveryResponse => {
    const { deliverySourceName = '', deliveryDestinationArn = '' } = call.input;
    const state = deliveries(call.organization);
    if (!state.sources.some((one) => isHere(call)(one) && one.source.name === deliverySourceName))
      throw new AwsError('ResourceNotFoundException', `The delivery source ${deliverySourceName} does not exist.`);
    const id = hexOf(call.account, call.region, deliverySourceName, deliveryDestinationArn).slice(0, 16);
    const delivery: Delivery = {
      id,
      arn: arnOf(call, 'delivery', id),
      deliverySourceName,
      deliveryDestinationArn,
      deliveryDestinationType: 'CWL',
    };
    state.deliveries.push({ ...placeOf(call), delivery });
    return { delivery };
  },

  DeleteDelivery: (call: Call<DeleteDeliveryRequest>): object => {
    const state = deliveries(call.organization);
    const at = state.deliveries.findIndex((one) => isHere(call)(one) && one.delivery.id === call.input.id);
    if (at === -1) throw new AwsError('ResourceNotFoundException', `The delivery ${call.input.id} does not exist.`);
    state.deliveries.splice(at, 1);
    return {};
  },
};
