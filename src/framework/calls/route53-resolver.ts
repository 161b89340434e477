import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const service = 'route53Resolver';
/** A host that does not exist: the region has no Resolver logging. */
const absent = ['ENOTFOUND'];

const Configs = z.object({
  ResolverQueryLogConfigs: z
    .array(
      z.object({
        Id: z.string(),
        Name: z.string().optional(),
        Status: z.string().optional(),
        ShareStatus: z.string().optional(),
        DestinationArn: z.string().optional(),
      }),
    )
    .default([]),
});
/** Those that the account made, and those that are shared with it. */
export const listResolverQueryLogConfigs: Call<z.output<typeof Configs>> = {
  service,
  operation: 'ListResolverQueryLogConfigs',
  output: Configs,
  absent,
  pages: pagedBy('NextToken', 'ResolverQueryLogConfigs'),
};
export type QueryLogConfig = z.output<typeof Configs>['ResolverQueryLogConfigs'][number];

const Associations = z.object({
  ResolverQueryLogConfigAssociations: z
    .array(
      z.object({
        ResolverQueryLogConfigId: z.string().optional(),
        ResourceId: z.string().optional(),
        Status: z.string().optional(),
        Error: z.string().optional(),
        ErrorMessage: z.string().optional(),
      }),
    )
    .default([]),
});
/** Of the account's own networks. */
export const listResolverQueryLogConfigAssociations: Call<z.output<typeof Associations>> = {
  service,
  operation: 'ListResolverQueryLogConfigAssociations',
  output: Associations,
  absent,
  pages: pagedBy('NextToken', 'ResolverQueryLogConfigAssociations'),
};
export type QueryLogAssociation = z.output<typeof Associations>['ResolverQueryLogConfigAssociations'][number];

const Firewalls = z.object({
  FirewallConfigs: z
    .array(z.object({ ResourceId: z.string().optional(), FirewallFailOpen: z.string().optional() }))
    .default([]),
});
export const listFirewallConfigs: Call<z.output<typeof Firewalls>> = {
  service,
  operation: 'ListFirewallConfigs',
  output: Firewalls,
  pages: pagedBy('NextToken', 'FirewallConfigs'),
};
