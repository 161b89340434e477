import { known } from '../accounts.ts';
import {
  addSession,
  changePreferences,
  loseTranscript,
  removePreferences,
  sessionManager,
} from '../session-manager.ts';
import { hourMs, minuteMs } from '../stable.ts';
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    id: 'session-preferences-gone',
    step: 14,
    check: 'ssm-prefs',
    title: 'Take the preferences of Session Manager away in prod-payments',
    break: (organization) => removePreferences(organization, known.payments),
  },
  {
    id: 'session-transcript-lost',
    step: 14,
    check: 'ssm-prefs',
    title: 'Lose the log of a session in prod-data',
    break: (organization) => loseTranscript(organization, known.data),
  },
  {
    id: 'session-streaming-off',
    step: 14,
    check: 'ssm-streaming',
    title: 'Turn the streaming of sessions off in prod-payments',
    break: (organization) => changePreferences(organization, known.payments, { cloudWatchStreamingEnabled: false }),
  },
  {
    id: 'session-log-plain',
    step: 14,
    check: 'ssm-encrypted',
    title: 'Take the key of the session log away in prod-payments',
    break: (organization) => changeGroup(organization, { kmsKeyId: null }),
  },
  {
    id: 'session-log-short',
    step: 14,
    check: 'ssm-kept',
    title: 'Keep the session log of prod-payments for a week',
    break: (organization) => changeGroup(organization, { retentionInDays: 7 }),
  },
  {
    id: 'session-over-ssh',
    step: 14,
    check: 'ssm-no-bypass',
    title: 'Forward a port to an instance of prod-payments',
    break: (organization) => {
      const made = sessionManager(organization);
      addSession(made, organization, {
        node: made.nodes.find(({ account }) => account === known.payments),
        person: 2,
        startedAgoMs: 5 * hourMs,
        lastedMs: 20 * minuteMs,
        document: 'AWS-StartPortForwardingSession',
        reason: 'database',
      });
    },
  },
  {
    id: 'session-without-end',
    step: 14,
    check: 'ssm-limits',
    title: 'Let sessions of prod-payments last for ever',
    break: (organization) => changePreferences(organization, known.payments, { maxSessionDuration: '' }),
  },
];

function changeGroup(
  organization: Parameters<typeof sessionManager>[0],
  change: { kmsKeyId?: string | null; retentionInDays?: number | null },
): void {
  for (const group of sessionManager(organization).groups)
    if (group.account === known.payments) Object.assign(group, change);
}
