import type { Kysely } from 'kysely';
import * as z from 'zod';
import { AccountState } from '../../framework/credential-report/compare.ts';
import { ruleIds } from '../../framework/credential-report/controls.ts';
import { Finding } from '../../framework/credential-report/finding.ts';
import { auditRows, verifyAuditLog } from '../../store/audit-log.ts';
import { fileBytes, filesOf } from '../../store/digests/files.ts';
import { exceptionsHeld } from '../../store/digests/people.ts';
import { placesOf } from '../../store/digests/places.ts';
import { type DigestRun, runsOf } from '../../store/digests/runs.ts';
import { snapshotOf } from '../../store/digests/snapshots.ts';
import { sha256Of, unpackJson } from '../../store/packed.ts';
import type { Tables } from '../../store/tables.ts';
import { dayMs } from '../../words/time.ts';

/** What the digest keeps of an account's credential report. */
const Kept = z.object({
  generatedAt: z.iso.datetime().transform((text) => new Date(text)),
  findings: z.array(Finding),
  notChecked: z.array(z.object({ rule: z.enum(ruleIds), reason: z.string() })),
  principalsWhole: z.boolean(),
  unread: z.array(z.string()).default([]),
  remarks: z.array(z.string()),
});

/** The newest credential report of an account, as the call CredentialReport gives it; null: no run asked it. */
export async function credentialReportOf(db: Kysely<Tables>, account: string, now: Date): Promise<object | null> {
  const place = await db
    .selectFrom('digest_place')
    .innerJoin('digest_run', 'digest_run.id', 'digest_place.run_id')
    .select(['run_id', 'started_at', 'digest_place.state', 'reason', 'memory'])
    .where('digest', '=', 'credentialReport')
    .where('account', '=', account)
    .where('collected_at', 'is not', null)
    .orderBy('run_id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (place === undefined) return null;
  const kept = Kept.safeParse((await snapshotOf(db, place.run_id, account))?.content);
  const missing = place.state === 'answered' && kept.success ? null : (place.reason ?? 'The account gave no report.');
  if (!kept.success) return { ...nothing, askedAt: place.started_at, missing };
  const memory = AccountState.safeParse(place.memory === null ? undefined : await unpackJson(place.memory));
  const since = new Map((memory.data?.tracked ?? []).map(({ finding, firstSeen }) => [finding.key, firstSeen]));
  const accepted = new Set((await exceptionsHeld(db, 'credentialReport', now)).map(({ finding }) => finding));
  const { findings, principalsWhole, unread, remarks, ...rest } = kept.data;
  return {
    ...rest,
    remarks: [...unread, ...remarks],
    askedAt: place.started_at,
    missing,
    whole: principalsWhole,
    open: findings
      .filter(({ note, key }) => !note && !accepted.has(key))
      .map(({ rule, severity, user, sentence, key }) => ({
        ...{ rule, severity, user, sentence },
        since: new Date(since.get(key) ?? place.started_at),
      })),
  };
}

const nothing = { generatedAt: null, whole: false, remarks: [], notChecked: [], open: [] };

/** The finished runs of a digest within a year, as the call DigestRuns gives them. */
export async function digestRunsOf(db: Kysely<Tables>, digest: string, now: Date): Promise<object> {
  const year = new Date(now.getTime() - 364 * dayMs);
  const runs = await db
    .selectFrom('digest_run')
    .select(['id', 'started_at', 'reviewed_at', 'reviewed_by', 'review_outcome', 'manifest_sha256'])
    .where('digest', '=', digest)
    .where('state', '=', 'done')
    .where('channel', '<>', '')
    .where('started_at', '>=', year)
    .orderBy('id', 'desc')
    .execute();
  const files = await db
    .selectFrom('digest_file')
    .select(['run_id', 'archived_at', 'archive_error'])
    .where('run_id', 'in', [0, ...runs.map(({ id }) => id)])
    .execute();
  const hashes = new Set<unknown>();
  for await (const { action, detail } of auditRows(db, year))
    if (action === 'digest')
      hashes.add(z.object({ manifestSha256: z.string() }).safeParse(detail).data?.manifestSha256);
  const asked = await db
    .selectFrom('digest_exception')
    .select('owner')
    .where('digest', '=', digest)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const verified = await verifyAuditLog(db);
  return {
    runs: runs.map((run) => {
      const own = files.filter(({ run_id }) => run_id === run.id);
      return {
        id: run.id,
        at: run.started_at,
        // A refusal is no sign-off.
        reviewedAt: run.review_outcome === 'refused' ? null : run.reviewed_at,
        reviewedBy: run.reviewed_by,
        recorded: hashes.has(run.manifest_sha256),
        files: own.length,
        notArchived: own.filter(({ archived_at, archive_error }) => archived_at === null && archive_error !== null)
          .length,
      };
    }),
    lastRequester: asked?.owner ?? null,
    auditLogFault: verified.ok ? null : 'its chain of hashes is broken.',
  };
}

/** Runs that are looked through for the last one that asked everything. */
const recentRuns = 20;

/** The last run of the evidence digest in Slack, as the call LastEvidenceRun gives it; null: there was none. */
export async function lastEvidenceRunOf(db: Kysely<Tables>): Promise<object | null> {
  const runs = await runsOf(db, 'evidence', recentRuns);
  const run = runs.find(({ collected_at, channel }) => collected_at !== null && channel !== '');
  if (run === undefined) return null;
  const places = await placesOf(db, run.id);
  return {
    at: run.started_at.toISOString(),
    complete:
      run.trouble === null &&
      places.every(({ state }) => state === 'answered' || state === 'left' || state === 'closed'),
    signedOff: run.reviewed_at !== null && run.review_outcome !== 'refused',
    filesVerify: await filesVerify(db, run),
  };
}

/** What the audit log says of a run's files when they were made. */
const Recorded = z.object({
  run: z.number(),
  manifestSha256: z.string(),
  files: z.array(z.object({ name: z.string(), sha256: z.string() })),
});

/** Whether the files that are kept are those whose hashes are in the audit log. */
async function filesVerify(db: Kysely<Tables>, run: DigestRun): Promise<boolean> {
  let recorded: z.output<typeof Recorded> | undefined;
  for await (const { action, detail } of auditRows(db, run.started_at)) {
    const read = action === 'digest' ? Recorded.safeParse(detail).data : undefined;
    if (read?.run === run.id) recorded = read;
  }
  if (recorded === undefined || recorded.manifestSha256 !== run.manifest_sha256) return false;
  const made = [...recorded.files, { name: 'manifest.json', sha256: recorded.manifestSha256 }];
  for (const { name, sha256 } of await filesOf(db, run.id)) {
    if (sha256Of(await fileBytes(db, run.id, name)) !== sha256) return false;
    // Sent under a name of its own; the archive of all files is in no manifest.
    const same = made.find((file) => name.endsWith(`-${file.name}`));
    if (same !== undefined && same.sha256 !== sha256) return false;
  }
  return true;
}
