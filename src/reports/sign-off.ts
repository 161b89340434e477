import { z } from 'zod';
import { signOffOutcomes } from '../framework/digest-result.ts';
import { canonicalJson } from '../store/canonical-json.ts';

/**
 * A run that somebody signed off, as a file: which files they saw (by the hash of the manifest), what was missing in them, and
 * what they decided. Its own hash is in the audit log.
 */
export const SignOff = z.object({
  format: z.literal('trailwatch-sign-off-1'),
  /** As it is typed: `credential-report`. */
  digest: z.string(),
  run: z.int(),
  edition: z.int(),
  manifestSha256: z.string(),
  /** `accepted`, `remarks`: accepted with remarks, `refused`. */
  outcome: z.enum(signOffOutcomes),
  comment: z.string().nullable(),
  reviewer: z.object({ id: z.string(), name: z.string() }),
  at: z.iso.datetime(),
  /** Who had the run made; null: the clock. Never the reviewer. */
  askedBy: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** What the result does not rest on, which the reviewer has acknowledged, in sentences. */
  gaps: z.array(z.string()),
  /** What was decided about single users, where that was asked. */
  users: z.array(
    z.object({
      principal: z.string(),
      decision: z.string(),
      comment: z.string().nullable(),
      by: z.string(),
      at: z.iso.datetime(),
    }),
  ),
});

export type SignOff = z.infer<typeof SignOff>;

/** The certificate's bytes: canonical JSON (RFC 8785) with a line break. */
export const signOffFile = (signOff: SignOff): Uint8Array => Buffer.from(`${canonicalJson(SignOff.parse(signOff))}\n`);
