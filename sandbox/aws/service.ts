import type { Organization } from '../organization/organization.ts';

/** Who calls: the bot's own key, or a session that AssumeRole gave out. */
export interface Caller {
  account: string;
  arn: string;
  accessKeyId: string;
  /** Of an assumed role: its name, the session's name and source identity. */
  role?: string;
  sessionName?: string;
  sourceIdentity?: string;
}

/** One request, decoded by the SDK's own schema and checked. */
export interface Call<Input> {
  input: Input;
  /** The account whose credentials signed it. */
  account: string;
  region: string;
  caller: Caller;
  /** By the world's clock. */
  now: Date;
  organization: Organization;
  /** Aborted when the caller hangs up before it has its answer; absent where there is no wire. */
  hungUp?: AbortSignal;
}

/** An error as the service would answer it: its code, and 400 unless said otherwise. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** What a service of the sandbox answers, operation by operation; every other operation is refused by name. */
export interface Service {
  /** The name in the signature's scope: `cloudtrail`, `sts`, `logs`. */
  signingName: string;
  /** The SDK's package, for its schemas: `@aws-sdk/client-cloudtrail`. */
  sdk: () => Promise<object>;
  /** By operation name, as `LookupEvents`. Input and output have the SDK's shapes (dates are Date, blobs are bytes). */
  operations: Readonly<Record<string, (call: Call<never>) => unknown>>;
}
