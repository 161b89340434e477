import type {
  AssumeRoleCommandInput,
  AssumeRoleCommandOutput,
  GetCallerIdentityCommandOutput,
} from '@aws-sdk/client-sts';
import { hexOf } from '../../organization/stable.ts';
import type { Keys } from '../keys.ts';
import { judge } from '../policy.ts';
import type { Roles } from '../roles.ts';
import { AwsError, type Call, type Service } from '../service.ts';

type Output<T> = Omit<T, '$metadata'>;

const hour = 3600;

/** STS: sessions of the roles that templates have made. Source: STS API reference, AssumeRole. */
export const sts = (keys: Keys, roles: Roles): Service => ({
  signingName: 'sts',
  sdk: () => import('@aws-sdk/client-sts'),
  operations: { AssumeRole: assumeRole(keys, roles), GetCallerIdentity: getCallerIdentity },
});

const getCallerIdentity = ({ caller }: Call<object>): Output<GetCallerIdentityCommandOutput> => ({
  Account: caller.account,
  Arn: caller.arn,
  UserId: caller.sessionName === undefined ? userId(caller.arn) : `${roleId(caller.arn)}:${caller.sessionName}`,
});

const assumeRole =
  (keys: Keys, roles: Roles) =>
  ({ input, caller, now }: Call<AssumeRoleCommandInput>): Output<AssumeRoleCommandOutput> => {
    const { RoleArn = '', RoleSessionName = '', ExternalId, DurationSeconds = hour, Tags = [] } = input;
    const denied = (action: string) =>
      new AwsError(
        'AccessDenied',
        `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${RoleArn}`,
        403,
      );
    const [, account = '', name = ''] = /^arn:aws:iam::(\d{12}):role\/(?:.+\/)?([\w+=,.@-]+)$/.exec(RoleArn) ?? [];
    const role = roles(account, name);
    if (role === undefined) throw denied('sts:AssumeRole');
    // Once set, a source identity stays through the chain and cannot be changed.
    const sourceIdentity = caller.sourceIdentity ?? input.SourceIdentity;
    if (input.SourceIdentity !== undefined && input.SourceIdentity !== sourceIdentity)
      throw denied('sts:SetSourceIdentity');
    const wanted = [
      'sts:AssumeRole',
      ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
      ...(Tags.length === 0 ? [] : ['sts:TagSession']),
    ];
    for (const action of wanted) {
      const act = {
        action,
        resource: RoleArn,
        principal: principalOf(caller.arn),
        context: {
          'sts:ExternalId': ExternalId,
          'sts:SourceIdentity': sourceIdentity,
          'sts:RoleSessionName': RoleSessionName,
        },
      };
      if (judge(role.trust, act) !== 'allowed') throw denied(action);
    }
    if (caller.role !== undefined && DurationSeconds > hour)
      throw new AwsError(
        'ValidationError',
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
      );
    if (DurationSeconds > role.maxSessionSeconds)
      throw new AwsError(
        'ValidationError',
        'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      );
    const expires = new Date(now.getTime() + DurationSeconds * 1000);
    const key = keys.session(role, { name: RoleSessionName, sourceIdentity, expires });
    return {
      Credentials: {
        AccessKeyId: key.accessKeyId,
        SecretAccessKey: key.secretAccessKey,
        SessionToken: key.sessionToken,
        Expiration: expires,
      },
      AssumedRoleUser: { AssumedRoleId: `${roleId(key.caller.arn)}:${RoleSessionName}`, Arn: key.caller.arn },
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    };
  };

/** A trust policy names roles, not their sessions. */
const principalOf = (arn: string): string =>
  arn.replace(/^arn:aws:sts::(\d+):assumed-role\/([^/]+)\/.*$/, 'arn:aws:iam::$1:role/$2');

/** Unique ids of IAM: four letters for the kind, then 17 characters. */
const roleId = (arn: string): string => `AROA${hexOf(arn.split('/').slice(0, 2).join('/')).slice(0, 17).toUpperCase()}`;
const userId = (arn: string): string => `AIDA${hexOf(arn).slice(0, 17).toUpperCase()}`;
