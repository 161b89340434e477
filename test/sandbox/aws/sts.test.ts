import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { memberRole } from '../../../sandbox/aws/roles.ts';
import { startHarness } from './harness.ts';

test('the bot assumes the member role, and AWS knows the person behind it', async () => {
  await using aws = await startHarness();
  const { homeAccount, managementAccount } = aws.organization;
  const roleArn = `arn:aws:iam::${managementAccount}:role/${memberRole.name}`;
  const sts = aws.client(STSClient, { account: homeAccount, as: 'bot' });
  const answer = await sts.send(
    new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: 'U0ANA',
      SourceIdentity: 'U0ANA',
      ExternalId: memberRole.externalId,
    }),
  );
  expect(answer.SourceIdentity).toBe('U0ANA');
  expect(answer.Credentials?.Expiration?.getTime()).toBeGreaterThan(Date.now() + 3_500_000);
  const session = new STSClient({
    endpoint: aws.url,
    region: 'eu-west-1',
    credentials: {
      accessKeyId: answer.Credentials?.AccessKeyId ?? '',
      secretAccessKey: answer.Credentials?.SecretAccessKey ?? '',
      sessionToken: answer.Credentials?.SessionToken ?? '',
    },
  });
  expect(await session.send(new GetCallerIdentityCommand())).toMatchObject({
    Account: managementAccount,
    Arn: `arn:aws:sts::${managementAccount}:assumed-role/${memberRole.name}/U0ANA`,
  });
  // By the world's clock the session ends after an hour.
  aws.moveClock(3_601_000);
  await expect(session.send(new GetCallerIdentityCommand())).rejects.toMatchObject({ name: 'ExpiredToken' });
});
