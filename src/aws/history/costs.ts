const gigabyte = 1024 ** 3;
/** Athena charges for ten megabytes at least. */
const athenaLeast = 10 * 1024 ** 2;

/**
 * US dollars for reading so many bytes, at the list price of us-east-1.
 * Source: Amazon CloudWatch pricing; Amazon Athena pricing; AWS CloudTrail pricing.
 */
export const costs = {
  insights: (bytes: number): number => (bytes / gigabyte) * 0.005,
  athena: (bytes: number): number => (Math.max(bytes, athenaLeast) / (1024 * gigabyte)) * 5,
  lake: (bytes: number): number => (bytes / gigabyte) * 0.005,
} as const;
