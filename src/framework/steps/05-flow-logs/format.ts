/** The fields of version 2, and those that name the machine and the real peer behind a NAT gateway. */
export const wantedFields: readonly string[] = [
  ...['version', 'account-id', 'interface-id', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'packets'],
  ...['bytes', 'start', 'end', 'action', 'log-status'],
  ...['vpc-id', 'instance-id', 'pkt-srcaddr', 'pkt-dstaddr', 'flow-direction'],
];

/** A format as EC2 takes it. Source: VPC user guide, "Flow log records". */
const wantedFormat = wantedFields.map((name) => `\${${name}}`).join(' ');

/** The fields of a format. */
export const fieldsOf = (format: string): ReadonlySet<string> =>
  new Set([...format.matchAll(/\$\{([^}]+)\}/g)].map(([, name = '']) => name));

/** The command that makes a flow log as the checks want it. */
export const createFlowLogs = `aws ec2 create-flow-logs --resource-type VPC --resource-ids {resource} --traffic-type ALL --log-destination-type s3 --log-destination arn:aws:s3:::ARCHIVE-BUCKET --max-aggregation-interval 60 --log-format '${wantedFormat}' --region {region}`;

/** A flow log cannot be changed: the new one is made, then the old one goes. */
export const replaceFlowLogs = `${createFlowLogs}\naws ec2 delete-flow-logs --flow-log-ids OLD-FLOW-LOG --region {region}`;
