import type { Actor } from './signal.ts';

/** The part of CloudTrail's userIdentity that says who it was. */
export interface Identity {
  type?: string | undefined;
  principalId?: string | undefined;
  arn?: string | undefined;
  accountId?: string | undefined;
  accessKeyId?: string | undefined;
  userName?: string | undefined;
  invokedBy?: string | undefined;
  onBehalfOf?: { userId?: string | undefined };
  sessionContext?: {
    sessionIssuer?: { userName?: string | undefined };
    sourceIdentity?: string | undefined;
    attributes?: { mfaAuthenticated?: boolean | undefined };
  };
}

const types: Record<string, Actor['type']> = {
  Root: 'root',
  IAMUser: 'user',
  AssumedRole: 'role',
  Role: 'role',
  FederatedUser: 'federated',
  SAMLUser: 'federated',
  WebIdentityUser: 'federated',
  IdentityCenterUser: 'federated',
  Directory: 'federated',
  AWSService: 'service',
  AWSAccount: 'account',
};

/**
 * Who a CloudTrail record says it was. The human behind a role session is named only where the record shows it: the
 * source identity, or a session of IAM Identity Center, which names it after the person. Undefined when it names nobody.
 * Source: CloudTrail user guide, "CloudTrail userIdentity element".
 */
export function actorOf(identity: Identity): Actor | undefined {
  const type = types[identity.type ?? ''] ?? 'unknown';
  const arn = identity.arn ?? '';
  const session = type === 'role' ? (arn.split('/').at(-1) ?? '') : '';
  const role = identity.sessionContext?.sessionIssuer?.userName ?? arn.split('/').at(-2);
  const name =
    type === 'root'
      ? 'root'
      : type === 'service'
        ? identity.invokedBy
        : type === 'role' && role !== undefined && session !== ''
          ? `${role}/${session}`
          : (identity.userName ??
            (arn === '' ? undefined : arn.split(/[/:]/).at(-1)) ??
            identity.invokedBy ??
            identity.accountId ??
            identity.principalId);
  if (name === undefined || name === '') return undefined;
  // Anybody may name a session after somebody else; of Identity Center's roles the session has the person's own name.
  const named = role?.startsWith('AWSReservedSSO_') === true && session !== '' ? session : undefined;
  const human = identity.sessionContext?.sourceIdentity ?? named ?? identity.onBehalfOf?.userId;
  const mfa = identity.sessionContext?.attributes?.mfaAuthenticated;
  return {
    type: /ANONYMOUS/.test(identity.principalId ?? '') ? 'anonymous' : type,
    name,
    ...(arn === '' ? {} : { arn }),
    ...(identity.accountId === undefined ? {} : { account: identity.accountId }),
    ...(identity.accessKeyId === undefined ? {} : { accessKeyId: identity.accessKeyId }),
    ...(human === undefined ? {} : { human }),
    ...(mfa === undefined ? {} : { mfa }),
  };
}
