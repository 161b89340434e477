import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const Nodes = z.object({
  InstanceInformationList: z
    .array(
      z.object({
        InstanceId: z.string(),
        Name: z.string().optional(),
        ComputerName: z.string().optional(),
        /** The role of a machine that is no instance of EC2. */
        IamRole: z.string().optional(),
      }),
    )
    .default([]),
});
export const describeInstanceInformation: Call<z.output<typeof Nodes>> = {
  service: 'ssm',
  operation: 'DescribeInstanceInformation',
  output: Nodes,
  pages: pagedBy('NextToken', 'InstanceInformationList'),
};
export type ManagedNode = z.output<typeof Nodes>['InstanceInformationList'][number];

const Sessions = z.object({
  Sessions: z
    .array(
      z.object({
        SessionId: z.string(),
        Target: z.string().optional(),
        Status: z.string().optional(),
        StartDate: z.date().optional(),
        EndDate: z.date().optional(),
        DocumentName: z.string().optional(),
        Owner: z.string().optional(),
        Reason: z.string().optional(),
        AccessType: z.string().optional(),
      }),
    )
    .default([]),
});
/** Active ones, or those of the last 30 days. Source: Systems Manager API reference, DescribeSessions. */
export const describeSessions: Call<z.output<typeof Sessions>> = {
  service: 'ssm',
  operation: 'DescribeSessions',
  output: Sessions,
  pages: pagedBy('NextToken', 'Sessions'),
};
export type NodeSession = z.output<typeof Sessions>['Sessions'][number];

const Document = z.object({ Content: z.string().default(''), CreatedDate: z.date().optional() });
/** The default version, as JSON: a document may have been written as YAML. */
export const getDocument: Call<z.output<typeof Document>> = {
  service: 'ssm',
  operation: 'GetDocument',
  output: Document,
  absent: ['InvalidDocument'],
};

const Documents = z.object({ DocumentIdentifiers: z.array(z.object({ Name: z.string() })).default([]) });
export const listDocuments: Call<z.output<typeof Documents>> = {
  service: 'ssm',
  operation: 'ListDocuments',
  output: Documents,
  pages: pagedBy('NextToken', 'DocumentIdentifiers'),
};
