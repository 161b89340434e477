import { known } from './accounts.ts';
import type { TrailRecord } from './organization.ts';
import { type Random, random } from './random.ts';
import { type Principal, record } from './record.ts';
import { agents, type Company, runners } from './trail.ts';

const dayMs = 86_400_000;
const region = 'eu-west-1';

/** The one bucket whose objects the trail's selectors took in, until two days ago: since then nothing is recorded of them. */
export const watchedBucket = { name: 'prod-web-assets', account: known.web, region } as const;

/** An account that nobody in the organization knows. */
export const stranger = '999988887777';

/**
 * Data events of S3 as the trail wrote them, newest first: the event history holds none.
 * Source: CloudTrail user guide, "Logging data events"; S3 user guide, "CloudTrail log file entries for Amazon S3".
 */
export function dataEvents({ seed, until, role }: Company): readonly TrailRecord[] {
  const numbers = random(`${seed}/data-events`);
  const { name, account } = watchedBucket;
  const session = (roleName: string, sessionName: string, address: string, agent: string): Principal => {
    const { arn, id } = role(account, roleName);
    return {
      identity: {
        type: 'AssumedRole',
        principalId: `${id}:${sessionName}`,
        arn: `arn:aws:sts::${account}:assumed-role/${roleName}/${sessionName}`,
        accountId: account,
        accessKeyId: numbers.iamId('ASIA'),
        sessionContext: {
          sessionIssuer: { type: 'Role', principalId: id, arn, accountId: account, userName: roleName },
        },
      },
      address,
      agent,
    };
  };
  const deploy = session('github-deploy', 'GitHubActions', runners[0], agents.cli);
  const worker = session('order-worker', 'web-thumbnails', '198.18.8.7', agents.boto);
  const other = { type: 'AWSAccount', principalId: 'AROAEXAMPLEOTHER000AB:sync', accountId: stranger };
  const nobody = { type: 'AWSAccount', principalId: '', accountId: 'anonymous' };
  const denied = { code: 'AccessDenied', message: 'Access Denied' };
  const at = (day: number, seconds: number): number => until.getTime() - day * dayMs + seconds * 1000;
  const made = Array.from({ length: 8 }, (_, index) => index + 2).flatMap((day) => [
    request(deploy, 'PutObject', 'app/main.js', at(day, 0), numbers),
    request(worker, 'GetObject', `photos/${day}.jpg`, at(day, 40), numbers),
    request(worker, 'DeleteObject', `photos/${day - 1}.jpg`, at(day, 90), numbers),
    request(
      { identity: other, address: '203.0.113.200', agent: agents.sdk },
      'GetObject',
      'app/main.js',
      at(day, 200),
      numbers,
    ),
    {
      ...request(
        { identity: nobody, address: '203.0.113.201', agent: '[curl/8.14.1]' },
        'GetObject',
        'backup.sql',
        at(day, 300),
        numbers,
      ),
      errorCode: denied.code,
      errorMessage: denied.message,
    },
  ]);
  return made.toSorted((a, b) => (a.eventTime < b.eventTime ? 1 : -1));

  function request(who: Principal, call: string, key: string, when: number, random: Random): TrailRecord {
    const bucket = `arn:aws:s3:::${name}`;
    const readOnly = call.startsWith('Get');
    return record(
      who,
      {
        service: 's3',
        name: call,
        readOnly,
        parameters: { bucketName: name, Host: `${name}.s3.${region}.amazonaws.com`, key },
        resources: [
          { accountId: account, type: 'AWS::S3::Object', ARN: `${bucket}/${key}` },
          { accountId: account, type: 'AWS::S3::Bucket', ARN: bucket },
        ],
        more: {
          managementEvent: false,
          eventCategory: 'Data',
          additionalEventData: {
            SignatureVersion: 'SigV4',
            AuthenticationMethod: 'AuthHeader',
            bytesTransferredIn: readOnly ? 0 : 1024,
            bytesTransferredOut: readOnly ? 20_480 : 0,
          },
        },
      },
      { account, region },
      when,
      random,
    );
  }
}
