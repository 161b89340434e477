import { z } from 'zod';
import { object } from '../values.ts';

const name = z.string().min(1, 'is empty');

/** What `digests.evidence` knows beside its schedule. */
export const evidence = {
  /** Whether people may have Audit Manager make an assessment report. */
  createReports: z.boolean().default(false),
  /** Controls of Audit Manager, by their ids, to which each review is attached as manual evidence. */
  attachReviews: z.array(object({ assessment: name, controlSet: name, control: name })).default([]),
};
