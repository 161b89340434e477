import { createHash, randomBytes } from 'node:crypto';
import type { Statement } from './policy.ts';
import type { Caller } from './service.ts';

/** An access key, long-term or of a session, with what its holder may do. */
export interface Key {
  accessKeyId: string;
  secretAccessKey: string;
  /** Of a session. */
  sessionToken?: string;
  /** Of a session, by the world's clock; absent: it is renewed for ever. */
  expires?: Date;
  caller: Caller;
  permissions: readonly Statement[];
}

const everything: Statement = { Effect: 'Allow', Action: ['*'], Resource: ['*'] };

/** The access keys of the sandbox: those that the world hands out, and the sessions of AssumeRole. */
export class Keys {
  readonly #keys = new Map<string, Key>();

  find(accessKeyId: string): Key | undefined {
    return this.#keys.get(accessKeyId);
  }

  /** A long-term key; the same user has the same key in every run. */
  user(account: string, userName: string, permissions: readonly Statement[]): Key {
    const arn = `arn:aws:iam::${account}:user/${userName}`;
    const digest = createHash('sha256').update(arn).digest();
    const accessKeyId = `AKIA${base32(digest.subarray(0, 10))}`;
    const secretAccessKey = digest.toString('base64').slice(0, 40);
    return this.#add({ accessKeyId, secretAccessKey, caller: { account, arn, accessKeyId }, permissions });
  }

  /** A key that may do everything in its account: for tests and for the AWS CLI. */
  administrator(account: string): Key {
    return this.user(account, 'administrator', [everything]);
  }

  /** A session of a role. */
  session(
    role: { account: string; name: string; permissions: readonly Statement[] },
    session: { name: string; sourceIdentity?: string | undefined; expires?: Date },
  ): Key & { sessionToken: string } {
    const accessKeyId = `ASIA${base32(randomBytes(10))}`;
    const key = {
      accessKeyId,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(200).toString('base64'),
      ...(session.expires !== undefined && { expires: session.expires }),
      permissions: role.permissions,
      caller: {
        account: role.account,
        arn: `arn:aws:sts::${role.account}:assumed-role/${role.name}/${session.name}`,
        accessKeyId,
        role: role.name,
        sessionName: session.name,
        ...(session.sourceIdentity !== undefined && { sourceIdentity: session.sourceIdentity }),
      },
    };
    this.#add(key);
    return key;
  }

  #add(key: Key): Key {
    this.#keys.set(key.accessKeyId, key);
    return key;
  }
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 16 characters of the alphabet that AWS uses in key ids. */
const base32 = (bytes: Uint8Array): string => {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return Array.from(
    { length: 16 },
    (_, index) => letters[Number.parseInt(bits.slice(index * 5, index * 5 + 5), 2)],
  ).join('');
};

/** What points the AWS SDK, or the AWS CLI, at the sandbox with this key. */
export const environmentFor = (url: string, key: Key & { sessionToken: string }) => ({
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: key.accessKeyId,
  AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
  AWS_SESSION_TOKEN: key.sessionToken,
  AWS_REGION: 'eu-west-1',
});
