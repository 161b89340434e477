import { z } from 'zod';
import { Thresholds } from '../framework/credential-report/thresholds.ts';
import { jwsAlgorithms } from './jws.ts';

export const aboutName = 'about.json';

const Time = z.iso.datetime();

/**
 * `about.json`: who had the files of a digest made, when, as whom in AWS, by which configuration, limits and calls. With the
 * files of `raw/` it is what somebody needs to come to the same findings.
 */
export const About = z.object({
  format: z.literal('trailwatch-about-1'),
  /** As it is typed: `credential-report`. */
  digest: z.string(),
  run: z.int(),
  edition: z.int(),
  /** `clock`: by its schedule; `person`: in Slack; `terminal`: by the command line, as this user of the machine. */
  askedBy: z.object({ kind: z.enum(['clock', 'person', 'terminal']), name: z.string().nullable() }),
  askedAt: Time,
  madeAt: Time,
  aws: z.object({
    /** The bot's own account and identity; null: AWS did not tell. */
    account: z.string().nullable(),
    arn: z.string().nullable(),
    /** The role that is assumed in each account; null: none is. */
    role: z.string().nullable(),
    externalId: z.boolean(),
    /** SourceIdentity and session name, which CloudTrail shows. */
    sourceIdentity: z.string(),
    /** Empty: those that are enabled in each account. */
    regions: z.array(z.string()),
  }),
  configuration: z.object({ sha256: z.string(), digest: z.unknown() }),
  /** The numbers that rules compare with; null: this digest has none. */
  limits: Thresholds.nullable(),
  exceptions: z.array(z.unknown()),
  /** What is asked of AWS, in each account where it says so. */
  calls: z.array(z.object({ call: z.string(), parameters: z.string(), purpose: z.string() })),
  /** The key that signs the manifest (`manifest.jws`): its ARN, the algorithm by its name in JWS, the public half as PEM; null: none does. */
  signing: z
    .object({ key: z.string(), algorithm: z.enum(jwsAlgorithms), publicKey: z.string() })
    .nullable()
    .default(null),
  /** The population: every account in scope, how it stands, why, and when it was read. */
  accounts: z.array(
    z.object({
      account: z.string(),
      name: z.string().nullable(),
      state: z.string(),
      reason: z.string().nullable(),
      reportedAt: Time.nullable(),
      answeredAt: Time.nullable(),
    }),
  ),
  versions: z.record(z.string(), z.string()),
});

export type About = z.infer<typeof About>;
