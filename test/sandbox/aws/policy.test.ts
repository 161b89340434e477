import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge, type Statement } from '../../../sandbox/aws/policy.ts';

const allow = (Action: string[], Resource: string[] = ['*'], more: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
const key = 'arn:aws:s3:::archive/report.csv';

describe('a policy', () => {
  test.each<[string, Statement[], string, string, string]>([
    ['allows by name', [allow(['s3:PutObject'])], 's3:PutObject', key, 'allowed'],
    ['allows nothing else', [allow(['s3:PutObject'])], 's3:GetObject', key, 'not allowed'],
    ['takes no notice of case in actions', [allow(['S3:putobject'])], 's3:PutObject', key, 'allowed'],
    ['knows wildcards', [allow(['s3:Put*'])], 's3:PutObject', key, 'allowed'],
    ['knows single characters', [allow(['s3:GetObjec?'])], 's3:GetObject', key, 'allowed'],
    ['does not take dots for wildcards', [allow(['s3:Get.bject'])], 's3:GetObject', key, 'not allowed'],
    ['is bound to resources', [allow(['s3:*'], ['arn:aws:s3:::archive/*'])], 's3:PutObject', key, 'allowed'],
    ['ends at its resources', [allow(['s3:*'], ['arn:aws:s3:::archive'])], 's3:PutObject', key, 'not allowed'],
    [
      'yields to a deny',
      [allow(['*']), { Effect: 'Deny', Action: ['s3:*'], Resource: [key] }],
      's3:PutObject',
      key,
      'denied',
    ],
  ])('%s', (_, statements, action, resource, verdict) => {
    expect(judge(statements, { action, resource })).toBe(verdict);
  });

  test('conditions must all hold, and what is not given holds none', () => {
    const statements = [
      allow(['sts:AssumeRole'], ['*'], { Condition: { StringEquals: { 'sts:ExternalId': ['x', 'y'] } } }),
    ];
    const verdict = (externalId?: string) =>
      judge(statements, { action: 'sts:AssumeRole', resource: '*', context: { 'sts:ExternalId': externalId } });
    expect([verdict('x'), verdict('y'), verdict('z'), verdict()]).toEqual([
      'allowed',
      'allowed',
      'not allowed',
      'not allowed',
    ]);
    const odd = [allow(['*'], ['*'], { Condition: { NumericLessThan: { 'aws:MultiFactorAuthAge': ['300'] } } })];
    expect(() => judge(odd, { action: 'iam:ListUsers', resource: '*' })).toThrow('NumericLessThan');
  });

  test('a statement more never takes an allow away, a deny always does', () => {
    const name = fc.constantFrom('iam:ListUsers', 'iam:*', 's3:GetObject', '*', 'sts:AssumeRole');
    const statement = fc
      .record({ Effect: fc.constantFrom('Allow' as const, 'Deny' as const), Action: fc.array(name, { minLength: 1 }) })
      .map((one): Statement => ({ ...one, Resource: ['*'] }));
    fc.assert(
      fc.property(fc.array(statement), name, (statements, action) => {
        const act = { action, resource: '*' };
        const before = judge(statements, act);
        const after = judge([...statements, allow([action])], act);
        expect(after).toBe(before === 'denied' ? 'denied' : 'allowed');
        expect(judge([...statements, { Effect: 'Deny', Action: ['*'], Resource: ['*'] }], act)).toBe('denied');
      }),
    );
  });
});
