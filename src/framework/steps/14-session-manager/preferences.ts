import * as z from 'zod';

/** How sessions are logged, as a document of the type Session says. */
export interface Preferences {
  /** '': none. */
  logGroup: string;
  /** '': none. */
  bucket: string;
  streaming: boolean;
  logGroupEncrypted: boolean;
  bucketEncrypted: boolean;
  /** Key of the channel between the terminal and the node; '': TLS alone. */
  kmsKey: string;
  /** Minutes; null: not set. */
  idleMinutes: number | null;
  mostMinutes: number | null;
  runAs: boolean;
}

/** Values may be booleans or text. Source: amazon-ssm-agent, which reads both. */
const flag = z
  .union([z.boolean(), z.string()])
  .default(false)
  .transform((value) => value === true || String(value).toLowerCase() === 'true');
const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value == null ? '' : String(value).trim()));
const minutes = text.transform((value) => (/^\d{1,5}$/.test(value) ? Number(value) : null));

const Content = z.object({
  inputs: z
    .object({
      cloudWatchLogGroupName: text,
      s3BucketName: text,
      cloudWatchStreamingEnabled: flag,
      cloudWatchEncryptionEnabled: flag,
      s3EncryptionEnabled: flag,
      kmsKeyId: text,
      idleSessionTimeout: minutes,
      maxSessionDuration: minutes,
      runAsEnabled: flag,
    })
    .prefault({}),
});

/** Reads a document of the type Session; undefined: it cannot be read. Source: Systems Manager user guide, "Session document schema". */
export function readPreferences(content: string): Preferences | undefined {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    return undefined;
  }
  const read = Content.safeParse(json);
  if (!read.success) return undefined;
  const { inputs } = read.data;
  return {
    logGroup: inputs.cloudWatchLogGroupName,
    bucket: inputs.s3BucketName,
    streaming: inputs.cloudWatchStreamingEnabled,
    logGroupEncrypted: inputs.cloudWatchEncryptionEnabled,
    bucketEncrypted: inputs.s3EncryptionEnabled,
    kmsKey: inputs.kmsKeyId,
    idleMinutes: inputs.idleSessionTimeout,
    mostMinutes: inputs.maxSessionDuration,
    runAs: inputs.runAsEnabled,
  };
}

/** Whether what is on the screen is written anywhere: a name that the document takes as a parameter is chosen by whoever begins the session. */
export const logs = ({ logGroup, bucket }: Preferences): boolean => isFixed(logGroup) || isFixed(bucket);

const isFixed = (name: string): boolean => name !== '' && !name.includes('{{');
