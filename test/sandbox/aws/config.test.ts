import {
  ConfigServiceClient,
  DescribeConfigurationRecorderStatusCommand,
  DescribeConfigurationRecordersCommand,
  DescribeConformancePackComplianceCommand,
  DescribeConformancePacksCommand,
  GetConformancePackComplianceDetailsCommand,
  GetConformancePackComplianceSummaryCommand,
  GetResourceConfigHistoryCommand,
  type GetResourceConfigHistoryCommandInput,
  ListConformancePackComplianceScoresCommand,
  SelectResourceConfigCommand,
} from '@aws-sdk/client-config-service';
import { describe, expect, test } from 'vitest';
import { type Harness, startHarness } from './harness.ts';

const dayMs = 24 * 60 * 60_000;
const account = '111122223333';
const clientOf = (aws: Harness, region = 'eu-west-1') =>
  aws.client(ConfigServiceClient, { account, region, maxAttempts: 3 });

/** Everything that the history has, and how many pages of it were empty. */
async function history(config: ConfigServiceClient, input: GetResourceConfigHistoryCommandInput) {
  const items = [];
  let [empty, pages] = [0, 0];
  let nextToken: string | undefined;
  do {
    const page = await config.send(new GetResourceConfigHistoryCommand({ ...input, ...(nextToken && { nextToken }) }));
    if (page.configurationItems?.length === 0) empty += 1;
    pages += 1;
    items.push(...(page.configurationItems ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return { items, empty, pages };
}

const idOf = async (config: ConfigServiceClient, type: string, name: string): Promise<string> => {
  const { Results = [] } = await config.send(
    new SelectResourceConfigCommand({
      Expression: `SELECT resourceId, resourceName WHERE resourceType = '${type}' AND resourceName = '${name}'`,
    }),
  );
  expect(Results).toHaveLength(1);
  return JSON.parse(Results[0] ?? '{}').resourceId;
};

describe('the recorder', () => {
  test('records everywhere, the global types in the home region', async () => {
    await using aws = await startHarness();
    for (const [region, global] of [
      ['eu-west-1', true],
      ['us-east-1', false],
    ] as const) {
      const config = clientOf(aws, region);
      const { ConfigurationRecorders } = await config.send(new DescribeConfigurationRecordersCommand());
      expect(ConfigurationRecorders).toMatchObject([{ recordingGroup: { includeGlobalResourceTypes: global } }]);
      const { ConfigurationRecordersStatus } = await config.send(new DescribeConfigurationRecorderStatusCommand());
      expect(ConfigurationRecordersStatus).toMatchObject([{ recording: true }]);
    }
    const unknown = new DescribeConfigurationRecordersCommand({ ConfigurationRecorderNames: ['other'] });
    await expect(clientOf(aws).send(unknown)).rejects.toMatchObject({ name: 'NoSuchConfigurationRecorderException' });
  });
});

describe('history', () => {
  test('tells what the attack made of a user and a role, with empty pages between', async () => {
    await using aws = await startHarness();
    const config = clientOf(aws);
    const user = await history(config, {
      resourceType: 'AWS::IAM::User',
      resourceId: await idOf(config, 'AWS::IAM::User', 'deploy-bot'),
    });
    expect(user.items).toHaveLength(2);
    expect(user.empty).toBeGreaterThan(4);
    const [after, before] = user.items.map(({ configuration = '{}' }) => JSON.parse(configuration));
    expect(before.userPolicyList).toEqual([]);
    expect(after.userPolicyList[0].policyName).toBe('maintenance');
    expect(JSON.parse(decodeURIComponent(after.userPolicyList[0].policyDocument)).Statement[0].Action).toBe('iam:*');
    expect(aws.organization.attack.eventIds).toContain(user.items[0]?.relatedEvents?.[0]);

    const role = await history(config, {
      resourceType: 'AWS::IAM::Role',
      resourceId: await idOf(config, 'AWS::IAM::Role', 'payments-app'),
      chronologicalOrder: 'Forward',
    });
    const trusts = role.items.map(({ configuration = '{}' }) =>
      decodeURIComponent(JSON.parse(configuration).assumeRolePolicyDocument),
    );
    expect(trusts).toHaveLength(2);
    expect(trusts[0]).not.toContain('999988887777');
    expect(trusts[1]).toContain('999988887777');
  });

  test('keeps to the times and the limit that are asked for', async () => {
    await using aws = await startHarness();
    const config = clientOf(aws);
    const which = {
      resourceType: 'AWS::IAM::User' as const,
      resourceId: await idOf(config, 'AWS::IAM::User', 'deploy-bot'),
    };
    const { from, to } = aws.organization.attack;
    const around = { earlierTime: new Date(from.getTime() - dayMs), laterTime: new Date(to.getTime() + dayMs / 24) };
    expect((await history(config, { ...which, ...around })).items).toHaveLength(1);
    const one = await history(config, { ...which, limit: 1 });
    expect(one.items).toHaveLength(2);
    const upsideDown = new GetResourceConfigHistoryCommand({ ...which, earlierTime: to, laterTime: from });
    await expect(config.send(upsideDown)).rejects.toMatchObject({ name: 'InvalidTimeRangeException' });
  });

  test('of what is not recorded here is refused', async () => {
    await using aws = await startHarness();
    const resourceId = await idOf(clientOf(aws), 'AWS::IAM::User', 'deploy-bot');
    const asked = new GetResourceConfigHistoryCommand({ resourceType: 'AWS::IAM::User', resourceId });
    await expect(clientOf(aws, 'us-east-1').send(asked)).rejects.toMatchObject({
      name: 'ResourceNotDiscoveredException',
    });
  });
});

describe('SQL', () => {
  test('quotes are part of a value, and what is not understood is refused', async () => {
    await using aws = await startHarness();
    const config = clientOf(aws);
    const select = (Expression: string) => config.send(new SelectResourceConfigCommand({ Expression }));
    expect((await select("SELECT resourceId WHERE resourceName = 'it''s nobody'")).Results).toEqual([]);
    for (const expression of ["SELECT resourceId WHERE resourceName = 'a' OR 1=1", 'DROP TABLE', 'SELECT password'])
      await expect(select(expression)).rejects.toMatchObject({ name: 'InvalidExpressionException' });
  });

  test('is paged', async () => {
    await using aws = await startHarness();
    const config = clientOf(aws);
    const Expression = "SELECT arn WHERE resourceType = 'AWS::IAM::Role'";
    const all = await config.send(new SelectResourceConfigCommand({ Expression, Limit: 100 }));
    const first = await config.send(new SelectResourceConfigCommand({ Expression, Limit: 5 }));
    const next = await config.send(
      new SelectResourceConfigCommand({ Expression, Limit: 5, NextToken: first.NextToken }),
    );
    expect([...(first.Results ?? []), ...(next.Results ?? [])]).toEqual(all.Results?.slice(0, 10));
    const wrong = new SelectResourceConfigCommand({ Expression: 'SELECT arn', NextToken: first.NextToken });
    await expect(config.send(wrong)).rejects.toMatchObject({ name: 'InvalidNextTokenException' });
  });
});

describe('conformance packs', () => {
  test('say the same as a score, by rule and by resource', async () => {
    await using aws = await startHarness();
    const config = clientOf(aws);
    const { ConformancePackDetails = [] } = await config.send(new DescribeConformancePacksCommand());
    expect(ConformancePackDetails).toHaveLength(2);
    const names = ConformancePackDetails.flatMap(({ ConformancePackName = '' }) => ConformancePackName);
    const { ConformancePackComplianceScores = [] } = await config.send(
      new ListConformancePackComplianceScoresCommand({ SortBy: 'SCORE' }),
    );
    const summary = await config.send(new GetConformancePackComplianceSummaryCommand({ ConformancePackNames: names }));
    for (const ConformancePackName of names) {
      const rules = await config.send(new DescribeConformancePackComplianceCommand({ ConformancePackName }));
      const broken = (rules.ConformancePackRuleComplianceList ?? []).filter(
        ({ ComplianceType }) => ComplianceType === 'NON_COMPLIANT',
      );
      const details = [];
      let NextToken: string | undefined;
      do {
        const page = await config.send(
          new GetConformancePackComplianceDetailsCommand({
            ConformancePackName,
            Limit: 10,
            ...(NextToken && { NextToken }),
          }),
        );
        details.push(...(page.ConformancePackRuleEvaluationResults ?? []));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      const bad = details.filter(({ ComplianceType }) => ComplianceType === 'NON_COMPLIANT');
      const ruleOf = (one: (typeof bad)[number]) =>
        one.EvaluationResultIdentifier?.EvaluationResultQualifier?.ConfigRuleName;
      expect(new Set(bad.map(ruleOf))).toEqual(new Set(broken.map(({ ConfigRuleName }) => ConfigRuleName)));
      const score = ConformancePackComplianceScores.find((one) => one.ConformancePackName === ConformancePackName);
      expect(Number(score?.Score)).toBeCloseTo((100 * (details.length - bad.length)) / details.length, 1);
      expect(
        summary.ConformancePackComplianceSummaryList?.find((one) => one.ConformancePackName === ConformancePackName)
          ?.ConformancePackComplianceStatus,
      ).toBe(broken.length > 0 ? 'NON_COMPLIANT' : 'COMPLIANT');
    }
  });

  test('change from week to week, and some rules have nothing to look at', async () => {
    await using aws = await startHarness();
    const config = clientOf(aws);
    const { ConformancePackDetails = [] } = await config.send(new DescribeConformancePacksCommand());
    const ConformancePackName = ConformancePackDetails[0]?.ConformancePackName;
    const states = new Set<string>();
    let without = 0;
    for (let week = 0; week < 10; week++) {
      const { ConformancePackRuleComplianceList: rules = [] } = await config.send(
        new DescribeConformancePackComplianceCommand({ ConformancePackName }),
      );
      states.add(JSON.stringify(rules.map(({ ComplianceType }) => ComplianceType)));
      without += rules.filter(({ ComplianceType }) => ComplianceType === 'INSUFFICIENT_DATA').length;
      aws.moveClock(7 * dayMs);
    }
    expect(states.size).toBeGreaterThan(5);
    expect(without).toBeGreaterThan(0);
  });

  test('that do not exist are refused', async () => {
    await using aws = await startHarness();
    const asked = new DescribeConformancePackComplianceCommand({ ConformancePackName: 'none' });
    await expect(clientOf(aws).send(asked)).rejects.toMatchObject({ name: 'NoSuchConformancePackException' });
  });
});
