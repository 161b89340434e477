import { parseArn, shortName } from '../../../../aws-names/arn.ts';
import { sharesLayers } from '../../../../aws-names/own-accounts.ts';
import { byHandTool, type CloudTrailRecord, serviceOf, valuesOf } from '../../../../cloudtrail/record.ts';
import {
  anyOf,
  byMachine,
  type CallRule,
  call,
  foreignAccounts,
  gives,
  isPublicAddress,
  isTrue,
  machineOf,
  of,
  parameter,
  parametersText,
  parameterTexts,
  setting,
  textOf,
  textsIn,
} from '../call.ts';

/** Programs that look for ways in. Their makers call them tools of auditors. */
const attackTool =
  /trufflehog|nimbostratus|aws_?consoler|awspx|cloudgoat|\bnuclei\b|\bsqlmap\b|\bburp|\bpacu\b|scoutsuite|cloudfox|enumerate-iam|weirdaal|cloudmapper|principalmapper|peirates|s3[ _-]?browser|kali|parrot|pentoo|blackarch/i;

/** Names that a gang is known to give what it makes. Source: Datadog Security Labs and Permiso on JavaGhost. */
const gang = /^Java_?Ghost$|^We Are There But Not Visible$/i;

/** Machines with accelerators, and the largest of any family. Source: EC2 user guide, "Instance types". */
const costly = /^(?:p|g|trn|inf|dl)\d|\.(?:1[6-9]|[2-9]\d|1\d\d)xlarge$|\.metal/;

/** The layers of a function that was changed. */
const layers = (record: CloudTrailRecord): string[] =>
  [record.requestParameters, record.responseElements]
    .flatMap((values) => valuesOf(values, 'layers'))
    .flatMap((value) => textsIn(value))
    .filter((text) => text.includes(':layer:'));

/** Those of them that come from elsewhere: AWS's own accounts share layers that its documentation asks people to use. */
const foreignLayers = (record: CloudTrailRecord): string[] =>
  foreignAccounts(record, layers(record)).filter((id) => !sharesLayers(id));

/** What runs on machines by itself and tells where they are: agents of AWS, of logs, of clusters. */
const agents =
  /amazon-ssm-agent|aws-internal|\bCWAgent\b|CloudWatchAgent|Amazon ECS Agent|\bkubelet\b|kubernetes|aws-node|amazon-vpc-cni|fluent-?bit|fluentd|td-agent|codedeploy-agent/i;
/** What agents of machines call all day, and how a machine reports to what it belongs to. */
const agentServices = /^(?:ssm|ssmmessages|ec2messages|logs|monitoring|xray|codedeploy-commands-secure)$/;
const reports =
  /^(?:CompleteLifecycleAction|RecordLifecycleActionHeartbeat|SetInstanceHealth|SignalResource|(?:Register|Deregister)(?:Targets|InstancesWithLoadBalancer|ContainerInstance)|GetAuthorizationToken)$/;

/** What a machine does with itself: its id is in its session's name and among the parameters. */
function onItself(record: CloudTrailRecord): boolean {
  const id = machineOf(record);
  return id !== undefined && parameterTexts(record).includes(id);
}

const changesFunction = call('lambda', /^UpdateFunctionConfiguration/);

/** Secrets read, code run, ways into machines, and what stolen keys are used for. */
export const machines: readonly CallRule[] = [
  // Secrets
  {
    severity: 'medium',
    reason: "asked for a machine's administrator password",
    calls: call('ec2 lightsail', /^(?:GetPasswordData|GetInstanceAccessDetails|DownloadDefaultKeyPair)$/),
    even: 'failed',
  },
  {
    severity: 'medium',
    reason: 'read many secrets at once',
    calls: call('secretsmanager', /^BatchGetSecretValue$/),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'read a secret by hand with a long-term key ({})',
    calls: call('secretsmanager', /^GetSecretValue$/),
    holds: (record) =>
      record.userIdentity.type === 'IAMUser' &&
      !(record.userIdentity.accessKeyId ?? '').startsWith('ASIA') &&
      /^aws-cli|PowerShell/i.test(record.userAgent ?? '')
        ? [textOf(record, 'secretId') ?? 'a secret']
        : [],
    by: 'person',
  },
  {
    severity: 'medium',
    reason: 'read secret parameters in clear',
    calls: call('ssm', /^GetParameters?(?:ByPath)?$/),
    // The program on a machine reads its own; whoever got onto one types.
    holds: (record) => parameter(record, 'withDecryption').some(isTrue) && (!byMachine(record) || byHandTool(record)),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'read the start-up data of a machine: it often holds secrets',
    calls: call('ec2', /^DescribeInstanceAttribute$/),
    holds: (record) => parameter(record, 'attribute').includes('userData'),
    even: 'failed',
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'took out the private key of a certificate',
    calls: call('acm', /^ExportCertificate$/),
    by: 'hand',
  },

  // Code and commands
  {
    severity: 'high',
    reason: 'changed what a machine runs when it starts',
    calls: call('ec2', /^ModifyInstanceAttribute$/),
    holds: (record) => parameter(record, 'userData').length > 0,
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'a person changed the code that a function, a container or a build runs',
    holds: anyOf(
      call('lambda', /^UpdateFunctionCode/),
      call('ecr', /^PutImage$/),
      of(changesFunction, (record) => layers(record).some((layer) => !sharesLayers(parseArn(layer)?.account ?? ''))),
      of(call('codebuild', /^UpdateProject$/), (record) => 'source' in record.requestParameters),
    ),
    by: 'person',
  },
  {
    severity: 'medium',
    reason: 'put code of another account ({}) into a function',
    calls: changesFunction,
    holds: foreignLayers,
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'a person ran commands on machines, or opened a shell there',
    holds: anyOf(
      call('ssm', /^(?:SendCommand|StartSession|ResumeSession|CreateAssociation|CreateActivation)$/),
      call('ecs', /^ExecuteCommand$/),
      call('ec2-instance-connect', /^SendSSHPublicKey$/),
    ),
    by: 'person',
  },
  {
    severity: 'medium',
    reason: 'told a container to read its own credentials',
    calls: call('ecs batch', /^RegisterJobDefinition|^RegisterTaskDefinition/),
    holds: (record) => /169\.254\.1(?:70\.2|69\.254)|AWS_CONTAINER_CREDENTIALS/.test(parametersText(record)),
  },
  {
    severity: 'high',
    reason: 'opened the serial console: a way into machines past the network',
    calls: call('ec2 ec2-instance-connect', /^(?:EnableSerialConsoleAccess|SendSerialConsoleSSHPublicKey)$/),
  },
  {
    severity: 'medium',
    reason: 'started by hand a place to run code, with the rights of {}',
    calls: call(
      'glue sagemaker bedrock-agentcore',
      /^(?:(?:Create|Update)DevEndpoint|CreateNotebookInstance|Create(?:CodeInterpreter|AgentRuntime|Browser))$/,
    ),
    holds: (record) => [shortName(textOf(record, 'roleArn') ?? textOf(record, 'executionRoleArn') ?? 'its role')],
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'opened a notebook, or made it run code when it starts',
    calls: call('sagemaker', /^(?:CreatePresigned(?:NotebookInstance|Domain)Url|(?:Create|Update)\w*LifecycleConfig)$/),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'started or ended machines by hand',
    holds: anyOf(
      call('ec2', /^(?:RunInstances|RequestSpot(?:Instances|Fleet)|CreateFleet|TerminateInstances|StopInstances)$/),
      call('lightsail', /^(?:CreateInstances(?:FromSnapshot)?|StartInstance)$/),
    ),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'wants machines of a kind that miners and stolen keys buy ({})',
    calls: call('ec2', /^(?:RunInstances|RequestSpot(?:Instances|Fleet)|CreateFleet)$/),
    holds: (record) =>
      record.errorCode !== 'Client.DryRunOperation'
        ? parameter(record, 'instanceType').flatMap((type) => (costly.test(String(type)) ? [String(type)] : []))
        : [],
    even: 'failed',
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'brought a key from outside to sign in to machines with',
    calls: call('ec2 lightsail', /^ImportKeyPair$/),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'machines give out their credentials to simple requests again (metadata service version 1, {})',
    calls: call('ec2', /^Modify\w+/),
    holds: (record) => setting(record, 'HttpTokens', (value) => value === 'optional'),
  },

  // Stolen keys
  {
    severity: 'medium',
    reason: 'used the credentials of a machine from the internet ({})',
    holds: (record) =>
      byMachine(record) &&
      isPublicAddress(record.sourceIPAddress) &&
      !agentServices.test(serviceOf(record)) &&
      !agents.test(record.userAgent ?? '') &&
      !reports.test(record.eventName ?? '') &&
      !onItself(record)
        ? [record.sourceIPAddress ?? '']
        : [],
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'used a tool of attackers and auditors ({})',
    holds: (record) => {
      const tool = attackTool.exec(record.userAgent ?? '')?.[0];
      return tool === undefined ? [] : [tool];
    },
    even: 'failed',
  },
  {
    severity: 'medium',
    reason: 'named something as a known gang does ({})',
    holds: (record) =>
      gives(record)
        ? ['groupName', 'groupDescription', 'userName', 'roleName', 'name']
            .map((name) => textOf(record, name) ?? '')
            .filter((name) => gang.test(name))
        : [],
    even: 'failed',
  },
  {
    severity: 'medium',
    reason: 'took up access to AI models, or bought on the marketplace: stolen keys are often used for that',
    calls: call(
      'bedrock agreement-marketplace',
      /^(?:PutUseCaseForModelAccess|PutFoundationModelEntitlement|CreateFoundationModelAgreement|AcceptAgreementRequest)$/,
    ),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'tried out with the key of a user which AI models it may use',
    calls: call('bedrock', /^(?:InvokeModel|Converse)/),
    holds: (record) => record.userIdentity.type === 'IAMUser' && /AccessDenied/.test(record.errorCode ?? ''),
    even: 'failed',
    by: 'person',
  },
  {
    severity: 'medium',
    reason: 'bought capacity for AI models, or brought in or trained one, by hand',
    calls: call(
      'bedrock',
      /^(?:(?:Create|Update)ProvisionedModelThroughput|Create(?:ModelImportJob|ModelCustomizationJob|MarketplaceModelEndpoint)|RegisterMarketplaceModelEndpoint)$/,
    ),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'made the account fit to send mail or messages in bulk, by hand',
    holds: anyOf(
      call('ses', /^(?:PutAccountDetails|CreateEmailIdentity|Verify(?:Email|Domain)(?:Identity|Address|Dkim))$/),
      call('sns', /^(?:SetSMSAttributes|CreateSMSSandboxPhoneNumber)$/),
      call('sms-voice', /^(?:RequestPhoneNumber|RequestSenderId|SetTextMessageSpendLimitOverride)$/),
      of(call('ses', /^UpdateAccountSendingEnabled$|^PutAccountSendingAttributes$/), (record) =>
        /true/.test(parametersText(record)),
      ),
    ),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'reached data through a network endpoint from an address on the internet ({})',
    holds: (record) =>
      record.eventType === 'AwsVpceEvent' && serviceOf(record) === 's3' && isPublicAddress(record.sourceIPAddress)
        ? [record.sourceIPAddress ?? '']
        : [],
  },
  {
    severity: 'medium',
    reason: 'a network endpoint refused the call: somebody reaches for data of others',
    holds: (record) => record.errorCode === 'VpceAccessDenied',
    even: 'failed',
  },
];
