import * as z from 'zod';
import type { Call } from '../asks.ts';

const Features = z.object({ EnabledFeatures: z.array(z.string()).default([]) });
/** What IAM manages for the whole organization. */
export const listOrganizationsFeatures: Call<z.output<typeof Features>> = {
  service: 'iam',
  operation: 'ListOrganizationsFeatures',
  output: Features,
  absent: [
    'ServiceAccessNotEnabledException',
    'OrganizationNotFoundException',
    'OrganizationNotInAllFeaturesModeException',
  ],
  elsewhere: ['AccountNotManagementOrDelegatedAdministratorException'],
};
