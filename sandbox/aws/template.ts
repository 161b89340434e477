import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CollectionTag, isCollection, parse, type ScalarTag } from 'yaml';
import * as z from 'zod';
import type { Statement } from './policy.ts';

/** What a template is deployed with: its parameters, and the account where. */
export interface Deployment {
  account: string;
  parameters: Readonly<Record<string, string>>;
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
const parameter = z.object({ Type: z.enum(['String', 'CommaDelimitedList']), Default: z.string().optional() });
const template = z.object({
  Parameters: z.record(z.string(), parameter).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), z.unknown()),
});

export const deployFolder = join(import.meta.dirname, '..', '..', 'deploy');

/**
 * The resource `Role` of a template in deploy/, as CloudFormation would make it: this is how the sandbox enforces the policies that
 * are shipped. Knows the functions that the templates use: Ref, Sub, Join, If, Equals, Not.
 */
export function deployRole(file: string, deployment: Deployment): Role {
  const parsed = templateIn(file);
  const parameters = Object.fromEntries(
    Object.entries(parsed.Parameters).map(([name, { Type, Default }]) => {
      const value = deployment.parameters[name] ?? Default;
      if (value === undefined) throw new Error(`${file} needs the parameter ${name}.`);
      return [name, Type === 'String' ? value : value.split(',')];
    }),
  );
  const values: Values = {
    names: { ...parameters, 'AWS::AccountId': deployment.account, 'AWS::Partition': 'aws' },
    conditions: parsed.Conditions,
  };
  const { Properties } = role.parse(resolve(parsed.Resources['Role'], values));
  return {
    account: deployment.account,
    name: Properties.RoleName,
    trust: Properties.AssumeRolePolicyDocument.Statement,
    permissions: Properties.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
    maxSessionSeconds: Properties.MaxSessionDuration,
  };
}

/** Parsed once: a thousand accounts have the same. */
const templates = new Map<string, z.infer<typeof template>>();

function templateIn(file: string): z.infer<typeof template> {
  const known = templates.get(file);
  if (known !== undefined) return known;
  const parsed = template.parse(parse(readFileSync(join(deployFolder, file), 'utf8'), { customTags: tags }));
  templates.set(file, parsed);
  return parsed;
}

interface Values {
  names: Readonly<Record<string, string | string[]>>;
  conditions: Readonly<Record<string, unknown>>;
}

/** CloudFormation's short forms as the long ones: `!Sub x` → `{ "Fn::Sub": "x" }`. */
const longForms: Readonly<Record<string, string>> = {
  '!Ref': 'Ref',
  '!Sub': 'Fn::Sub',
  '!Join': 'Fn::Join',
  '!GetAtt': 'Fn::GetAtt',
  '!If': 'Fn::If',
  '!Equals': 'Fn::Equals',
  '!Not': 'Fn::Not',
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
    case 'Fn::Sub':
      return String(argument).replace(/\$\{([\w:]+)\}/g, (_, key: string) => String(named(key, values)));
    case 'Fn::Join': {
      const [between, parts] = list(argument);
      return list(resolve(parts, values)).join(String(between));
    }
    case 'Fn::Equals': {
      const [left, right] = list(argument);
      return resolve(left, values) === resolve(right, values);
    }
    case 'Fn::Not':
      return !resolve(list(argument)[0], values);
    case 'Fn::If': {
      const [condition, then, otherwise] = list(argument);
      return resolve(resolve(values.conditions[String(condition)], values) ? then : otherwise, values);
    }
    default:
      return Object.fromEntries(
        entries.map(([key, value]) => [key, resolve(value, values)]).filter(([, value]) => value !== noValue),
      );
  }
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function named(name: string, { names }: Values): string | string[] {
  const value = names[name];
  if (value === undefined) throw new Error(`The template refers to ${name}, which nothing defines.`);
  return value;
}
