import { dayMs } from '../words/time.ts';

/** A bucket under object lock, and how what is put there is locked. */
export interface Archive {
  bucket: string;
  prefix: string;
  retainDays: number;
  mode: 'GOVERNANCE' | 'COMPLIANCE';
  legalHold: boolean;
}

/**
 * How an object is locked: until its days are over, and under a legal hold for as long as nobody lifts that. The two are
 * independent. Source: Amazon S3 API, PutObject; user guide, "Locking objects with Object Lock".
 */
export const lockOf = ({ retainDays, mode, legalHold }: Archive, from: Date) => ({
  ObjectLockMode: mode,
  ObjectLockRetainUntilDate: new Date(from.getTime() + retainDays * dayMs),
  ...(legalHold ? { ObjectLockLegalHoldStatus: 'ON' as const } : {}),
});
