import { troubleOf } from '../../../aws/trouble.ts';
import { configSource } from '../../../framework/evidence/conformance.ts';
import { securityHubSource } from '../../../framework/evidence/security-hub.ts';
import type { EvidenceSnapshot } from '../../../framework/evidence/snapshot.ts';
import { asker, type DigestAccount, type DigestParts } from '../digest.ts';
import { heard, type Said } from '../heard.ts';
import { auditManagerSnapshot } from './audit-manager.ts';
import { configEvidence, securityHubEvidence, stoppedRecorder } from './config.ts';

/**
 * What Audit Manager says of itself in the bot's own account and region: `ACTIVE` where it is set up, which since 2026-04-30
 * no new customer can do; or, as a sentence, why it gives no answer: a policy denies services that are closed to new customers,
 * and many Regions have no endpoint of it. Source: AWS Audit Manager API reference, GetAccountStatus.
 * @throws AwsTrouble when waiting is enough
 */
export async function auditManagerStatus({ aws }: DigestParts): Promise<string> {
  try {
    const client = await aws.client('auditManager', await aws.home(), asker);
    const { GetAccountStatusCommand } = await import('@aws-sdk/client-auditmanager');
    const { status } = await client.send(new GetAccountStatusCommand({}));
    return status ?? 'INACTIVE';
  } catch (error) {
    const trouble = troubleOf(error, 'ask Audit Manager whether it is set up');
    if (trouble.kind === 'throttled' || trouble.kind === 'expired') throw trouble;
    return trouble.message;
  }
}

/** What Audit Manager knows of the active assessments, in the bot's own account and region. */
export async function fromAuditManager({ aws, now }: DigestParts): Promise<EvidenceSnapshot> {
  const home = await aws.home();
  return auditManagerSnapshot(await aws.client('auditManager', home, asker), home, now());
}

/** What an account answered: its snapshot, and what AWS said, for the folder `raw`. */
export interface FromConfig {
  snapshot: EvidenceSnapshot;
  answers: { region: string; source: string; said: readonly Said[]; answers: object | null }[];
  /** Why nothing looks at the account, in a sentence; null: something does. */
  unlooked: string | null;
}

/** Conformance packs and standards of every Region of an account. */
export async function fromConfig({ aws, now }: DigestParts, { account }: DigestAccount): Promise<FromConfig> {
  const snapshot: EvidenceSnapshot = {
    source: 'config',
    at: now().toISOString(),
    countedAt: null,
    assessments: [],
    controls: [],
    reviews: [],
    delegations: [],
    reports: [],
    changes: [],
    remarks: [],
    looks: [],
    seen: null,
  };
  const answers: FromConfig['answers'] = [];
  let last: unknown;
  for (const region of await aws.regions(account, asker)) {
    const where = { account, region };
    let asked: Promise<string | null> | undefined;
    const recorder = () => {
      asked ??= aws.client('config', where, asker).then(stoppedRecorder);
      return asked;
    };
    const asks = [
      [
        configSource,
        async () => {
          const client = await aws.client('config', where, asker);
          return heard(client, () => configEvidence(client, where, recorder));
        },
      ],
      [
        securityHubSource,
        async () => {
          const client = await aws.client('securityHub', where, asker);
          return heard(client, () => securityHubEvidence(client, where, recorder));
        },
      ],
    ] as const;
    for (const [source, ask] of asks)
      try {
        const { result, said } = await ask();
        answers.push({ region, source, said, answers: result?.answers ?? null });
        if (result === null) {
          snapshot.looks.push({ region, source, state: 'off', reason: offReasons[source] });
          continue;
        }
        snapshot.assessments.push(...result.assessments);
        snapshot.controls.push(...result.controls);
        snapshot.remarks.push(...result.remarks.filter((remark) => !snapshot.remarks.includes(remark)));
        snapshot.looks.push(result.look);
      } catch (error) {
        // A Region where Security Hub or Config was never switched on says so with these errors.
        const off = error instanceof Error && /^(InvalidAccessException|NoSuchConfigurationRecorder)/.test(error.name);
        if (!off) last = error;
        const reason = off
          ? offReasons[source]
          : troubleOf(error, `read ${source === configSource ? 'Config' : 'Security Hub'}`).message;
        snapshot.looks.push({ region, source, state: off ? 'off' : 'failed', reason });
      }
  }
  const { looks, controls } = snapshot;
  if (last !== undefined && looks.every(({ state }) => state === 'failed' || state === 'off')) throw last;
  snapshot.countedAt = controls.reduce<string | null>(
    (newest, { lastEvidence }) =>
      lastEvidence !== null && (newest === null || Date.parse(lastEvidence) > Date.parse(newest))
        ? lastEvidence
        : newest,
    null,
  );
  const unlooked = looks.every(({ state }) => state === 'off')
    ? 'Nothing looks at it: in none of its Regions is there a conformance pack or a standard of Security Hub.'
    : null;
  return { snapshot, answers, unlooked };
}

const offReasons = {
  [configSource]: 'There is no conformance pack with a rule.',
  [securityHubSource]: 'Security Hub has no standard that is on.',
} as const;
