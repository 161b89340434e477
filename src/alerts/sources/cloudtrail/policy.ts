import { isAwsWriter } from '../../../aws-names/own-accounts.ts';
import type { CloudTrailRecord } from '../../../cloudtrail/record.ts';
import { globMatches } from '../../../words/glob.ts';
import { isRecord, type Json, parseJson } from '../../../words/json.ts';
import { foreignAccount, once, records, textsIn } from './call.ts';

/** What is allowed by the policy documents among the parameters: objects, or JSON in text, under whatever name. */
const allows = once((record) =>
  // The policy of a network endpoint says what goes through it, not who may use something.
  (/VpcEndpoint(?!Service)/.test(record.eventName ?? '') ? [] : documents(record.requestParameters, 0))
    .flatMap((document) => records(document['Statement'] ?? document['statement']))
    .filter((statement) => statement['Effect'] === 'Allow'),
);

function documents(value: unknown, depth: number): Json[] {
  if (depth > 8) return [];
  if (typeof value === 'string') return /statement/i.test(value) ? documents(parsed(value), depth + 1) : [];
  if (Array.isArray(value)) return value.slice(0, 100).flatMap((item) => documents(item, depth + 1));
  if (!isRecord(value)) return [];
  if ('Statement' in value || 'statement' in value) return [value];
  return Object.values(value).flatMap((inner) => documents(inner, depth + 1));
}

/** IAM answers with policies encoded as in an address. */
function parsed(text: string): unknown {
  if (!text.startsWith('%7B')) return parseJson(text);
  try {
    return parseJson(decodeURIComponent(text));
  } catch {
    return undefined;
  }
}

const conditionKeys = (statement: Json): string[] =>
  Object.values(isRecord(statement['Condition']) ? statement['Condition'] : {}).flatMap((operator) =>
    isRecord(operator) ? Object.keys(operator) : [],
  );

/** Conditions that anybody can meet: an external id is no secret, and TLS is no right. */
const anybodyMeets = /SecureTransport|TlsVersion|ExternalId|RoleSessionName|x-amz-/i;

/** Whether a policy lets everybody in, whatever conditions that anybody can meet. */
export const toEverybody = (record: CloudTrailRecord): boolean =>
  allows(record).some(
    (statement) =>
      textsIn(statement['Principal']).includes('*') &&
      conditionKeys(statement).every((condition) => anybodyMeets.test(condition)),
  );

/** The other accounts that a policy lets in, but for AWS itself where it writes its logs. */
export const toForeigners = once((record): string[] => [
  ...new Set(
    allows(record).flatMap((statement) =>
      textsIn(statement['Principal']).flatMap((principal) => {
        const account = foreignAccount(record, principal);
        return account === undefined || isAwsWriter(account, actionsOf(statement)) ? [] : [account];
      }),
    ),
  ),
]);

/** Identity providers that give tokens to everybody who has an account there. */
const sharedProviders = /(?:githubusercontent\.com|gitlab\.com|bitbucket\.org|app\.terraform\.io)/;

/** Such providers that a role trusts without saying whose token. */
export const toWholeProvider = (record: CloudTrailRecord): string[] =>
  allows(record).flatMap((statement) =>
    conditionKeys(statement).some((condition) => condition.endsWith(':sub'))
      ? []
      : textsIn(statement['Principal']).flatMap((principal) => sharedProviders.exec(principal)?.[0] ?? []),
  );

const actionsOf = (statement: Json): string[] => textsIn(statement['Action']);

/** Everything, or everything of one kind that counts: `arn:aws:iam::*:role/*`. */
const onEverything = (statement: Json): boolean =>
  textsIn(statement['Resource']).some((resource) =>
    /^(?:\*|arn:aws[\w-]*:[\w-]*:[\w*-]*:[\d*]*:(?:[\w-]+[:/])?\*)$/.test(resource),
  );

const everything = (statement: Json): boolean => textsIn(statement['Resource']).includes('*');

/** Whether a policy allows all there is, or all but a few things. */
export const grantsEverything = (record: CloudTrailRecord): boolean =>
  allows(record).some(
    (statement) =>
      everything(statement) &&
      (statement['NotAction'] !== undefined ||
        actionsOf(statement).some((action) => ['*', '*:*', 'iam:*'].includes(action.toLowerCase()))),
  );

/** Who may do one of these to anybody can do anything, or take the place of anybody. */
const waysUp = [
  'iam:CreateAccessKey',
  'iam:CreateLoginProfile',
  'iam:UpdateLoginProfile',
  'iam:CreateServiceSpecificCredential',
  'iam:AttachUserPolicy',
  'iam:AttachRolePolicy',
  'iam:AttachGroupPolicy',
  'iam:PutUserPolicy',
  'iam:PutRolePolicy',
  'iam:PutGroupPolicy',
  'iam:CreatePolicyVersion',
  'iam:SetDefaultPolicyVersion',
  'iam:UpdateAssumeRolePolicy',
  'iam:AddUserToGroup',
  'iam:DeleteUserPermissionsBoundary',
  'iam:DeleteRolePermissionsBoundary',
  'sts:AssumeRole',
  'ssm:SendCommand',
  'ssm:StartSession',
  'lambda:UpdateFunctionCode',
  'sso:CreateAccountAssignment',
  'sso:AttachManagedPolicyToPermissionSet',
  'sso:PutInlinePolicyToPermissionSet',
  'organizations:DetachPolicy',
];

/** Calls that start something with a role that is passed to them. */
const starters = [
  'lambda:CreateFunction',
  'ec2:RunInstances',
  'ec2:RequestSpotInstances',
  'ecs:RunTask',
  'ecs:StartTask',
  'ecs:CreateService',
  'ecs:RegisterTaskDefinition',
  'batch:RegisterJobDefinition',
  'glue:CreateDevEndpoint',
  'glue:UpdateDevEndpoint',
  'glue:CreateJob',
  'glue:UpdateJob',
  'cloudformation:CreateStack',
  'cloudformation:UpdateStack',
  'cloudformation:CreateChangeSet',
  'datapipeline:CreatePipeline',
  'datapipeline:PutPipelineDefinition',
  'sagemaker:CreateNotebookInstance',
  'sagemaker:CreateTrainingJob',
  'sagemaker:CreateProcessingJob',
  'codebuild:CreateProject',
  'codebuild:UpdateProject',
  'states:CreateStateMachine',
  'elasticmapreduce:RunJobFlow',
  'apprunner:CreateService',
  'autoscaling:CreateLaunchConfiguration',
  'ssm:StartAutomationExecution',
  'bedrock-agentcore:CreateCodeInterpreter',
  'bedrock-agentcore:CreateAgentRuntime',
];

/** The actions of a policy, as they are written, that allow one of some calls. */
const allowing = (statements: readonly Json[], calls: readonly string[]): string[] =>
  statements
    .flatMap(actionsOf)
    .filter((action) => calls.some((each) => sameService(action, each) && globMatches(action, each)));

/** `*` and `*:*` are everything, which counts by itself. */
const sameService = (action: string, each: string): boolean =>
  action.split(':')[0]?.toLowerCase() === each.split(':')[0]?.toLowerCase();

/** The calls by which the holder of a policy can take any rights. */
export const grantsWayUp = (record: CloudTrailRecord): string[] => {
  const wide = allows(record).filter(onEverything);
  const direct = allowing(wide, waysUp);
  if (direct.length > 0 || allowing(wide, ['iam:PassRole']).length === 0) return direct;
  const started = allowing(allows(record), starters);
  return started.length === 0 ? [] : ['iam:PassRole', ...started];
};

/** Services whose every call harms nobody: what is seen, counted and answered. */
const harmless =
  /^(?:logs|cloudwatch|xray|tag|resource-groups|health|support|ce|budgets|pricing|trustedadvisor|ssmmessages|ec2messages|application-autoscaling|autoscaling|servicequotas|q|sns|cloudshell|access-analyzer|compute-optimizer|rum|synthetics|evidently|oam|applicationinsights|elastic-inference):/i;

/** The services of which a policy allows every call on everything, "s3:*"; and the reading of every secret. */
export const grantsWholeServices = (record: CloudTrailRecord): string[] =>
  allows(record)
    .filter((statement) => everything(statement) && conditionKeys(statement).length === 0)
    .flatMap(actionsOf)
    .filter(
      (action) =>
        (/^[\w-]+:\*$/.test(action) && !harmless.test(action)) ||
        /^secretsmanager:(?:Get\w*\*|GetSecretValue)$/i.test(action),
    );
