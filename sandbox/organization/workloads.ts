import { perOrganization } from './per-organization.ts';

/** Something that runs in an account, as Config records it. */
export interface Workload {
  account: string;
  region: string;
  /** As `AWS::Lambda::Function`. */
  type: string;
  name: string;
}

/** What runs where it should not: nothing at first. */
export const strayWorkloads = perOrganization((): Workload[] => []);
