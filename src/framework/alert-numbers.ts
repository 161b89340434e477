import type { Severity } from '../alerts/severity.ts';

/** One alert of the week, as far as it is counted. */
export interface CountedAlert {
  severity: Severity;
  /** 12 digits; null: an alert of no account. */
  account: string | null;
  source: string;
  dedupKey: string;
  title: string;
  firstSeen: Date;
  acknowledgedAt: Date | null;
  resolvedAt: Date | null;
  /** Signals that it stands for. */
  signals: number;
}

export interface AlertNumbers {
  alerts: number;
  signals: number;
  /** Neither acknowledged nor resolved. */
  untouched: number;
  bySeverity: ReadonlyMap<Severity, number>;
  byAccount: ReadonlyMap<string, number>;
  bySource: ReadonlyMap<string, number>;
  /** Milliseconds, the middle one of all that were; null: none was. */
  acknowledgeMs: number | null;
  resolveMs: number | null;
  /** The same thing again and again: the keys with most signals, the noisiest first. */
  noisiest: readonly { key: string; title: string; account: string | null; severity: Severity; signals: number }[];
}

/** The middle of some numbers; of two in the middle, their mean. Null for none. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** Counts the alerts of a week. An alert that was resolved without an acknowledgement has no time to acknowledge. */
export function countAlerts(alerts: Iterable<CountedAlert>, noisiest = 10): AlertNumbers {
  const bySeverity = new Map<Severity, number>();
  const byAccount = new Map<string, number>();
  const bySource = new Map<string, number>();
  const byKey = new Map<string, AlertNumbers['noisiest'][number]>();
  const acknowledged: number[] = [];
  const resolved: number[] = [];
  let [count, signals, untouched] = [0, 0, 0];
  for (const alert of alerts) {
    count += 1;
    signals += alert.signals;
    bySeverity.set(alert.severity, (bySeverity.get(alert.severity) ?? 0) + 1);
    bySource.set(alert.source, (bySource.get(alert.source) ?? 0) + 1);
    if (alert.account !== null) byAccount.set(alert.account, (byAccount.get(alert.account) ?? 0) + 1);
    const began = alert.firstSeen.getTime();
    if (alert.acknowledgedAt !== null) acknowledged.push(alert.acknowledgedAt.getTime() - began);
    if (alert.resolvedAt !== null) resolved.push(alert.resolvedAt.getTime() - began);
    if (alert.acknowledgedAt === null && alert.resolvedAt === null) untouched += 1;
    const { dedupKey: key, title, account, severity } = alert;
    byKey.set(key, { key, title, account, severity, signals: (byKey.get(key)?.signals ?? 0) + alert.signals });
  }
  return {
    alerts: count,
    signals,
    untouched,
    bySeverity,
    byAccount,
    bySource,
    acknowledgeMs: median(acknowledged),
    resolveMs: median(resolved),
    noisiest: [...byKey.values()]
      .filter((each) => each.signals > 1)
      .sort((a, b) => b.signals - a.signals || (a.key < b.key ? -1 : 1))
      .slice(0, noisiest),
  };
}
