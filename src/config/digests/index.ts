import { z } from 'zod';
import { quote } from '../problem.ts';
import { channelId, cron, kept, object, text, timezone } from '../values.ts';
import { credentialReport } from './credential-report.ts';
import { evidence } from './evidence.ts';

/** When and where a digest is posted (without `channel`: to `channels.digest`), and what it knows beside that. */
const digest = <Own extends z.core.$ZodLooseShape>(own: Own) =>
  object({ cron, timezone, channel: channelId.nullable().default(null), ...own }).optional();

/** Plain http serves on the machine itself. */
function isSecure(value: string): boolean {
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1'].includes(hostname));
}

/** Every digest, in the order in which they are listed. One that is not in the file is not run by the clock. */
const byName = {
  credentialReport: digest(credentialReport),
  evidence: digest(evidence),
  openFindings: digest({}),
  alertNumbers: digest({}),
  framework: digest({}),
};

const archive = object({
  bucket: text(kept(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/), (value) => `${quote(value)} is no name of an S3 bucket`),
  prefix: z.string().max(500).default('trailwatch/'),
  retainDays: z.int().min(1).max(3650),
  /** S3's modes: COMPLIANCE lets nobody shorten or lift the lock, the root user included. */
  mode: z.enum(['GOVERNANCE', 'COMPLIANCE']).default('GOVERNANCE'),
  /** Beside the days: a legal hold, which stays until somebody lifts it. */
  legalHold: z.boolean().default(false),
});

/** `digests` in `trailwatch.yaml`. */
export const digests = object({
  ...byName,
  /** After this many weeks a run and its files are thrown away. */
  keepWeeks: z.int().min(14, 'is less than the 14 weeks that the trend of 12 weeks needs').max(1040).default(104),
  /** Where a copy of every file goes, locked for so many days; null: nowhere. */
  archive: archive.nullable().default(null),
  /** A time-stamp authority (RFC 3161) that stamps the manifest of each run; null: none. It learns its hash alone. */
  timeStamp: object({
    url: z.url({ protocol: /^https?$/, error: 'is no address' }),
    /** PEM files, relative to this file: those whose stamps are believed. */
    certificates: z.array(z.string()).default([]),
  })
    .nullable()
    .default(null),
  /** An address to which every file is sent under DIGEST_UPLOAD_SECRET; null: none. Private ones only where that is meant. */
  upload: object({
    url: z.url({ error: 'is no address' }).refine(isSecure, 'must begin with https://: a secret goes with each file'),
    allowPrivate: z.boolean().default(false),
  })
    .nullable()
    .default(null),
  /** An asymmetric key of KMS that signs the manifest of each run; null: none. It sees its hash alone. */
  sign: object({
    key: text(
      kept(/^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/),
      (value) =>
        `${quote(value)} is no ARN of a key of KMS; one looks like arn:aws:kms:eu-west-1:111122223333:key/1234abcd-…`,
    ),
  })
    .nullable()
    .default(null),
});

export type DigestsConfig = z.output<typeof digests>;

export const digestNames = z.object(byName).keyof().options;

export type DigestName = (typeof digestNames)[number];

/** The channel to which a digest is posted. */
export const digestChannel = (
  config: { digests: DigestsConfig; channels: { digest: string } },
  name: DigestName,
): string => config.digests[name]?.channel ?? config.channels.digest;
