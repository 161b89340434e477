import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { auditRows } from '../../src/store/audit-log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { type Evening, sandboxConfig, testInTurn } from './world.ts';

const route = { channel: 'C0SEC', escalation: 'primary' };
const test = testInTurn(
  sandboxConfig({
    routes: [
      { ...route, match: { kind: 'CreateUser' }, severity: 'medium', ask: 'actorResolves' },
      { ...route, match: { kind: 'StopLogging' }, severity: 'critical', ask: 'actor' },
      { ...route, match: { kind: 'CreateRole' }, severity: 'medium' },
    ],
    // One person does all of it: each alert keeps a message of its own.
    grouping: { incidentWindow: '0m' },
  }),
);

/** A call of somebody who came in through IAM Identity Center, as EventBridge brings it. */
function call({ world }: Evening, eventName: string, name: string, on: string): unknown {
  const { identityStore } = world.organization;
  const userId = identityStore.people.find(({ userName }) => userName === `${name}@example.com`)?.userId;
  const at = `${world.now().toISOString().slice(0, 19)}Z`;
  const role = 'AWSReservedSSO_AdministratorAccess_0123456789abcdef';
  const [account, service] = ['111122223333', eventName === 'StopLogging' ? 'cloudtrail' : 'iam'];
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'AWS API Call via CloudTrail',
    source: `aws.${service}`,
    account,
    time: at,
    region: 'us-east-1',
    resources: [],
    detail: {
      eventVersion: '1.11',
      userIdentity: {
        type: 'AssumedRole',
        principalId: `AROAEXAMPLEEXAMPLE:${name}@example.com`,
        arn: `arn:aws:sts::${account}:assumed-role/${role}/${name}@example.com`,
        accountId: account,
        accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
        onBehalfOf: { userId, identityStoreArn: identityStore.arn },
        sessionContext: {
          sessionIssuer: {
            type: 'Role',
            arn: `arn:aws:iam::${account}:role/aws-reserved/sso.amazonaws.com/eu-west-1/${role}`,
            accountId: account,
            userName: role,
          },
          attributes: { creationDate: at, mfaAuthenticated: 'true' },
        },
      },
      eventTime: at,
      eventSource: `${service}.amazonaws.com`,
      eventName,
      awsRegion: 'us-east-1',
      sourceIPAddress: '203.0.113.7',
      userAgent: 'aws-cli/2.31.5',
      requestParameters: eventName === 'StopLogging' ? { name: on } : { userName: on, roleName: on },
      responseElements: null,
      requestID: randomUUID(),
      eventID: randomUUID(),
      readOnly: false,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: account,
      eventCategory: 'Management',
    },
  };
}

test('yes with a reason goes to the thread and resolves what is below high; nobody else may answer', async ({
  evening,
}) => {
  const [chris, ben, security] = [evening.person('chris'), evening.person('ben'), evening.channel('C0SEC')];
  evening.publish(call(evening, 'CreateUser', 'chris', 'new-hire'));
  const message = await security.expectMessage(/new-hire/);
  const asked = await chris.expectDirectMessage(/Was this you\?.*new-hire/s);
  await security.expectReply(message, /Was it you\?.*is asked by direct message/s);
  await ben.press(asked, 'No, not me');
  await ben.expectEphemeral(/put to somebody else/);
  await chris.press(asked, 'Yes, it was me…');
  const form = await chris.expectModal(/It was you/);
  await form.submit({ reason: { value: ' ' } });
  await form.expectError(/Say what it was for/);
  await form.submit({ reason: { value: 'Onboarding in HR-7' } });
  await security.expectReply(message, /says that it was them.*Onboarding in HR-7/s);
  await security.expectUpdate(message, /Resolved/);
  await chris.expectDirectMessage(/You said that it was you.*Onboarding in HR-7/s);
});

test('no makes it critical and calls whoever is on call now', async ({ evening }) => {
  const [chris, security] = [evening.person('chris'), evening.channel('C0SEC')];
  evening.publish(call(evening, 'CreateUser', 'chris', 'backdoor'));
  const message = await security.expectMessage(/backdoor/);
  const asked = await chris.expectDirectMessage(/Was this you\?.*backdoor/s);
  await chris.press(asked, 'No, not me');
  await security.expectReply(message, /says that it was not them/);
  await security.expectReply(message, /level 1.*Called: @(ana|ben)/is);
  await security.expectUpdate(message, /critical/i);
  await chris.expectDirectMessage(/You said that it was not you/);
});

test('what is critical is not over by the word of the one who was asked; silence changes nothing and is told', async ({
  evening,
}) => {
  const [ana, ben, security] = [evening.person('ana'), evening.person('ben'), evening.channel('C0SEC')];
  evening.publish(call(evening, 'StopLogging', 'ana', 'org-trail'));
  const message = await security.expectMessage(/org-trail/);
  await ana.expectDirectMessage(/Was this you\?.*org-trail/s);
  await ana.press(message, 'Resolve');
  await ana.expectEphemeral(/another person has to resolve it/);
  await evening.world.moveClock(61 * 60_000);
  await security.expectReply(message, /No answer.*within an hour/s);
  await ana.expectDirectMessage(/Nobody answered in time/);
  await ben.press(message, 'Resolve');
  await (await ben.expectModal(/Resolve/)).submit({});
  await security.expectUpdate(message, /Resolved/);
});

test('who watches a caller hears of it by direct message when an alert tells of a call, once, until it is ended', async ({
  evening,
}) => {
  const ana = evening.person('ana');
  await ana.type('/audit watch user chris@example.com --until 2h');
  await ana.expectEphemeral(/Watch 1: you get a direct message when the user chris@example\.com calls again/);
  await ana.type('/audit watch user @chris');
  await ana.expectEphemeral(/You watch this already, with watch 1/);
  evening.publish(call(evening, 'CreateRole', 'chris', 'watched-role'));
  const heard = await ana.expectDirectMessage(/chris@example\.com called again: 1 call.*CreateRole.*watched-role/s);
  await ana.type('/audit watch');
  await ana.expectEphemeral(/You watch 1.*1 call so far/s);
  await ana.press(heard, 'End watch');
  await ana.type('/audit unwatch 1');
  await ana.expectEphemeral(/This watch is over already/);
  await ana.type('/audit watch user alice --until 30d');
  await ana.expectEphemeral(/A watch lasts between 15 minutes and 7 days/);
  await ana.type('/audit watch service iam');
  await ana.expectEphemeral(/Say which key, address, role or user to watch/);
});

test('a route without it asks nobody, and everything is on the record', async ({ evening }) => {
  evening.publish(call(evening, 'CreateRole', 'chris', 'quiet-role'));
  const security = evening.channel('C0SEC');
  const message = await security.expectMessage(/quiet-role/);
  await security.expectReply(message, /chris@example.com/);
  expect(
    security.messages().filter(({ threadTs, text }) => threadTs === message.ts && /Was it you/.test(text)),
  ).toEqual([]);
  await evening.world.stopApp(evening.app);
  const database = await openDatabase({ databaseUrl: evening.databaseUrl, dataDir: evening.dataDir });
  const actions: string[] = [];
  for await (const { action } of auditRows(database.db)) actions.push(action);
  await database.close();
  expect(actions).toEqual(expect.arrayContaining(['ask', 'was-me', 'was-not-me', 'ask-expired']));
  expect(actions.filter((action) => action === 'ask')).toHaveLength(3);
});
