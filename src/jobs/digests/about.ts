import { createHash } from 'node:crypto';
import { userInfo } from 'node:os';
import type { About } from '../../reports/about.ts';
import { canonicalJson } from '../../store/canonical-json.ts';
import { placesOf } from '../../store/digests/places.ts';
import type { DigestRun } from '../../store/digests/runs.ts';
import { aboutReport } from './common.ts';
import { asker, type Digest, type DigestParts, type Reported } from './digest.ts';

/** Who had a run made: the clock, a person of Slack by name, or a user of the machine in a terminal. */
async function askedBy(parts: DigestParts, run: DigestRun): Promise<About['askedBy']> {
  if (run.asked_by !== null) return { kind: 'person', name: await parts.nameOf(run.asked_by) };
  return run.channel === '' ? { kind: 'terminal', name: userInfo().username } : { kind: 'clock', name: null };
}

/** What `about.json` says of a run whose files are made now. */
export async function aboutRun(
  parts: DigestParts,
  digest: Digest,
  run: DigestRun,
  { about = {} }: Reported,
  signing: About['signing'],
): Promise<About> {
  const { config, database, now } = parts;
  const home = await parts.aws.home().catch(() => null);
  const { versions } = aboutReport(run, home, now());
  const configured: unknown = JSON.parse(JSON.stringify({ digests: config.digests, accounts: config.accounts }));
  return {
    format: 'trailwatch-about-1',
    digest: digest.command,
    run: run.id,
    edition: run.edition,
    askedBy: await askedBy(parts, run),
    askedAt: run.started_at.toISOString(),
    madeAt: now().toISOString(),
    aws: {
      account: home?.account ?? null,
      arn: home?.arn ?? null,
      role: config.accounts.role,
      externalId: config.accounts.externalId !== null,
      sourceIdentity: asker.name,
      regions: [...config.accounts.regions],
    },
    configuration: {
      sha256: createHash('sha256').update(canonicalJson(configured)).digest('hex'),
      digest: JSON.parse(JSON.stringify(config.digests[digest.name] ?? null)),
    },
    limits: about.limits ?? null,
    exceptions: [...(about.exceptions ?? [])],
    calls: (about.calls ?? []).map(([call, parameters, purpose]) => ({ call, parameters, purpose })),
    accounts: (await placesOf(database.db, run.id)).map(
      ({ account, name, state, reason, reported_at, answered_at }) => ({
        account,
        name,
        state,
        reason,
        reportedAt: reported_at?.toISOString() ?? null,
        answeredAt: answered_at?.toISOString() ?? null,
      }),
    ),
    signing,
    versions,
  };
}
