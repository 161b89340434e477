import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { deployTemplate } from '../../sandbox/aws/template.ts';
import resourceTypes from './resource-types.json' with { type: 'json' };

const root = join(import.meta.dirname, '..', '..');
const files = globSync('*.yaml', { cwd: join(root, 'deploy') }).toSorted();

const account = '222222222222';
const organization = 'o-a1b2c3d4e5';
const topic = `arn:aws:sns:eu-west-1:${account}:security-alerts`;
const bus = `arn:aws:events:eu-west-1:${account}:event-bus/security`;

/** Each template as it is deployed, in the ways that its conditions tell apart. */
const deployments: readonly [file: string, parameters: Record<string, string>, region?: string][] = [
  ['alerts-topic.yaml', {}],
  ['alerts-topic.yaml', { Organization: organization, Endpoint: 'https://trailwatch.example.com/sns' }],
  ['alerts-queue.yaml', { TopicArn: topic }],
  ['central-bus.yaml', { Organization: organization, TopicArn: topic }],
  ['event-rules.yaml', { TargetArn: topic }, 'eu-west-1'],
  ['event-rules.yaml', { TargetArn: bus, Management: 'true' }, 'us-east-1'],
  ['event-rules.yaml', { TargetArn: bus, FindingsAccount: '333333333333' }, 'us-east-1'],
  ['event-rules.yaml', { TargetArn: bus, FindingsAccount: account, SecurityHubRegion: 'eu-west-1' }, 'eu-west-1'],
  ['cis-alarms.yaml', { LogGroupName: 'aws-cloudtrail-logs', TopicArn: topic }],
  ['bot-role.yaml', { RunsAs: `arn:aws:iam::${account}:role/instance`, TopicArns: topic, QueueArns: `${topic}-q` }],
  ['member-role.yaml', { TrustedPrincipal: `arn:aws:iam::${account}:role/trailwatch`, ExternalId: 'a-secret-of-ours' }],
];

const deployed = (file: string, parameters: Record<string, string>, region?: string) =>
  deployTemplate(file, { account, parameters, ...(region !== undefined && { region }) });

test('every template is deployed by these tests', () => {
  expect([...new Set(deployments.map(([file]) => file))].toSorted()).toEqual(files);
});

/**
 * AWS's own description of a type, cut down: what it does not describe takes any value.
 * Source of resource-types.json: the schemas of CloudFormation's registry, us-east-1, of the types that the templates use.
 */
const Shape = z.object({
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).default([]),
  items: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
});

/** What a value breaks of a shape, each as `path: what`. */
function faults(value: unknown, of: unknown, path: string): string[] {
  const shape = Shape.parse(of ?? {});
  if (Array.isArray(value)) return value.flatMap((item, at) => faults(item, shape.items, `${path}[${at}]`));
  if (typeof value !== 'object' || value === null)
    return shape.enum === undefined || shape.enum.includes(value) ? [] : [`${path}: ${value} is none of its values`];
  const { properties } = shape;
  if (properties === undefined) return [];
  return [
    ...shape.required.filter((name) => !Object.hasOwn(value, name)).map((name) => `${path}.${name}: missing`),
    ...Object.entries(value).flatMap(([name, inner]) =>
      Object.hasOwn(properties, name)
        ? faults(inner, properties[name], `${path}.${name}`)
        : [`${path}.${name}: unknown`],
    ),
  ];
}

const types: Readonly<Record<string, unknown>> = resourceTypes;

describe.each(deployments)('%s with %o', (file, parameters, region) => {
  const { resources, outputs } = deployed(file, parameters, region);

  test('is made of resources and properties that CloudFormation knows', () => {
    const found = Object.entries(resources).flatMap(([id, { type, properties }]) =>
      Object.hasOwn(types, type) ? faults(properties, types[type], id) : [`${id}: unknown type ${type}`],
    );
    expect(found).toEqual([]);
    expect(Object.keys(resources).length).toBeGreaterThan(0);
    expect(JSON.stringify([resources, outputs])).not.toMatch(/undefined|\$\{/);
  });

  test('has policies that AWS can read', () => {
    for (const policy of policiesIn(Object.values(resources).map(({ properties }) => properties)))
      expect(Policy.safeParse(policy).error, JSON.stringify(policy)).toBeUndefined();
  });

  test('has a row for each of its parameters in the README', () => {
    const section = readFileSync(join(root, 'deploy', 'README.md'), 'utf8').split(/^## /m);
    const own = section.filter((text) => text.includes(`\`${file}\` takes`)).join('');
    const declared = readFileSync(join(root, 'deploy', file), 'utf8').match(/^Parameters:\n[\s\S]*?^\w/m)?.[0] ?? '';
    const names = [...declared.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !own.includes(`| \`${name}\``))).toEqual([]);
  });
});

test('a parameter that is not allowed, or missing, is refused', () => {
  expect(() => deployed('event-rules.yaml', { TargetArn: 'security-alerts' })).toThrow('does not allow');
  expect(() => deployed('event-rules.yaml', { TargetArn: topic, Management: 'yes' })).toThrow('does not allow');
  expect(() => deployed('cis-alarms.yaml', { TopicArn: topic })).toThrow('needs the parameter LogGroupName');
});

const several = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const Policy = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: z.array(
    z.strictObject({
      Sid: z
        .string()
        .regex(/^[A-Za-z0-9]+$/)
        .optional(),
      Effect: z.enum(['Allow', 'Deny']),
      Principal: z
        .union([z.literal('*'), z.strictObject({ AWS: several.optional(), Service: several.optional() })])
        .optional(),
      Action: several,
      Resource: several.optional(),
      Condition: z
        .partialRecord(z.enum(['StringEquals', 'ArnEquals', 'ArnLike']), z.record(z.string(), several))
        .optional(),
    }),
  ),
});

/** Every policy document in a value: what has a Version and statements. */
function policiesIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return [...('Statement' in value && 'Version' in value ? [value] : []), ...Object.values(value).flatMap(policiesIn)];
}

describe('the topic', () => {
  const Statements = z.object({ Statement: z.array(z.record(z.string(), z.unknown())) });
  const statements = (policy: unknown) => Statements.parse(policy).Statement;
  const of = (parameters: Record<string, string>) => deployed('alerts-topic.yaml', parameters, 'eu-west-1').resources;

  test('is signed with version 2 and encrypted with a key that its publishers may use', () => {
    const { Topic, Key } = of({});
    expect(Topic?.properties).toMatchObject({
      SignatureVersion: '2',
      KmsMasterKeyId: expect.stringContaining(':key/'),
    });
    const publishers = statements(Key?.properties['KeyPolicy']).find(({ Sid }) => Sid === 'Publishers');
    expect(publishers).toMatchObject({
      Principal: { Service: expect.arrayContaining(['cloudwatch.amazonaws.com', 'events.amazonaws.com']) },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
    });
    expect(publishers, 'EventBridge fills in no condition of a key').not.toHaveProperty('Condition');
  });

  test.each([
    [{}, { 'aws:SourceAccount': account }],
    [{ Organization: organization }, { 'aws:SourceOrgID': organization }],
  ])('is published to by services for %o alone', (parameters, condition) => {
    const policy = statements(of(parameters)['TopicPolicy']?.properties['PolicyDocument']);
    expect(policy.find(({ Sid }) => Sid === 'Alarms')).toMatchObject({ Condition: { StringEquals: condition } });
    expect(
      policy.find(({ Sid }) => Sid === 'Rules'),
      'EventBridge fills in none',
    ).not.toHaveProperty('Condition');
  });

  test('keeps what it could not deliver, and asks nobody for 3,600 seconds or more', () => {
    const { Subscription } = of({ Endpoint: 'https://trailwatch.example.com/sns' });
    expect(Subscription?.properties).toMatchObject({
      RedrivePolicy: { deadLetterTargetArn: `arn:aws:sqs:eu-west-1:${account}:security-alerts-undelivered` },
    });
    const { numRetries, maxDelayTarget } = z
      .object({ healthyRetryPolicy: z.object({ numRetries: z.number(), maxDelayTarget: z.number() }) })
      .parse(Subscription?.properties['DeliveryPolicy']).healthyRetryPolicy;
    expect(numRetries * maxDelayTarget).toBeLessThan(3600);
    expect(of({})['Subscription']).toBeUndefined();
  });
});

test('the queue gets whole envelopes, from its topic alone', () => {
  const { Subscription, QueuePolicy } = deployed('alerts-queue.yaml', { TopicArn: topic }, 'eu-west-1').resources;
  expect(Subscription?.properties).toMatchObject({ RawMessageDelivery: false, Protocol: 'sqs' });
  expect(JSON.stringify(QueuePolicy?.properties)).toContain(`{"ArnEquals":{"aws:SourceArn":"${topic}"}}`);
});
