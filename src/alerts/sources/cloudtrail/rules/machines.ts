import {
  byMachine,
  call,
  gives,
  isPublicAddress,
  isTrue,
  parameter,
  parametersText,
  type Rule,
  textsIn,
} from '../call.ts';
import { serviceOf, valuesOf } from '../record.ts';

/** Programs that look for ways in. Their makers call them tools of auditors. */
const attackTool =
  /trufflehog|\bpacu\b|scoutsuite|cloudfox|enumerate-iam|weirdaal|cloudmapper|principalmapper|peirates|s3[ _-]?browser|kali|parrot|pentoo|blackarch/i;

/** Secrets read, code run, ways into machines, and what stolen keys are used for. */
export const machines: readonly Rule[] = [
  // Secrets
  {
    severity: 'medium',
    reason: "a machine's administrator password was asked for",
    holds: call('ec2 lightsail', /^(?:GetPasswordData|GetInstanceAccessDetails|DownloadDefaultKeyPair)$/),
    even: 'failed',
  },
  {
    severity: 'medium',
    reason: 'many secrets were read at once',
    holds: call('secretsmanager', /^BatchGetSecretValue$/),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'secret parameters were read in clear',
    holds: (record) =>
      call('ssm', /^GetParameters?(?:ByPath)?$/)(record) && parameter(record, 'withDecryption').some(isTrue),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'start-up data of a machine was read: it often holds secrets',
    holds: (record) =>
      call('ec2', /^DescribeInstanceAttribute$/)(record) && parameter(record, 'attribute').includes('userData'),
    even: 'failed',
    by: 'hand',
  },

  {
    severity: 'medium',
    reason: 'the private key of a certificate was taken out',
    holds: call('acm', /^ExportCertificate$/),
    by: 'hand',
  },

  // Code and commands
  {
    severity: 'high',
    reason: 'what a machine runs when it starts was changed',
    holds: (record) => call('ec2', /^ModifyInstanceAttribute$/)(record) && parameter(record, 'userData').length > 0,
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'the code of a function was changed by a person',
    holds: (record) =>
      call('lambda', /^UpdateFunctionCode/)(record) ||
      (call('lambda', /^UpdateFunctionConfiguration/)(record) &&
        [record.requestParameters, record.responseElements]
          .flatMap((values) => valuesOf(values, 'layers'))
          .some((layers) => textsIn(layers).length > 0)),
    by: 'person',
  },
  {
    severity: 'medium',
    reason: 'a person ran commands on machines, or opened a shell there',
    holds: (record) =>
      call('ssm', /^(?:SendCommand|StartSession|ResumeSession|CreateAssociation)$/)(record) ||
      call('ecs', /^ExecuteCommand$/)(record) ||
      call('ec2-instance-connect', /^SendSSHPublicKey$/)(record),
    by: 'person',
  },
  {
    severity: 'medium',
    reason: 'a container was told to read its own credentials',
    holds: (record) =>
      call('ecs batch', /^RegisterJobDefinition|^RegisterTaskDefinition/)(record) &&
      /169\.254\.1(?:70\.2|69\.254)|AWS_CONTAINER_CREDENTIALS/.test(parametersText(record)),
  },
  {
    severity: 'medium',
    reason: 'a way into machines past the network was opened',
    holds: (record) =>
      call('ec2 ec2-instance-connect', /^(?:EnableSerialConsoleAccess|SendSerialConsoleSSHPublicKey)$/)(record) ||
      (call('glue', /^(?:Create|Update)DevEndpoint$/)(record) && /publicKey/i.test(parametersText(record))),
  },
  {
    severity: 'medium',
    reason: 'a notebook was opened or made to run code when it starts',
    holds: call('sagemaker', /^(?:CreatePresigned(?:NotebookInstance|Domain)Url|(?:Create|Update)\w*LifecycleConfig)$/),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'machines were started or ended by hand',
    holds: call('ec2', /^(?:RunInstances|TerminateInstances|StopInstances)$/),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'a key to sign in to machines with was brought from outside',
    holds: call('ec2 lightsail', /^ImportKeyPair$/),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'machines give out their credentials to simple requests again (metadata service version 1)',
    holds: (record) =>
      gives(record) && call('ec2', /^Modify\w+/)(record) && parameter(record, 'HttpTokens').includes('optional'),
  },

  // Stolen keys
  {
    severity: 'medium',
    reason: 'credentials of a machine were used from the internet',
    holds: (record) =>
      byMachine(record) &&
      isPublicAddress(record.sourceIPAddress) &&
      !/^(?:ssm|ssmmessages|ec2messages)$/.test(serviceOf(record)) &&
      !/amazon-ssm-agent|aws-internal/i.test(record.userAgent ?? ''),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'the caller uses a tool of attackers and auditors',
    holds: (record) => attackTool.test(record.userAgent ?? ''),
    even: 'failed',
  },
  {
    severity: 'medium',
    reason: 'access to AI models was taken up: stolen keys are often used for that',
    holds: call(
      'bedrock',
      /^(?:PutUseCaseForModelAccess|PutFoundationModelEntitlement|CreateFoundationModelAgreement)$/,
    ),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'the account was made fit to send mail in bulk',
    holds: (record) =>
      call('ses', /^PutAccountDetails$/)(record) ||
      (call('ses', /^UpdateAccountSendingEnabled$|^PutAccountSendingAttributes$/)(record) &&
        /true/.test(parametersText(record))),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'data was reached through a network endpoint from an address on the internet',
    holds: (record) =>
      record.eventType === 'AwsVpceEvent' && serviceOf(record) === 's3' && isPublicAddress(record.sourceIPAddress),
  },
  {
    severity: 'medium',
    reason: 'a network endpoint refused the call: somebody reaches for data of others',
    holds: (record) => record.errorCode === 'VpceAccessDenied',
    even: 'failed',
  },
];
