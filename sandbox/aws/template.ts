import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CollectionTag, isCollection, parse, type ScalarTag } from 'yaml';
import * as z from 'zod';
import type { Statement } from './policy.ts';

/** What a template is deployed with: its parameters, and the place where. */
export interface Deployment {
  account: string;
  /** Left out: us-east-1. */
  region?: string;
  parameters: Readonly<Record<string, string>>;
}

/** A resource of a template with every function worked out. */
export interface Resource {
  type: string;
  properties: Readonly<Record<string, unknown>>;
}

/** An IAM role as a template makes it. */
export interface Role {
  account: string;
  name: string;
  trust: readonly Statement[];
  permissions: readonly Statement[];
  maxSessionSeconds: number;
}

const several = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : [value]));
const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: several,
  Resource: several.optional(),
  Principal: z
    .strictObject({ AWS: several })
    .transform(({ AWS }) => AWS)
    .optional(),
  Condition: z.record(z.string(), z.record(z.string(), several)).optional(),
});
const document = z.strictObject({ Version: z.literal('2012-10-17'), Statement: z.array(statement) });
const role = z.object({
  Type: z.literal('AWS::IAM::Role'),
  Properties: z.object({
    RoleName: z.string(),
    MaxSessionDuration: z.number().default(3600),
    AssumeRolePolicyDocument: document,
    Policies: z.array(z.object({ PolicyName: z.string(), PolicyDocument: document })),
  }),
});
const parameter = z.object({
  Type: z.enum(['String', 'CommaDelimitedList']),
  Default: z.string().optional(),
  AllowedPattern: z.string().default('[\\s\\S]*'),
  AllowedValues: z.array(z.string()).optional(),
});
const resource = z.object({
  Type: z.string(),
  Condition: z.string().optional(),
  Properties: z.record(z.string(), z.unknown()).default({}),
});
const template = z.object({
  Parameters: z.record(z.string(), parameter).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), resource),
  Outputs: z.record(z.string(), z.unknown()).default({}),
});
type Template = z.infer<typeof template>;

const deployFolder = join(import.meta.dirname, '..', '..', 'deploy');

/** The resource `Role` of a template in deploy/: this is how the sandbox enforces the policies that are shipped. */
export function deployRole(file: string, deployment: Deployment): Role {
  const { Properties } = role.parse({
    Type: 'AWS::IAM::Role',
    Properties: deployTemplate(file, deployment).resources['Role']?.properties,
  });
  return {
    account: deployment.account,
    name: Properties.RoleName,
    trust: Properties.AssumeRolePolicyDocument.Statement,
    permissions: Properties.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
    maxSessionSeconds: Properties.MaxSessionDuration,
  };
}

/**
 * The resources of a template in deploy/, by their logical ids, as CloudFormation would make them, and the template's outputs.
 * Knows the functions that the templates use: Ref, GetAtt, Sub, Join, Select, Split, If, Equals, Not, And, Or, Condition.
 * @throws for a parameter that is missing or not allowed, and for a reference to what nothing defines
 */
export function deployTemplate(
  file: string,
  deployment: Deployment,
): { resources: Readonly<Record<string, Resource>>; outputs: Readonly<Record<string, unknown>> } {
  const parsed = templateIn(file);
  const { account, region = 'us-east-1' } = deployment;
  const values: Values = {
    names: {
      ...Object.fromEntries(Object.keys(parsed.Parameters).map((name) => [name, parameterOf(file, name, deployment)])),
      'AWS::AccountId': account,
      'AWS::Region': region,
      'AWS::Partition': 'aws',
    },
    conditions: parsed.Conditions,
    resources: parsed.Resources,
  };
  const made = Object.entries(parsed.Resources)
    .filter(([, { Condition }]) => Condition === undefined || holds(Condition, values))
    .map(([id, { Type, Properties }]): [string, Resource] => [
      id,
      { type: Type, properties: z.record(z.string(), z.unknown()).parse(resolve(Properties, values)) },
    ]);
  const outputs = z.record(z.string(), z.unknown()).parse(resolve(parsed.Outputs, values));
  return { resources: Object.fromEntries(made), outputs };
}

function parameterOf(file: string, name: string, { parameters }: Deployment): string | string[] {
  const declared = templateIn(file).Parameters[name];
  const value = parameters[name] ?? declared?.Default;
  if (declared === undefined || value === undefined) throw new Error(`${file} needs the parameter ${name}.`);
  const { Type, AllowedPattern, AllowedValues } = declared;
  if (!new RegExp(`^(?:${AllowedPattern})$`).test(value) || AllowedValues?.includes(value) === false)
    throw new Error(`${file} does not allow ${value} as ${name}.`);
  return Type === 'String' ? value : value.split(',');
}

/** Parsed once: a thousand accounts have the same. */
const templates = new Map<string, Template>();

function templateIn(file: string): Template {
  const known = templates.get(file);
  if (known !== undefined) return known;
  const parsed = template.parse(parse(readFileSync(join(deployFolder, file), 'utf8'), { customTags: tags }));
  templates.set(file, parsed);
  return parsed;
}

interface Values {
  names: Readonly<Record<string, string | string[]>>;
  conditions: Readonly<Record<string, unknown>>;
  resources: Template['Resources'];
}

/** CloudFormation's short forms as the long ones: `!Sub x` → `{ "Fn::Sub": "x" }`. */
const longForms: Readonly<Record<string, string>> = {
  '!Ref': 'Ref',
  '!Sub': 'Fn::Sub',
  '!Join': 'Fn::Join',
  '!Select': 'Fn::Select',
  '!Split': 'Fn::Split',
  '!GetAtt': 'Fn::GetAtt',
  '!If': 'Fn::If',
  '!Equals': 'Fn::Equals',
  '!Not': 'Fn::Not',
  '!And': 'Fn::And',
  '!Or': 'Fn::Or',
  '!Condition': 'Condition',
};
const tags = Object.entries(longForms).flatMap(([tag, name]): (ScalarTag | CollectionTag)[] => [
  { tag, resolve: (value) => ({ [name]: value }) },
  { tag, collection: 'seq', resolve: (seq) => ({ [name]: isCollection(seq) ? seq.toJSON() : [] }) },
]);

const noValue = Symbol('AWS::NoValue');

function resolve(node: unknown, values: Values): unknown {
  if (Array.isArray(node)) return node.map((item) => resolve(item, values)).filter((item) => item !== noValue);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node);
  const [name, argument] = entries.length === 1 ? (entries[0] ?? []) : [];
  switch (name) {
    case 'Ref':
      return argument === 'AWS::NoValue' ? noValue : named(String(argument), values);
    case 'Fn::GetAtt':
      return named(String(argument), values);
    case 'Fn::Sub':
      return String(argument).replace(/\$\{([\w:.]+)\}/g, (_, key: string) => String(named(key, values)));
    case 'Fn::Join': {
      const [between, parts] = list(argument);
      return list(resolve(parts, values)).join(String(between));
    }
    case 'Fn::Select': {
      const [at, parts] = list(argument);
      return list(resolve(parts, values))[Number(at)];
    }
    case 'Fn::Split': {
      const [between, text] = list(argument);
      return String(resolve(text, values)).split(String(between));
    }
    case 'Fn::Equals': {
      const [left, right] = list(argument);
      return resolve(left, values) === resolve(right, values);
    }
    case 'Fn::Not':
      return !resolve(list(argument)[0], values);
    case 'Fn::And':
      return list(argument).every((one) => resolve(one, values));
    case 'Fn::Or':
      return list(argument).some((one) => resolve(one, values));
    case 'Fn::If': {
      const [condition, then, otherwise] = list(argument);
      return resolve(holds(String(condition), values) ? then : otherwise, values);
    }
    case 'Condition':
      if (typeof argument === 'string') return holds(argument, values);
  }
  return Object.fromEntries(
    entries.map(([key, value]) => [key, resolve(value, values)]).filter(([, value]) => value !== noValue),
  );
}

function holds(condition: string, values: Values): boolean {
  if (!Object.hasOwn(values.conditions, condition))
    throw new Error(`The template refers to the condition ${condition}, which nothing defines.`);
  return resolve(values.conditions[condition], values) === true;
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** A parameter, a pseudo parameter, a resource (`Topic`) or an attribute of one (`Queue.Arn`). */
function named(name: string, values: Values): string | string[] {
  const [id = '', attribute = 'Ref'] = name.split('.');
  const value = values.names[name] ?? attributesOf(id, values)[attribute];
  if (value === undefined) throw new Error(`The template refers to ${name}, which nothing defines.`);
  return value;
}

/** What CloudFormation returns for a resource. Source: CloudFormation template reference, "Return values" of each type. */
function attributesOf(id: string, values: Values): Readonly<Record<string, string>> {
  const made = values.resources[id];
  if (made === undefined) return {};
  const [account, region] = [values.names['AWS::AccountId'], values.names['AWS::Region']].map(String);
  const name = (property: string): string => String(resolve(made.Properties[property], values));
  const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${account}:${rest}`;
  switch (made.Type) {
    case 'AWS::SNS::Topic':
      return { Ref: arn('sns', name('TopicName')) };
    case 'AWS::SQS::Queue': {
      const QueueName = name('QueueName');
      const Ref = `https://sqs.${region}.amazonaws.com/${account}/${QueueName}`;
      return { Ref, Arn: arn('sqs', QueueName), QueueName };
    }
    case 'AWS::KMS::Key':
      return { Arn: arn('kms', `key/${id.toLowerCase()}`) };
    case 'AWS::Events::EventBus':
      return { Ref: name('Name'), Arn: arn('events', `event-bus/${name('Name')}`) };
    case 'AWS::IAM::Role':
      return { Arn: `arn:aws:iam::${account}:role/${name('RoleName')}` };
    default:
      return {};
  }
}
