import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const Role = z.object({
  Role: z.object({
    RoleName: z.string(),
    RoleId: z.string(),
    Arn: z.string(),
    CreateDate: z.date(),
    /** JSON, URL-encoded. */
    AssumeRolePolicyDocument: z.string().optional(),
  }),
});
export const getRole: Call<z.output<typeof Role>> = {
  service: 'iam',
  operation: 'GetRole',
  output: Role,
  absent: ['NoSuchEntityException', 'NoSuchEntity'],
};

const AttachedPolicies = z.object({
  AttachedPolicies: z.array(z.object({ PolicyArn: z.string() })).default([]),
});
export const listAttachedRolePolicies: Call<z.output<typeof AttachedPolicies>> = {
  service: 'iam',
  operation: 'ListAttachedRolePolicies',
  output: AttachedPolicies,
  pages: pagedBy('Marker', 'AttachedPolicies'),
  absent: ['NoSuchEntityException', 'NoSuchEntity'],
};

const Simulated = z.object({
  EvaluationResults: z
    .array(
      z.object({
        EvalActionName: z.string(),
        /** Left out where no resource was asked about. */
        EvalResourceName: z.string().optional(),
        EvalDecision: z.string(),
        MissingContextValues: z.array(z.string()).default([]),
        OrganizationsDecisionDetail: z.object({ AllowedByOrganizations: z.boolean().optional() }).optional(),
      }),
    )
    .default([]),
});
const pages = pagedBy('Marker', 'EvaluationResults');
/** What policies that are given would decide: nothing is done. */
export const simulateCustomPolicy: Call<z.output<typeof Simulated>> = {
  service: 'iam',
  operation: 'SimulateCustomPolicy',
  output: Simulated,
  pages,
};
/** What a role's policies and those of its organization decide; conditions of the organization's are not looked at. */
export const simulatePrincipalPolicy: Call<z.output<typeof Simulated>> = {
  service: 'iam',
  operation: 'SimulatePrincipalPolicy',
  output: Simulated,
  pages,
  absent: ['NoSuchEntityException', 'NoSuchEntity'],
};
export type Simulated = z.output<typeof Simulated>['EvaluationResults'][number];
