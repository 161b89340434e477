/**
 * Accounts of AWS itself that write logs and reports into customers' buckets, in Regions where the documentation names
 * accounts instead of a service. Sources: Elastic Load Balancing user guide, "Enable access logs"; Redshift management guide,
 * "Database audit logging"; CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail"; AWS Billing, "Cost and Usage Reports".
 */
const writers: ReadonlySet<string> = new Set(
  [
    // Elastic Load Balancing
    '127311923021 033677994240 027434742980 797873946194 098369216593 754344448648 589379963580 718504428378 383597477331',
    '600734575887 114774131450 783225319266 582318560864 985666609251 054676820928 156460612806 652711504416 635631232127',
    '009996457667 897822967062 076674570225 507241528517 048591011584 190560391635 638102146993 037604701340',
    // Redshift
    '193672423079 391106570357 262260360010 902366379725 365689465814 313564881002 865932855811 090321488786 760740231472',
    '361669875840 762762565011 404641285394 907379612154 053454850223 210876761215 307160386991 945612479654 915173422425',
    '729911121831 013126148197 075028567923 665727464434 111890595117 660998842044',
    // CloudTrail, before it was a service principal
    '086441151436 475085895292 388731089494 113285607260 977081816279 492519147666 903692715234 284668455005 216624486486',
    '819402241893 035351147821 829690693026 859597730677 282025262664 262312530599 814480443879 765225791966 681348832753',
    '608710470296 669305197877 034638983726 193415116832',
    // Billing
    '386209384616',
  ].flatMap((line) => line.split(' ')),
);

/**
 * Whether AWS itself is let in as its documentation asks: one of its accounts, to write into a bucket and to look at the
 * bucket's settings, and nothing more. Whoever knows the numbers may write them into any other policy.
 */
export const isAwsWriter = (account: string, actions: readonly string[]): boolean =>
  writers.has(account) &&
  actions.length > 0 &&
  actions.every((action) => /^s3:(?:PutObject(?:Acl)?|GetBucket(?:Acl|Policy|Location)|ListBucket)$/i.test(action));

/**
 * Accounts of AWS itself that share layers for functions in every Region. Sources: Powertools for AWS Lambda, "Installation";
 * CloudWatch user guide, "Available versions of the Lambda Insights extension"; AWS SDK for pandas, "AWS Lambda managed
 * layers"; AWS Distro for OpenTelemetry, "Lambda"; Lambda Web Adapter.
 */
const layerOwners: ReadonlySet<string> = new Set(
  '017000801446 094274105915 580247275435 336392948345 901920570463 615299751070 753240598075'.split(' '),
);

/** Whether an account is AWS's own and shares layers with everybody. */
export const sharesLayers = (account: string): boolean => layerOwners.has(account);
