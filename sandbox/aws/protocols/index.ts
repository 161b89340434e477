import type { Schemas } from '../schemas.ts';
import { json } from './json.ts';
import type { Protocol, WireRequest } from './protocol.ts';
import { ec2Query, query } from './query.ts';
import { restJson, restXml } from './rest.ts';

/** The protocol that a request to a service speaks. */
export function protocolOf(schemas: Schemas, request: WireRequest): Protocol {
  switch (schemas.protocol) {
    case 'aws.protocols#ec2Query':
      return ec2Query(schemas, request);
    case 'aws.protocols#awsQuery':
      return query(schemas, request);
    case 'aws.protocols#restJson1':
      return restJson(schemas);
    case 'aws.protocols#restXml':
      return restXml(schemas);
    case 'aws.protocols#awsJson1_0':
    case 'aws.protocols#awsJson1_1':
      return json(schemas, request);
    default:
      throw new Error(`The sandbox does not speak ${schemas.protocol}.`);
  }
}
