import type { Signal } from '../alerts/signal.ts';
import { spaced } from '../words/text.ts';

export type Partition = Signal['partition'];

/** The parts of an Amazon Resource Name. Region and account are '' for global resources. */
export interface Arn {
  partition: Partition;
  service: string;
  region: string;
  account: string;
  /** All that follows the fifth colon: `role/path/name`, `function:name`, `bucket/key`. */
  resource: string;
}

const shape = /^arn:(aws[a-z-]{0,20}):([a-z0-9-]{1,40}):([a-z0-9-]{0,30}):(\d{12}|aws|)?:([\s\S]{1,1500})$/;

/** The parts, or undefined where the text is no ARN. Source: AWS General Reference, "Amazon Resource Names (ARNs)". */
export function parseArn(text: string): Arn | undefined {
  if (!text.startsWith('arn:')) return undefined;
  const [, partition, service, region, account, resource] = shape.exec(text) ?? [];
  if (partition === undefined || service === undefined || resource === undefined) return undefined;
  return { partition: partitionNamed(partition), service, region: region ?? '', account: account ?? '', resource };
}

/** The partition by its name in an ARN; those that Trailwatch has no console for count as `aws`. */
export const partitionNamed = (name: string): Partition => (name === 'aws-cn' || name === 'aws-us-gov' ? name : 'aws');

export function partitionOfRegion(region: string | undefined): Partition {
  if (region?.startsWith('cn-')) return 'aws-cn';
  return region?.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** An instance of EC2 by its id. */
export const isInstanceId = (text: string): boolean => /^i-[0-9a-f]{8,17}$/.test(text);

/** An instance of EC2, or a machine elsewhere that Systems Manager manages. */
export const isMachineId = (text: string): boolean => isInstanceId(text.replace(/^mi-/, 'i-'));

/** What AWS makes up beside a name; Kafka counts on behind it. */
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:-s?\d{1,3})?$|^(?:[0-9a-f]{16}){1,2}$/;

/** The name people use for the resource: the bucket, the last part of a role's path, a function without its version. Not an ARN: the text itself. */
export function shortName(arn: string): string {
  const parts = parseArn(arn);
  if (parts === undefined) return arn;
  const { service, resource } = parts;
  if (service === 'sns') return beforeColon(resource);
  if (service === 'sqs' || (service === 's3' && !ofAccount(parts))) return resource;
  if (service === 'sts' && resource.startsWith('assumed-role/')) return resource.slice('assumed-role/'.length);
  if (service === 'kms' && resource.startsWith('alias/')) return resource;
  if (service === 'logs') return resource.replace(/^log-group:/, '').replace(/(?::\*)?$/, '');
  if (service === 'ssm' && resource.startsWith('parameter/')) return resource.slice('parameter'.length);
  if (service === 'secretsmanager') return resource.replace(/^secret:/, '').replace(/-[A-Za-z0-9]{6}$/, '');
  if (service === 'dynamodb') return resource.replace(/^table\//, '').replace(/\/(?:stream|index|backup)\/.*$/, '');
  if (service === 'cloudformation' && resource.startsWith('stackset/'))
    return beforeColon(resource.slice('stackset/'.length));
  if (service === 'ecr') return resource.replace(/^repository\//, '');
  const name = resource.replace(/^[a-zA-Z-]+[:/]/, '');
  if (name === '') return resource;
  // `autoScalingGroup:uuid:autoScalingGroupName/name`, `loadbalancer/app/name/id`, `stack/name/uuid`, `service/cluster/name`
  const bySlash = (service === 'lambda' ? beforeColon(name) : (name.split(':').at(-1) ?? name))
    .split('/')
    .filter((part) => part !== '');
  const last = bySlash.at(-1) ?? name;
  return uuid.test(last) ? (bySlash.at(-2) ?? last) : last;
}

/** Jobs and access points of S3 name their account, buckets and objects never do. */
const ofAccount = ({ account, resource }: Arn): boolean => account !== '' && resource.includes('/');

const beforeColon = (text: string): string => text.split(':')[0] ?? text;

/** How people write a service's name; others are upper-cased when short and capitalised when long. */
const serviceNames: Record<string, string> = {
  'access-analyzer': 'Access Analyzer',
  accessanalyzer: 'Access Analyzer',
  'acm-pca': 'Private CA',
  airflow: 'MWAA',
  aoss: 'OpenSearch Serverless',
  apigateway: 'API Gateway',
  amplify: 'Amplify',
  'arc-zonal-shift': 'ARC',
  appconfig: 'AppConfig',
  appflow: 'AppFlow',
  'application-autoscaling': 'Application Auto Scaling',
  apprunner: 'App Runner',
  aps: 'Managed Prometheus',
  appsync: 'AppSync',
  athena: 'Athena',
  auditmanager: 'Audit Manager',
  autoscaling: 'Auto Scaling',
  backup: 'Backup',
  bedrock: 'Bedrock',
  cloudformation: 'CloudFormation',
  cloudfront: 'CloudFront',
  cloudtrail: 'CloudTrail',
  cloudwatch: 'CloudWatch',
  codeartifact: 'CodeArtifact',
  codebuild: 'CodeBuild',
  codecommit: 'CodeCommit',
  codedeploy: 'CodeDeploy',
  codepipeline: 'CodePipeline',
  'codestar-connections': 'CodeConnections',
  cognito: 'Cognito',
  'cognito-idp': 'Cognito',
  config: 'Config',
  controltower: 'Control Tower',
  datasync: 'DataSync',
  detective: 'Detective',
  docdb: 'DocumentDB',
  directconnect: 'Direct Connect',
  'devops-guru': 'DevOps Guru',
  dynamodb: 'DynamoDB',
  ec2spotfleet: 'EC2 Spot Fleet',
  elasticache: 'ElastiCache',
  elasticbeanstalk: 'Elastic Beanstalk',
  elasticfilesystem: 'EFS',
  elasticloadbalancing: 'ELB',
  elasticloadbalancingv2: 'ELB',
  elasticmapreduce: 'EMR',
  'emr-containers': 'EMR on EKS',
  'emr-serverless': 'EMR Serverless',
  es: 'OpenSearch',
  events: 'EventBridge',
  firehose: 'Firehose',
  fms: 'Firewall Manager',
  fsx: 'FSx',
  gamelift: 'GameLift',
  globalaccelerator: 'Global Accelerator',
  glue: 'Glue',
  guardduty: 'GuardDuty',
  imagebuilder: 'Image Builder',
  inspector2: 'Inspector',
  iot: 'IoT',
  iotdevicedefender: 'IoT Device Defender',
  kafka: 'MSK',
  kinesis: 'Kinesis',
  lakeformation: 'Lake Formation',
  lambda: 'Lambda',
  'license-manager': 'License Manager',
  lightsail: 'Lightsail',
  logs: 'CloudWatch Logs',
  macie2: 'Macie',
  mediaconvert: 'MediaConvert',
  medialive: 'MediaLive',
  memorydb: 'MemoryDB',
  mgn: 'Application Migration',
  monitoring: 'CloudWatch',
  'network-firewall': 'Network Firewall',
  networkmanager: 'Network Manager',
  opensearch: 'OpenSearch',
  opsworks: 'OpsWorks',
  organizations: 'Organizations',
  quicksight: 'QuickSight',
  redshift: 'Redshift',
  'redshift-data': 'Redshift',
  resiliencehub: 'Resilience Hub',
  'resource-groups': 'Resource Groups',
  rolesanywhere: 'Roles Anywhere',
  route53: 'Route 53',
  route53resolver: 'Route 53 Resolver',
  sagemaker: 'SageMaker',
  savingsplans: 'Savings Plans',
  secretsmanager: 'Secrets Manager',
  securityhub: 'Security Hub',
  servicecatalog: 'Service Catalog',
  servicequotas: 'Service Quotas',
  signin: 'sign-in',
  ssm: 'Systems Manager',
  'ssm-incidents': 'Incident Manager',
  sso: 'Identity Center',
  'sso-directory': 'Identity Center directory',
  states: 'Step Functions',
  storagegateway: 'Storage Gateway',
  tag: 'Tagging',
  transfer: 'Transfer Family',
  trustedadvisor: 'Trusted Advisor',
  'waf-regional': 'WAF',
  wafv2: 'WAF',
  wellarchitected: 'Well-Architected',
  workspaces: 'WorkSpaces',
  'vpc-lattice': 'VPC Lattice',
  xray: 'X-Ray',
};

/** `s3` or `s3.amazonaws.com` → "S3"; `guardduty` → "GuardDuty". */
export function serviceName(service: string): string {
  const short = service.replace(/\.amazonaws\.com(?:\.cn)?$/, '').toLowerCase();
  const known = serviceNames[short];
  if (known !== undefined) return known;
  if (short.length <= 4) return short.toUpperCase();
  return short.charAt(0).toUpperCase() + short.slice(1).replaceAll('-', ' ');
}

/** Types that the ARN names otherwise than people do, by `service:type`. */
const typeNames: Record<string, string> = {
  'acm:certificate': 'certificate',
  'amplify:apps': 'Amplify app',
  'auditmanager:assessment': 'Audit Manager assessment',
  'autoscaling:autoScalingGroup': 'Auto Scaling group',
  'backup:backup-vault': 'backup vault',
  'backup:recovery-point': 'recovery point',
  'cloudformation:stack': 'CloudFormation stack',
  'cloudformation:stackset': 'StackSet',
  'cloudtrail:trail': 'trail',
  'cloudwatch:alarm': 'CloudWatch alarm',
  'codebuild:build': 'build',
  'codebuild:project': 'CodeBuild project',
  'config:config-rule': 'Config rule',
  'dms:rep': 'DMS instance',
  'dms:task': 'DMS task',
  'dynamodb:table': 'DynamoDB table',
  'ec2:image': 'AMI',
  'ec2:snapshot': 'EBS snapshot',
  'ec2:volume': 'EBS volume',
  'ec2:vpc': 'VPC',
  'elasticbeanstalk:environment': 'Beanstalk environment',
  'elasticloadbalancing:loadbalancer': 'load balancer',
  'elasticloadbalancing:targetgroup': 'target group',
  'events:event-bus': 'EventBridge bus',
  'events:rule': 'EventBridge rule',
  'iam:mfa': 'MFA device',
  'iam:oidc-provider': 'OIDC provider',
  'iam:root': 'account root',
  'iam:saml-provider': 'SAML provider',
  'kms:key': 'KMS key',
  'logs:log-group': 'log group',
  'rds:cluster': 'RDS cluster',
  'rds:cluster-pg': 'RDS cluster parameter group',
  'rds:cluster-snapshot': 'RDS cluster snapshot',
  'rds:db': 'RDS instance',
  'rds:db-proxy': 'RDS proxy',
  'rds:pg': 'RDS parameter group',
  'rds:secgrp': 'RDS security group',
  'rds:snapshot': 'RDS snapshot',
  'rds:subgrp': 'RDS subnet group',
  'scheduler:schedule': 'schedule',
  'secretsmanager:secret': 'secret',
  'signer:': 'signing job',
  'ssm:automation-execution': 'automation',
  'ssm:maintenancewindow': 'maintenance window',
  'ssm:managed-instance': 'managed instance',
  'ssm:opsitem': 'OpsItem',
  'ssm:parameter': 'SSM parameter',
  'states:execution': 'state machine execution',
  'states:stateMachine': 'state machine',
  'sts:assumed-role': 'role session',
  'synthetics:canary': 'canary',
};

/** What the ARN names, in people's words: "S3 bucket", "IAM role", "EC2 instance". Undefined where the text is no ARN. */
export function resourceType(arn: string): string | undefined {
  const parts = parseArn(arn);
  if (parts === undefined) return undefined;
  const { service, resource } = parts;
  if (service === 's3' && !ofAccount(parts)) return resource.includes('/') ? 'S3 object' : 'S3 bucket';
  if (service === 'sns') return resource.includes(':') ? 'SNS subscription' : 'SNS topic';
  if (service === 'sqs') return 'SQS queue';
  const [type = ''] = resource.split(/[:/]/, 1);
  const known = typeNames[`${service}:${type}`];
  // Services with one kind of resource write its name alone.
  return known ?? (type === resource ? undefined : `${serviceName(service)} ${spaced(type).toLowerCase()}`);
}

/** CloudFormation types that people name otherwise. */
const cfnTypeNames: Record<string, string> = {
  'AWS::AutoScaling::AutoScalingGroup': 'Auto Scaling group',
  'AWS::CloudTrail::Trail': 'trail',
  'AWS::EC2::EIP': 'Elastic IP address',
  'AWS::EC2::Ami': 'AMI',
  'AWS::EC2::Image': 'AMI',
  'AWS::EC2::NetworkAcl': 'network ACL',
  'AWS::EC2::Snapshot': 'EBS snapshot',
  'AWS::EC2::Volume': 'EBS volume',
  'AWS::EC2::VPC': 'VPC',
  'AWS::IAM::MfaDevice': 'MFA device',
  'AWS::KMS::Key': 'KMS key',
  'AWS::Logs::LogGroup': 'log group',
  'AWS::RDS::DBCluster': 'RDS cluster',
  'AWS::RDS::DBInstance': 'RDS instance',
  'AWS::RDS::DBSnapshot': 'RDS snapshot',
  'AWS::SecretsManager::Secret': 'secret',
  'AWS::SSM::Parameter': 'SSM parameter',
};

/** `AWS::S3::Bucket` → "S3 bucket", `AWS::EC2::SecurityGroup` → "EC2 security group". */
export function resourceTypeOfCfn(type: string): string {
  const known = cfnTypeNames[type];
  if (known !== undefined) return known;
  const [, service, kind] = /^AWS::(\w{1,40})::(\w{1,60})/.exec(type) ?? [];
  return service === undefined || kind === undefined ? type : `${serviceName(service)} ${spaced(kind)}`;
}
