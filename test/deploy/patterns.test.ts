import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { parseEventPattern } from '../../sandbox/aws/patterns/event-pattern.ts';
import { parseFilterPattern } from '../../sandbox/aws/patterns/metric-filter.ts';
import { deployTemplate } from '../../sandbox/aws/template.ts';
import { apiCallEvent } from '../../src/framework/event-rules.ts';
import { samples } from '../../src/framework/steps/04-alarms/samples.ts';
import {
  changeEvent,
  changeNames,
  signInEvent,
  signInRegions,
} from '../../src/framework/steps/09-iam-changes/samples.ts';
import { dataFiles, dataJson } from '../data.ts';

const account = '222222222222';
const topic = `arn:aws:sns:eu-west-1:${account}:security-alerts`;

const Rule = z.object({ Name: z.string(), State: z.string(), EventPattern: z.record(z.string(), z.unknown()) });

/** The rules of a place, and which of them match an event. */
function rulesOf(region: string, parameters: Record<string, string> = {}) {
  const { resources } = deployTemplate('event-rules.yaml', {
    account,
    region,
    parameters: { TargetArn: topic, ...parameters },
  });
  const rules = Object.values(resources).flatMap(({ properties }) => Rule.safeParse(properties).data ?? []);
  const tests = rules.map(({ Name, EventPattern }) => ({
    Name,
    matches: parseEventPattern(JSON.stringify(EventPattern)),
  }));
  return { rules, matching: (event: unknown) => tests.filter(({ matches }) => matches(event)).map(({ Name }) => Name) };
}

const { rules, matching } = rulesOf('us-east-1', { Management: 'true' });
const call = (service: string, name: string, more: object = {}) => apiCallEvent(service, name, more);
const event = (source: string, type: string, detail: object = {}) => ({ source, 'detail-type': type, detail });

test('no pattern is longer than EventBridge and CloudWatch Logs take', () => {
  for (const { Name, EventPattern } of rules) expect(JSON.stringify(EventPattern).length, Name).toBeLessThan(2048);
  for (const { FilterPattern, FilterName } of filters) expect(FilterPattern.length, FilterName).toBeLessThan(1024);
});

describe('the rules match, once each', () => {
  test.each(changeNames)('the change %s in IAM', (name) => {
    expect(matching(changeEvent(name))).toEqual(['trailwatch-identity']);
  });

  test('the test event that Trailwatch sends itself', () => {
    expect(matching(event('trailwatch.canary', 'Trailwatch Canary'))).toEqual(['trailwatch-canary']);
  });

  // A few payloads have lost their source: EventBridge would match them with no rule.
  const Finding = z.object({
    source: z.enum(['aws.guardduty', 'aws.access-analyzer']),
    'detail-type': z.enum(['GuardDuty Finding', 'Access Analyzer Finding']),
  });
  const findings = ['guardduty-eventbridge', 'accessanalyzer'].flatMap(dataFiles);
  test.each(findings)('%s, where it is a finding', (file) => {
    const payload = dataJson(file);
    expect(matching(payload)).toEqual(Finding.safeParse(payload).success ? ['trailwatch-findings'] : []);
  });

  test.each(dataFiles('securityhub-eventbridge'))('%s, where it is grave or sent by hand', (file) => {
    const text = JSON.stringify(dataJson(file));
    const sent =
      /"Security Hub (Findings - Custom Action|Insight Results)"/.test(text) || /"Label":"(HIGH|CRITICAL)"/.test(text);
    expect(matching(dataJson(file))).toEqual(sent ? ['trailwatch-security-hub'] : []);
  });

  test.each(dataFiles('health'))('%s', (file) => {
    expect(matching(dataJson(file))).toEqual(['trailwatch-health']);
  });

  test.each(dataFiles('controltower-lifecycle'))('%s', (file) => {
    expect(matching(dataJson(file))).toEqual(['trailwatch-control-tower']);
  });

  const imported = (Label: string, product: string) =>
    event('aws.securityhub', 'Security Hub Findings - Imported', {
      findings: [{ Severity: { Label }, ProductArn: `arn:aws:securityhub:eu-west-1::product/${product}` }],
    });
  const compliance = (now: string, before?: string) =>
    event('aws.config', 'Config Rules Compliance Change', {
      newEvaluationResult: { complianceType: now },
      oldEvaluationResult: before === undefined ? null : { complianceType: before },
    });
  test.each([
    ['security-hub', imported('HIGH', 'aws/securityhub')],
    ['security-hub', imported('CRITICAL', 'aws/inspector')],
    ['compliance', compliance('NON_COMPLIANT')],
    ['compliance', compliance('COMPLIANT', 'NON_COMPLIANT')],
    ['health', event('aws.health', 'AWS Health Event', { eventScopeCode: 'ACCOUNT_SPECIFIC' })],
    ['health', event('aws.health', 'AWS Health Abuse Event')],
    ['findings', event('aws.access-analyzer', 'Unused Access Finding for IAM entities')],
    ['findings', event('aws.access-analyzer', 'Internal Access Finding')],
    ['findings', event('aws.auditmanager', 'Assessment Control Reviewed')],
    ['identity', call('organizations', 'LeaveOrganization')],
    ['identity', event('aws.organizations', 'AWS Service Event via CloudTrail', { eventName: 'CreateAccountResult' })],
    ['identity-center', call('sso', 'CreateAccountAssignment')],
    ['tokens', call('sts', 'AssumeRoot')],
    ['tokens', call('sts', 'GetFederationToken')],
    ['safeguards', call('cloudtrail', 'StopLogging')],
    ['safeguards', call('config', 'StopConfigurationRecorder')],
    ['safeguards', call('guardduty', 'DeleteDetector')],
    ['safeguards', call('ec2', 'DeleteFlowLogs')],
    ['own-rules', call('events', 'DisableRule', { requestParameters: { name: 'trailwatch-identity' } })],
    ['own-rules', call('events', 'RemoveTargets', { requestParameters: { rule: 'trailwatch-identity' } })],
    ['storage', call('kms', 'ScheduleKeyDeletion')],
    ['storage', call('s3', 'PutBucketPolicy')],
    ['storage', call('s3', 'PutAccountPublicAccessBlock')],
    ['sessions', call('ssm', 'StartSession')],
    ['sessions', call('ssm', 'UpdateDocument', { requestParameters: { name: 'SSM-SessionManagerRunShell' } })],
  ])('by trailwatch-%s: %j', (name, sample) => {
    expect(matching(sample)).toEqual([`trailwatch-${name}`]);
  });

  test.each(['us-east-1', ...signInRegions])('sign-ins in %s', (region) => {
    expect(rulesOf(region).matching(signInEvent(region))).toEqual(['trailwatch-sign-in']);
  });

  test.each([
    imported('MEDIUM', 'aws/securityhub'),
    imported('HIGH', 'aws/guardduty'),
    compliance('COMPLIANT'),
    compliance('COMPLIANT', 'INSUFFICIENT_DATA'),
    event('aws.health', 'AWS Health Event', { eventScopeCode: 'PUBLIC' }),
    event('aws.access-analyzer', 'Access Preview State Change'),
    call('sts', 'AssumeRole'),
    call('ec2', 'RunInstances'),
    call('s3', 'PutBucketTagging'),
    call('ssm', 'UpdateDocument', { requestParameters: { name: 'patching' } }),
    call('events', 'PutRule', { requestParameters: { name: 'nightly-job' } }),
    event('aws.signin', 'AWS Console Sign In via CloudTrail', { userIdentity: { type: 'AssumedRole' } }),
    event('my.application', 'GuardDuty Finding'),
  ])('and nothing of what is no alert: %j', (sample) => {
    expect(matching(sample)).toEqual([]);
  });
});

test('calls that CloudTrail counts as reads are matched by a rule that sees reads', () => {
  expect(rules.find(({ Name }) => Name === 'trailwatch-tokens')?.State).toBe(
    'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
  );
});

test('findings are sent once: from the account and the region that have them all', () => {
  const names = (region: string, parameters: Record<string, string>) =>
    rulesOf(region, parameters).rules.map((rule) => rule.Name);
  expect(names('eu-west-1', { FindingsAccount: '333333333333' })).not.toContain('trailwatch-findings');
  const administrator = { FindingsAccount: account, SecurityHubRegion: 'eu-west-1' };
  expect(names('eu-west-1', administrator)).toEqual(
    expect.arrayContaining(['trailwatch-findings', 'trailwatch-security-hub']),
  );
  expect(names('us-east-1', administrator)).toContain('trailwatch-findings');
  expect(names('us-east-1', administrator)).not.toContain('trailwatch-security-hub');
  expect(names('eu-west-1', {})).not.toContain('trailwatch-identity');
});

const Filter = z.object({ FilterName: z.string(), FilterPattern: z.string() });
const filters = Object.values(
  deployTemplate('cis-alarms.yaml', { account, parameters: { LogGroupName: 'trail', TopicArn: topic } }).resources,
).flatMap(({ properties }) => Filter.safeParse(properties).data ?? []);

describe.each(Object.entries(samples))('the filter of %s', (name, own) => {
  const matches = parseFilterPattern(
    filters.find(({ FilterName }) => FilterName === `cis-${name}`)?.FilterPattern ?? '?',
  );
  test.each(own)('$name: $caught', ({ caught, record }) => {
    expect(matches(JSON.stringify(record))).toBe(caught);
  });
});
