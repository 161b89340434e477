import type { Organization } from '../organization.ts';

/** Something of the framework that can be broken in the sandbox, to see it found. */
export interface Break {
  id: string;
  /** Number of the step. */
  step: number;
  /** The check that turns red. */
  check: string;
  /** What it does, in a few words. */
  title: string;
  break: (organization: Organization) => void;
}
