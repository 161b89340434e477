/** Requests a second for each account and region, and how many at once after a rest. */
interface Rate {
  perSecond: number;
  burst: number;
}

/**
 * The rates that AWS documents for what the sandbox answers; everything else has the sandbox's own default.
 * Sources: CloudTrail user guide, "Quotas" (LookupEvents); EC2 developer guide, "Request throttling" (describe calls);
 * Athena user guide, "Service Quotas" (queries); CloudWatch Logs user guide, "Quotas"; IAM user guide, "STS quotas".
 */
const rates: Readonly<Record<string, Rate>> = {
  'cloudtrail:LookupEvents': { perSecond: 2, burst: 2 },
  'ec2:DescribeRegions': { perSecond: 20, burst: 100 },
  'athena:StartQueryExecution': { perSecond: 20, burst: 80 },
  'athena:GetQueryExecution': { perSecond: 100, burst: 200 },
  'athena:GetQueryResults': { perSecond: 100, burst: 200 },
  'logs:StartQuery': { perSecond: 10, burst: 10 },
  'logs:GetQueryResults': { perSecond: 10, burst: 10 },
  'logs:DescribeLogGroups': { perSecond: 10, burst: 10 },
  'logs:FilterLogEvents': { perSecond: 5, burst: 5 },
  'sts:AssumeRole': { perSecond: 600, burst: 600 },
};
const defaultRate: Rate = { perSecond: 20, burst: 40 };

export type Throttle = (request: { service: string; operation: string; account: string; region: string }) => boolean;

/** Token buckets, one for each account, region and operation. True: the request may pass. */
export function createThrottle(nowMs: () => number = () => performance.now()): Throttle {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return ({ service, operation, account, region }) => {
    const rate = rates[`${service}:${operation}`] ?? defaultRate;
    const key = `${account} ${region} ${service}:${operation}`;
    const at = nowMs();
    const bucket = buckets.get(key) ?? { tokens: rate.burst, at };
    const tokens = Math.min(rate.burst, bucket.tokens + ((at - bucket.at) / 1000) * rate.perSecond);
    const passes = tokens >= 1;
    buckets.set(key, { tokens: passes ? tokens - 1 : tokens, at });
    return passes;
  };
}
